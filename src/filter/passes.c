/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The filter asked about a finished journey: for recordings, and for sends that failed before there
 * was a packet that the kernel could have asked it about.
 */
#include <arpa/inet.h>
#include <string.h>

#include "filter/filter.h"
#include "model/journey.h"

static size_t put_l3(uint8_t *h, const struct wb_packet *k)
{
	size_t n = k->family == 4 ? 20 : 40;

	if (k->family == 4) {
		uint16_t words[] = {htons(k->ip_len), htons(k->ip_id), htons(k->frag_off)};

		h[0] = 0x45;
		h[1] = k->tos;
		memcpy(h + 2, words, sizeof(words));
		h[8] = k->ttl;
		h[9] = k->proto;
		memcpy(h + 12, k->saddr, 4);
		memcpy(h + 16, k->daddr, 4);
	} else {
		uint16_t length = htons(k->ip_len > 40 ? k->ip_len - 40 : 0);

		h[0] = 0x60;
		memcpy(h + 4, &length, 2);
		h[6] = k->proto;
		h[7] = k->ttl;
		memcpy(h + 8, k->saddr, 16);
		memcpy(h + 24, k->daddr, 16);
	}
	return n;
}

/* The headers as bytes again, as far as the filter language looks at them. */
static size_t put_headers(uint8_t h[128], const struct wb_packet *k)
{
	uint16_t ports[] = {htons(k->sport), htons(k->dport)};
	size_t n;

	memset(h, 0, 128);
	n = put_l3(h, k);
	if (k->proto == IPPROTO_ICMP || k->proto == IPPROTO_ICMPV6) {
		h[n] = k->icmp_type;
		h[n + 1] = k->icmp_code;
		memcpy(h + n + 4, ports, sizeof(ports));
		return n + 8;
	}
	memcpy(h + n, ports, sizeof(ports));
	if (k->proto == IPPROTO_TCP) {
		uint32_t seq[] = {htonl(k->tcp_seq), htonl(k->tcp_ack)};

		memcpy(h + n + 4, seq, sizeof(seq));
		h[n + 12] = 0x50;
		h[n + 13] = k->tcp_flags;
		return n + 20;
	}
	return n + 8;
}

static bool headers_match(const struct filter *f, const struct wb_packet *k, uint32_t len)
{
	uint8_t h[128];
	size_t n;

	if (!k->family)
		return false;
	n = put_headers(h, k);
	return filter_match(f, false, h, n, k->ip_len > n ? k->ip_len : len > n ? len : n);
}

bool filter_passes(const struct filter *f, const struct journey *j)
{
	if (f->all)
		return true;
	if (j->raw.caplen && j->raw.caplen <= sizeof(j->raw.data) &&
	    filter_match(f, j->raw.l2, j->raw.data, j->raw.caplen,
			 j->n_steps && j->steps[0].len > j->raw.caplen ? j->steps[0].len
								       : j->raw.caplen))
		return true;
	if (j->has_packet && headers_match(f, &j->packet, 0))
		return true;
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].rewritten && headers_match(f, &j->steps[i].packet, 0))
			return true;
	return false;
}
