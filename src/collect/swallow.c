/* SPDX-License-Identifier: GPL-2.0-only */
/* See swallow.h. What a link needs of the kernel is in compat.h. */
#include "collect/swallow.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "collect/clsact.h"
#include "collect/compat.h"
#include "collect/egress.h"
#include "collect/owned_table.h"
#include "util/clock.h"
#include "waybill/hooks.h"
#include "waybill/send.h" /* before the skeleton, which needs its structs */
#include "send.skel.h"

#define LINKS_MAX 4096
#define LOCAL_IN  1
#define LAPSE_NS  (30 * SECOND_NS) /* without a word from who put the packet in */
#define LIVE	  (1U << 1)	   /* BPF_F_TEST_XDP_LIVE_FRAMES */

struct swallow {
	struct send_bpf *skel;
	bool by_rule; /* at LOCAL_IN: the kernel has no netfilter links */
	int *links;
	size_t n_links;
	struct clsact *filters; /* at devices: the kernel has no tc links */
	size_t n_filters;
};

static int quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	(void)level;
	(void)format;
	(void)ap;
	return 0;
}

/* With the one of two programs that this kernel has for LOCAL_IN. */
static int load(struct swallow *s)
{
	struct bpf_program *p;
	int r;

	s->skel = send_bpf__open();
	if (!s->skel)
		return -errno;
	bpf_object__for_each_program(p, s->skel->obj)
		bpf_program__set_autoload(p, !s->by_rule || p != s->skel->progs.swallow_local_in);
	bpf_program__set_autoload(s->skel->progs.swallow_by_rule, s->by_rule);
	bpf_program__set_type(s->skel->progs.swallow_local_in, COMPAT_PROG_TYPE_NETFILTER);
	bpf_program__set_expected_attach_type(s->skel->progs.swallow_local_in,
					      COMPAT_ATTACH_NETFILTER);
	r = send_bpf__load(s->skel);
	if (r) {
		send_bpf__destroy(s->skel);
		s->skel = NULL;
	}
	return r;
}

/* Who puts packets in is known by the number that the kernel has for it. */
static int say_who(struct swallow *s)
{
	unsigned char frame[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1);

	return bpf_prog_test_run_opts(bpf_program__fd(s->skel->progs.send_who), &o);
}

int swallow_open(struct swallow **ret, char *err, size_t size)
{
	struct swallow *s = calloc(1, sizeof(*s));
	int r = -ENOMEM;

	if (!s)
		return r;
	libbpf_set_print(quiet);
	r = load(s);
	if (r) {
		s->by_rule = true;
		r = load(s);
	}
	if (!r)
		r = say_who(s);
	if (!r) {
		*ret = s;
		return 0;
	}
	snprintf(err, size,
		 "nothing is sent: what keeps a made packet from getting out can't be loaded: %s%s",
		 strerror(-r),
		 r == -EPERM ? " (a user namespace's rights do not do, it takes the machine's)"
			     : "");
	swallow_close(s);
	return r;
}

void swallow_close(struct swallow *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_links; i++)
		close(s->links[i]);
	for (size_t i = 0; i < s->n_filters; i++)
		clsact_detach(&s->filters[i]);
	free(s->links);
	free(s->filters);
	send_bpf__destroy(s->skel);
	free(s);
}

static int keep(struct swallow *s, int fd)
{
	int *more;

	if (fd < 0)
		return fd;
	more = s->n_links < LINKS_MAX ? realloc(s->links, (s->n_links + 1) * sizeof(*more)) : NULL;
	if (!more) {
		close(fd);
		return -ENOMEM;
	}
	s->links = more;
	s->links[s->n_links++] = fd;
	return 0;
}

/* Filters at all of them, by one process that takes them away. */
static int filter_egress(struct swallow *s, const struct egress *e, char *err, size_t size)
{
	struct clsact_place *places = calloc(e->n, sizeof(*places));
	struct clsact *more = realloc(s->filters, (s->n_filters + 1) * sizeof(*more));
	int fd = bpf_program__fd(s->skel->progs.swallow_egress), r = -ENOMEM;
	char why[240] = "no memory";
	size_t at = e->n;

	if (more)
		s->filters = more;
	if (places && more) {
		for (size_t i = 0; i < e->n; i++)
			places[i] = (struct clsact_place){e->rows[i].ifindex, -1, fd};
		r = clsact_attach(&more[s->n_filters], places, e->n, &at);
		s->n_filters += !r;
	}
	if (r && places && more)
		clsact_explain(r, at < e->n ? e->rows[at].name : "DEV", why, sizeof(why));
	if (r)
		snprintf(err, size, "nothing is sent: what would leave%s%s can't be stopped: %s",
			 at < e->n ? " through " : "", at < e->n ? e->rows[at].name : "", why);
	free(places);
	return r;
}

int swallow_egress(struct swallow *s, char *err, size_t size)
{
	int fd = bpf_program__fd(s->skel->progs.swallow_egress), r;
	struct egress e;

	r = egress_list(&e);
	if (r)
		snprintf(err, size, "the devices can't be listed: %s", strerror(-r));
	for (size_t i = 0; i < e.n && !r; i++) {
		r = keep(s, compat_tcx_link(fd, e.rows[i].ifindex, false, true));
		if (r == -ENODEV)
			r = 0; /* it is gone already */
		if (r == -EINVAL && !i) {
			r = filter_egress(s, &e, err, size); /* before 6.6 */
			break;
		}
		if (r)
			snprintf(err, size,
				 "nothing is sent: what would leave through %s can't be stopped "
				 "there: %s",
				 e.rows[i].name, strerror(-r));
	}
	egress_clear(&e);
	return r;
}

/* Before 6.4. */
static int drop_by_rule(struct swallow *s, char *err, size_t size)
{
	int r = keep(s, owned_table_drop(bpf_program__fd(s->skel->progs.swallow_by_rule)));

	if (r)
		snprintf(err, size,
			 "nothing is sent: what would reach a socket here can't be stopped before "
			 "it: %s (it takes nftables that go with their owner, kernel 5.12, or "
			 "netfilter links, 6.4)",
			 strerror(-r));
	return r;
}

int swallow_local_in(struct swallow *s, char *err, size_t size)
{
	static const uint32_t families[NF_FAMILIES] = {2 /* NFPROTO_IPV4 */, 10 /* NFPROTO_IPV6 */};
	int fd = bpf_program__fd(s->skel->progs.swallow_local_in), r = 0;

	if (s->by_rule)
		return drop_by_rule(s, err, size);
	for (int f = 0; f < NF_FAMILIES && !r; f++) {
		int link = -EBUSY;

		for (int i = 0; i < NF_NEIGHBOURS && link == -EBUSY; i++)
			link = compat_netfilter_link(fd, families[f], LOCAL_IN, NF_LAST - i);
		r = keep(s, link);
	}
	if (r)
		snprintf(err, size,
			 "nothing is sent: what would reach a socket here can't be stopped before "
			 "it: %s",
			 strerror(-r));
	return r;
}

int swallow_cgroup(void)
{
	/* where it is mounted differs, and 'ip netns exec' hides it; this one nobody sees */
	int fs = fsopen("cgroup2", FSOPEN_CLOEXEC), fd = -1;

	if (fs >= 0 && !fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (fs >= 0)
		close(fs);
	return fd < 0 ? -ENOENT : fd;
}

int swallow_sockets(struct swallow *s, int cgroup)
{
	int r = cgroup < 0 ? cgroup
			   : bpf_link_create(bpf_program__fd(s->skel->progs.swallow_socket), cgroup,
					     BPF_CGROUP_INET_INGRESS, NULL);

	return r < 0 ? r : keep(s, r);
}

/* --- the packet --- */

void swallow_arm(struct swallow *s, const struct wb_made *made)
{
	struct wb_made *to = &s->skel->bss->made;

	swallow_disarm(s);
	s->skel->bss->passing = 0;
	memset(s->skel->bss->swallowed, 0, sizeof(s->skel->bss->swallowed));
	*to = *made;
	to->armed = 0;
	swallow_go_on(s);
	__atomic_store_n(&to->armed, 1, __ATOMIC_SEQ_CST);
}

void swallow_go_on(struct swallow *s)
{
	__atomic_store_n(&s->skel->bss->made.until_ns, clock_now_ns() + LAPSE_NS, __ATOMIC_SEQ_CST);
}

void swallow_disarm(struct swallow *s)
{
	__atomic_store_n(&s->skel->bss->made.armed, 0, __ATOMIC_SEQ_CST);
}

static int by_time(const void *a, const void *b)
{
	const struct wb_swallowed *x = a, *y = b;

	return x->ts_ns < y->ts_ns ? -1 : x->ts_ns > y->ts_ns;
}

void swallow_read(const struct swallow *s, struct wb_swallow_log *ret)
{
	static struct wb_swallowed all[WB_SWALLOW_LOGS * WB_SWALLOWED_MAX];
	size_t n = 0;

	*ret = (struct wb_swallow_log){0};
	for (size_t i = 0; i < WB_SWALLOW_LOGS; i++) {
		const struct wb_swallow_log *log = &s->skel->bss->swallowed[i];
		size_t rows = wb_swallowed_rows(log);

		ret->n += log->n;
		memcpy(&all[n], log->rows, rows * sizeof(*all));
		n += rows;
	}
	qsort(all, n, sizeof(*all), by_time);
	if (n > WB_SWALLOWED_MAX)
		n = WB_SWALLOWED_MAX;
	if (ret->n < WB_SWALLOWED_MAX)
		ret->n = n; /* what came meanwhile comes the next time */
	memcpy(ret->rows, all, n * sizeof(*all));
}

static void explain_inject(int r, char *err, size_t size)
{
	if (r == -EINVAL || r == -ENOTSUP)
		snprintf(
			err, size,
			"this kernel can't put a frame in at a device: %s (it takes 5.18 or later)",
			strerror(-r));
	else
		snprintf(err, size, "the frame was not taken: %s", strerror(-r));
}

int swallow_inject(struct swallow *s, uint32_t ifindex, const void *frame, size_t n, char *err,
		   size_t size)
{
	struct xdp_md ctx = {.data_end = n, .ingress_ifindex = ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = n, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1, .flags = LIVE);
	int r = bpf_prog_test_run_opts(bpf_program__fd(s->skel->progs.send_pass), &o);

	if (r)
		explain_inject(r, err, size);
	return r;
}
