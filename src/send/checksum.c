/* SPDX-License-Identifier: GPL-2.0-only */
/* See checksum.h; and those of a frame that is there already: made right, or found wrong. */
#include "send/checksum.h"

#include <netinet/in.h>

#include "send/frame.h"
#include "util/wire.h"

uint32_t checksum_add(const uint8_t *b, size_t n, uint32_t s)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		s += get_be16(b + i);
	if (n % 2)
		s += b[n - 1] << 8;
	return s;
}

uint32_t checksum_pseudo(const uint8_t *src, const uint8_t *dst, uint8_t family, uint8_t proto,
			 size_t n)
{
	size_t len = family == 4 ? 4 : 16;

	return checksum_add(dst, len, checksum_add(src, len, proto + (uint32_t)n));
}

uint16_t checksum_folded(uint32_t s)
{
	while (s >> 16)
		s = (s >> 16) + (s & 0xffff);
	return ~s;
}

uint32_t checksum_crc32c(const uint8_t *b, size_t n)
{
	uint32_t crc = ~0U;

	for (size_t i = 0; i < n; i++) {
		crc ^= b[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/*
 * Where its transport ends, whose checksum stands at at; 0: a fragment, cut off, or it has none
 * that is known here.
 */
static size_t summed(const uint8_t *bytes, size_t n, const struct send_key *k, size_t *ret_at)
{
	static const uint8_t at[256] = {
		[IPPROTO_TCP] = 16, [IPPROTO_UDP] = 6, [IPPROTO_ICMP] = 2, [IPPROTO_ICMPV6] = 2};
	const uint8_t *ip = bytes + k->l3;
	size_t end;

	*ret_at = k->family ? at[k->proto] : 0;
	if (!*ret_at || (k->family == 4 ? (ip[6] & 0x3f) || ip[7] : k->fragment_at || k->is_routed))
		return 0;
	end = k->l3 + (k->family == 4 ? get_be16(ip + 2) : 40 + get_be16(ip + 4));
	return end > n || end < k->l4 + *ret_at + 2 ? 0 : end;
}

/* Are its own lengths right? Else it is refused for these, or summed over other bytes. */
static bool is_well_formed(const uint8_t *l4, size_t n, uint8_t proto)
{
	if (proto == IPPROTO_TCP)
		return n >= 20 && l4[12] >> 4 >= 5 && (size_t)(l4[12] >> 4) * 4 <= n;
	return proto != IPPROTO_UDP || (n >= 8 && get_be16(l4 + 4) == n);
}

static uint16_t pseudo_sum(const struct send_key *k, size_t end)
{
	return ~checksum_folded(
		checksum_pseudo(k->saddr, k->daddr, k->family, k->proto, end - k->l4));
}

bool send_frame_complete(uint8_t *bytes, size_t n, const struct send_key *k)
{
	size_t at, end = summed(bytes, n, k, &at);
	uint16_t ret;

	/* what is a fragment was made right before */
	if (!end || (k->proto != IPPROTO_TCP && k->proto != IPPROTO_UDP))
		return false;
	bytes += k->l4;
	if (get_be16(bytes + at) != pseudo_sum(k, end))
		return false;
	ret = checksum_folded(checksum_add(bytes, end - k->l4, 0));
	if (!ret && k->proto == IPPROTO_UDP)
		ret = 0xffff;
	put_be16(bytes + at, ret);
	return true;
}

enum send_sum send_frame_sum(const uint8_t *bytes, size_t n, const struct send_key *k)
{
	size_t at, end = summed(bytes, n, k, &at);
	bool pseudo = k->proto != IPPROTO_ICMP;

	if (!end || !is_well_formed(bytes + k->l4, end - k->l4, k->proto))
		return SEND_SUM_RIGHT;
	bytes += k->l4;
	if (k->proto == IPPROTO_UDP && !bytes[at] && !bytes[at + 1])
		return k->family == 6 ? SEND_SUM_NONE : SEND_SUM_RIGHT;
	return checksum_folded(checksum_add(bytes, end - k->l4, pseudo ? pseudo_sum(k, end) : 0))
		       ? SEND_SUM_WRONG
		       : SEND_SUM_RIGHT;
}
