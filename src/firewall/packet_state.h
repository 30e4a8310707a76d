/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet at a netfilter hook as far as it is known, and what a walk through the rules makes of
 * it: headers, marks, registers. What isn't known is unknown, never false.
 */
#ifndef WAYBILL_FIREWALL_PACKET_STATE_H
#define WAYBILL_FIREWALL_PACKET_STATE_H

#include "firewall/bits.h"
#include "firewall/firewall.h"
#include "waybill/event.h"

enum fw_ct { FW_CT_UNKNOWN, FW_CT_NONE, FW_CT_UNTRACKED, FW_CT_ENTRY };

struct fw_device {
	bool known;	   /* false: any, or none */
	const char *name;  /* "": known to have none */
	const char *other; /* not NULL: the one or the other (a bridge and its port) */
	uint32_t ifindex;  /* 0: not known */
	bool grouped;	   /* its group is known */
	uint32_t group;
};

/* What is asked about. */
struct fw_subject {
	const struct wb_packet *packet;
	unsigned varies; /* FW_VARIES_*: in these several packets differ */
	uint8_t pf;	 /* NFPROTO_* of the hook: IPV4, IPV6, BRIDGE, NETDEV, ARP */
	uint8_t hook;	 /* NF_INET_* or the family's own */
	struct fw_device in, out;
	struct fw_device in_port; /* that a bridged packet came in by; known: it is bridged */
	bool exact;   /* also what a rewrite may have changed unseen: TTL, TOS, identification */
	uint32_t len; /* as the hook has it, and as the IP header says it; 0: not known */
	bool pkt_type_known;
	uint8_t pkt_type; /* PACKET_* */
	/* what kinds of address an IPv4 packet's may be, 1 << RTN_*; 0: not known */
	uint16_t saddr_types, daddr_types;
	uint32_t mark_known, mark; /* on its way in: which bits of it are known */
	bool end_mark_known;
	uint32_t end_mark; /* when it was dropped at this hook */
	enum fw_ct ct;	   /* at this hook, behind conntrack */
	struct wb_ct conn;
	/* as its connection's first packet came to conntrack, which it is told by; NULL: not known
	 */
	const struct wb_packet *original;
};

/* The same bits as VARIES_* of a journey. */
enum { FW_VARIES_SPORT = 1, FW_VARIES_SOURCE = 2, FW_VARIES_TARGET = 4, FW_VARIES_PROTO = 8 };

struct fw_state {
	struct bits regs;
	struct bits net;	   /* from the network header on */
	struct bits l4;		   /* from the transport header on */
	struct bits misc;	   /* at enum misc_at, in the host's order */
	uint8_t net_sure, l4_sure; /* bytes that are certainly there */
	enum tri has_l4;	   /* the header that l4 is about */
	enum fw_ct ct;
};

enum misc_at {
	AT_MARK = 0,
	AT_CT_MARK = 4,
	AT_CT_STATE = 8,
	AT_CT_STATUS = 12,
	AT_CT_ZONE = 16,
	AT_CT_DIRECTION = 20,
	AT_IN = 24, /* 16 bytes */
	AT_OUT = 40 /* 16 bytes */
};

void fw_state_init(struct fw_state *s, const struct fw_subject *of);
/* A chain before conntrack: what it will say is not said yet. */
void fw_state_forget_ct(struct fw_state *s);
/* Somebody else had it: a queue's reader. */
void fw_state_forget_all(struct fw_state *s, const struct fw_subject *of);
void fw_state_join(struct fw_state *s, const struct fw_state *other);

/* An expression that loads or stores. YES: the rule goes on, NO: it stops, UNKNOWN: either. */
enum tri fw_load_payload(struct fw_state *s, const struct fw_expr *e, const struct fw_subject *of);
void fw_store_payload(struct fw_state *s, const struct fw_expr *e);
enum tri fw_load_meta(struct fw_state *s, const struct fw_expr *e, const struct fw_subject *of);
void fw_store_meta(struct fw_state *s, const struct fw_expr *e);
enum tri fw_load_ct(struct fw_state *s, const struct fw_expr *e, const struct fw_subject *of);
void fw_store_ct(struct fw_state *s, const struct fw_expr *e);
void fw_notrack(struct fw_state *s);
enum tri fw_load_fib(struct fw_state *s, const struct fw_expr *e, const struct fw_subject *of);
/*
 * The kinds that the source (or the destination) of the packet may be of, as it is by now, from the
 * namespace's own point of view: 1 << RTN_*; 0: not known.
 */
uint16_t fw_address_types(const struct fw_state *s, const struct fw_subject *of, bool source);

#endif
