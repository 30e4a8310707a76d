/* SPDX-License-Identifier: GPL-2.0-only */
/* Handlers of libbpf's for the typed sections, the list of programs, the threads that load it. */
#include "collect/verify.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/compat.h"
#include "collect/kernel.h"
#include "collect/targets.h"

#define HANDLERS    7
#define JOBS_MAX    256
#define THREADS_MAX 8
#define LOG_SIZE    ((size_t)16 << 20)

struct job {
	struct bpf_program *p;
	enum bpf_prog_type type;
	struct bpf_insn *insns;
	size_t n;
	struct bpf_prog_load_opts opts; /* what it points to is the object's */
	int fd;				/* or -errno */
};

/* libbpf's handlers are the process's, so is this; one object is loaded at a time. */
static struct {
	const struct kernel *k;
	bool gathers, lines;
	bool left;
	int handlers[HANDLERS], n_handlers;
	struct job jobs[JOBS_MAX];
	size_t n;
	_Atomic size_t next;
} verify;

static int set_target(struct bpf_program *p, struct bpf_prog_load_opts *opts, bool is_tracepoint)
{
	const char *name = strchr(bpf_program__section_name(p), '/');
	char full[128];
	int fd, id;

	if (opts->attach_btf_id) /* in another program */
		return 0;
	if (!name || !verify.k)
		return -ENOENT;
	snprintf(full, sizeof(full), "%s%s", is_tracepoint ? TARGETS_TRACEPOINT : "", name + 1);
	id = kernel_target(verify.k, full, &fd);
	if (id < 0)
		return id;
	opts->attach_btf_id = id;
	opts->attach_btf_obj_fd = fd;
	return 0;
}

/*
 * One that does nothing takes its place, of a type that the kernel has nothing to look up for. A
 * failure here is none: libbpf then loads it itself.
 */
static void note(struct bpf_program *p, struct bpf_prog_load_opts *opts)
{
	static const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	struct job *job = &verify.jobs[verify.n];
	size_t n = bpf_program__insn_cnt(p);
	struct bpf_insn *copy;

	if (!verify.gathers || verify.n == JOBS_MAX)
		return;
	copy = malloc(n * sizeof(*copy));
	if (!copy)
		return;
	memcpy(copy, bpf_program__insns(p), n * sizeof(*copy));
	if (bpf_program__set_insns(p, (struct bpf_insn *)nothing,
				   sizeof(nothing) / sizeof(nothing[0]))) {
		free(copy);
		return;
	}
	*job = (struct job){.p = p,
			    .type = bpf_program__type(p),
			    .insns = copy,
			    .n = n,
			    .opts = *opts,
			    .fd = -ENOENT};
	if (!verify.lines)
		job->opts.line_info_cnt = 0;
	verify.n++;
	opts->func_info_cnt = opts->line_info_cnt = 0;
	if (!bpf_program__set_type(p, BPF_PROG_TYPE_SOCKET_FILTER)) {
		opts->expected_attach_type = (enum bpf_attach_type)0;
		opts->attach_btf_id = opts->attach_btf_obj_fd = 0;
	}
}

/* What a program is attached to. PLAIN: by who loads it. */
enum { PLAIN, FUNCTION, TRACEPOINT, KPROBE, KRETPROBE };

static int prepare(struct bpf_program *p, struct bpf_prog_load_opts *opts, long what)
{
	bool typed = what == FUNCTION || what == TRACEPOINT;
	int r = typed ? set_target(p, opts, what == TRACEPOINT) : 0;

	if (!r)
		note(p, opts);
	return r;
}

static const struct {
	const char *section;
	int type, attach;
	long what;
} rows[HANDLERS] = {
	{"fentry+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, FUNCTION},
	{"fexit+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, FUNCTION},
	{"tp_btf+", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, TRACEPOINT},
	{"netfilter", COMPAT_PROG_TYPE_NETFILTER, COMPAT_ATTACH_NETFILTER, PLAIN},
	{"kprobe.multi+", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, PLAIN},
	{"kprobe+", BPF_PROG_TYPE_KPROBE, 0, KPROBE},
	{"kretprobe+", BPF_PROG_TYPE_KPROBE, 0, KRETPROBE},
};

/* "fentry+" is the section "fentry/FUNCTION". */
static long attached_to(const struct bpf_program *p)
{
	const char *section = bpf_program__section_name(p);
	size_t n = strcspn(section, "/");

	for (size_t i = 0; i < HANDLERS; i++)
		if (strcspn(rows[i].section, "+") == n && !strncmp(rows[i].section, section, n))
			return rows[i].what;
	return PLAIN;
}

/* libbpf's own way goes by the type, which was another while the object was loaded. */
struct bpf_link *verify_attach(const struct bpf_program *p)
{
	const char *slash = strchr(bpf_program__section_name(p), '/');
	long what = attached_to(p);

	if (what == FUNCTION || what == TRACEPOINT)
		return bpf_program__attach_trace(p);
	if (slash && (what == KPROBE || what == KRETPROBE))
		return bpf_program__attach_kprobe(p, what == KRETPROBE, slash + 1);
	return bpf_program__attach(p);
}

bool verify_handle(void)
{
	size_t i = verify.left ? HANDLERS : verify.n_handlers;

	for (; i < HANDLERS; i++) {
		LIBBPF_OPTS(libbpf_prog_handler_opts, o, .cookie = rows[i].what,
			    .prog_prepare_load_fn = prepare);

		verify.handlers[verify.n_handlers++] = libbpf_register_prog_handler(
			rows[i].section, (enum bpf_prog_type)rows[i].type,
			(enum bpf_attach_type)rows[i].attach, &o);
	}
	return !verify.left;
}

bool verify_leave(void)
{
	bool before = verify.left;

	while (verify.n_handlers)
		libbpf_unregister_prog_handler(verify.handlers[--verify.n_handlers]);
	verify.left = true;
	return !before;
}

void verify_know(const struct kernel *k)
{
	verify.k = k;
}

void verify_gather(bool lines)
{
	verify.gathers = true;
	verify.lines = lines;
	verify.n = 0;
	atomic_store(&verify.next, 0);
}

/* The longest first: else the last thread would wait for one of them. */
static int by_length(const void *a, const void *b)
{
	const struct job *x = a, *y = b;

	return x->n < y->n ? 1 : -(x->n > y->n);
}

static void load(struct job *job)
{
	job->fd = bpf_prog_load(job->type, bpf_program__name(job->p), "GPL", job->insns, job->n,
				&job->opts);
}

static void *load_jobs(void *arg)
{
	size_t i;

	(void)arg;
	while ((i = atomic_fetch_add(&verify.next, 1)) < verify.n)
		load(&verify.jobs[i]);
	return NULL;
}

static void load_all(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[THREADS_MAX];
	int n = 0;

	qsort(verify.jobs, verify.n, sizeof(verify.jobs[0]), by_length);
	while (n < THREADS_MAX - 1 && n < cpus - 1 &&
	       !pthread_create(&threads[n], NULL, load_jobs, NULL))
		n++;
	load_jobs(NULL);
	while (n)
		pthread_join(threads[--n], NULL);
}

/* The verifier's words, for who asked for all that is said. */
static void print_log(struct job *job)
{
	char *log = malloc(LOG_SIZE);

	if (!log)
		return;
	*log = 0;
	job->opts.log_buf = log;
	job->opts.log_size = LOG_SIZE;
	job->opts.log_level = 1;
	load(job);
	if (job->fd >= 0)
		close(job->fd);
	fprintf(stderr, "%s:\n%s\n", bpf_program__name(job->p), log);
	free(log);
}

int verify_all(bool drop, char *refused, size_t size)
{
	int r = 0;

	verify.gathers = false;
	if (!drop)
		load_all();
	for (size_t i = 0; i < verify.n; i++) {
		struct job *job = &verify.jobs[i];

		if (!drop && !r && job->fd >= 0 &&
		    dup3(job->fd, bpf_program__fd(job->p), O_CLOEXEC) < 0)
			r = -errno;
		if (!drop && !r && job->fd < 0) {
			r = job->fd;
			snprintf(refused, size, "%s", bpf_program__name(job->p));
			if (verify.lines)
				print_log(job);
		}
		if (job->fd >= 0)
			close(job->fd);
		free(job->insns);
	}
	verify.n = 0;
	return r;
}
