/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of copies, in functions that the verifier walks once a program: so they are given numbers
 * only. Who asks: copy.bpf.h.
 */
#include "copy.bpf.h"
#include "packet.bpf.h"

#define PACKET_OTHERHOST 3 /* include/uapi/linux/if_packet.h */
#define SOCK_RAW	 3

/*
 * A raw socket gets a clone of what goes on to its protocol: who reads that reads the packet, of
 * which the protocol may have no use (ping's answers).
 */
static __always_inline bool is_for_raw(struct sk_buff *skb)
{
	struct sock *sk = BPF_CORE_READ(skb, sk);

	return sk && BPF_CORE_READ(sk, sk_type) == SOCK_RAW &&
	       BPF_CORE_READ(sk, __sk_common.skc_family) != AF_PACKET;
}

/*
 * The packet itself goes on in a clone where the kernel frees the original at once, because others
 * hold it (skb_share_check); or where it was freed unseen. Else its own sk_buff is still there, or
 * had its end. What sockets are given in several copies they free in any order.
 */
static __always_inline bool is_copy(const struct cpu_ctx *c, struct sk_buff *skb,
				    const struct track *t, __u64 head, __u64 now, __u32 stage)
{
	struct sk_buff *own = (void *)t->skb;

	if (t->skb == head || (__u64)skb == head) /* an XDP frame */
		return false;
	if (stage == STAGE_SOCK && is_for_raw(skb))
		return false;
	if (t->flags & TRACK_FREED)
		return c->gone_head != head || now - c->gone_ts > RUN_NS || stage == STAGE_SOCK;
	return shares_buffer(skb, head) && (__u64)BPF_CORE_READ(own, head) == head;
}

__noinline __u64 copy_key(__u64 skb, __u64 head)
{
	__u64 key = COPY_KEY(skb);
	struct track *t = bpf_map_lookup_elem(&tracks, &key);

	return t && t->head == head ? key : 0;
}

__noinline __u64 copy_begin(__u64 skb, __u64 head, __u64 now, __u32 stage)
{
	struct track *t = bpf_map_lookup_elem(&tracks, &head);
	struct cpu_ctx *c = cpu_ctx();
	struct scratch *s;

	if (!c || !t || !is_copy(c, (void *)skb, t, head, now, stage & ~COPY_ASKED))
		return 0;
	if (stage & COPY_ASKED)
		return 1;
	s = scratch_now(c);
	s->track = *t;
	s->parent = t->id;
	s->track.id = now << WB_ID_CPU_BITS | (bpf_get_smp_processor_id() & 0xff);
	s->track.skb = skb;
	s->track.head = head;
	s->track.flags &= TRACK_SEALED | TRACK_UNASKED;
	s->track.copies = 0;
	if (!insert(COPY_KEY(skb), skb, &s->track))
		return 0;
	t->copies++;
	__sync_fetch_and_add(&live, 1);
	return s->track.id;
}

__noinline int copy_strayed(__u64 skb_address, __u64 head)
{
	struct sk_buff *skb = (void *)skb_address;
	struct track *t = bpf_map_lookup_elem(&tracks, &head);

	if (t && BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type) == PACKET_OTHERHOST)
		t->strayed++;
	return 0;
}

__noinline int copy_bury(__u64 head)
{
	struct track *t = bpf_map_lookup_elem(&tracks, &head);

	if (t && t->flags & TRACK_FREED)
		forget(head);
	return 0;
}
