/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sending one event: header, sections and body are put together in the CPU's scratch and go into
 * the CPU's ring at their exact size. What is lost is counted.
 */
#ifndef WAYBILL_EVENT_BPF_H
#define WAYBILL_EVENT_BPF_H

#include "count.bpf.h"

#define STACK_BYTES 32768 /* at least a task's kernel stack, with KASAN too */
#define THREAD_SIZE 16384 /* exactly that, on x86-64 without KASAN */
#define USER_DS	    0x2b
#define PF_KTHREAD  0x00200000

/*
 * Was the task in user space when an interrupt came? On x86 that and the softirqs behind it run on
 * the task's own stack (run_sysvec_on_irqstack_cond, 5.10 to 7.2), at whose top its registers lie,
 * with no number of a system call in orig_ax. A kernel with FRED keeps 16 bytes free above them;
 * what is read at the wrong place has no user's stack segment.
 */
static __always_inline bool from_user_mode(const void *stack)
{
	const struct pt_regs *regs = stack + THREAD_SIZE - bpf_core_type_size(struct pt_regs);

	if (!bpf_core_field_exists(regs->orig_ax))
		return false;
	if ((__u16)BPF_CORE_READ(regs, ss) != USER_DS)
		regs = (void *)regs - 16;
	return (__u16)BPF_CORE_READ(regs, ss) == USER_DS && BPF_CORE_READ(regs, orig_ax) == -1UL;
}

/*
 * Does this probe run on behalf of the current task? In a softirq or an interrupt the current task
 * has nothing to do with the packet. Those have stacks of their own, and the context of a program
 * stands on the stack it runs on, so its address tells; ksoftirqd tells by being a kernel thread.
 * The verifier does not let a context be compared, so it is made a number.
 */
static __always_inline bool in_task(struct cpu_ctx *c, const void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	const void *stack = BPF_CORE_READ(task, stack);
	__u64 sp = plain_address(c, (__u64)ctx);

	if (sp - (__u64)stack >= STACK_BYTES || BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return false;
	return !from_user_mode(stack);
}

/* The name is read, not asked for: netfilter programs may not ask for it before 6.18. */
static __always_inline void fill_task(struct wb_task *t)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 pid_tgid = bpf_get_current_pid_tgid();

	t->pid = pid_tgid >> 32;
	t->tid = pid_tgid;
	BPF_CORE_READ_INTO(&t->comm, task, comm);
}

static __always_inline bool ring_send(struct cpu_ctx *c, void *event, __u32 size)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);

	c->seq++;
	if (ring && !bpf_ringbuf_output(ring, event, size, BPF_RB_NO_WAKEUP))
		return true;
	lose(WB_LOSS_RING_FULL);
	return false;
}

static __always_inline void fill_raw(struct wb_raw *raw, const struct hit *h)
{
	__u32 from = h->v.net, n = WB_RAW_MAX;

	__builtin_memset(raw, 0, sizeof(*raw));
	if (h->v.mac != 0xffff && h->v.mac + 14 <= h->v.net) {
		raw->l2 = 1;
		from = h->v.mac;
	}
	if (h->v.linear > from && h->v.linear - from < n)
		n = h->v.linear - from;
	if (n > WB_RAW_MAX)
		n = WB_RAW_MAX;
	if (!bpf_probe_read_kernel(raw->data, n, (const void *)(h->v.bytes + from)))
		raw->caplen = n;
}

/* Room for an event's body, all 0, where the stack has none; to be used once a packet is seen. */
static __always_inline void *body_of(const struct hit *h, const __u32 size)
{
	_Static_assert(sizeof(struct wb_sock_body) <= BODY_MAX, "all fit");
	__builtin_memset(h->s->body, 0, size);
	return h->s->body;
}

/*
 * Sends an event about the packet in h. extra: further WB_EV_* flags (WB_EV_TASK adds the running
 * process). body: of the kind, size a constant.
 */
static __always_inline void emit(struct hit *h, __u8 kind, __u16 probe, __u8 extra,
				 const void *body, const __u32 size)
{
	__u8 *buf = __builtin_assume_aligned(h->s->event, 8);
	struct wb_event *ev = (void *)buf;
	__u32 at = sizeof(*ev);
	bool sent;

	if (cfg.flags & WB_CFG_COUNT && !(extra & WB_EV_ALONE) && kind != WB_KIND_SEND_FAIL &&
	    !count_event(h, kind, probe, h->flags | extra, body)) {
		h->flags &= ~(WB_EV_FIRST | WB_EV_PACKET | WB_EV_ADOPTED);
		return;
	}
	if (h->flags & WB_EV_FIRST && cfg.flags & WB_CFG_RAW)
		extra |= WB_EV_RAW;
	ev->ts_ns = h->ts_ns;
	ev->id = h->id;
	ev->skb = h->v.skb;
	if (cfg.flags & WB_CFG_COUNT) {
		ev->id = h->path;
		ev->skb = 1 + h->copy;
	}
	ev->netns = h->netns;
	ev->ifindex = h->ifindex;
	ev->seq = h->cpu->seq;
	ev->probe = probe;
	ev->cpu = bpf_get_smp_processor_id();
	ev->kind = kind;
	ev->flags = h->flags | extra;
	ev->len = h->v.len;
	if (ev->flags & WB_EV_PACKET) {
		parse(h->s, &h->v);
		at += sizeof(struct wb_packet);
	}
	if (extra & WB_EV_TASK) {
		fill_task((void *)(buf + at));
		at += sizeof(struct wb_task);
	}
	if (extra & WB_EV_RAW) {
		fill_raw((void *)(buf + at), h);
		at += sizeof(struct wb_raw);
	}
	/* Every section's size is a multiple of 8, so no byte-wise copying. */
	__builtin_memcpy(__builtin_assume_aligned(buf + at, 8), __builtin_assume_aligned(body, 4),
			 size);
	at += size;
	ev->size = at;
	sent = ring_send(h->cpu, buf, at);
	h->flags &= ~(WB_EV_FIRST | WB_EV_PACKET | WB_EV_ADOPTED);
	if (h->parent) {
		struct wb_link_body link = {
			.other = h->parent, .how = h->link, .unasked = h->unasked};

		h->parent = 0;
		ev->kind = WB_KIND_LINK;
		ev->flags = 0;
		ev->seq = h->cpu->seq;
		ev->size = sizeof(*ev) + sizeof(link);
		__builtin_memcpy(buf + sizeof(*ev), &link, sizeof(link));
		sent &= ring_send(h->cpu, buf, sizeof(*ev) + sizeof(link));
	}
	if (cfg.flags & WB_CFG_COUNT && !sent) /* the next packet tells it */
		bpf_map_delete_elem(&paths, &h->path);
}

static __always_inline void emit_step(struct hit *h, __u16 probe, __u8 extra, __s32 value)
{
	struct wb_step_body body = {.value = value};

	emit(h, WB_KIND_STEP, probe, extra, &body, sizeof(body));
}

/* Is the CPU still in the run of the network stack in which it saw the current packet? */
static __always_inline bool in_run(struct cpu_ctx *c, const void *ctx)
{
	if (c->cur_tid != (__u32)bpf_get_current_pid_tgid())
		return false;
	if (c->cur_stage == STAGE_TX) /* a tunnel's device, before it has passed the packet on */
		return c->xmit_skb == c->cur_skb;
	return in_task(c, ctx) == (c->cur_stage == STAGE_OUT && !c->cur_soft);
}

#define LOOPBACK_IFINDEX 1 /* where what is sent is said to come from */

/*
 * Is this the device that received the current packet? What a process puts in (a test run of XDP, a
 * tun device) is received on its behalf, and a send of its own says that it came from loopback.
 */
static __always_inline bool received_by(const struct cpu_ctx *c, __u32 iif)
{
	return iif > LOOPBACK_IFINDEX && iif == c->cur_ifindex && c->cur_stage == STAGE_IN &&
	       c->cur_tid == (__u32)bpf_get_current_pid_tgid();
}

/* see_none() where the time is known already. */
static __always_inline bool see_none_at(struct hit *h, struct cpu_ctx *c, __u64 now, __u64 id,
					__u64 skb, __u32 netns, __u32 ifindex)
{
	h->cpu = c;
	h->s = scratch_get(c);
	if (!h->s)
		return false;
	h->ts_ns = now;
	h->id = id;
	h->v.skb = skb;
	h->v.len = 0;
	h->netns = netns;
	h->ifindex = ifindex;
	h->flags = 0;
	h->parent = 0;
	h->t = NULL;
	return true;
}

/*
 * Fills h for an event about no sk_buff at hand: id 0, or the id that the caller knows. False: the
 * scratch is in use too deeply. unsee() afterwards.
 */
static __always_inline bool see_none(struct hit *h, struct cpu_ctx *c, __u64 id, __u64 skb,
				     __u32 netns, __u32 ifindex)
{
	return see_none_at(h, c, bpf_ktime_get_ns(), id, skb, netns, ifindex);
}

/*
 * For probes inside what another probe has seen the packet enter: nothing about it is new. False:
 * it is not traced. unsee() afterwards.
 */
static __always_inline bool see_same(struct hit *h, struct sk_buff *skb)
{
	struct track *t = live ? traced((__u64)skb) : NULL;
	struct cpu_ctx *c = t ? cpu_ctx() : NULL;

	return c && see_none(h, c, t->id, (__u64)skb, t->netns, t->ifindex);
}

/* The current packet if it was seen at most that long ago. iif: see received_by(); 0: not known. */
static __always_inline bool see_current_within(struct hit *h, const void *ctx, __u64 ns, __u32 iif)
{
	struct cpu_ctx *c;
	__u64 now;

	if (!live)
		return false;
	c = cpu_ctx();
	if (!c || !c->cur_skb)
		return false;
	now = bpf_ktime_get_ns();
	return now - c->cur_ts <= ns && (received_by(c, iif) || in_run(c, ctx)) &&
	       see_none_at(h, c, now, c->cur_id, c->cur_skb, c->cur_netns, c->cur_ifindex);
}

/*
 * For probes that are given no packet: the one that this CPU works on, if it is traced.
 * Fills h so that emit() serves; false if there is none. unsee() afterwards.
 */
static __always_inline bool see_current(struct hit *h, const void *ctx)
{
	return see_current_within(h, ctx, IN_RUN_NS, 0);
}

#endif
