/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes on the wire: made from a described packet, and read for what tells a packet from others. */
#ifndef WAYBILL_SEND_FRAME_H
#define WAYBILL_SEND_FRAME_H

#include "send/packet.h"

#define SEND_ETH_LEN 14

/* An Ethernet frame, or an IP packet without one (l2 0). */
struct send_frame {
	uint8_t bytes[SEND_FRAME_MAX];
	size_t n;
	size_t l2; /* bytes before the IP header */
};

/*
 * The packet's bytes with their Ethernet header. Everything is filled in (send_fill, and the MAC
 * addresses). 0, or -E2BIG with what is too long in *err.
 */
int send_frame_make(const struct send_packet *p, struct send_frame *ret, struct send_error *err);

/* What a packet is known by among others. */
struct send_key {
	uint8_t family; /* 4, 6; 0: ARP or nothing that is known here */
	uint8_t proto;
	uint8_t saddr[16], daddr[16];
	bool has_ports;
	uint16_t sport, dport; /* of an echo, and the like: its id and sequence number */
	bool has_echo;
	uint8_t icmp_type, icmp_code;
	uint32_t id; /* of IPv4 the identification, of IPv6 the flow label */
	bool has_tcp;
	uint32_t seq_end; /* what its receiver would acknowledge */
	uint32_t ack;
	uint16_t ethertype;
	size_t l3, l4;	     /* where its IP header begins, and what is behind it */
	bool later_fragment; /* no transport header in it */
	size_t fragment_at;  /* IPv6: where a header says that it is one, 0: there is none */
	bool is_routed;	     /* IPv6: a header has the addresses that follow, the last is summed */
};

/*
 * A checksum that the sender left to its device, as captures on the sender's side have them (the
 * sum of the pseudo header alone), is made right. k: as it was read. False: there is none.
 */
bool send_frame_complete(uint8_t *bytes, size_t n, const struct send_key *k);

/* Of TCP, UDP and ICMP, whole; what is not known to be wrong is right. */
enum send_sum {
	SEND_SUM_RIGHT,
	SEND_SUM_WRONG,
	SEND_SUM_NONE, /* of UDP over IPv6: only who asked for that takes it */
};
enum send_sum send_frame_sum(const uint8_t *bytes, size_t n, const struct send_key *k);

/* False: it is cut off. */
bool send_frame_read(const uint8_t *bytes, size_t n, struct send_key *ret);

#endif
