/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and ports of a captured packet become others, so that it fits the network it is put in.
 */
#ifndef WAYBILL_SEND_REWRITE_H
#define WAYBILL_SEND_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "send/frame.h"

struct rewrite_end {
	uint8_t addr[16];
	uint16_t port;
	bool has_port;
};

struct rewrite {
	uint8_t family; /* 4 or 6 */
	struct rewrite_end from, to;
};

/*
 * OLD=NEW, each ADDRESS or ADDRESS:PORT (of IPv6 [ADDRESS]:PORT), of one family. A port of NEW
 * alone is that of every packet with the address. 0 or -EINVAL.
 */
int rewrite_parse(const char *words, struct rewrite *ret);

/*
 * The frame's source and its destination, each by the first of the rules that fits; the checksums
 * of IP, TCP, UDP and ICMPv6 change with them, so that a wrong one stays wrong. Ports are of TCP
 * and UDP.
 */
void rewrite_frame(const struct rewrite *rules, size_t n_rules, uint8_t *frame, size_t n,
		   const struct send_key *k);

#endif
