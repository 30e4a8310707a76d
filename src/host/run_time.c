/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See run_time.h. The numbers lie in memory of both processes; the programs are open in the one
 * that measures.
 */
#include "host/run_time.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/clock.h"

#define ENOUGH	     20000 /* runs, of all together */
#define LOOK_NS	     (50 * MS_NS)
#define MEASURE_NS   SECOND_NS /* at most, where there are few runs */
#define PROGRAMS_MAX 64

struct program {
	uint32_t id;
	int fd;
	uint64_t runs, ns; /* before */
	uint64_t mean_ns;  /* 0: it did not run since */
};

struct run_time {
	int stats;	   /* measures while it is open; else -1 */
	uint64_t until_ns; /* 0: not begun */
	uint32_t last_id;
	uint64_t looked_ns;
	struct program programs[PROGRAMS_MAX];
	size_t n;
};

static bool get_info(int fd, struct bpf_prog_info *info)
{
	uint32_t len = sizeof(*info);

	*info = (struct bpf_prog_info){0};
	return !bpf_obj_get_info_by_fd(fd, info, &len);
}

/* Programs that were loaded since; the ids only grow. */
static void find_programs(struct run_time *r)
{
	struct bpf_prog_info info;
	uint32_t id = r->last_id;

	while (r->n < PROGRAMS_MAX && !bpf_prog_get_next_id(id, &id)) {
		int fd = bpf_prog_get_fd_by_id(id);

		r->last_id = id;
		if (fd < 0) /* gone again */
			continue;
		if (!get_info(fd, &info) ||
		    (info.type != BPF_PROG_TYPE_XDP && info.type != BPF_PROG_TYPE_SCHED_CLS)) {
			close(fd);
			continue;
		}
		r->programs[r->n++] = (struct program){
			.id = id, .fd = fd, .runs = info.run_cnt, .ns = info.run_time_ns};
	}
}

int run_time_new(struct run_time **ret)
{
	struct run_time *r =
		mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (r == MAP_FAILED)
		return -ENOMEM;
	r->stats = -1;
	find_programs(r);
	*ret = r;
	return 0;
}

void run_time_free(struct run_time *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		close(r->programs[i].fd);
	if (r->stats >= 0)
		close(r->stats);
	munmap(r, sizeof(*r));
}

void run_time_tick(struct run_time *r, uint64_t now_ns)
{
	struct bpf_prog_info info;
	uint64_t runs = 0;

	if (now_ns - r->looked_ns < LOOK_NS)
		return;
	r->looked_ns = now_ns;
	find_programs(r);
	if (!r->until_ns && r->n) {
		r->until_ns = now_ns + MEASURE_NS;
		r->stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	}
	if (r->stats < 0)
		return;
	for (size_t i = 0; i < r->n; i++) {
		struct program *p = &r->programs[i];

		if (!get_info(p->fd, &info) || info.run_cnt <= p->runs)
			continue;
		runs += info.run_cnt - p->runs;
		p->mean_ns = (info.run_time_ns - p->ns) / (info.run_cnt - p->runs);
	}
	if (runs < ENOUGH && now_ns < r->until_ns)
		return;
	close(r->stats);
	r->stats = -1;
}

static uint64_t mean_ns(const struct run_time *r, uint32_t id)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->programs[i].id == id)
			return r->programs[i].mean_ns;
	return 0;
}

void run_time_tell(struct run_time *r, struct tally *t)
{
	for (size_t i = 0; i < t->n_sites; i++) {
		const struct decider *d = t->sites[i].decider;

		if (!d || d->n_candidates ||
		    (d->kind != DECIDER_XDP_PROGRAM && d->kind != DECIDER_TC_PROGRAM &&
		     d->kind != DECIDER_TC_FILTER))
			continue;
		/* the kernel measures what it calls itself: of a chain, the dispatcher */
		t->sites[i].program_ns =
			mean_ns(r, decider_number(d, "dispatcher_id", decider_number(d, "id", 0)));
		if (!t->sites[i].program_ns && r->stats < 0) /* it began to run later */
			r->until_ns = 0;
	}
}
