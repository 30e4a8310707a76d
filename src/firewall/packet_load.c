/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules read out of a packet and write into it: header bytes, meta data, the connection. As
 * nft_payload.c, nft_meta.c and nft_ct.c of the kernel do it.
 */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "firewall/packet_state.h"

#define ETHERTYPE_AT 12 /* in a MAC header */

static void unknown(struct fw_state *s, const struct fw_expr *e)
{
	bits_forget(&s->regs, e->dreg, e->len);
}

static void load(struct fw_state *s, const struct fw_expr *e, const void *value, size_t n)
{
	struct bits b = {0};

	bits_set(&b, 0, value, n);
	bits_load(&s->regs, e->dreg, &b, 0, n);
}

static void load_u32(struct fw_state *s, const struct fw_expr *e, uint32_t v)
{
	load(s, e, &v, sizeof(v));
}

static enum tri load_bytes(struct fw_state *s, const struct fw_expr *e, const struct bits *from,
			   size_t sure)
{
	if (e->key >= BITS_MAX || e->key + e->len > BITS_MAX)
		unknown(s, e);
	else
		bits_load(&s->regs, e->dreg, from, e->key, e->len);
	return e->key + (size_t)e->len <= sure ? YES : UNKNOWN;
}

static enum tri load_mac(struct fw_state *s, const struct fw_expr *e, const struct fw_subject *of)
{
	const struct wb_packet *p = of->packet;
	struct bits mac = {0};
	bool link = of->pf == NFPROTO_BRIDGE || of->pf == NFPROTO_NETDEV;

	if (!p->vlan && p->ethertype && p->ethertype != 0x8100 && p->ethertype != 0x88a8)
		bits_set_be16(&mac, ETHERTYPE_AT, p->ethertype);
	return load_bytes(s, e, &mac, link ? 14 : 0);
}

enum tri fw_load_payload(struct fw_state *s, const struct fw_expr *e, const struct fw_subject *of)
{
	enum tri there;

	switch (e->how) {
	case NFT_PAYLOAD_LL_HEADER:
		return load_mac(s, e, of);
	case NFT_PAYLOAD_NETWORK_HEADER:
		return load_bytes(s, e, &s->net, s->net_sure);
	case NFT_PAYLOAD_TRANSPORT_HEADER:
		if (s->has_l4 == NO)
			return NO;
		there = load_bytes(s, e, &s->l4, s->l4_sure);
		return tri_and(s->has_l4, there);
	default:
		unknown(s, e);
		return UNKNOWN;
	}
}

void fw_store_payload(struct fw_state *s, const struct fw_expr *e)
{
	struct bits *to = e->how == NFT_PAYLOAD_NETWORK_HEADER	   ? &s->net
			  : e->how == NFT_PAYLOAD_TRANSPORT_HEADER ? &s->l4
								   : NULL;

	/* a write that fails leaves the old value */
	if (to && e->key < BITS_MAX && e->key + e->len <= BITS_MAX) {
		struct bits written = *to;

		memcpy(written.v + e->key, s->regs.v + e->sreg, e->len);
		memcpy(written.known + e->key, s->regs.known + e->sreg, e->len);
		bits_join(to, &written);
	}
	/* checksums follow */
	if (e->how == NFT_PAYLOAD_NETWORK_HEADER && s->net.v[0] >> 4 == 4)
		bits_forget(&s->net, 10, 2);
}

static bool is_ethernet_ip(const struct wb_packet *p)
{
	return (p->family == 4 || p->family == 6) && !p->vlan;
}

/* The protocol above IP; a hook of a bridge or a device also sees what is no IP. */
static enum tri load_l4proto(struct fw_state *s, const struct fw_expr *e,
			     const struct fw_subject *of)
{
	const struct wb_packet *p = of->packet;
	bool ip_hook = of->pf == NFPROTO_IPV4 || of->pf == NFPROTO_IPV6;

	unknown(s, e);
	if (!p->family)
		return ip_hook ? UNKNOWN : NO;
	if (!(of->varies & FW_VARIES_PROTO))
		load(s, e, &p->proto, 1);
	return ip_hook || is_ethernet_ip(p) ? YES : UNKNOWN;
}

static enum tri load_ifindex(struct fw_state *s, const struct fw_expr *e, const struct fw_device *d)
{
	if (d->known && !d->other && d->name[0] && d->ifindex)
		load_u32(s, e, d->ifindex);
	else if (d->known && !d->other && !d->name[0])
		load_u32(s, e, 0);
	else
		unknown(s, e);
	/* older kernels stop where there is no device */
	return d->known && d->name[0] ? YES : UNKNOWN;
}

static enum tri load_ifname(struct fw_state *s, const struct fw_expr *e, const struct fw_device *d,
			    enum misc_at at)
{
	bits_load(&s->regs, e->dreg, &s->misc, at, 16);
	return d->known && d->name[0] ? YES : UNKNOWN;
}

static enum tri load_group(struct fw_state *s, const struct fw_expr *e, const struct fw_device *d)
{
	unknown(s, e);
	if (!d->known)
		return UNKNOWN;
	if (!d->name[0] && !d->other)
		return NO;
	if (d->grouped && !d->other)
		load_u32(s, e, d->group);
	return YES;
}

enum tri fw_load_meta(struct fw_state *s, const struct fw_expr *e, const struct fw_subject *of)
{
	const struct wb_packet *p = of->packet;

	switch (e->key) {
	case NFT_META_PROTOCOL:
		unknown(s, e);
		if (is_ethernet_ip(p))
			load(s, e, &(uint16_t){htons(p->family == 4 ? 0x0800 : 0x86dd)}, 2);
		return YES;
	case NFT_META_NFPROTO:
		/* a device's hook is also one of inet tables, which say the packet's own */
		unknown(s, e);
		if (of->pf != NFPROTO_NETDEV)
			load(s, e, &of->pf, 1);
		return YES;
	case NFT_META_L4PROTO:
		return load_l4proto(s, e, of);
	case NFT_META_MARK:
		bits_load(&s->regs, e->dreg, &s->misc, AT_MARK, 4);
		return YES;
	case NFT_META_IIF:
		return load_ifindex(s, e, &of->in);
	case NFT_META_OIF:
		return load_ifindex(s, e, &of->out);
	case NFT_META_IIFGROUP:
		return load_group(s, e, &of->in);
	case NFT_META_OIFGROUP:
		return load_group(s, e, &of->out);
	case NFT_META_IIFNAME:
		return load_ifname(s, e, &of->in, AT_IN);
	case NFT_META_OIFNAME:
		return load_ifname(s, e, &of->out, AT_OUT);
	case NFT_META_LEN:
		unknown(s, e);
		if (of->len)
			load_u32(s, e, of->len);
		return YES;
	case NFT_META_PKTTYPE:
		unknown(s, e);
		if (of->pkt_type_known)
			load(s, e, &of->pkt_type, 1);
		return YES;
	case NFT_META_PRIORITY:
	case NFT_META_CPU:
	case NFT_META_PRANDOM:
	case NFT_META_SECPATH:
		unknown(s, e);
		return YES;
	default:
		unknown(s, e);
		return UNKNOWN;
	}
}

void fw_store_meta(struct fw_state *s, const struct fw_expr *e)
{
	if (e->key != NFT_META_MARK)
		return;
	memcpy(s->misc.v + AT_MARK, s->regs.v + e->sreg, 4);
	memcpy(s->misc.known + AT_MARK, s->regs.known + e->sreg, 4);
}

static const struct {
	uint32_t key;
	enum misc_at at;
	uint8_t len;
} ct_keys[] = {{NFT_CT_MARK, AT_CT_MARK, 4},
	       {NFT_CT_STATUS, AT_CT_STATUS, 4},
	       {NFT_CT_DIRECTION, AT_CT_DIRECTION, 1},
	       {NFT_CT_ZONE, AT_CT_ZONE, 2}};

/* How the connection's first packet was addressed, by the packet that this one is of old. */
static bool load_original(struct fw_state *s, const struct fw_expr *e, const struct wb_packet *p)
{
	size_t n = p->family == 6 ? 16 : 4;
	uint8_t port[2];

	switch (e->key) {
	case NFT_CT_SRC:
	case NFT_CT_SRC_IP:
	case NFT_CT_SRC_IP6:
		bits_set(&s->regs, e->dreg, p->saddr, n);
		return true;
	case NFT_CT_DST:
	case NFT_CT_DST_IP:
	case NFT_CT_DST_IP6:
		bits_set(&s->regs, e->dreg, p->daddr, n);
		return true;
	case NFT_CT_PROTO_SRC:
	case NFT_CT_PROTO_DST:
		if (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP)
			return false;
		memcpy(port, (uint16_t[]){htons(e->key == NFT_CT_PROTO_SRC ? p->sport : p->dport)},
		       2);
		bits_set(&s->regs, e->dreg, port, 2);
		return true;
	default:
		return false;
	}
}

enum tri fw_load_ct(struct fw_state *s, const struct fw_expr *e, const struct fw_subject *of)
{
	if (e->key == NFT_CT_STATE) {
		bits_load(&s->regs, e->dreg, &s->misc, AT_CT_STATE, 4);
		return YES;
	}
	unknown(s, e);
	if (s->ct == FW_CT_NONE || s->ct == FW_CT_UNTRACKED)
		return NO;
	for (size_t i = 0; i < sizeof(ct_keys) / sizeof(ct_keys[0]); i++)
		if (ct_keys[i].key == e->key) {
			bits_load(&s->regs, e->dreg, &s->misc, ct_keys[i].at, ct_keys[i].len);
			return s->ct == FW_CT_ENTRY ? YES : UNKNOWN;
		}
	if (e->how == FW_CT_ORIGINAL && s->ct == FW_CT_ENTRY && of->original &&
	    load_original(s, e, of->original))
		return YES;
	return UNKNOWN;
}

void fw_store_ct(struct fw_state *s, const struct fw_expr *e)
{
	struct fw_state before = *s;

	if (e->key == NFT_CT_MARK) {
		memcpy(s->misc.v + AT_CT_MARK, s->regs.v + e->sreg, 4);
		memcpy(s->misc.known + AT_CT_MARK, s->regs.known + e->sreg, 4);
		/* without an entry nothing is set */
		if (s->ct != FW_CT_ENTRY)
			bits_join(&s->misc, &before.misc);
	} else if (e->key == NFT_CT_ZONE) {
		bits_forget(&s->misc, AT_CT_ZONE, 4);
	}
}

uint16_t fw_address_types(const struct fw_state *s, const struct fw_subject *of, bool source)
{
	const uint8_t *addr = source ? of->packet->saddr : of->packet->daddr;
	size_t at = source ? 12 : 16;

	/* a rule may have written another one */
	if (of->pf != NFPROTO_IPV4 || !bits_known(&s->net, at, 4) || memcmp(s->net.v + at, addr, 4))
		return 0;
	return source ? of->saddr_types : of->daddr_types;
}

/* nft_fib4_eval_type(), 5.10 to 7.2: without a device the local table alone is asked. */
enum tri fw_load_fib(struct fw_state *s, const struct fw_expr *e, const struct fw_subject *of)
{
	const uint32_t other =
		NFTA_FIB_F_MARK | NFTA_FIB_F_IIF | NFTA_FIB_F_OIF | NFTA_FIB_F_PRESENT;
	bool ip_hook = of->pf == NFPROTO_IPV4 || of->pf == NFPROTO_IPV6;
	uint16_t types;

	unknown(s, e);
	if (e->how != NFT_FIB_RESULT_ADDRTYPE || !ip_hook)
		return UNKNOWN;
	types = e->key & other ? 0 : fw_address_types(s, of, e->key & NFTA_FIB_F_SADDR);
	if (types && !(types & (types - 1)))
		load_u32(s, e, (uint32_t)__builtin_ctz(types));
	return YES;
}

void fw_notrack(struct fw_state *s)
{
	/* what has an entry already keeps it */
	if (s->ct == FW_CT_ENTRY)
		return;
	fw_state_forget_ct(s);
}
