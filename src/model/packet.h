/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet as its headers say it: the event's struct wb_packet is the one form, kept as it is.
 * Text forms of addresses and protocols live here; nothing else does.
 */
#ifndef WAYBILL_MODEL_PACKET_H
#define WAYBILL_MODEL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waybill/event.h"

/* "tcp", "udp", "icmp", "icmpv6", "arp" ...; a number as text where there is no name.
 * The result lives in buf or is static. */
const char *packet_proto_name(const struct wb_packet *p, char *buf, size_t size);

/* Of TCP's flags, from the lowest bit on. */
#define PACKET_TCP_FLAGS 8
extern const char *const packet_tcp_flags[PACKET_TCP_FLAGS];

/* Address as inet_ntop writes it, without a port. family: 4 or 6. Returns buf. */
const char *packet_addr(uint8_t family, const uint8_t addr[16], char *buf, size_t size);

/* Is it an address, and not only the place for one? */
bool packet_has_addr(const uint8_t addr[16]);

/* Is it the address of many for all who read it: a multicast group, or 255.255.255.255? */
bool packet_addr_is_group(uint8_t family, const uint8_t addr[16]);

/* Where in its datagram a fragment begins, in bytes; -1: it is none. */
int packet_fragment(const struct wb_packet *p);

/* Do sport and dport mean ports (TCP, UDP, SCTP ...)? */
bool packet_has_ports(const struct wb_packet *p);

/* MPLS: the label on top, which stands where IP has its identification; the TTL is the label's. */
bool packet_is_mpls(const struct wb_packet *p);
unsigned packet_mpls_label(const struct wb_packet *p);

/* Same for both directions of a conversation, different for different ones; never 0. */
uint64_t packet_flow_id(const struct wb_packet *p);

/* An IPv6 address that is valid on its own link only? */
bool packet_is_link_local(const uint8_t addr[16]);

/* Did a rewrite (NAT, tunnel, fragments) happen between the two? */
bool packet_differs(const struct wb_packet *a, const struct wb_packet *b);

/* Addresses or ports of one and the same packet are others; around it there is no tunnel. */
bool packet_is_translated(const struct wb_packet *before, const struct wb_packet *after);
/*
 * Addresses or ports of one and the same packet were translated: "DNAT 10.1.0.254:80
 * > 10.2.0.2:80", "SNAT ..." or both, to buf. False, buf is left alone: it is another packet, or a
 * tunnel around it.
 */
bool packet_translation(const struct wb_packet *before, const struct wb_packet *after, char *buf,
			size_t size);

#endif
