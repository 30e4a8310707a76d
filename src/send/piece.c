/* SPDX-License-Identifier: GPL-2.0-only */
/* See piece.h. */
#include "send/piece.h"

#include <string.h>

#include "send/checksum.h"
#include "util/wire.h"

#define UNIT	   8 /* in which offsets are counted */
#define IP_MF	   0x2000
#define SILENCE	   (2 * UNIT) /* bytes of a piece at most */
#define OFFSET_MAX 0xfff8

/* What its IP header says that it is long, with that header. */
static size_t length(const uint8_t *ip, const struct send_key *k)
{
	return k->family == 4 ? get_be16(ip + 2) : 40 + get_be16(ip + 4);
}

/* Its headers, and n bytes that say that they belong at this offset, and that more follow. */
static size_t make(const uint8_t *frame, const struct send_key *k, size_t offset, size_t n,
		   uint8_t *ret)
{
	uint8_t *ip = ret + k->l3;

	memcpy(ret, frame, k->l4);
	memset(ret + k->l4, 0, n);
	if (k->family == 6) {
		put_be16(ip + 4, k->l4 - k->l3 - 40 + n);
		put_be16(ret + k->fragment_at + 2, offset | 1);
		return k->l4 + n;
	}
	put_be16(ip + 2, k->l4 - k->l3 + n);
	put_be16(ip + 6, IP_MF | offset / UNIT);
	put_be16(ip + 10, 0);
	put_be16(ip + 10, checksum_folded(checksum_add(ip, k->l4 - k->l3, 0)));
	return k->l4 + n;
}

bool send_piece_waits(const uint8_t *frame, size_t n, const struct send_key *k)
{
	const uint8_t *ip = frame + k->l3;
	size_t end = length(ip, k);
	bool more = k->family == 4   ? ip[6] & IP_MF >> 8
		    : k->fragment_at ? frame[k->fragment_at + 3] & 1
				     : false;

	return k->family && more && !k->later_fragment && k->l3 + end <= n && k->l3 + end > k->l4 &&
	       k->l4 + SILENCE <= SEND_FRAME_MAX;
}

size_t send_piece_make(const uint8_t *frame, const struct send_key *k, enum send_piece which,
		       uint8_t *ret)
{
	const uint8_t *ip = frame + k->l3;
	size_t end = length(ip, k);
	size_t behind = (k->l3 + end - k->l4 + UNIT - 1) / UNIT * UNIT;

	return which == SEND_PIECE_BEHIND ? make(frame, k, behind + UNIT, UNIT, ret)
					  : make(frame, k, behind, 2 * UNIT, ret);
}
