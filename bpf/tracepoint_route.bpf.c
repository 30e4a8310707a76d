/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of route and neighbour look-ups. They are given no packet: it is the one that this
 * CPU works on if the addresses agree, and if there is none, a send that failed before there was
 * one.
 */
#include "send_fail.bpf.h"
#include <bpf/bpf_tracing.h>

#define ENETUNREACH 101

static __always_inline bool goes_to(__u8 family, const __u8 *address, const struct wb_route_body *r)
{
	if (family != r->family)
		return false;
	return family == 4 ? *(const __u32 *)address == *(const __u32 *)r->daddr
			   : eq16(address, r->daddr);
}

/*
 * A received packet's answer: only that its way is not known is told, and if it is found after all,
 * in the next table.
 */
static __always_inline bool is_back(struct cpu_ctx *c, struct wb_route_body *r)
{
	if (c->cur_stage != STAGE_IN || !goes_to(c->cur_family, c->cur_saddr, r) ||
	    (!r->err && c->back_id != c->cur_id))
		return false;
	c->back_id = r->err ? c->cur_id : 0;
	r->back = 1;
	return true;
}

/*
 * Does this look-up find the way back that one before did not? That is no matter of time: what has
 * no answer is known only when the CPU leaves the packet.
 */
static __always_inline bool finds_way_back(const struct wb_route_body *r)
{
	struct cpu_ctx *c = r->err ? NULL : cpu_ctx();

	return c && c->back_id && c->back_id == c->cur_id &&
	       goes_to(c->cur_family, c->cur_saddr, r);
}

/*
 * While a neighbour is asked for, not every look-up is for the packet that waits for it:
 * inet_addr_type() wants to know of which kind the neighbour's address is, and an ARP request that
 * comes in has its own. What is received says where it came in.
 */
static __always_inline bool asks_for_other(const struct wb_route_body *r, __u8 stage)
{
	bool kind_of_address = r->family == 4 && !r->proto && !*(const __u32 *)r->saddr;

	if (stage == STAGE_IN)
		return kind_of_address && !r->iif;
	return stage == STAGE_OUT && (kind_of_address || r->iif > LOOPBACK_IFINDEX);
}

/*
 * The CPU's current packet, if the look-up is for its destination, for that of a tunnel whose
 * device was given it to transmit, or for its answer.
 */
static __always_inline bool see_route(struct hit *h, struct wb_route_body *r, const void *ctx)
{
	if (!see_current_within(h, ctx, finds_way_back(r) ? ~0ULL : IN_RUN_NS, r->iif))
		return false;
	if (!asks_for_other(r, h->cpu->cur_stage) &&
	    (h->cpu->cur_stage == STAGE_TX || goes_to(h->cpu->cur_family, h->cpu->cur_daddr, r) ||
	     is_back(h->cpu, r)))
		return true;
	unsee(h);
	return false;
}

static __always_inline __u32 task_netns(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
}

/* Is there a look-up of this CPU that failed, and whose success would be worth to be told? */
static __always_inline bool failed_before(void)
{
	struct cpu_ctx *c = cpu_ctx();
	const __u64 *a = c ? (void *)c->fail_daddr : NULL;

	return a && (a[0] | a[1]);
}

/*
 * Whoever sends says for which protocol, and UDP to which port; who changes addresses or routes
 * says neither, and `ip route get` asks for UDP without a port.
 */
static __always_inline bool is_send(const struct wb_route_body *r)
{
	return r->proto && (r->proto != IPPROTO_UDP || r->dport);
}

/*
 * No packet: a process asks for a route (connect, sendto). A failure is told, and a success that
 * follows at once on the same CPU takes it back, because policy routing tries one table after the
 * other.
 */
static __always_inline void lone_lookup(struct hit *h, const struct wb_route_body *r, __u16 probe,
					const void *ctx)
{
	struct wb_send_fail_body *body;
	struct cpu_ctx *c = cpu_ctx();
	struct flow f;
	bool pending;
	__u32 netns;

	if (!is_send(r) || !c || !in_task(c, ctx))
		return;
	/* bound to a device: without a route IPv4 takes the destination to be on its link */
	if (r->err == -EAGAIN && r->family == 4 && r->oif)
		return;
	pending = eq16(c->fail_daddr, r->daddr);
	if (!r->err && !pending)
		return;
	netns = task_netns();
	if (!netns_wanted(netns) || !see_none(h, c, 0, 0, netns, r->oif))
		return;
	f = (struct flow){r->family, r->proto, r->sport, r->dport, r->saddr, r->daddr};
	if (!flow_wanted(h->s, &f))
		goto out;
	if (!r->err) {
		__builtin_memset(c->fail_daddr, 0, 16);
		emit(h, WB_KIND_ROUTE, probe, WB_EV_TASK, r, sizeof(*r));
		goto out;
	}
	__builtin_memcpy(c->fail_daddr, r->daddr, 16);
	body = (void *)h->s->window.data; /* the stack has no room; the filter is through with it */
	__builtin_memset(body, 0, sizeof(*body));
	body->err = r->err == -EAGAIN ? -ENETUNREACH : r->err;
	body->family = r->family;
	body->proto = r->proto;
	body->sport = r->sport;
	body->dport = r->dport;
	__builtin_memcpy(body->saddr, r->saddr, 16);
	__builtin_memcpy(body->daddr, r->daddr, 16);
	emit(h, WB_KIND_SEND_FAIL, probe, WB_EV_TASK, body, sizeof(*body));
out:
	unsee(h);
}

static __always_inline int route_event(struct wb_route_body *r, __u16 probe, const void *ctx)
{
	struct hit h;

	if (see_route(&h, r, ctx)) {
		emit(&h, WB_KIND_ROUTE, probe, h.cpu->cur_stage == STAGE_IN ? 0 : WB_EV_TX, r,
		     sizeof(*r));
		unsee(&h);
	} else {
		lone_lookup(&h, r, probe, ctx);
	}
	return 0;
}

SEC("?tp_btf/fib_table_lookup")
int BPF_PROG(tp_fib_table_lookup, __u32 table, const struct flowi4 *fl,
	     const struct fib_nh_common *nhc, int err)
{
	struct wb_route_body r = {
		.table = table,
		.err = err,
		.family = 4,
		.prefix_len = 255,
		.iif = fl->__fl_common.flowic_iif,
		.proto = fl->__fl_common.flowic_proto,
		.sport = bpf_ntohs(fl->uli.ports.sport),
		.dport = bpf_ntohs(fl->uli.ports.dport),
	};

	if (!err && !live && !failed_before())
		return 0;
	*(__u32 *)r.saddr = fl->saddr;
	*(__u32 *)r.daddr = fl->daddr;
	r.oif = fl->__fl_common.flowic_oif;
	if (nhc) {
		r.oif = BPF_CORE_READ(nhc, nhc_dev, ifindex);
		if (BPF_CORE_READ(nhc, nhc_gw_family) == AF_INET)
			*(__u32 *)r.gateway = BPF_CORE_READ(nhc, nhc_gw.ipv4);
		else if (BPF_CORE_READ(nhc, nhc_gw_family) == AF_INET6)
			BPF_CORE_READ_INTO(&r.gateway, nhc, nhc_gw.ipv6);
	}
	return route_event(&r, WB_PROBE_TP_fib_table_lookup, ctx);
}

SEC("?tp_btf/fib6_table_lookup")
int BPF_PROG(tp_fib6_table_lookup, struct net *net, const struct fib6_result *res,
	     struct fib6_table *table, const struct flowi6 *fl)
{
	struct wb_route_body r = {
		.table = table->tb6_id,
		.family = 6,
		.prefix_len = 255,
		.iif = fl->__fl_common.flowic_iif,
		.proto = fl->__fl_common.flowic_proto,
		.sport = bpf_ntohs(fl->uli.ports.sport),
		.dport = bpf_ntohs(fl->uli.ports.dport),
	};

	BPF_CORE_READ_INTO(&r.saddr, fl, saddr);
	BPF_CORE_READ_INTO(&r.daddr, fl, daddr);
	r.type = BPF_CORE_READ(res, fib6_type);
	r.prefix_len = BPF_CORE_READ(res, f6i, fib6_dst.plen);
	r.oif = BPF_CORE_READ(res, nh, nh_common.nhc_dev, ifindex);
	if (BPF_CORE_READ(res, nh, nh_common.nhc_gw_family) == AF_INET6)
		BPF_CORE_READ_INTO(&r.gateway, res, nh, nh_common.nhc_gw.ipv6);
	switch (r.type) { /* include/uapi/linux/rtnetlink.h; the null entry is a reject route */
	case 6:
		r.err = -22;
		break;
	case 7:
		r.err = BPF_CORE_READ(res, fib6_flags) & 0x200 && r.prefix_len == 0 ? -EAGAIN
										    : -113;
		break;
	case 8:
		r.err = -13;
		break;
	}
	if (!r.err && !live && !failed_before())
		return 0;
	return route_event(&r, WB_PROBE_TP_fib6_table_lookup, ctx);
}

/*
 * The packet that waits for its neighbour: the last in its queue. The one that this CPU works on
 * may be the question by now, which is sent from inside.
 */
static __always_inline bool see_waiting(struct hit *h, struct neighbour *n, int rc, const void *ctx)
{
	struct sk_buff *last = NULL;

	if (rc && !bpf_core_read(&last, sizeof(last), &n->arp_queue.prev) &&
	    (void *)last != (void *)&n->arp_queue && see_same(h, last))
		return true;
	return see_current(h, ctx);
}

/* What was received and now waits is on its way out: what this CPU takes in next is not it. */
static __always_inline void leaves_input(struct cpu_ctx *c, __u64 skb)
{
	if (c->cur_skb != skb || c->cur_stage != STAGE_IN)
		return;
	c->cur_stage = STAGE_OUT;
	c->cur_soft = true;
}

/* neigh_event_send: the neighbour of a packet is not resolved. */
SEC("?tp_btf/neigh_event_send_done")
int BPF_PROG(tp_neigh_event_send_done, struct neighbour *n, int rc)
{
	struct wb_neigh_body body = {};
	struct hit h;

	if (!see_waiting(&h, n, rc, ctx))
		return 0;
	body.ifindex = n->dev->ifindex;
	body.family = n->tbl->family == AF_INET ? 4 : 6;
	body.nud_state = n->nud_state;
	body.dead = n->dead;
	body.probes = n->probes.counter;
	body.value = rc;
	bpf_probe_read_kernel(body.addr, body.family == 4 ? 4 : 16, &n->primary_key);
	h.ifindex = body.ifindex;
	leaves_input(h.cpu, h.v.skb);
	emit(&h, WB_KIND_NEIGH, WB_PROBE_TP_neigh_event_send_done, WB_EV_TX, &body, sizeof(body));
	unsee(&h);
	return 0;
}
