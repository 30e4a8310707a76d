/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What iptables' extensions match, by the structures that the kernel is given: one row each. One
 * that has no row, or another revision than is known, may match or not. Targets: xt_target.c.
 */
#include "firewall/xt.h"

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_devgroup.h>
#include <linux/netfilter/xt_iprange.h>
#include <linux/netfilter/xt_length.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter/xt_pkttype.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <string.h>

static enum tri masked(const struct bits *b, size_t at, const void *mask, const void *value,
		       size_t n)
{
	const uint8_t *m = mask, *v = value;
	enum tri all = YES;

	for (size_t i = 0; i < n; i++) {
		if ((b->v[at + i] ^ v[i]) & b->known[at + i] & m[i])
			return NO;
		if (m[i] & ~b->known[at + i])
			all = UNKNOWN;
	}
	return all;
}

static enum tri within(const struct bits *b, size_t at, const void *low, const void *high, size_t n)
{
	return tri_and(tri_not(bits_less(b, at, low, n, false)), bits_less(b, at, high, n, true));
}

static enum tri port_within(const struct bits *b, size_t at, uint16_t low, uint16_t high)
{
	uint8_t from[2] = {low >> 8, low}, to[2] = {high >> 8, high};

	return low == 0 && high == 0xffff ? YES : within(b, at, from, to, 2);
}

static enum tri match_tcp(const void *info, const struct fw_state *s, const struct fw_subject *of)
{
	const struct xt_tcp *t = info;
	enum tri m = s->has_l4;

	(void)of;
	m = tri_and(m, tri_inverted(port_within(&s->l4, 0, t->spts[0], t->spts[1]),
				    t->invflags & XT_TCP_INV_SRCPT));
	m = tri_and(m, tri_inverted(port_within(&s->l4, 2, t->dpts[0], t->dpts[1]),
				    t->invflags & XT_TCP_INV_DSTPT));
	if (t->flg_mask || t->flg_cmp)
		m = tri_and(m, tri_inverted(masked(&s->l4, 13, &t->flg_mask, &t->flg_cmp, 1),
					    t->invflags & XT_TCP_INV_FLAGS));
	return t->option ? tri_and(m, UNKNOWN) : m;
}

static enum tri match_udp(const void *info, const struct fw_state *s, const struct fw_subject *of)
{
	const struct xt_udp *u = info;
	enum tri m = s->has_l4;

	(void)of;
	m = tri_and(m, tri_inverted(port_within(&s->l4, 0, u->spts[0], u->spts[1]),
				    u->invflags & XT_UDP_INV_SRCPT));
	return tri_and(m, tri_inverted(port_within(&s->l4, 2, u->dpts[0], u->dpts[1]),
				       u->invflags & XT_UDP_INV_DSTPT));
}

static enum tri match_multiport(const void *info, const struct fw_state *s,
				const struct fw_subject *of)
{
	const struct xt_multiport_v1 *p = info;
	enum tri any = NO;

	(void)of;
	for (unsigned i = 0; i < p->count && i < XT_MULTI_PORTS; i++) {
		uint16_t low = p->ports[i], high = low;

		if (p->pflags[i] && i + 1 < XT_MULTI_PORTS)
			high = p->ports[++i];
		if (p->flags != XT_MULTIPORT_DESTINATION)
			any = tri_or(any, port_within(&s->l4, 0, low, high));
		if (p->flags != XT_MULTIPORT_SOURCE)
			any = tri_or(any, port_within(&s->l4, 2, low, high));
	}
	return tri_and(s->has_l4, tri_inverted(any, p->invert));
}

/* IPv6's has the same form. */
static enum tri match_icmp(const void *info, const struct fw_state *s, const struct fw_subject *of)
{
	const struct ipt_icmp *c = info;
	enum tri m = bits_equal(&s->l4, 0, &c->type, 1);

	m = tri_and(m, within(&s->l4, 1, &c->code[0], &c->code[1], 1));
	/* IPv4's 255 is any */
	if (c->type == 0xff && of->packet->family == 4)
		m = YES;
	return tri_and(s->has_l4, tri_inverted(m, c->invflags & IPT_ICMP_INV));
}

static enum tri match_comment(const void *info, const struct fw_state *s,
			      const struct fw_subject *of)
{
	(void)info;
	(void)s;
	(void)of;
	return YES;
}

static enum tri match_mark(const void *info, const struct fw_state *s, const struct fw_subject *of)
{
	const struct xt_mark_mtinfo1 *m = info;

	(void)of;
	return tri_inverted(masked(&s->misc, AT_MARK, &m->mask, &m->mark, 4), m->invert);
}

static enum tri match_connmark(const void *info, const struct fw_state *s,
			       const struct fw_subject *of)
{
	const struct xt_connmark_mtinfo1 *m = info;
	enum tri is = tri_inverted(masked(&s->misc, AT_CT_MARK, &m->mask, &m->mark, 4), m->invert);

	(void)of;
	return s->ct == FW_CT_NONE || s->ct == FW_CT_UNTRACKED ? NO
	       : s->ct == FW_CT_ENTRY			       ? is
							       : UNKNOWN;
}

static enum tri named(const char *dev, const char *name, const char *mask)
{
	char padded[IFNAMSIZ] = "";

	strncpy(padded, dev, sizeof(padded) - 1);
	for (size_t i = 0; i < IFNAMSIZ; i++)
		if ((padded[i] ^ name[i]) & mask[i])
			return NO;
	return YES;
}

/* physdev_mt(), 5.10 to 7.2, for what a bridge passes on. */
static enum tri match_physdev(const void *info, const struct fw_state *s,
			      const struct fw_subject *of)
{
	const struct xt_physdev_info *p = info;
	enum tri m = YES;

	(void)s;
	if (!of->in_port.known || of->in_port.other || of->hook != NF_INET_FORWARD)
		return UNKNOWN;
	if (p->bitmask & XT_PHYSDEV_OP_IN)
		m = tri_inverted(named(of->in_port.name, p->physindev, p->in_mask),
				 p->invert & XT_PHYSDEV_OP_IN);
	for (int op = XT_PHYSDEV_OP_BRIDGED; op <= XT_PHYSDEV_OP_ISOUT; op <<= 1)
		if (p->bitmask & op)
			m = tri_and(m, tri_inverted(YES, p->invert & op));
	return p->bitmask & XT_PHYSDEV_OP_OUT ? tri_and(m, UNKNOWN) : m;
}

static enum tri match_iprange(const void *info, const struct fw_state *s,
			      const struct fw_subject *of)
{
	const struct xt_iprange_mtinfo *r = info;
	bool six = of->packet->family == 6;
	size_t n = six ? 16 : 4;
	enum tri m = YES;

	if (r->flags & IPRANGE_SRC)
		m = tri_inverted(within(&s->net, six ? 8 : 12, &r->src_min, &r->src_max, n),
				 r->flags & IPRANGE_SRC_INV);
	if (r->flags & IPRANGE_DST)
		m = tri_and(
			m, tri_inverted(within(&s->net, six ? 24 : 16, &r->dst_min, &r->dst_max, n),
					r->flags & IPRANGE_DST_INV));
	return m;
}

static enum tri of_types(uint16_t may_be, uint16_t wanted)
{
	return !may_be ? UNKNOWN : !(may_be & wanted) ? NO : may_be & ~wanted ? UNKNOWN : YES;
}

/* addrtype_mt_v1(), 5.10 to 7.2; one of a device's own addresses is another question. */
static enum tri match_addrtype(const void *info, const struct fw_state *s,
			       const struct fw_subject *of)
{
	const struct xt_addrtype_info_v1 *a = info;
	enum tri m = YES;

	if (a->flags & (XT_ADDRTYPE_LIMIT_IFACE_IN | XT_ADDRTYPE_LIMIT_IFACE_OUT))
		return UNKNOWN;
	if (a->source)
		m = tri_inverted(of_types(fw_address_types(s, of, true), a->source),
				 a->flags & XT_ADDRTYPE_INVERT_SOURCE);
	if (a->dest)
		m = tri_and(m, tri_inverted(of_types(fw_address_types(s, of, false), a->dest),
					    a->flags & XT_ADDRTYPE_INVERT_DEST));
	return m;
}

/* Of the whole packet, with its IP header. Before 6.3 as the header said it, since then skb->len.
 */
static enum tri match_length(const void *info, const struct fw_state *s,
			     const struct fw_subject *of)
{
	const struct xt_length_info *l = info;
	(void)s;

	if (!of->len || of->len > UINT16_MAX)
		return UNKNOWN;
	return tri_inverted(of->len >= l->min && of->len <= l->max ? YES : NO, l->invert);
}

/* What IP's own loopback gives it is told by the address instead. */
static enum tri match_pkttype(const void *info, const struct fw_state *s,
			      const struct fw_subject *of)
{
	const struct xt_pkttype_info *p = info;

	(void)s;
	if (!of->pkt_type_known)
		return UNKNOWN;
	return tri_inverted(of->pkt_type == p->pkttype ? YES : NO, p->invert);
}

static enum tri of_group(const struct fw_device *d, uint32_t group, uint32_t mask)
{
	return !d->grouped || d->other ? UNKNOWN : (d->group & mask) == group ? YES : NO;
}

static enum tri match_devgroup(const void *info, const struct fw_state *s,
			       const struct fw_subject *of)
{
	const struct xt_devgroup_info *g = info;
	enum tri m = YES;

	(void)s;
	if (g->flags & XT_DEVGROUP_MATCH_SRC)
		m = tri_inverted(of_group(&of->in, g->src_group, g->src_mask),
				 g->flags & XT_DEVGROUP_INVERT_SRC);
	if (g->flags & XT_DEVGROUP_MATCH_DST)
		m = tri_and(m, tri_inverted(of_group(&of->out, g->dst_group, g->dst_mask),
					    g->flags & XT_DEVGROUP_INVERT_DST));
	return m;
}

static enum tri device(const struct fw_state *s, enum misc_at at, const unsigned char *name,
		       const unsigned char *mask, bool invert)
{
	static const unsigned char any[IFNAMSIZ];

	return memcmp(mask, any, IFNAMSIZ)
		       ? tri_inverted(masked(&s->misc, at, mask, name, IFNAMSIZ), invert)
		       : YES;
}

/* What every rule of a legacy table has. */
static enum tri match_ip(const void *info, const struct fw_state *s, const struct fw_subject *of)
{
	const struct ipt_ip *i = info;
	enum tri m = tri_inverted(masked(&s->net, 12, &i->smsk, &i->src, 4),
				  i->invflags & IPT_INV_SRCIP);
	uint8_t proto = i->proto, first[] = {0, 0}, offset[] = {0x1f, 0xff};

	(void)of;
	m = tri_and(m, tri_inverted(masked(&s->net, 16, &i->dmsk, &i->dst, 4),
				    i->invflags & IPT_INV_DSTIP));
	m = tri_and(m, device(s, AT_IN, (const void *)i->iniface, i->iniface_mask,
			      i->invflags & IPT_INV_VIA_IN));
	m = tri_and(m, device(s, AT_OUT, (const void *)i->outiface, i->outiface_mask,
			      i->invflags & IPT_INV_VIA_OUT));
	if (proto)
		m = tri_and(m, tri_inverted(bits_equal(&s->net, 9, &proto, 1),
					    i->invflags & XT_INV_PROTO));
	if (i->flags & IPT_F_FRAG)
		m = tri_and(m, tri_inverted(tri_not(masked(&s->net, 6, offset, first, 2)),
					    i->invflags & IPT_INV_FRAG));
	return m;
}

static enum tri match_ip6(const void *info, const struct fw_state *s, const struct fw_subject *of)
{
	const struct ip6t_ip6 *i = info;
	enum tri m = tri_inverted(masked(&s->net, 8, &i->smsk, &i->src, 16),
				  i->invflags & IP6T_INV_SRCIP);

	m = tri_and(m, tri_inverted(masked(&s->net, 24, &i->dmsk, &i->dst, 16),
				    i->invflags & IP6T_INV_DSTIP));
	m = tri_and(m, device(s, AT_IN, (const void *)i->iniface, i->iniface_mask,
			      i->invflags & IP6T_INV_VIA_IN));
	m = tri_and(m, device(s, AT_OUT, (const void *)i->outiface, i->outiface_mask,
			      i->invflags & IP6T_INV_VIA_OUT));
	if (i->flags & IP6T_F_PROTO && i->proto)
		m = tri_and(m, of->varies & FW_VARIES_PROTO
				       ? UNKNOWN
				       : tri_inverted(of->packet->proto == i->proto ? YES : NO,
						      i->invflags & XT_INV_PROTO));
	return i->flags & IP6T_F_TOS ? tri_and(m, UNKNOWN) : m;
}

static const struct row {
	const char *name;
	uint8_t from, to; /* revisions of this form */
	size_t size;
	enum tri (*match)(const void *info, const struct fw_state *s, const struct fw_subject *of);
} rows[] = {
	{FW_XT_IP, 0, 0, sizeof(struct ipt_ip), match_ip},
	{FW_XT_IP6, 0, 0, sizeof(struct ip6t_ip6), match_ip6},
	{"tcp", 0, 0, sizeof(struct xt_tcp), match_tcp},
	{"udp", 0, 0, sizeof(struct xt_udp), match_udp},
	{"multiport", 1, 1, sizeof(struct xt_multiport_v1), match_multiport},
	{"icmp", 0, 0, sizeof(struct ipt_icmp), match_icmp},
	{"icmp6", 0, 0, sizeof(struct ipt_icmp), match_icmp},
	{"comment", 0, 0, 0, match_comment},
	{"mark", 1, 1, sizeof(struct xt_mark_mtinfo1), match_mark},
	{"connmark", 1, 1, sizeof(struct xt_connmark_mtinfo1), match_connmark},
	{"state", 0, 0, sizeof(struct xt_state_info), fw_xt_state},
	{"physdev", 0, 0, sizeof(struct xt_physdev_info), match_physdev},
	{"conntrack", 3, 3, sizeof(struct xt_conntrack_mtinfo3), fw_xt_conntrack},
	{"addrtype", 1, 1, sizeof(struct xt_addrtype_info_v1), match_addrtype},
	{"pkttype", 0, 0, sizeof(struct xt_pkttype_info), match_pkttype},
	{"devgroup", 0, 0, sizeof(struct xt_devgroup_info), match_devgroup},
	{"length", 0, 0, sizeof(struct xt_length_info), match_length},
	{"iprange", 1, 1, sizeof(struct xt_iprange_mtinfo), match_iprange},
};

static const struct row *row_of(const struct fw_expr *e)
{
	for (size_t i = 0; e->name && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].name, e->name) && e->key >= rows[i].from &&
		    e->key <= rows[i].to && e->data_len >= rows[i].size)
			return &rows[i];
	return NULL;
}

bool fw_xt_understood(const struct fw_expr *e)
{
	return row_of(e) != NULL;
}

enum tri fw_xt_match(const struct fw_expr *e, const struct fw_state *s, const struct fw_subject *of)
{
	const struct row *r = row_of(e);
	_Alignas(8) uint8_t info[512];

	if (!r || r->size > sizeof(info))
		return UNKNOWN;
	memcpy(info, e->data, r->size);
	return r->match(info, s, of);
}
