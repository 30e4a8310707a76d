/* SPDX-License-Identifier: GPL-2.0-only */
/* See last_form.h. Checksums follow by the difference (RFC 1624): the rest of the packet is unseen.
 */
#include "output/last_form.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "util/wire.h"

static const struct {
	uint8_t proto;
	uint8_t sum, source, destination; /* offsets in its header; 0: it has none */
	bool pseudo;			  /* its checksum is also one of the addresses */
} transports[] = {
	{IPPROTO_TCP, 16, 0, 2, true},	  {IPPROTO_UDP, 6, 0, 2, true},
	{IPPROTO_UDPLITE, 6, 0, 2, true}, {IPPROTO_SCTP, 0, 0, 2, false},
	{IPPROTO_ICMP, 2, 4, 0, false},	  {IPPROTO_ICMPV6, 2, 4, 0, true},
};
#define N_TRANSPORTS (sizeof(transports) / sizeof(transports[0]))

/* What is left of the bytes, from some header on. */
struct part {
	uint8_t *data;
	size_t n;
};

static void adjust(uint8_t *sum, uint16_t was, uint16_t is)
{
	uint32_t v = (uint16_t)~get_be16(sum);

	v += (uint16_t)~was + is;
	v = (v & 0xffff) + (v >> 16);
	v = ~((v & 0xffff) + (v >> 16));
	put_be16(sum, v);
}

/* Writes n bytes (an even number) and keeps the checksums right; NULL: there is none. */
static void replace(uint8_t *at, const uint8_t *with, size_t n, uint8_t *sum, uint8_t *sum2)
{
	for (size_t i = 0; i + 1 < n; i += 2) {
		uint16_t was = get_be16(at + i), is = get_be16(with + i);

		if (sum)
			adjust(sum, was, is);
		if (sum2)
			adjust(sum2, was, is);
		memcpy(at + i, with + i, 2);
	}
}

/* Behind the IP header, where its first bytes are those of the transport; n 0: they are not. */
static struct part transport(const struct wb_packet *p, struct part ip)
{
	size_t head = p->family == 6 ? 40 : (ip.data[0] & 0xf) * 4U;

	if (head >= ip.n || (p->family == 6 && ip.data[6] != p->proto) ||
	    (p->family == 4 && p->frag_off & 0x1fff))
		return (struct part){ip.data, 0};
	return (struct part){ip.data + head, ip.n - head};
}

static void rewrite(const struct wb_packet *before, const struct wb_packet *after, struct part ip)
{
	size_t size = after->family == 6 ? 16 : 4, source = after->family == 6 ? 8 : 12;
	struct part top = transport(before, ip);
	uint8_t *sum = NULL, *head = after->family == 4 ? ip.data + 10 : NULL;
	uint16_t sport = htons(after->sport), dport = htons(after->dport);
	bool pseudo = false;

	for (size_t i = 0; i < N_TRANSPORTS; i++) {
		uint8_t at = transports[i].sum;

		if (transports[i].proto != after->proto)
			continue;
		pseudo = transports[i].pseudo;
		/* a UDP packet may have none */
		if (at && at + 2U <= top.n && (at != 6 || top.data[at] || top.data[at + 1]))
			sum = top.data + at;
		if (transports[i].source + 2U <= top.n && before->sport != after->sport)
			replace(top.data + transports[i].source, (const uint8_t *)&sport, 2, sum,
				NULL);
		if (transports[i].destination && transports[i].destination + 2U <= top.n)
			replace(top.data + transports[i].destination, (const uint8_t *)&dport, 2,
				sum, NULL);
	}
	replace(ip.data + source, after->saddr, size, head, pseudo ? sum : NULL);
	replace(ip.data + source + size, after->daddr, size, head, pseudo ? sum : NULL);
}

bool last_form(const struct journey *j, struct wb_raw *ret)
{
	const struct wb_packet *last = journey_last_packet(j);
	size_t l2 = j->raw.l2 ? j->packet.l2_len : 0, head = j->packet.family == 6 ? 40 : 20;
	char words[160];

	if (!j->has_packet || j->raw.caplen < l2 + head ||
	    !packet_translation(&j->packet, last, words, sizeof(words)))
		return false;
	*ret = j->raw;
	rewrite(&j->packet, last, (struct part){ret->data + l2, ret->caplen - l2});
	return true;
}

static bool at_device(enum wb_station s)
{
	return s == WB_STATION_DRIVER_RX || s == WB_STATION_RX || s == WB_STATION_DRIVER_TX;
}

size_t last_form_step(const struct journey *j)
{
	for (size_t i = j->n_steps; i--;)
		if (at_device(j->steps[i].station) || j->steps[i].rewritten)
			return i;
	return 0;
}
