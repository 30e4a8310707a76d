/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps that all programs share and the types in them. They are defined in maps.bpf.c; nothing
 * here decides anything.
 */
#ifndef WAYBILL_MAPS_BPF_H
#define WAYBILL_MAPS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "waybill/config.h"
#include "waybill/program.h"
#include "waybill/count.h"
#include "waybill/event.h"
#include "waybill/probe.h"
#include "waybill/track.h"
#include "filter.bpf.h"

/* Where on its way a packet was last seen; tells a packet that goes on from an address used again.
 */
enum stage {
	STAGE_IN,   /* received, somewhere between the device and its socket or the forwarding */
	STAGE_OUT,  /* on its way to a device */
	STAGE_TX,   /* handed to a device's driver */
	STAGE_SOCK, /* a socket has it */
};

struct skb_ref { /* under the address of an sk_buff */
	__u64 key; /* of its entry in tracks */
	__u64 id;
};

/* A buffer whose last user went away: its content may go on in a new buffer at once. */
struct adopt {
	__u64 ts_ns;
	struct track track;
	__u8 armed;
	__u8 judged; /* an XDP verdict was told of it */
};

/*
 * Freed as an sk_buff and not seen since: XDP may have sent its content on as a frame. Of several
 * that are sent on together only the number of failures is told.
 */
#define FRAMES_MAX 16 /* VETH_XDP_TX_BULK_SIZE, DEV_MAP_BULK_SIZE */
struct frame {
	__u64 ts_ns;
	struct track track;
	__u8 how; /* XDP_TX, XDP_REDIRECT, 0 not known yet */
};

/* What GRO holds back on this CPU, under a hash of the flow; one entry each, the newest wins. */
#define GRO_HELD 16
struct gro_held {
	__u64 tuple;
	__u64 id;
	__u64 key;
};

/* Of a packet's headers; see hash.bpf.h. */
struct hashes {
	__u64 tuple; /* addresses and ports: what NAT and tunnels change */
	__u64 frag;  /* the same for all fragments of a datagram: addresses, IPv4: identification */
	__u32 sig;   /* what survives NAT, and differs from packet to packet */
	__u32 is_fragment;
	/* of packets that are alike to whoever decides about them, by enum wb_level; see
	 * count.bpf.h */
	__u32 group[WB_LEVELS];
	__u32 is_sealed; /* IPsec made what stands behind the IP header */
};

/* Counting: a packet meets an event; see count_meet(). */
struct meeting {
	struct track track; /* the packet's entry, to be copied back as far as it counts */
	__u64 ts_ns;
	__u64 skb;
	__u64 saying; /* what the event says, as far as packets that differ in it are told apart */
	__u64 group;  /* with WB_EV_PACKET: count_group(); else 0 */
	__u32 netns;
	__u32 ifindex;
	__u32 len;
	__u16 probe;
	__u16 segments; /* with WB_EV_FIRST */
	__u8 kind;
	__u8 flags; /* WB_EV_* */
	__u8 gone;  /* its buffer was freed before: nothing else will count it */
	__u8 copy;  /* an answer: not the sk_buff that was seen first; */
	__u64 from; /* and: the path that the packet was on before */
};

#define SCRATCH_LEVELS 4 /* task, softirq, hard interrupt, one in reserve */
#define EVENT_MAX      320
#define BODY_MAX       96
#define HDR_MAX	       80
#define FLAT_ROOM      32 /* for a MAC header in front of skb->data */
#define FLAT_MAX       256

struct scratch {
	struct wb_window window;
	__u64 net; /* the address of what hdr is a copy of; see parse_packet() */
	__u8 hdr[HDR_MAX] __attribute__((aligned(8)));
	struct hashes hashes; /* of hdr */
	struct track track;   /* a new one; the stack has no room */
	__u64 parent;	    /* of the copy that began last; see copy.bpf.c */
	struct meeting meeting;
	__u8 flat[FLAT_ROOM + FLAT_MAX] __attribute__((aligned(8))); /* see flat.bpf.h */
	__u8 body[BODY_MAX] __attribute__((aligned(8))); /* see body_of() */
	__u8 event[EVENT_MAX] __attribute__((aligned(8)));
};

enum asks { ASKS_NOTHING, ASKS_ICMP, ASKS_TCP };
struct cpu_ctx {
	__u32 depth;
	__u32 seq;
	__u64 sp; /* see plain_address() */
	/* the traced packet that this CPU last worked on, for probes that are given no packet */
	__u64 cur_id;
	__u64 cur_skb;
	__u32 cur_netns;
	__u32 cur_ifindex;
	__u8 cur_family;
	__u8 cur_stage;
	__u8 cur_asks; /* enum asks: an answer is due in the same run */
	__u8 icmp_type, icmp_code; /* asked to be sent, with icmp_skb */
	__u8 cur_soft; /* on its way out, but no process sends it: forwarded, or an answer */
	__u8 cur_pad[2];
	__u8 cur_saddr[16];
	__u8 cur_daddr[16];
	__u64 cur_ts;
	__u64 back_id; /* the packet whose answer has no way yet */
	__u32 cur_tid;
	__u32 cur_ports;  /* as on the wire: source, destination */
	__u64 frag;	  /* of the last packet that was no fragment: struct hashes; 0 none */
	__u64 frag_id;	  /* its id, and when that was */
	__u64 frag_ts;
	__u64 frame_head; /* the buffer of the XDP frame that was seen last, 0 none */
	__u64 frame_ts;
	__u64 xmit_skb; /* between net_dev_start_xmit and net_dev_xmit */
	__u64 xmit_id;
	/* TCP works on a packet of this socket: it may acknowledge before it wakes the reader */
	__u64 tcp_sk;
	__u64 tcp_id;
	__u64 tcp_skb;
	__u64 tcp_ts;
	__u32 tcp_netns;
	__u32 tcp_ifindex;
	__u64 icmp_skb; /* an ICMP error is asked for because of this one, 0 none; see icmp.bpf.c */
	__u64 gro_skb; /* between napi_gro_receive_entry and its exit */
	__u64 gro_key;
	__u64 gro_tuple;
	__u64 gro_id;
	struct gro_held gro_held[GRO_HELD];
	__u64 gso_tuple; /* flow of the packet that this CPU queued last and that may be segmented
			  */
	__u64 gso_id;	 /* 0: none */
	__u64 gso_ts;
	__u8 fail_daddr[16]; /* a route look-up for a send that failed just now */
	__u64 drop_ts;	     /* a process's own packet was dropped here, while it was sent */
	__u32 drop_tid;
	__u32 drop_pad;
	struct adopt adopt;
	__u64 gone_head; /* a known sk_buff that was freed here in peace: its buffer, and when */
	__u64 gone_ts;
	__u32 n_frames; /* counts up; the last of them in frames */
	__u32 frames_pad;
	__u64 frame_id; /* the one that was taken out last */
	struct frame frames[FRAMES_MAX];
	struct track ended; /* the last whose buffer was freed here, with WB_CFG_COUNT */
	__u32 reads_told; /* a read showed the packet itself, which sock_recv_length tells again */
	struct scratch slot[SCRATCH_LEVELS];
};

struct rings_map {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); /* user space sets the number of CPUs */
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, 4096);
		});
};

struct tracks_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__type(key, __u64);
	__type(value, struct track);
};

struct skbs_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__type(key, __u64);
	__type(value, struct skb_ref);
};

struct cpus_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_ctx);
};

struct losses_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WB_LOSS_MAX);
	__type(key, __u32);
	__type(value, __u64);
};

/* Sockets in whose queue a traced packet was put and not read yet. */
struct socks_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u32);
};

/* Counting: paths that were told, groups of packets kept apart, sums, queues of datagrams. */
struct paths_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WB_PATHS_MAX);
	__type(key, __u64);
	__type(value, __u32);
};

struct groups_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WB_GROUPS_MAX + (WB_LEVELS - 1) * WB_COARSE_MAX);
	__type(key, __u32);
	__type(value, __u32);
};

struct sums_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, WB_SUMS_MAX);
	__type(key, __u64);
	__type(value, struct wb_sums);
};

struct waits_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct waiting);
};

/* The sums that this CPU adds to most; see drop.bpf.h. */
struct slots_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WB_SLOTS);
	__type(key, __u32);
	__type(value, struct wb_slot);
};

/* How often the filter was asked about a packet not known yet. */
struct looked_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
};

struct programs_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WB_PROGRAMS_MAX);
	__type(key, __u32);
	__type(value, struct wb_program);
};

extern struct programs_map programs SEC(".maps");
extern struct looked_map looked SEC(".maps");
extern struct slots_map slots SEC(".maps");
extern struct paths_map paths SEC(".maps");
extern struct groups_map groups SEC(".maps");
extern struct sums_map sums SEC(".maps");
extern struct waits_map waits SEC(".maps");
extern struct socks_map socks SEC(".maps");
extern struct rings_map rings SEC(".maps");
extern struct tracks_map tracks SEC(".maps");
extern struct skbs_map skbs SEC(".maps");
extern struct cpus_map cpus SEC(".maps");
extern struct losses_map losses SEC(".maps");

extern const volatile struct wb_config cfg;
extern const volatile __u8 function_args[WB_PROBE_MAX]; /* that each has on this kernel */
extern __s64 live;  /* entries in tracks: nothing is looked up while it is 0 */
extern __u32 n_groups[WB_LEVELS]; /* counting: how many of each level there are */
extern bool resting; /* counting: too many packets to follow each, so only drops are counted */
extern __u64 nothing; /* see FORGET() */
extern bool queued; /* a traced packet was put into a socket's queue: only then socks is asked */

/*
 * The value stays, what the verifier knows of it goes: it follows each value that it can tell apart
 * through all that comes behind, and takes a branch that it can foresee as a reason to do so. Where
 * ways meet, this makes them one.
 */
#define FORGET(x) ((x) += (typeof(x))nothing)
/* The same of a local variable, here and not where the compiler would put it off to. */
#define FORGET_HERE(x)                                                                             \
	({                                                                                         \
		FORGET(x);                                                                         \
		barrier_var(x);                                                                    \
	})

static __always_inline bool netns_wanted(__u32 inum)
{
#pragma unroll
	for (int i = 0; i < WB_NETNS_MAX && cfg.netns[i]; i++)
		if (cfg.netns[i] == inum)
			return true;
	return !cfg.netns[0];
}

static __always_inline bool is_resting(void)
{
	return cfg.flags & WB_CFG_COUNT && resting;
}

/* Counts an event or a packet that is lost, by enum wb_loss. */
static __always_inline void lose_here(__u32 cause)
{
	__u64 *n = bpf_map_lookup_elem(&losses, &cause);

	if (n)
		(*n)++;
}

/* The same, verified once a program; not at the end of the longest chain of calls. 0. */
int lose(__u32 cause);

static __always_inline struct cpu_ctx *cpu_ctx(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cpus, &zero);
}

/*
 * An address as a plain number, which may be compared, and which is the same to the verifier
 * whatever it points to. It goes through the map, where a pointer's type is lost.
 */
static __always_inline __u64 plain_address(struct cpu_ctx *c, __u64 address)
{
	*(volatile __u64 *)&c->sp = address;
	return *(volatile __u64 *)&c->sp;
}

/* A probe can be interrupted by another on the same CPU, so each level has its own scratch. */
static __always_inline struct scratch *scratch_get(struct cpu_ctx *c)
{
	__u32 level = c->depth;

	if (level >= SCRATCH_LEVELS) {
		lose(WB_LOSS_NESTED);
		return NULL;
	}
	c->depth = level + 1;
	return &c->slot[level & (SCRATCH_LEVELS - 1)];
}

/* The one that was got last, in a function that is not given it. */
static __always_inline struct scratch *scratch_now(struct cpu_ctx *c)
{
	return &c->slot[(c->depth - 1) & (SCRATCH_LEVELS - 1)];
}

static __always_inline void scratch_put(struct cpu_ctx *c)
{
	c->depth--;
}

#endif
