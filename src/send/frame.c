/* SPDX-License-Identifier: GPL-2.0-only */
/* A described packet as bytes: from the payload outwards, each header with its checksum. */
#include "send/frame.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "send/checksum.h"
#include "util/wire.h"

#define ETH_IP	    0x0800
#define ETH_ARP	    0x0806
#define ETH_IPV6    0x86dd
#define ETH_VLAN    0x8100
#define IP_DF	    0x4000
#define IP_MF	    0x2000
#define V6_FRAGMENT 44
#define MSS_V4	    1460
#define MSS_V6	    1440
#define SCTP_INIT   1
#define NDP_ASKS    135
#define NDP_ANSWERS 136

/* Of a transport whose header stands at b; at: where in it the sum belongs. */
static void put_sum(const struct send_packet *p, uint8_t *b, size_t n, size_t at, bool pseudo)
{
	uint32_t s = pseudo ? checksum_pseudo(p->src, p->dst, p->family, p->proto, n) : 0;
	uint16_t ret = checksum_folded(checksum_add(b, n, s));

	if (!ret && p->kind == SEND_UDP)
		ret = 0xffff;
	put_be16(b + at, ret ^ (send_has(p, WORD_BADSUM) ? 0x5555 : 0));
}

/* --- transports: each returns the bytes before the payload --- */

/* As a kernel's first segment has them: so large, selective, timed, scaled. */
static size_t tcp_options(const struct send_packet *p, uint8_t *o)
{
	static const uint8_t options[] = {2, 4, 0, 0, 4, 2, 8, 10, 0, 0,
					  0, 1, 0, 0, 0, 0, 1, 3,  3, 7};

	if ((p->flags & 0x12) != 0x02)
		return 0;
	memcpy(o, options, sizeof(options));
	put_be16(o + 2, p->family == 4 ? MSS_V4 : MSS_V6);
	return sizeof(options);
}

static size_t tcp(const struct send_packet *p, uint8_t *b)
{
	size_t n = 20 + tcp_options(p, b + 20);

	put_be16(b, p->sport);
	put_be16(b + 2, p->dport);
	put_be32(b + 4, p->seq);
	put_be32(b + 8, p->ack);
	b[12] = n / 4 << 4;
	b[13] = p->flags;
	put_be16(b + 14, p->win);
	return n;
}

static size_t udp(const struct send_packet *p, uint8_t *b, size_t payload)
{
	put_be16(b, p->sport);
	put_be16(b + 2, p->dport);
	put_be16(b + 4, 8 + payload);
	return 8;
}

/* Without a payload of the caller's: an INIT. */
static size_t sctp(const struct send_packet *p, uint8_t *b, size_t payload)
{
	put_be16(b, p->sport);
	put_be16(b + 2, p->dport);
	put_be32(b + 4, p->vtag);
	if (payload)
		return 12;
	b[12] = SCTP_INIT;
	put_be16(b + 14, 20);
	put_be32(b + 16, 0x77617962); /* its own tag, */
	put_be32(b + 20, 106496);     /* its window */
	put_be16(b + 24, 10);	      /* and streams */
	put_be16(b + 26, 10);
	put_be32(b + 28, 1);
	return 32;
}

static size_t icmp(const struct send_packet *p, uint8_t *b)
{
	b[0] = p->type;
	b[1] = p->code;
	put_be16(b + 4, p->id);
	put_be16(b + 6, p->seq);
	return 8;
}

/* Who has the destination's address, or: the source has its own, here. */
static size_t ndp(const struct send_packet *p, uint8_t *b)
{
	bool reply = send_has(p, WORD_REPLY);

	b[0] = reply ? NDP_ANSWERS : NDP_ASKS;
	b[4] = reply ? 0x60 : 0; /* solicited, overrides */
	memcpy(b + 8, reply ? p->src : p->dst, 16);
	b[24] = reply ? 2 : 1;
	b[25] = 1;
	memcpy(b + 26, p->smac, 6);
	return 32;
}

static size_t gre(const struct send_packet *p, uint8_t *b)
{
	bool seq = send_has(p, WORD_SEQ);

	b[0] = seq ? 0x10 : 0;
	put_be16(b + 2, ETH_IP);
	if (seq)
		put_be32(b + 4, p->seq);
	return seq ? 8 : 4;
}

static size_t headers(const struct send_packet *p, uint8_t *b, size_t payload)
{
	if (!send_has_transport(p))
		return 0;
	switch (p->kind) {
	case SEND_TCP:
		return tcp(p, b);
	case SEND_UDP:
		return udp(p, b, payload);
	case SEND_SCTP:
		return sctp(p, b, payload);
	case SEND_ICMP:
	case SEND_ICMP6:
		return icmp(p, b);
	case SEND_NDP:
		return ndp(p, b);
	case SEND_GRE:
		return gre(p, b);
	default:
		return 0;
	}
}

static void transport_sum(const struct send_packet *p, uint8_t *b, size_t n)
{
	uint32_t crc;

	switch (p->kind) {
	case SEND_TCP:
		put_sum(p, b, n, 16, true);
		return;
	case SEND_UDP:
		put_sum(p, b, n, 6, true);
		return;
	case SEND_ICMP:
		put_sum(p, b, n, 2, false);
		return;
	case SEND_ICMP6:
	case SEND_NDP:
		put_sum(p, b, n, 2, true);
		return;
	case SEND_SCTP:
		crc = checksum_crc32c(b, n) ^ (send_has(p, WORD_BADSUM) ? 0x5555 : 0);
		for (int i = 0; i < 4; i++) /* the only one in this order */
			b[8 + i] = crc >> 8 * i;
		return;
	default:
		return;
	}
}

/* Is it in the transport that the sum is wrong, where one is wanted so? */
static bool sums_transport(const struct send_packet *p)
{
	return send_has_transport(p) && p->kind != SEND_GRE && p->kind != SEND_PROTO;
}

/* --- the headers around --- */

static size_t ip4(const struct send_packet *p, uint8_t *b, size_t n)
{
	bool bad = send_has(p, WORD_BADSUM) && !sums_transport(p);

	b[0] = 0x45;
	b[1] = p->tos;
	put_be16(b + 2, 20 + n);
	put_be16(b + 4, p->ipid);
	put_be16(b + 6, (send_has(p, WORD_DF) ? IP_DF : 0) | (send_has(p, WORD_MORE) ? IP_MF : 0) |
				(send_has(p, WORD_FRAGMENT) ? p->fragment / 8 : 0));
	b[8] = p->ttl;
	b[9] = p->proto;
	memcpy(b + 12, p->src, 4);
	memcpy(b + 16, p->dst, 4);
	put_be16(b + 10, checksum_folded(checksum_add(b, 20, 0)) ^ (bad ? 0x5555 : 0));
	return 20;
}

static bool is_fragment(const struct send_packet *p)
{
	return send_has(p, WORD_FRAGMENT) || send_has(p, WORD_MORE);
}

static size_t ip6(const struct send_packet *p, uint8_t *b, size_t n)
{
	size_t len = is_fragment(p) ? 48 : 40;

	put_be32(b, 6U << 28 | p->tos << 20 | p->flow);
	put_be16(b + 4, len - 40 + n);
	b[6] = is_fragment(p) ? V6_FRAGMENT : p->proto;
	b[7] = p->ttl;
	memcpy(b + 8, p->src, 16);
	memcpy(b + 24, p->dst, 16);
	if (is_fragment(p)) {
		b[40] = p->proto;
		put_be16(b + 42,
			 (send_has(p, WORD_FRAGMENT) ? p->fragment : 0) | send_has(p, WORD_MORE));
		put_be32(b + 44, p->flow);
	}
	return len;
}

static size_t arp(const struct send_packet *p, uint8_t *b)
{
	bool reply = send_has(p, WORD_REPLY);

	put_be16(b, 1);
	put_be16(b + 2, ETH_IP);
	b[4] = 6;
	b[5] = 4;
	put_be16(b + 6, reply ? 2 : 1);
	memcpy(b + 8, p->smac, 6);
	memcpy(b + 14, p->src, 4);
	if (reply)
		memcpy(b + 18, p->dmac, 6);
	memcpy(b + 24, p->dst, 4);
	return 28;
}

static size_t ethernet(const struct send_packet *p, uint8_t *b)
{
	uint16_t type = p->kind == SEND_ARP ? ETH_ARP : p->family == 4 ? ETH_IP : ETH_IPV6;
	bool vlan = send_has(p, WORD_VLAN);

	memcpy(b, p->dmac, 6);
	memcpy(b + 6, p->smac, 6);
	if (vlan) {
		put_be16(b + 12, ETH_VLAN);
		put_be16(b + 14, p->vlan);
	}
	put_be16(b + (vlan ? 16 : 12), type);
	return vlan ? 18 : 14;
}

/* Who asks for a neighbour addresses all that might have that address. */
static void solicit(struct send_packet *p, uint8_t *body)
{
	static const uint8_t group[13] = {0xff, 2, [11] = 1, 0xff};

	if (p->kind != SEND_NDP || send_has(p, WORD_REPLY) || send_has(p, WORD_FRAGMENT))
		return;
	memcpy(body + 8, p->dst, 16);
	memcpy(p->dst, group, sizeof(group));
}

int send_frame_make(const struct send_packet *said, struct send_frame *ret, struct send_error *err)
{
	struct send_packet copy = *said, *p = &copy;
	size_t payload = send_has(p, WORD_PAYLOAD) ? p->n_payload : p->len, head;
	uint8_t body[64 + SEND_PAYLOAD_MAX] = {0};
	size_t n;

	*ret = (struct send_frame){0};
	n = headers(p, body, payload);
	solicit(p, body);
	if (payload > SEND_PAYLOAD_MAX || n + payload > SEND_FRAME_MAX - 80) {
		snprintf(err->what, sizeof(err->what),
			 "longer than a made packet can be (%d bytes)", SEND_PAYLOAD_MAX);
		return -E2BIG;
	}
	if (send_has(p, WORD_PAYLOAD))
		memcpy(body + n, p->payload, payload);
	else /* recognizable in a dump */
		for (size_t i = 0; i < payload; i++)
			body[n + i] = "waybill "[i % 8];
	n += payload;
	if (send_has_transport(p))
		transport_sum(p, body, n);
	ret->l2 = ethernet(p, ret->bytes);
	head = ret->l2;
	if (p->kind == SEND_ARP)
		head += arp(p, ret->bytes + head);
	else if (p->family == 4)
		head += ip4(p, ret->bytes + head, n);
	else
		head += ip6(p, ret->bytes + head, n);
	if (p->kind == SEND_ARP)
		n = 0;
	memcpy(ret->bytes + head, body, n);
	ret->n = head + n;
	return 0;
}
