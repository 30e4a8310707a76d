/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other people's XDP and tc programs, each observed at its exit with its verdict. These are
 * loaded once for each such program (src/collect/programs.c), which writes its place in the map
 * `programs` into the instructions.
 */
#include "event.bpf.h"
#include "frame.bpf.h"
#include "waybill/program.h"

#define TC_ACT_SHOT  2
#define XDP_TX	     3
#define XDP_REDIRECT 4

/* Which program this instance stands behind. */
static __always_inline bool name_program(struct wb_prog_body *body)
{
	struct wb_program *p;
	__u32 place;

	asm volatile("r0 = %1; %0 = r0" : "=r"(place) : "i"(WB_PROGRAM_MAGIC) : "r0");
	p = bpf_map_lookup_elem(&programs, &place);
	if (!p)
		return false;
	body->prog_id = p->id;
	__builtin_memcpy(body->name, p->name, sizeof(body->name));
	return true;
}

static __always_inline int xdp_program(unsigned long long *ctx, __u8 type)
{
	struct wb_prog_body body = {.type = type, .verdict = ctx[1]};
	struct cpu_ctx *c = cpu_ctx();
	struct hit h;

	if (!c || !frame_look(&h, c, (void *)ctx[0], 0))
		return 0;
	if (name_program(&body))
		emit(&h, WB_KIND_PROG, WB_PROBE_OWN_xdp_program, 0, &body, sizeof(body));
	if (type == WB_PROG_XDP && (body.verdict == XDP_TX || body.verdict == XDP_REDIRECT)) {
		struct track *t = bpf_map_lookup_elem(&tracks, &h.key);

		if (t)
			frame_push(c, t, h.ts_ns, body.verdict);
	}
	unsee(&h);
	return 0;
}

SEC("?fexit")
int fx_xdp_program(unsigned long long *ctx)
{
	return xdp_program(ctx, WB_PROG_XDP);
}

/* A component of a dispatcher (src/util/xdp_chain.h), whose own exit comes behind this one. */
SEC("?fexit")
int fx_xdp_component(unsigned long long *ctx)
{
	return xdp_program(ctx, WB_PROG_XDP_COMPONENT);
}

SEC("?fexit")
int fx_tc_program(unsigned long long *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)ctx[0];
	struct wb_prog_body body = {.type = WB_PROG_TC_IN, .verdict = ctx[1]};
	bool out = bpf_core_field_exists(skb->tc_at_ingress) &&
		   !BPF_CORE_READ_BITFIELD_PROBED(skb, tc_at_ingress);
	struct hit h;

	if (!see(&h, skb, out ? STAGE_OUT : STAGE_IN, SEE_ENTRY, false))
		return 0;
	if (out)
		body.type = WB_PROG_TC_OUT;
	if (name_program(&body))
		emit(&h, WB_KIND_PROG, WB_PROBE_OWN_tc_program, out ? WB_EV_TX : 0, &body,
		     sizeof(body));
	unsee(&h);
	return 0;
}
