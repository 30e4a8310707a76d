/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet as somebody describes it in words, and the words themselves (one row each in packet.c).
 * Pure: nothing is asked and nothing is sent here. Its bytes are made in frame.c.
 */
#ifndef WAYBILL_SEND_PACKET_H
#define WAYBILL_SEND_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/text.h"

#define SEND_FRAME_MAX	 3500 /* what the kernel's test run takes in one page, with some room */
#define SEND_PAYLOAD_MAX 3400

/* X(ID, name, protocol number, has ports) */
#define SEND_KINDS(X)                                                                              \
	X(TCP, "tcp", 6, true)                                                                     \
	X(UDP, "udp", 17, true)                                                                    \
	X(SCTP, "sctp", 132, true)                                                                 \
	X(ICMP, "icmp", 1, false)                                                                  \
	X(ICMP6, "icmp6", 58, false)                                                               \
	X(GRE, "gre", 47, false)                                                                   \
	X(ARP, "arp", 0, false)                                                                    \
	X(NDP, "ndp", 58, false)                                                                   \
	X(PROTO, "proto", 0, false)

enum send_kind {
#define X(id, ...) SEND_##id,
	SEND_KINDS(X)
#undef X
		SEND_KIND_MAX
};

/* What can be said of a packet, one bit each in send_packet.given. */
enum send_word {
	WORD_FLAGS,
	WORD_SEQ,
	WORD_ACK,
	WORD_WIN,
	WORD_TYPE,
	WORD_CODE,
	WORD_ID,
	WORD_VTAG,
	WORD_REPLY,
	WORD_TTL,
	WORD_TOS,
	WORD_IPID,
	WORD_FLOW,
	WORD_DF,
	WORD_NODF,
	WORD_FRAGMENT,
	WORD_MORE,
	WORD_LEN,
	WORD_PAYLOAD,
	WORD_VLAN,
	WORD_SMAC,
	WORD_DMAC,
	WORD_MARK,
	WORD_BADSUM,
	SEND_WORD_MAX
};

struct send_packet {
	enum send_kind kind;
	uint8_t family; /* 4 or 6 */
	uint8_t proto;	/* the IP protocol */
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
	bool has_sport;
	uint32_t given; /* a bit for each word that was said, or filled in since */
	uint8_t flags;	/* of TCP */
	uint32_t seq, ack, win, type, code, id, vtag, ttl, tos, ipid, flow, fragment, len, vlan,
		mark;
	uint8_t smac[6], dmac[6];
	uint8_t payload[SEND_PAYLOAD_MAX];
	size_t n_payload;
	char file[256]; /* payload @FILE: to be read by the caller; "" none */
};

/* Where in the text an error is: bytes, and what is wrong there. */
struct send_error {
	size_t at, n;
	char what[160];
};

/*
 * PROTO SRC[:PORT] > DST[:PORT] [WORDS]. 0, or -EINVAL with *err.
 */
int send_parse(const char *text, struct send_packet *ret, struct send_error *err);

/* Has this word been said, or filled in? */
bool send_has(const struct send_packet *p, enum send_word w);
void send_set(struct send_packet *p, enum send_word w);
const char *send_kind_name(enum send_kind k);
bool send_has_ports(const struct send_packet *p);
/* Does a header of the transport stand in it? Not in a later fragment. */
bool send_has_transport(const struct send_packet *p);

/*
 * What was left out, as a kernel would fill it in; random() gives what is arbitrary. The MAC
 * addresses are the caller's to fill in before.
 */
void send_fill(struct send_packet *p, uint32_t (*random)(void *arg), void *arg);

/* The packet in its own language, with all that was filled in: it parses back to the same. */
void send_print(struct text *t, const struct send_packet *p);

/* The word's name; what stands behind it, and of which packets it is, goes into t. */
const char *send_word_help(enum send_word w, struct text *t);

/* Does the word make sense for this kind of packet and this family? */
bool send_word_fits(enum send_word w, enum send_kind k, uint8_t family);

#endif
