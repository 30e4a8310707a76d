/* SPDX-License-Identifier: GPL-2.0-only */
/* What the swallowers know of a made packet, and what they tell of it; for BPF and user space. */
#ifndef WAYBILL_SEND_H
#define WAYBILL_SEND_H

#ifndef __bpf__
#include <stdint.h>
typedef uint8_t __u8;
#include <linux/types.h>
#endif

/* Ports, numbers: in the order of the wire. An echo's ports are its id and sequence number. */
struct wb_made {
	__u8 family; /* 4, 6; 0: neither, so only what happens at once is known */
	__u8 proto;
	__u8 has_ports, has_tcp;
	__u8 armed;
	__u8 to_socket; /* not at LOCAL_IN, but at its socket: then conntrack has confirmed it */
	__u8 pad[2];
	__u8 saddr[16], daddr[16];
	__u32 ports;   /* as they lie in the packet */
	__u32 id;      /* of IPv4 the identification, of IPv6 the flow label */
	__u32 seq_end; /* what its receiver would acknowledge */
	__u32 ack;
	__u64 until_ns; /* by CLOCK_MONOTONIC; then nothing is swallowed any more */
};

enum wb_swallow_what {
	WB_SWALLOW_MADE,   /* the packet itself */
	WB_SWALLOW_ANSWER, /* what the kernel sends back because of it */
	WB_SWALLOW_ASKS,   /* a neighbour is asked for */
	WB_SWALLOW_OTHER,  /* caused by it, in no form that is known */
};
enum wb_swallow_where { WB_SWALLOW_EGRESS, WB_SWALLOW_LOCAL_IN, WB_SWALLOW_SOCKET };

struct wb_swallowed {
	__u64 ts_ns;
	__u32 ifindex;
	__u32 netns;
	__u8 what, where;
	__u8 has_ct, icmp_type;
	__u16 zone;
	__u8 icmp_code, proto;
	__u8 family; /* 4, 6: of what is asked for */
	__u8 pad[3];
	__u32 pad2;
	__u8 target[16]; /* asks: of whom */
};

#define WB_SWALLOWED_MAX 32
struct wb_swallow_log {
	__u32 n; /* may be more than there is room for */
	__u32 pad;
	struct wb_swallowed rows[WB_SWALLOWED_MAX];
};
#define WB_SWALLOW_LOGS 64 /* by CPU; a power of two */
/* How many rows there are. */
static inline __u32 wb_swallowed_rows(const struct wb_swallow_log *log)
{
	return log->n < WB_SWALLOWED_MAX ? log->n : WB_SWALLOWED_MAX;
}

#endif
