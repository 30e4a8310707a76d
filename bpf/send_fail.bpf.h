/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A send, or a connect(), that failed in the socket layer: nothing else shows it, there was no
 * packet. Who tells of it is in tracepoint_socket.bpf.c and syscall.bpf.c.
 */
#ifndef WAYBILL_SEND_FAIL_BPF_H
#define WAYBILL_SEND_FAIL_BPF_H

#include "event.bpf.h"
#include "sock.bpf.h"

#define SAME_SEND_NS 10000000 /* from a drop in it to its end with an error; emulation is slow */

#define EAGAIN	     11
#define ECONNREFUSED 111
#define EINPROGRESS  115 /* TCP Fast Open: the SYN is on its way, with the data */

/* What a filter can look at of a send without a packet. Ports in host order. */
struct flow {
	__u8 family, proto; /* 4, 6 */
	__u16 sport, dport;
	const __u8 *saddr, *daddr;
};

/* A header as the flow would have had it, so that the filter can say whether it is wanted. */
static __always_inline bool flow_wanted(struct scratch *s, const struct flow *f)
{
	struct wb_window *w = &s->window;

	if (cfg.flags & WB_CFG_MATCH_ALL)
		return true;
	if (cfg.flags & WB_CFG_L3_NEVER)
		return false;
	__builtin_memset(w->data, 0, 64);
	if (f->family == 4) {
		w->data[0] = 0x45;
		w->data[3] = 28;
		w->data[8] = 64;
		w->data[9] = f->proto;
		*(__u32 *)(w->data + 12) = *(const __u32 *)f->saddr;
		*(__u32 *)(w->data + 16) = *(const __u32 *)f->daddr;
		*(__u16 *)(w->data + 20) = bpf_htons(f->sport);
		*(__u16 *)(w->data + 22) = bpf_htons(f->dport);
		w->len = w->cap = 28;
	} else {
		w->data[0] = 0x60;
		w->data[5] = 8;
		w->data[6] = f->proto;
		w->data[7] = 64;
		__builtin_memcpy(w->data + 8, f->saddr, 16);
		__builtin_memcpy(w->data + 24, f->daddr, 16);
		*(__u16 *)(w->data + 40) = bpf_htons(f->sport);
		*(__u16 *)(w->data + 42) = bpf_htons(f->dport);
		w->len = w->cap = 48;
	}
	return filter_l3(w);
}

/* Where a process wants to send to: the beginning of sockaddr_in or sockaddr_in6. */
struct send_to {
	__u16 family; /* AF_*, 0: the socket's own peer */
	__be16 port;
	union {
		__be32 v4;
		struct {
			__be32 flow;
			__be32 v6[4];
		};
	};
};

static __always_inline void fill_to(struct wb_send_fail_body *b, const struct send_to *to)
{
	if (to->family == AF_INET) {
		b->family = 4;
		b->dport = bpf_ntohs(to->port);
		__builtin_memset(b->daddr, 0, 16);
		*(__u32 *)b->daddr = to->v4;
	} else if (to->family == AF_INET6) {
		b->dport = bpf_ntohs(to->port);
		__builtin_memcpy(b->daddr, to->v6, 16);
		if (!to->v6[0] && !to->v6[1] && to->v6[2] == bpf_htonl(0xffff)) {
			b->family = 4; /* mapped into IPv6 */
			__builtin_memset(b->daddr, 0, 16);
			*(__u32 *)b->daddr = to->v6[3];
		}
	}
}

/* Was there a drop in this very call, whose packet has a journey of its own? */
static __always_inline bool dropped_in_call(struct cpu_ctx *c)
{
	if (c->drop_tid != (__u32)bpf_get_current_pid_tgid() ||
	    bpf_ktime_get_ns() - c->drop_ts >= SAME_SEND_NS)
		return false;
	c->drop_ts = 0; /* the next error is another call's */
	return true;
}

/* btf: see RD(). */
static __always_inline int send_failed(struct sock *sk, int ret, const struct send_to *to,
				       const __u16 probe, const bool btf)
{
	struct wb_send_fail_body body = {};
	struct wb_sock_body sock = {};
	struct cpu_ctx *c;
	struct flow f;
	struct hit h;
	__u32 netns;

	if (ret >= 0 || ret == -EAGAIN || ret == -EINPROGRESS || ret == -ECONNREFUSED ||
	    ret <= -512)
		return 0;
	fill_sock(&sock, sk, btf);
	if (sock.family != AF_INET && sock.family != AF_INET6)
		return 0;
	c = cpu_ctx();
	if (!c || dropped_in_call(c))
		return 0;
	netns = net_inum(BPF_CORE_READ(sk, __sk_common.skc_net.net), false);
	if (!netns_wanted(netns) || !see_none(&h, c, 0, 0, netns, 0))
		return 0;
	body.err = ret;
	body.family = sock.family == AF_INET ? 4 : 6;
	body.proto = sock.proto;
	body.sport = sock.sport;
	body.dport = sock.dport;
	__builtin_memcpy(body.saddr, sock.saddr, 16);
	__builtin_memcpy(body.daddr, sock.daddr, 16);
	fill_to(&body, to);
	f = (struct flow){body.family, body.proto, body.sport, body.dport, body.saddr, body.daddr};
	if (flow_wanted(h.s, &f))
		emit(&h, WB_KIND_SEND_FAIL, probe, WB_EV_TASK, &body, sizeof(body));
	unsee(&h);
	return 0;
}

/* The registers with which the running task entered the kernel: see from_user_mode(). */
static __always_inline const struct pt_regs *entry_regs(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	const struct pt_regs *regs =
		BPF_CORE_READ(task, stack) + THREAD_SIZE - bpf_core_type_size(struct pt_regs);

	if ((__u16)BPF_CORE_READ(regs, ss) != USER_DS)
		regs = (void *)regs - 16;
	return (__u16)BPF_CORE_READ(regs, ss) == USER_DS ? regs : NULL;
}

#define NR_SENDTO  44 /* x86-64 */
#define NR_SENDMSG 46

/* Where the running system call's message is to go, if it says so; the socket itself does not know.
 */
static __always_inline void read_send_to(struct send_to *to)
{
	const struct pt_regs *regs = entry_regs();
	__u64 name = 0;

	if (!regs)
		return;
	switch (BPF_CORE_READ(regs, orig_ax)) {
	case NR_SENDTO:
		name = BPF_CORE_READ(regs, r8);
		break;
	case NR_SENDMSG: /* its first member is the address */
		bpf_probe_read_user(&name, sizeof(name), (const void *)BPF_CORE_READ(regs, si));
		break;
	}
	if (name && bpf_probe_read_user(to, sizeof(*to), (const void *)name) &&
	    bpf_probe_read_user(to, 8, (const void *)name))
		to->family = 0;
}

#endif
