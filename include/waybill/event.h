/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records that travel from the kernel to user space, byte for byte the same on both sides.
 * An event is a header, then the sections its flags announce (in the order of the flags), then
 * the body of its kind. What an event means for a journey is in src/journey/.
 */
#ifndef WAYBILL_EVENT_H
#define WAYBILL_EVENT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Sections, in the order in which they follow the header. */
#define WB_EV_PACKET 0x01 /* struct wb_packet: first sight, or after a rewrite */
#define WB_EV_TASK   0x02 /* struct wb_task: the process that was running */
#define WB_EV_RAW    0x04 /* struct wb_raw: the first bytes of the packet, for pcapng */
/* Plain flags. */
#define WB_EV_ALONE   0x08 /* nothing but this end of the packet was looked at */
#define WB_EV_FIRST   0x10 /* the packet was not known before: a journey begins */
#define WB_EV_LAST    0x20 /* the data buffer has no other user: nothing can follow */
#define WB_EV_ADOPTED 0x40 /* identity carried over to a new buffer by signature */
#define WB_EV_TX      0x80 /* seen on the sending side of its device */

#define WB_ID_CPU_BITS 8 /* an id is the time of first sight, and in its low bits the CPU */

struct wb_event {
	__u64 ts_ns;   /* bpf_ktime_get_ns() */
	__u64 id;      /* the packet; 0: of no packet (a failed send, a lone route lookup) */
	__u64 skb;     /* address of the sk_buff or xdp_buff: tells clones of one packet apart */
	__u32 netns;   /* inode number of the network namespace, 0 unknown */
	__u32 ifindex; /* 0: no device yet */
	__u32 seq;     /* counts this CPU's events, lost ones too */
	__u16 probe;   /* enum wb_probe */
	__u16 cpu;
	__u8 kind;  /* enum wb_kind */
	__u8 flags; /* WB_EV_* */
	__u16 size; /* of the whole record */
	__u32 len;  /* of the packet at this point, as skb->len has it */
};

/* Headers of a packet as they are at this point; addresses in network order, the rest in host
 * order. */
struct wb_packet {
	__u8 family; /* 4, 6, or 0: not IP */
	__u8 proto;  /* IPPROTO_* of the upper layer, after IPv6 extension headers */
	__u8 ttl;
	__u8 tos;
	__u16 ethertype; /* host order */
	__u16 sport;	 /* TCP, UDP, SCTP; ICMP: identifier */
	__u16 dport;	 /* ICMP echo: sequence */
	union {
		struct {
			__u8 icmp_type;
			__u8 icmp_code;
		};
		__u16 tcp_window; /* as it stands there, not scaled */
	};
	__u8 tcp_flags;
	__u8 l2_len;	/* bytes of MAC header before the IP header, 0 if none */
	__u16 payload;	/* bytes above the transport header, from the headers' own lengths */
	__u32 ip_id;	/* IPv4 identification, IPv6 flow label, MPLS: the whole top entry */
	__u16 frag_off; /* IPv4 fragment field in host order (flags and offset), IPv6: fragment
			   header's */
	__u16 segments; /* shinfo->gso_segs, at least 1 */
	__u32 tcp_seq;
	__u32 tcp_ack;
	__u16 ip_len; /* total length that the IP header claims */
	__u16 vlan;   /* tag, 0 if none */
	__u32 mark;   /* skb->mark, not filled in: a rule may change it and no header does */
	__u8 saddr[16];
	__u8 daddr[16];
};

struct wb_task {
	__u32 pid; /* thread group */
	__u32 tid;
	char comm[16];
};

#define WB_RAW_MAX 100
struct wb_raw {
	__u16 caplen;
	__u8 l2; /* 1: begins with a MAC header, 0: with the IP header */
	__u8 pad;
	__u8 data[WB_RAW_MAX];
};

/* --- bodies --- */

struct wb_step_body { /* a station was reached; verdict and value have a meaning per probe */
	__s32 value;  /* return value of the function where the probe has one, else 0 */
	__u32 aux;    /* skb_copy_datagram_iovec: AF_* of the socket, 0 unknown; else 0 */
};

struct wb_drop_body {	/* kfree_skb */
	__u64 location; /* return address */
	__u32 reason;	/* enum skb_drop_reason of this kernel, ~0: kernel has none */
	__u32 mark;	/* skb->mark as it was then */
	__u64 sk;	/* receiving socket (6.10 and later) or 0 */
	__u8 behind[8]; /* what begins behind its UDP header: a tunnel's; else 0 */
	__u8 copied;	/* one of several copies, of which not all were for other hosts */
	__u8 pkt_type;	/* PACKET_*, as the device's type made it of the MAC address */
	__u8 shared;	/* others have copies: a socket, say */
	__u8 pad[5];
};

struct wb_consume_body { /* consume_skb, or a free seen without a tracepoint */
	__u64 location;
};

enum wb_link_how {
	WB_LINK_CLONE,
	WB_LINK_COPY,
	WB_LINK_SEGMENT,
	WB_LINK_FRAGMENT,
	WB_LINK_GRO,
	WB_LINK_REASSEMBLED,
	WB_LINK_ENCAP,
	WB_LINK_PATH, /* counting: ids are paths, other is the path before this event */
	WB_LINK_ANSWER, /* the kernel sent it because of that packet */
	WB_LINK_ASKS,	/* it asks for the link address that that packet waits for */
};
struct wb_link_body { /* this packet (header id) came out of, or went into, another */
	__u64 other; /* parent's id; GRO and REASSEMBLED: the packet that this one became part of */
	__u32 how;   /* enum wb_link_how */
	__u32 unasked; /* the filter does not match it: it is followed for the other's sake */
};

struct wb_ct {	   /* conntrack as the packet carries it */
	__u8 has;  /* 0: no entry (untracked or none), 1: entry */
	__u8 info; /* enum ip_conntrack_info: 0 established 1 related 2 new 3 established_reply ...
		      7 untracked */
	__u16 zone;
	__u32 status; /* IPS_* bits */
	__u32 mark;
};

struct wb_hook_body { /* a netfilter hook, entered or left */
	__u8 pf;      /* NFPROTO_* */
	__u8 hook;    /* NF_INET_* or of the family */
	__u8 where;   /* 0: first at the hook, 1: last (all before accepted), 2: function exit with
			 the verdict, 3: own observer before the hook entry of this priority,
			 4: taken in behind INPUT, and no answer came, though one is due */
	__u8 unused; /* nobody but such observers stands there: it is no station (where=1) */
	__s32 verdict;	/* where=2: nf_hook_slow's return value (1 accept, 0 stolen or queued,
			   negative drop) */
	__s32 priority; /* where=3 */
	struct wb_ct ct;
};

#define WB_NAME_MAX 32
enum wb_rule_by { WB_RULE_EXPR, WB_RULE_POLICY };
struct wb_rule_body {  /* nftables: the rule or the policy that gave the verdict */
	__u64 handle;  /* 0: policy */
	__u64 expr;    /* address of the expression, tells rules apart when nothing else does */
	__s32 verdict; /* NF_DROP 0, NF_ACCEPT 1, NF_STOLEN 2, NF_QUEUE 3, NFT_JUMP -3, NFT_GOTO -4
			  ... */
	__u8 family;   /* NFPROTO_* of the table */
	__u8 hook;
	__u8 by;    /* enum wb_rule_by */
	__u8 exact; /* 1: chain and handle are certain */
	char table[WB_NAME_MAX];
	char chain[WB_NAME_MAX];
};

struct wb_ipt_body { /* legacy x_tables */
	__s32 verdict;
	__u8 family; /* NFPROTO_IPV4 or NFPROTO_IPV6, bridge, arp */
	__u8 hook;
	__u16 rule_number; /* 1..n within the chain; 0: policy or not found */
	char table[WB_NAME_MAX];
	char chain[WB_NAME_MAX]; /* empty: built-in chain of the hook */
};

enum wb_prog_type {
	WB_PROG_XDP,
	WB_PROG_TC_IN,
	WB_PROG_TC_OUT,
	WB_PROG_CGROUP,
	WB_PROG_SOCKET,
	WB_PROG_NETFILTER,
	WB_PROG_XDP_COMPONENT /* called by an XDP program, which may make the verdict its own */
};
struct wb_prog_body {  /* a BPF program, or a tc filter, gave a verdict */
	__u32 prog_id; /* 0: unknown or no BPF program */
	__s32 verdict; /* XDP_*, TC_ACT_*, cgroup: 0 or 1 */
	__u8 type;     /* enum wb_prog_type */
	__u8 mode;     /* XDP: 0 native, 1 generic, 2 offloaded; tc: 0 clsact, 1 tcx */
	__s16 err;     /* redirect or transmit that failed: negative errno */
	__u32 target;  /* redirect: ifindex or key */
	char name[16];
};

struct wb_route_body { /* fib_table_lookup, fib6_table_lookup, or a route function's result */
	__u32 table;
	__s32 err; /* 0 found, -EAGAIN none here, -EINVAL blackhole, -EHOSTUNREACH, -EACCES */
	__u32 oif;
	__u32 iif;
	__u8 family;
	__u8 type;	 /* RTN_*, 0 unknown */
	__u8 prefix_len; /* 255 unknown */
	__u8 scope;
	__u16 sport;
	__u16 dport;
	__u8 proto;
	__u8 back; /* for the answer: it failed, or err 0: it was found after all */
	__u8 pad[2];
	__u8 saddr[16];
	__u8 daddr[16];
	__u8 gateway[16];
};

struct wb_neigh_body {
	__u32 ifindex;
	__u8 family; /* 4 or 6 */
	__u8 nud_state;
	__u8 dead;
	__u8 probes;
	__s32 value; /* neigh_event_send's return: 1 packet queued */
	__u8 addr[16];
};

struct wb_qdisc_body {
	__u32 handle;
	__u32 parent;
	__u32 backlog; /* bytes */
	__u32 qlen;    /* packets */
	__s32 value;   /* enqueue's return: 0 ok, 1 drop, 2 congestion */
	__u32 limit;
	char kind[16];
};

struct wb_sock_body {
	__u64 sk;
	__u64 cookie; /* 0 unknown */
	/* the probe's return value; with TCP a sequence number, sk_data_ready and tcp_probe: of
	 * the connection's first byte, tcp_send_reset: of the first unread */
	__s32 value;
	__u8 family;  /* AF_* */
	__u8 state;   /* TCP_* */
	__u8 proto;
	__u8 pad;
	__u32 rmem; /* bytes in the receive queue, sk_rmem_alloc */
	__u32 rcvbuf;
	__u16 sport;   /* local, host order */
	__u16 dport;   /* peer */
	__u32 backlog; /* listener: accept queue now */
	__u32 backlog_max;
	__u8 saddr[16]; /* local */
	__u8 daddr[16];
};

struct wb_icmp_body { /* an ICMP error was sent because of this packet */
	__u8 type;
	__u8 code;
	__u8 family;
	__u8 pad;
	__u32 info; /* MTU of fragmentation needed / packet too big */
};

struct wb_send_fail_body { /* a send that ended before there was a packet; header id is 0 */
	__s32 err;	   /* negative errno */
	__u8 family;	   /* 4, 6 */
	__u8 proto;
	__u16 sport;
	__u16 dport;
	__u16 pad;
	__u32 len; /* bytes of the message */
	__u8 saddr[16];
	__u8 daddr[16];
};

/* X(ID, body struct) */
#define WB_KINDS(X)                                                                                \
	X(STEP, wb_step_body)                                                                      \
	X(DROP, wb_drop_body)                                                                      \
	X(CONSUME, wb_consume_body)                                                                \
	X(LINK, wb_link_body)                                                                      \
	X(HOOK, wb_hook_body)                                                                      \
	X(RULE, wb_rule_body)                                                                      \
	X(IPT, wb_ipt_body)                                                                        \
	X(PROG, wb_prog_body)                                                                      \
	X(ROUTE, wb_route_body)                                                                    \
	X(NEIGH, wb_neigh_body)                                                                    \
	X(QDISC, wb_qdisc_body)                                                                    \
	X(SOCK, wb_sock_body)                                                                      \
	X(ICMP, wb_icmp_body)                                                                      \
	X(SEND_FAIL, wb_send_fail_body)

enum wb_kind {
	WB_KIND_NONE,
#define X(id, body) WB_KIND_##id,
	WB_KINDS(X)
#undef X
		WB_KIND_MAX
};

#define WB_ASSERT_SIZE(type, n)                                                                    \
	_Static_assert(sizeof(struct type) == (n), #type " changed its size")
WB_ASSERT_SIZE(wb_event, 48);
WB_ASSERT_SIZE(wb_packet, 72);
WB_ASSERT_SIZE(wb_task, 24);
WB_ASSERT_SIZE(wb_raw, 104);
WB_ASSERT_SIZE(wb_step_body, 8);
WB_ASSERT_SIZE(wb_drop_body, 40);
WB_ASSERT_SIZE(wb_consume_body, 8);
WB_ASSERT_SIZE(wb_link_body, 16);
WB_ASSERT_SIZE(wb_ct, 12);
WB_ASSERT_SIZE(wb_hook_body, 24);
WB_ASSERT_SIZE(wb_rule_body, 88);
WB_ASSERT_SIZE(wb_ipt_body, 72);
WB_ASSERT_SIZE(wb_prog_body, 32);
WB_ASSERT_SIZE(wb_route_body, 76);
WB_ASSERT_SIZE(wb_neigh_body, 28);
WB_ASSERT_SIZE(wb_qdisc_body, 40);
WB_ASSERT_SIZE(wb_sock_body, 80);
WB_ASSERT_SIZE(wb_icmp_body, 8);
WB_ASSERT_SIZE(wb_send_fail_body, 48);

/* --- losses, one counter per cause and CPU; all of them stand in the summary --- */
#define WB_LOSSES(X)                                                                               \
	X(RING_FULL, "ring_full", "the ring buffer was full: raise --buffer")                      \
	X(TRACK_FULL, "track_full", "the table of traced packets was full")                        \
	X(NESTED, "nested", "a probe interrupted a probe too deeply")                              \
	X(STALE, "stale", "a buffer address was reused unseen; the old journey was cut")           \
	X(UNREADABLE, "unreadable", "headers could not be read")                                   \
	X(PATHS_FULL, "paths_full", "too many different paths to tell them all apart")             \
	X(SUMS_FULL, "sums_full", "packets not counted: they ended in too many different ways")    \
	X(NFT_TRACE, "nft_trace", "nftables told more than was read: a narrower filter helps")

enum wb_loss {
#define X(id, name, text) WB_LOSS_##id,
	WB_LOSSES(X)
#undef X
		WB_LOSS_MAX
};

#endif
