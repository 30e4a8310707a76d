/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of a packet before the first rule. Loading and storing is in packet_load.c. */
#include "firewall/packet_state.h"

#include <netinet/in.h>
#include <string.h>

#define OFFSET_MASK 0x1fff /* of frag_off: where in its datagram a fragment begins */

static void put_addr(struct bits *b, size_t at, const uint8_t *addr, size_t n, bool known)
{
	if (known)
		bits_set(b, at, addr, n);
}

static void ipv4_header(struct fw_state *s, const struct fw_subject *of)
{
	const struct wb_packet *p = of->packet;

	s->net.v[0] = 0x40;
	s->net.known[0] = 0xf0;
	bits_set_be16(&s->net, 6, p->frag_off);
	if (of->len && of->len <= UINT16_MAX)
		bits_set_be16(&s->net, 2, of->len);
	if (of->exact) {
		bits_set_u8(&s->net, 1, p->tos);
		bits_set_be16(&s->net, 4, p->ip_id);
		bits_set_u8(&s->net, 8, p->ttl);
	}
	if (!(of->varies & FW_VARIES_PROTO))
		bits_set_u8(&s->net, 9, p->proto);
	put_addr(&s->net, 12, p->saddr, 4, !(of->varies & FW_VARIES_SOURCE));
	put_addr(&s->net, 16, p->daddr, 4, !(of->varies & FW_VARIES_TARGET));
	s->net_sure = 20;
}

/* An extension header would stand before the upper one: the lengths show that there is no room. */
static bool has_no_extension(const struct wb_packet *p)
{
	static const struct {
		uint8_t proto, header;
	} rows[] = {{IPPROTO_UDP, 8}, {IPPROTO_ICMPV6, 8}, {IPPROTO_SCTP, 12}, {IPPROTO_TCP, 20}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].proto == p->proto)
			return p->ip_len == 40U + rows[i].header + p->payload;
	return false;
}

static void ipv6_header(struct fw_state *s, const struct fw_subject *of)
{
	const struct wb_packet *p = of->packet;

	s->net.v[0] = 0x60;
	s->net.known[0] = 0xf0;
	if (!(of->varies & FW_VARIES_PROTO) && has_no_extension(p))
		bits_set_u8(&s->net, 6, p->proto);
	if (of->len >= 40 && of->len - 40 <= UINT16_MAX)
		bits_set_be16(&s->net, 4, of->len - 40);
	if (of->exact)
		bits_set_u8(&s->net, 7, p->ttl);
	put_addr(&s->net, 8, p->saddr, 16, !(of->varies & FW_VARIES_SOURCE));
	put_addr(&s->net, 24, p->daddr, 16, !(of->varies & FW_VARIES_TARGET));
	s->net_sure = 40;
}

static void upper_header(struct fw_state *s, const struct fw_subject *of)
{
	const struct wb_packet *p = of->packet;

	if (of->varies & FW_VARIES_PROTO) {
		s->has_l4 = UNKNOWN;
		return;
	}
	if (p->frag_off & OFFSET_MASK && p->family == 4) {
		s->has_l4 = NO;
		return;
	}
	s->has_l4 = p->frag_off && p->family == 6 ? UNKNOWN : YES;
	switch (p->proto) {
	case IPPROTO_TCP:
		s->l4_sure = 20;
		bits_set_be32(&s->l4, 4, p->tcp_seq);
		bits_set_be32(&s->l4, 8, p->tcp_ack);
		bits_set_u8(&s->l4, 13, p->tcp_flags);
		bits_set_be16(&s->l4, 14, p->tcp_window);
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		s->l4_sure = 8;
		break;
	case IPPROTO_SCTP:
		s->l4_sure = 12;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		s->l4_sure = 8;
		bits_set_u8(&s->l4, 0, p->icmp_type);
		bits_set_u8(&s->l4, 1, p->icmp_code);
		return;
	default:
		return;
	}
	if (!(of->varies & FW_VARIES_SPORT))
		bits_set_be16(&s->l4, 0, p->sport);
	if (!(of->varies & FW_VARIES_TARGET))
		bits_set_be16(&s->l4, 2, p->dport);
}

static void put_name(struct bits *b, size_t at, const struct fw_device *d)
{
	char name[16] = "";
	struct bits other = *b;

	if (!d->known)
		return;
	strncpy(name, d->name, sizeof(name) - 1);
	bits_set(b, at, name, sizeof(name));
	if (!d->other)
		return;
	memset(name, 0, sizeof(name));
	strncpy(name, d->other, sizeof(name) - 1);
	bits_set(&other, at, name, sizeof(name));
	bits_join(b, &other);
}

static void put_u32(struct bits *b, size_t at, uint32_t v)
{
	bits_set(b, at, &v, sizeof(v));
}

/* nft's bits for a connection's state: 1 invalid, 2 established, 4 related, 8 new, 64 untracked. */
static void put_ct(struct fw_state *s, const struct fw_subject *of)
{
	s->ct = of->ct;
	switch (of->ct) {
	case FW_CT_UNKNOWN:
		break;
	case FW_CT_NONE:
		put_u32(&s->misc, AT_CT_STATE, 1);
		break;
	case FW_CT_UNTRACKED:
		put_u32(&s->misc, AT_CT_STATE, 64);
		break;
	case FW_CT_ENTRY:
		put_u32(&s->misc, AT_CT_STATE, 1U << (of->conn.info % 3 + 1));
		put_u32(&s->misc, AT_CT_STATUS, of->conn.status);
		put_u32(&s->misc, AT_CT_MARK, of->conn.mark);
		put_u32(&s->misc, AT_CT_ZONE, of->conn.zone);
		bits_set_u8(&s->misc, AT_CT_DIRECTION, of->conn.info >= 3);
		bits_set(&s->misc, AT_CT_DIRECTION + 1, "\0\0\0", 3);
		break;
	}
}

void fw_state_init(struct fw_state *s, const struct fw_subject *of)
{
	memset(s, 0, sizeof(*s));
	s->has_l4 = NO;
	if (of->packet->family == 4)
		ipv4_header(s, of);
	else if (of->packet->family == 6)
		ipv6_header(s, of);
	if (of->packet->family)
		upper_header(s, of);
	put_name(&s->misc, AT_IN, &of->in);
	put_name(&s->misc, AT_OUT, &of->out);
	for (size_t i = 0; i < 4; i++) {
		s->misc.known[AT_MARK + i] = ((const uint8_t *)&of->mark_known)[i];
		s->misc.v[AT_MARK + i] =
			((const uint8_t *)&of->mark)[i] & s->misc.known[AT_MARK + i];
	}
	put_ct(s, of);
}

void fw_state_forget_ct(struct fw_state *s)
{
	s->ct = FW_CT_UNKNOWN;
	bits_forget(&s->misc, AT_CT_MARK, AT_IN - AT_CT_MARK);
}

void fw_state_forget_all(struct fw_state *s, const struct fw_subject *of)
{
	struct fw_state fresh;
	struct fw_subject devices_only = *of;

	devices_only.mark_known = 0;
	devices_only.ct = FW_CT_UNKNOWN;
	fw_state_init(&fresh, &devices_only);
	bits_forget(&fresh.net, 1, BITS_MAX - 1);
	bits_forget(&fresh.l4, 0, BITS_MAX);
	fresh.has_l4 = UNKNOWN;
	fresh.l4_sure = 0;
	*s = fresh;
}

void fw_state_join(struct fw_state *s, const struct fw_state *other)
{
	bits_join(&s->regs, &other->regs);
	bits_join(&s->net, &other->net);
	bits_join(&s->l4, &other->l4);
	bits_join(&s->misc, &other->misc);
	if (s->has_l4 != other->has_l4)
		s->has_l4 = UNKNOWN;
	if (s->ct != other->ct)
		s->ct = FW_CT_UNKNOWN;
	if (other->l4_sure < s->l4_sure)
		s->l4_sure = other->l4_sure;
	if (other->net_sure < s->net_sure)
		s->net_sure = other->net_sure;
}
