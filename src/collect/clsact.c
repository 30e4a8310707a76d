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
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
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

static int make_filters(struct filters *f, int in_fd, int out_fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = f->ifindex, .attach_point = BPF_TC_INGRESS);
	int r = bpf_tc_hook_create(&hook);

	f->own_qdisc = !r;
	if (r && r != -EEXIST)
		return r;
	r = add(f, BPF_TC_INGRESS, in_fd);
	if (!r)
		r = add(f, BPF_TC_EGRESS, out_fd);
	/* an ingress qdisc has one side only, and takes both filters for it */
	if (!r && is_at(f, &f->rows[1], BPF_TC_INGRESS)) {
		f->rows[1].at = BPF_TC_INGRESS;
		r = -ENOTSUP;
	}
	return r;
}

/* The child's whole life. It holds nothing that would live on with it: no link, no map, no output.
 */
static void watch(struct filters *f, int in_fd, int out_fd, int process, int answer)
{
	sigset_t all;
	char c;
	int r;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "tc-guard"); /* killall waybill is not meant for it */
	r = make_filters(f, in_fd, out_fd);
	if (!r)
		r = rights_keep(RIGHT(CAP_NET_ADMIN));
	if (write(answer, &r, sizeof(r)) == sizeof(r) && !r) {
		dup2(process, 0);
		syscall(SYS_close_range, 1, ~0U, 0);
		while (read(0, &c, 1) > 0)
			;
	}
	remove_filters(f);
	_exit(0);
}

static void explain(int r, const char *dev, char *err, size_t size)
{
	if (r == -ENOTSUP)
		snprintf(err, size,
			 "--attach tc:%s: this kernel has no tc links, and the device an ingress "
			 "qdisc, which leaves no place for a filter of what is sent",
			 dev);
	else
		snprintf(err, size,
			 "--attach tc:%s: this kernel has no tc links, and refuses a tc filter of "
			 "preference %d: %s (somebody else's may be there: tc filter show dev %s "
			 "ingress)",
			 dev, FIRST, strerror(-r), dev);
}

int clsact_attach(struct clsact *ret, int in_fd, int out_fd, uint32_t ifindex, const char *dev,
		  char *err, size_t size)
{
	struct filters f = {.ifindex = ifindex};
	int process[2], answer[2], r;

	*ret = (struct clsact){.watched = -1};
	if (pipe2(process, O_CLOEXEC))
		goto fail;
	if (pipe2(answer, O_CLOEXEC)) {
		close(process[0]);
		close(process[1]);
		goto fail;
	}
	ret->child = fork();
	if (!ret->child) {
		close(process[1]);
		watch(&f, in_fd, out_fd, process[0], answer[1]);
	}
	r = ret->child < 0 ? -errno : 0;
	ret->watched = process[1];
	close(process[0]);
	close(answer[1]);
	if (!r && read(answer[0], &r, sizeof(r)) != sizeof(r))
		r = -ECHILD;
	close(answer[0]);
	if (!r)
		return 0;
	clsact_detach(ret);
	explain(r, dev, err, size);
	return r;
fail:
	r = -errno;
	explain(r, dev, err, size);
	return r;
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
