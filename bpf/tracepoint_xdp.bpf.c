/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of XDP: verdicts that went wrong (aborted, unknown, a redirect without a target), and
 * frames sent on. They are given no packet: it is the one that this CPU worked on, whose buffer it
 * just exchanged, or which veth freed as an sk_buff in order to send it on.
 */
#include "event.bpf.h"
#include <bpf/bpf_tracing.h>

#define XDP_TX	     3
#define XDP_REDIRECT 4
#define FRAME_TAKEN  0xff
#define EIO	     5

static __always_inline bool see_xdp(struct hit *h, struct net_device *dev)
{
	struct cpu_ctx *c;
	struct adopt *a;
	__u64 now;

	if (!live)
		return false;
	c = cpu_ctx();
	if (!c)
		return false;
	a = &c->adopt;
	now = bpf_ktime_get_ns();
	if (a->armed && !a->judged && now - a->ts_ns < ADOPT_NS &&
	    came_to(dev, a->track.netns, a->track.ifindex, a->track.stage)) {
		a->judged = 1;
		return see_none(h, c, a->track.id, a->track.skb, net_inum(dev->nd_net.net, true),
				dev->ifindex);
	}
	if (!c->cur_skb || now - c->cur_ts > ADOPT_NS ||
	    !came_to(dev, c->cur_netns, c->cur_ifindex, c->cur_stage))
		return false;
	return see_none(h, c, c->cur_id, c->cur_skb, net_inum(dev->nd_net.net, true), dev->ifindex);
}

static __always_inline void name_program(struct wb_prog_body *body, const struct bpf_prog *prog)
{
	const void *aux = BPF_CORE_READ(prog, aux);

	if (!aux)
		return;
	body->prog_id = BPF_CORE_READ(prog, aux, id);
	BPF_CORE_READ_INTO(&body->name, prog, aux, name);
}

static __always_inline int verdict(struct net_device *dev, const struct bpf_prog *prog, __s32 act,
				   int err, __u16 probe)
{
	struct wb_prog_body body = {.verdict = act, .type = WB_PROG_XDP, .err = err};
	struct hit h;

	if (!see_xdp(&h, dev))
		return 0;
	name_program(&body, prog);
	emit(&h, WB_KIND_PROG, probe, 0, &body, sizeof(body));
	frame_pop(h.cpu, h.id);
	unsee(&h);
	return 0;
}

SEC("?tp_btf/xdp_exception")
int BPF_PROG(tp_xdp_exception, const struct net_device *dev, const struct bpf_prog *prog, __u32 act)
{
	return verdict((struct net_device *)dev, prog, act, -1, WB_PROBE_TP_xdp_exception);
}

SEC("?tp_btf/xdp_redirect_err")
int BPF_PROG(tp_xdp_redirect_err, const struct net_device *dev, const struct bpf_prog *prog,
	     const void *tgt, int err)
{
	return verdict((struct net_device *)dev, prog, XDP_REDIRECT, err,
		       WB_PROBE_TP_xdp_redirect_err);
}

static __always_inline struct frame *frame_last(struct cpu_ctx *c, __u32 i)
{
	return &c->frames[(c->n_frames - 1 - i) & (FRAMES_MAX - 1)];
}

/* Was it noted a moment ago, of a packet that came to dev? */
static __always_inline bool frame_fits(const struct frame *f, const struct net_device *dev)
{
	return f->ts_ns && bpf_ktime_get_ns() - f->ts_ns <= ADOPT_NS &&
	       came_to(dev, f->track.netns, f->track.ifindex, f->track.stage);
}

/*
 * These two are verified by themselves, because they are called in loops.
 *
 * Takes the i-th last of the frames that were noted, if it was sent on from dev in this way. A
 * redirect is known to be one before it is flushed, XDP_TX is not.
 */
__noinline int frame_take(__u32 i, __u64 dev, __u32 how)
{
	struct cpu_ctx *c = cpu_ctx();
	struct frame *f = c ? frame_last(c, i) : NULL;

	if (!f || (f->how != how && (f->how || how != XDP_TX)) || !frame_fits(f, (void *)dev))
		return 0;
	f->ts_ns = 0;
	f->how = FRAME_TAKEN;
	c->frame_id = f->track.id;
	return 1;
}

static __always_inline struct bpf_prog *native_program(const struct net_device *dev)
{
	const struct bpf_xdp_entity *state =
		(void *)dev + bpf_core_field_offset(dev->xdp_state) + XDP_MODE_DRV * sizeof(*state);
	struct bpf_prog *prog = BPF_CORE_READ(state, prog);

	return prog ? prog : BPF_CORE_READ(state, link, link.prog);
}

/* Tells what became of the i-th last, if it was taken. 1: it was. */
__noinline int frame_tell(__u32 i, __u64 dev_address, __u32 how, int err)
{
	const struct net_device *dev = (void *)dev_address;
	struct wb_prog_body body = {.verdict = how, .type = WB_PROG_XDP, .err = err};
	struct bpf_prog *prog = native_program(dev);
	struct cpu_ctx *c = cpu_ctx();
	struct frame *f = c ? frame_last(c, i) : NULL;
	struct hit h;

	if (!f || f->how != FRAME_TAKEN)
		return 0;
	f->how = 0;
	if (how == XDP_REDIRECT && !err && !f->ts_ns) /* that was told before */
		return 1;
	if (!see_none(&h, c, f->track.id, f->track.skb, BPF_CORE_READ(dev, nd_net.net, ns.inum),
		      BPF_CORE_READ(dev, ifindex)))
		return 1;
	name_program(&body, prog);
	/* for counting: the entry that a new buffer may take over, or the one that was noted */
	h.t = c->adopt.armed && c->adopt.track.id == h.id ? &c->adopt.track : &f->track;
	emit(&h, WB_KIND_PROG,
	     how == XDP_TX ? WB_PROBE_TP_xdp_bulk_tx : WB_PROBE_TP_xdp_devmap_xmit, WB_EV_LAST,
	     &body, sizeof(body));
	unsee(&h);
	return 1;
}

/*
 * Frames were sent on together, and the last ones of them failed. Where others are among them that
 * are not traced, each one's end is known only if all went the same way.
 */
static __always_inline int flushed(const struct net_device *typed, const struct net_device *to,
				   __u8 how, __u32 sent, __u32 drops, int err)
{
	struct cpu_ctx *c = live ? cpu_ctx() : NULL;
	__u32 n = 0;
	__u64 dev;

	if (!c || !c->n_frames)
		return 0;
	dev = plain_address(c, (__u64)typed);
	for (__u32 i = 0; i < FRAMES_MAX; i++)
		n += frame_take(i, dev, how);
	if (!n || (sent && drops && n != sent + drops))
		return 0;
	for (__u32 i = 0; i < FRAMES_MAX; i++) {
		int told = frame_tell(i, dev, how, drops ? (err ? err : -EIO) : 0);

		if (sent && told && drops)
			drops--;
	}
	/* a frame alone is followed to the next device, which may have an XDP program, too */
	if (sent == 1 && n == 1 && c->adopt.armed && c->adopt.track.id == c->frame_id) {
		c->adopt.track.ifindex = to->ifindex;
		c->adopt.track.netns = net_inum(to->nd_net.net, true);
		c->adopt.track.stage = STAGE_TX;
		c->adopt.judged = 0;
	}
	return 0;
}

SEC("?tp_btf/xdp_redirect")
int BPF_PROG(tp_xdp_redirect, const struct net_device *dev)
{
	struct cpu_ctx *c = live ? cpu_ctx() : NULL;
	struct frame *f = c ? frame_last(c, 0) : NULL;

	if (!f || f->how || !frame_fits(f, dev))
		return 0;
	f->how = FRAME_TAKEN;
	frame_tell(0, plain_address(c, (__u64)dev), XDP_REDIRECT, 0);
	f->how = XDP_REDIRECT;
	return 0;
}

/* Of frames that came to dev and were sent back out of it. */
SEC("?tp_btf/xdp_bulk_tx")
int BPF_PROG(tp_xdp_bulk_tx, const struct net_device *dev, int sent, int drops, int err)
{
	return flushed(dev, dev, XDP_TX, sent, drops, err);
}

SEC("?tp_btf/xdp_devmap_xmit")
int BPF_PROG(tp_xdp_devmap_xmit, const struct net_device *from, const struct net_device *to,
	     int sent, int drops, int err)
{
	return flushed(from, to, XDP_REDIRECT, sent, drops, err);
}
