/* SPDX-License-Identifier: GPL-2.0-only */
/* Hashes of a packet's headers, in functions that are verified once a program; see hash.bpf.h. */
#include "hash.bpf.h"

__noinline int hash_now(__u32 eth)
{
	struct cpu_ctx *c = cpu_ctx();
	struct scratch *s = c ? scratch_now(c) : NULL;

	if (s)
		hash_headers(s->hdr, eth, &s->hashes);
	return 0;
}

#define PULLED_MAX 16 /* fou and gue take what they pull off the outer header's length, too */

/* Of the packet as it is now, as far as its header says it; 1: it doesn't. */
static __always_inline __u32 known_length(const __u8 *hdr)
{
	__u8 version = hdr[0] >> 4;
	__u32 n = version == 4 || version == 6 ? length_of(hdr) : 1;

	return n == LENGTH_UNKNOWN ? 1 : n;
}

__noinline int inside(__u64 bytes, __u64 where, __u64 old)
{
	__u32 net = (__u16)where, data = (__u16)(where >> 16), was = old >> 32;
	struct cpu_ctx *c = cpu_ctx();
	struct scratch *s = c ? scratch_now(c) : NULL;
	struct hashes h;
	__u8 *hdr;

	if (!s || was == net || was >= where >> 32 || (was > net && was < data))
		return 0;
	hdr = s->window.data; /* the filter is through with it */
	if (bpf_probe_read_kernel(hdr, HDR_MAX, (const void *)(bytes + was)) ||
	    (was < net && was + length_of(hdr) + PULLED_MAX < net + known_length(s->hdr)))
		return 0;
	hash_headers(hdr, 0, &h);
	return h.sig == (__u32)old;
}
