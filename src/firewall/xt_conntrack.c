/* SPDX-License-Identifier: GPL-2.0-only */
/* The matches of iptables that ask about the packet's connection: state, conntrack. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_state.h>
#include <string.h>

#include "firewall/xt.h"

/* nft's bit, and thus the model's, of what is not tracked. */
#define STATE_UNTRACKED 64

/* The connection's state against a mask of the bits 1 invalid, 2 established, 4 related, 8 new. */
static enum tri state_in(const struct fw_state *s, uint32_t mask, uint32_t untracked)
{
	uint32_t have;

	if (!bits_known(&s->misc, AT_CT_STATE, 4))
		return UNKNOWN;
	memcpy(&have, s->misc.v + AT_CT_STATE, 4);
	return have & STATE_UNTRACKED ? (mask & untracked) != 0 : (mask & have) != 0;
}

enum tri fw_xt_state(const void *info, const struct fw_state *s, const struct fw_subject *of)
{
	(void)of;
	return state_in(s, ((const struct xt_state_info *)info)->statemask, XT_STATE_UNTRACKED);
}

static bool between(uint16_t port, uint16_t low, uint16_t high)
{
	return port >= low && port <= high;
}

static bool address_is(const uint8_t *addr, const union nf_inet_addr *a,
		       const union nf_inet_addr *mask, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((addr[i] ^ ((const uint8_t *)a)[i]) & ((const uint8_t *)mask)[i])
			return false;
	return true;
}

/* How the connection's first packet was addressed: only as far as match_flags ask. */
static enum tri match_original(const struct xt_conntrack_mtinfo3 *c, const struct wb_packet *p)
{
	size_t n = p->family == 6 ? 16 : 4;
	const struct {
		uint16_t flag;
		bool is;
	} rows[] = {
		{XT_CONNTRACK_ORIGSRC, address_is(p->saddr, &c->origsrc_addr, &c->origsrc_mask, n)},
		{XT_CONNTRACK_ORIGDST, address_is(p->daddr, &c->origdst_addr, &c->origdst_mask, n)},
		{XT_CONNTRACK_ORIGSRC_PORT,
		 between(p->sport, c->origsrc_port, c->origsrc_port_high)},
		{XT_CONNTRACK_ORIGDST_PORT,
		 between(p->dport, c->origdst_port, c->origdst_port_high)},
		{XT_CONNTRACK_PROTO, p->proto == c->l4proto},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (c->match_flags & rows[i].flag &&
		    rows[i].is == !!(c->invert_flags & rows[i].flag))
			return NO;
	return YES;
}

/* conntrack_mt(), 5.10 to 7.2 */
enum tri fw_xt_conntrack(const void *info, const struct fw_state *s, const struct fw_subject *of)
{
	const uint16_t original = XT_CONNTRACK_ORIGSRC | XT_CONNTRACK_ORIGDST |
				  XT_CONNTRACK_ORIGSRC_PORT | XT_CONNTRACK_ORIGDST_PORT |
				  XT_CONNTRACK_PROTO;
	const uint32_t nat = XT_CONNTRACK_STATE_SNAT | XT_CONNTRACK_STATE_DNAT;
	const struct xt_conntrack_mtinfo3 *c = info;
	uint16_t left = c->match_flags & ~(XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS);
	enum tri m = YES;

	if (c->match_flags & XT_CONNTRACK_STATE) {
		m = state_in(s, c->state_mask, XT_CONNTRACK_STATE_UNTRACKED);
		if (c->state_mask & nat && m == NO && s->ct == FW_CT_ENTRY)
			m = UNKNOWN;
		m = tri_inverted(m, c->invert_flags & XT_CONNTRACK_STATE);
	}
	/* without a connection the rest is not looked at */
	if (s->ct == FW_CT_NONE || s->ct == FW_CT_UNTRACKED)
		return c->match_flags & XT_CONNTRACK_STATE ? m : NO;
	if (left & XT_CONNTRACK_DIRECTION && s->ct == FW_CT_ENTRY) {
		m = tri_and(m, tri_inverted(of->conn.info < IP_CT_IS_REPLY ? YES : NO,
					    c->invert_flags & XT_CONNTRACK_DIRECTION));
		left &= ~XT_CONNTRACK_DIRECTION;
	}
	if (left & original && s->ct == FW_CT_ENTRY && of->original) {
		m = tri_and(m, match_original(c, of->original));
		left &= ~original;
	}
	return left ? tri_and(m, UNKNOWN) : m;
}
