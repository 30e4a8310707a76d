/* SPDX-License-Identifier: GPL-2.0-only */
/* What iptables' targets do: one row each. One that has no row may do anything. */
#include <linux/netfilter/xt_MARK.h>
#include <linux/netfilter/xt_mark.h>
#include <string.h>

#include "firewall/xt.h"

enum effect {
	GOES_ON,
	SETS_MARK, /* as its data says */
	MARKS,	   /* which can't be told */
	CT_MARKS,  /* packet's or connection's */
	UNTRACKS,
	REWRITES, /* header fields that are told */
	ENDS,
	MAY_END
};

static const struct {
	const char *name;
	enum effect effect;
	enum fw_kind kind;
} rows[] = {
	{"LOG", GOES_ON, 0},
	{"NFLOG", GOES_ON, 0},
	{"TRACE", GOES_ON, 0},
	{"TEE", GOES_ON, 0},
	{"TCPMSS", GOES_ON, 0},
	{"TCPOPTSTRIP", GOES_ON, 0},
	{"CLASSIFY", GOES_ON, 0},
	{"CHECKSUM", GOES_ON, 0},
	{"SET", GOES_ON, 0},
	{"AUDIT", GOES_ON, 0},
	{"LED", GOES_ON, 0},
	{"RATEEST", GOES_ON, 0},
	{"IDLETIMER", GOES_ON, 0},
	{"SECMARK", GOES_ON, 0},
	{"CONNSECMARK", GOES_ON, 0},
	{"DSCP", REWRITES, 0},
	{"TOS", REWRITES, 0},
	{"ECN", REWRITES, 0},
	{"TTL", REWRITES, 0},
	{"HL", REWRITES, 0},
	{"MARK", SETS_MARK, 0},
	{"HMARK", MARKS, 0},
	{"CONNMARK", CT_MARKS, 0},
	{"CT", UNTRACKS, 0},
	{"NOTRACK", UNTRACKS, 0},
	{"REJECT", ENDS, FW_END_REJECT},
	{"NFQUEUE", ENDS, FW_END_QUEUE},
	{"DNAT", ENDS, FW_END_NAT},
	{"SNAT", ENDS, FW_END_NAT},
	{"MASQUERADE", ENDS, FW_END_NAT},
	{"REDIRECT", ENDS, FW_END_NAT},
	{"NETMAP", ENDS, FW_END_NAT},
	{"TPROXY", MAY_END, FW_END_PROXY},
	{"SYNPROXY", MAY_END, FW_END_PROXY},
};

static void set_mark(const struct fw_expr *e, struct fw_state *s)
{
	struct xt_mark_tginfo2 t;

	if (e->key != 2 || e->data_len < sizeof(t)) {
		bits_forget(&s->misc, AT_MARK, 4);
		return;
	}
	memcpy(&t, e->data, sizeof(t));
	for (size_t i = 0; i < 4; i++) {
		uint8_t mask = ((uint8_t *)&t.mask)[i], mark = ((uint8_t *)&t.mark)[i];

		s->misc.known[AT_MARK + i] |= mask;
		s->misc.v[AT_MARK + i] =
			((s->misc.v[AT_MARK + i] & ~mask) ^ mark) & s->misc.known[AT_MARK + i];
	}
}

static void apply(enum effect effect, const struct fw_expr *e, struct fw_state *s)
{
	switch (effect) {
	case SETS_MARK:
		set_mark(e, s);
		break;
	case CT_MARKS:
		bits_forget(&s->misc, AT_CT_MARK, 4);
		bits_forget(&s->misc, AT_MARK, 4);
		break;
	case MARKS:
		bits_forget(&s->misc, AT_MARK, 4);
		break;
	case UNTRACKS:
		if (s->ct != FW_CT_ENTRY)
			fw_state_forget_ct(s);
		break;
	case REWRITES:
		bits_forget(&s->net, 1, 1);
		bits_forget(&s->net, s->net.v[0] >> 4 == 6 ? 7 : 8, 1);
		bits_forget(&s->l4, 12, 2);
		break;
	default:
		break;
	}
}

uint32_t fw_xt_target_marks(const struct fw_expr *e)
{
	struct xt_mark_tginfo2 t;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, e->name))
			continue;
		switch (rows[i].effect) {
		case SETS_MARK:
			if (e->key != 2 || e->data_len < sizeof(t))
				return UINT32_MAX;
			memcpy(&t, e->data, sizeof(t));
			return t.mask | t.mark;
		case MARKS:
		case CT_MARKS:
			return UINT32_MAX;
		default:
			return rows[i].kind == FW_END_QUEUE ? UINT32_MAX : 0;
		}
	}
	return UINT32_MAX;
}

enum tri fw_xt_target(const struct fw_expr *e, struct fw_state *s, enum fw_kind *ret_kind)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, e->name))
			continue;
		*ret_kind = rows[i].kind;
		apply(rows[i].effect, e, s);
		return rows[i].effect == ENDS ? NO : rows[i].effect == MAY_END ? UNKNOWN : YES;
	}
	*ret_kind = FW_END_UNKNOWN;
	fw_state_forget_ct(s);
	bits_forget(&s->misc, AT_MARK, 4);
	return UNKNOWN;
}
