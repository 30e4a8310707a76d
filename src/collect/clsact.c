/* SPDX-License-Identifier: GPL-2.0-only */
/* See clsact.h. */
#include "collect/clsact.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/netlink.h"
#include "util/rights.h"

#define FIRST 1 /* preference */

struct filter {
	enum bpf_tc_attach_point at;
	uint32_t handle, prog_id;
};

struct filters {
	uint32_t ifindex;
	bool own_qdisc;
	struct filter rows[2];
	size_t n;
};

static int add(struct filters *f, enum bpf_tc_attach_point at, int prog_fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = f->ifindex, .attach_point = at);
	LIBBPF_OPTS(bpf_tc_opts, o, .prog_fd = prog_fd, .priority = FIRST);
	int r = bpf_tc_attach(&hook, &o);

	if (!r)
		f->rows[f->n++] = (struct filter){at, o.handle, o.prog_id};
	return r;
}

/* Is it there, and not another one in its place? */
static bool is_at(const struct filters *f, const struct filter *row, enum bpf_tc_attach_point at)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = f->ifindex, .attach_point = at);
	LIBBPF_OPTS(bpf_tc_opts, o, .handle = row->handle, .priority = FIRST);

	return !bpf_tc_query(&hook, &o) && o.prog_id == row->prog_id;
}

static int note_filter(const struct nlmsghdr *h, void *found)
{
	(void)h;
	*(bool *)found = true;
	return MNL_CB_OK;
}

/* Also true where the kernel does not say. */
static bool has_filters(uint32_t ifindex, uint32_t side)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_GETTFILTER, NLM_F_DUMP);
	struct tcmsg *t = mnl_nlmsg_put_extra_header(h, sizeof(*t));
	bool found = false;
	int r;

	if (!s)
		return true;
	t->tcm_ifindex = ifindex;
	t->tcm_parent = TC_H_MAKE(TC_H_CLSACT, side);
	r = netlink_ask(s, h, note_filter, &found);
	mnl_socket_close(s);
	return found || r;
}

static void remove_filters(const struct filters *f)
{
	LIBBPF_OPTS(bpf_tc_hook, both, .ifindex = f->ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	for (size_t i = 0; i < f->n; i++) {
		const struct filter *row = &f->rows[i];
		LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = f->ifindex, .attach_point = row->at);
		LIBBPF_OPTS(bpf_tc_opts, o, .handle = row->handle, .priority = FIRST);

		if (is_at(f, row, row->at))
			bpf_tc_detach(&hook, &o);
	}
	if (f->own_qdisc && !has_filters(f->ifindex, TC_H_MIN_INGRESS) &&
	    !has_filters(f->ifindex, TC_H_MIN_EGRESS))
		bpf_tc_hook_destroy(&both);
}

static int make_filters(struct filters *f, const struct clsact_place *at)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = at->ifindex, .attach_point = BPF_TC_INGRESS);
	int r = bpf_tc_hook_create(&hook);

	f->ifindex = at->ifindex;
	f->own_qdisc = !r;
	if (r && r != -EEXIST)
		return r;
	r = at->in_fd < 0 ? 0 : add(f, BPF_TC_INGRESS, at->in_fd);
	if (!r && at->out_fd >= 0)
		r = add(f, BPF_TC_EGRESS, at->out_fd);
	/* an ingress qdisc has one side only, and takes both filters for it */
	if (!r && at->out_fd >= 0 && is_at(f, &f->rows[f->n - 1], BPF_TC_INGRESS)) {
		f->rows[f->n - 1].at = BPF_TC_INGRESS;
		r = -ENOTSUP;
	}
	return r;
}

/* To wait, to ask by netlink, and to end. */
static const int calls[] = {
	SCMP_SYS(read),	      SCMP_SYS(write),	       SCMP_SYS(close),
	SCMP_SYS(dup2),	      SCMP_SYS(dup3),	       SCMP_SYS(close_range),
	SCMP_SYS(socket),     SCMP_SYS(bind),	       SCMP_SYS(setsockopt),
	SCMP_SYS(getsockopt), SCMP_SYS(getsockname),   SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),    SCMP_SYS(recvfrom),      SCMP_SYS(recvmsg),
	SCMP_SYS(poll),	      SCMP_SYS(ppoll),	       SCMP_SYS(fcntl),
	SCMP_SYS(getpid),     SCMP_SYS(clock_gettime), SCMP_SYS(mmap),
	SCMP_SYS(munmap),     SCMP_SYS(mremap),	       SCMP_SYS(brk),
	SCMP_SYS(madvise),    SCMP_SYS(futex),	       SCMP_SYS(rt_sigreturn),
	SCMP_SYS(exit),	      SCMP_SYS(exit_group),    SCMP_SYS(restart_syscall),
};

/* What the child answers once. */
struct answer {
	int r;
	size_t place;
};

static struct answer make_all(struct filters *f, const struct clsact_place *places, size_t n)
{
	struct answer a = {.place = n};

	for (size_t i = 0; i < n && !a.r; i++) {
		a.r = make_filters(&f[i], &places[i]);
		if (a.r)
			a.place = i;
	}
	if (!a.r)
		a.r = rights_keep(RIGHT(CAP_NET_ADMIN));
	if (!a.r)
		a.r = rights_keep_calls(calls, sizeof(calls) / sizeof(calls[0]));
	return a;
}

/* The child's whole life. It holds nothing that would live on with it: no link, no map, no output.
 */
static void watch(const struct clsact_place *places, size_t n, int process, int answer)
{
	struct filters *f = calloc(n, sizeof(*f));
	struct answer a = {.r = -ENOMEM, .place = n};
	sigset_t all;
	char c;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "tc-guard"); /* killall waybill is not meant for it */
	if (f)
		a = make_all(f, places, n);
	if (write(answer, &a, sizeof(a)) == sizeof(a) && !a.r) {
		dup2(process, 0);
		syscall(SYS_close_range, 1, ~0U, 0);
		while (read(0, &c, 1) > 0)
			;
	}
	for (size_t i = 0; f && i < n; i++)
		remove_filters(&f[i]);
	_exit(0);
}

void clsact_explain(int r, const char *dev, char *ret, size_t size)
{
	if (r == -ENOTSUP)
		snprintf(ret, size,
			 "this kernel has no tc links, and the device an ingress qdisc, which "
			 "leaves no place for a filter of what is sent");
	else
		snprintf(ret, size,
			 "this kernel has no tc links, and refuses a tc filter of preference %d: "
			 "%s (somebody else's may be there: tc filter show dev %s ingress)",
			 FIRST, strerror(-r), dev);
}

int clsact_attach(struct clsact *ret, const struct clsact_place *places, size_t n,
		  size_t *ret_place)
{
	struct answer a = {.r = -ECHILD, .place = n};
	int process[2], answer[2];

	*ret = (struct clsact){.watched = -1};
	*ret_place = n;
	if (pipe2(process, O_CLOEXEC))
		return -errno;
	if (pipe2(answer, O_CLOEXEC)) {
		a.r = -errno;
		close(process[0]);
		close(process[1]);
		return a.r;
	}
	ret->child = fork();
	if (!ret->child) {
		close(process[1]);
		watch(places, n, process[0], answer[1]);
	}
	ret->watched = process[1];
	close(process[0]);
	close(answer[1]);
	if (read(answer[0], &a, sizeof(a)) != sizeof(a))
		a = (struct answer){.r = -ECHILD, .place = n};
	close(answer[0]);
	if (a.r)
		clsact_detach(ret);
	*ret_place = a.place;
	return a.r;
}

void clsact_detach(struct clsact *c)
{
	if (c->watched >= 0)
		close(c->watched);
	if (c->child > 0)
		while (waitpid(c->child, NULL, 0) < 0 && errno == EINTR)
			;
	*c = (struct clsact){.watched = -1};
}
