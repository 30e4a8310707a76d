/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet's end as nftables itself tells it (--nft-trace): the rule or policy, and the headers. */
#ifndef WAYBILL_MODEL_NFT_VERDICT_H
#define WAYBILL_MODEL_NFT_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "waybill/event.h"

struct nft_verdict {
	uint64_t ts_ns; /* when it was read, on the events' clock */
	uint32_t netns; /* inode number */
	uint8_t family; /* NFPROTO_* of the table */
	bool policy;	/* of a base chain; else a rule with handle */
	bool queue;	/* handed to queue number; else dropped */
	uint16_t number;
	uint64_t handle;
	char table[64], chain[64];
	/* family, proto, addresses, ports, ip_id and tcp_seq; the rest is 0 */
	struct wb_packet packet;
};

/* "inet", "ip6" ... as nft calls an NFPROTO_*; "?" if there is none. */
const char *nft_family_name(uint8_t family);

#endif
