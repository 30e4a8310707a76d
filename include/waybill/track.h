/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel knows of a packet that is traced. User space reads it only to find packets that
 * nothing was seen of for long.
 */
#ifndef WAYBILL_TRACK_H
#define WAYBILL_TRACK_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/*
 * What is known of a traced packet, under the address of its data buffer (skb->head), or, of a copy
 * that shares the buffer with it, under COPY_KEY() of the copy's sk_buff.
 */
struct track {
	__u64 id;
	__u64 skb;  /* the sk_buff on which it was last seen */
	__u64 head; /* of a copy: the buffer that it shares; else 0 */
	__u64 seen_ns;
	__u64 tuple; /* hash of what NAT and tunnels change */
	__u32 sig;   /* hash of what they don't change */
	__u32 ifindex;
	__u32 netns;
	__u16 net_off; /* of the network header from skb->head, where sig was taken */
	__u8 stage;    /* enum stage */
	__u8 flags;    /* TRACK_* */
	/* with WB_CFG_COUNT, see count.bpf.h */
	__u64 path;
	__u64 skb_first;
	__u32 len; /* at the first station */
	__u32 cost_ns;
	__u64 rx_ns;   /* when a device received it last, 0: none did */
	__u32 rx_at;   /* which: hash of namespace and index */
	__u32 here_ns; /* from rx_ns to its end */
	__u32 segments;
	__u16 copies;  /* that were made of it, */
	__u16 strayed; /* and were dropped by hosts for which they were not */
};
#define COPY_KEY(skb) ((skb) + 1) /* no buffer begins at an odd address */
#define TRACK_UNASKED 1 /* the filter does not match it: it is followed for another's sake */
#define TRACK_COUNTED 2 /* the sums of its path have it */
#define TRACK_WAITS   4 /* in the queue of a datagram socket, or was */
#define TRACK_GREW    8 /* GRO merged others into it: its lengths are others at its next sight */
#define TRACK_SEALED 16  /* IPsec made it: its headers are others when it is opened */
#define TRACK_DROPPED 32 /* with COUNTED: as a drop */
#define TRACK_FREED 64	 /* its own sk_buff is: what is seen of its buffer now are copies */
/* of them, what counting notes */
#define TRACK_COUNT (TRACK_COUNTED | TRACK_WAITS | TRACK_DROPPED)

/* Counting: the datagrams in a socket's queue. */
struct waiting {
	__u64 path;	/* of the datagram that was queued last */
	__s64 n;	/* queued and not read */
	__u64 early_ns; /* a read that was told before its datagram; 0 none */
};

#endif
