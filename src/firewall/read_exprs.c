/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule's expressions out of their attributes: one row for each that the kernel has, one reader
 * for each that is understood. One that is damaged or not in the table may do anything.
 */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <string.h>

#include "firewall/build.h"

#define ATTRS_MAX 16
#define EXPRS_MAX 128 /* the kernel's own limit: NFT_RULE_MAXEXPRS */

typedef const struct nlattr *const attrs_t[ATTRS_MAX + 1];

static bool set_register(uint8_t *ret, const struct nlattr *a, size_t len)
{
	int at = fw_register(fw_u32(a), len);

	*ret = at < 0 ? 0 : at;
	return at >= 0;
}

/* The number of bytes that an expression writes without saying so. */
static size_t meta_len(uint32_t key)
{
	switch (key) {
	case NFT_META_IIFNAME:
	case NFT_META_OIFNAME:
	case NFT_META_BRI_IIFNAME:
	case NFT_META_BRI_OIFNAME:
	case NFT_META_IIFKIND:
	case NFT_META_OIFKIND:
	case NFT_META_SDIFNAME:
		return 16;
	case NFT_META_TIME_NS:
		return 8;
	default:
		return 4;
	}
}

static size_t ct_len(uint32_t key)
{
	switch (key) {
	case NFT_CT_HELPER:
	case NFT_CT_LABELS:
	case NFT_CT_SRC:
	case NFT_CT_DST:
	case NFT_CT_SRC_IP6:
	case NFT_CT_DST_IP6:
		return 16;
	case NFT_CT_PKTS:
	case NFT_CT_BYTES:
	case NFT_CT_AVGPKT:
		return 8;
	default:
		return 4;
	}
}

static bool immediate(struct fw_expr *e, attrs_t a)
{
	if (fw_u32(a[NFTA_IMMEDIATE_DREG]) == NFT_REG_VERDICT) {
		e->op = FW_VERDICT;
		return fw_verdict(a[NFTA_IMMEDIATE_DATA], &e->verdict);
	}
	if (!fw_data(a[NFTA_IMMEDIATE_DATA], &e->data, &e->data_len))
		return false;
	e->len = e->data_len;
	return set_register(&e->dreg, a[NFTA_IMMEDIATE_DREG], e->len);
}

static bool payload(struct fw_expr *e, attrs_t a)
{
	uint32_t len = fw_u32(a[NFTA_PAYLOAD_LEN]);

	e->how = fw_u32(a[NFTA_PAYLOAD_BASE]);
	e->key = fw_u32(a[NFTA_PAYLOAD_OFFSET]);
	e->len = len;
	if (!len || len > FW_REGS)
		return false;
	if (!a[NFTA_PAYLOAD_SREG])
		return set_register(&e->dreg, a[NFTA_PAYLOAD_DREG], len);
	e->op = FW_PAYLOAD_SET;
	return set_register(&e->sreg, a[NFTA_PAYLOAD_SREG], len);
}

static bool meta(struct fw_expr *e, attrs_t a)
{
	e->key = fw_u32(a[NFTA_META_KEY]);
	e->len = meta_len(e->key);
	if (!a[NFTA_META_SREG])
		return set_register(&e->dreg, a[NFTA_META_DREG], e->len);
	e->op = FW_META_SET;
	return set_register(&e->sreg, a[NFTA_META_SREG], 4);
}

static bool ct(struct fw_expr *e, attrs_t a)
{
	const uint8_t *way =
		a[NFTA_CT_DIRECTION] ? mnl_attr_get_payload(a[NFTA_CT_DIRECTION]) : NULL;

	e->key = fw_u32(a[NFTA_CT_KEY]);
	e->len = ct_len(e->key);
	if (way && mnl_attr_get_payload_len(a[NFTA_CT_DIRECTION]) == 1)
		e->how = *way ? FW_CT_REPLY : FW_CT_ORIGINAL;
	if (!a[NFTA_CT_SREG])
		return set_register(&e->dreg, a[NFTA_CT_DREG], e->len);
	e->op = FW_CT_SET;
	return set_register(&e->sreg, a[NFTA_CT_SREG], 4);
}

static bool cmp(struct fw_expr *e, attrs_t a)
{
	e->how = fw_u32(a[NFTA_CMP_OP]);
	if (e->how > NFT_CMP_GTE || !fw_data(a[NFTA_CMP_DATA], &e->data, &e->data_len))
		return false;
	e->len = e->data_len;
	return set_register(&e->sreg, a[NFTA_CMP_SREG], e->len);
}

static bool range(struct fw_expr *e, attrs_t a)
{
	size_t n;

	e->inverted = fw_u32(a[NFTA_RANGE_OP]) == NFT_RANGE_NEQ;
	if (!fw_data(a[NFTA_RANGE_FROM_DATA], &e->data, &e->data_len) ||
	    !fw_data(a[NFTA_RANGE_TO_DATA], &e->more, &n) || n != e->data_len)
		return false;
	e->len = n;
	return set_register(&e->sreg, a[NFTA_RANGE_SREG], n);
}

static bool bitwise(struct fw_expr *e, attrs_t a)
{
	uint32_t len = fw_u32(a[NFTA_BITWISE_LEN]), op = fw_u32(a[NFTA_BITWISE_OP]);
	size_t n = 0, m = 0;

	e->how = op;
	e->len = len;
	if (!len || len > FW_REGS || !set_register(&e->dreg, a[NFTA_BITWISE_DREG], len))
		return false;
	/* newer forms take two registers: what comes out can't be told */
	if (op > NFT_BITWISE_RSHIFT || !set_register(&e->sreg, a[NFTA_BITWISE_SREG], len)) {
		e->op = FW_CANT_TELL;
		return true;
	}
	if (op == NFT_BITWISE_MASK_XOR)
		return fw_data(a[NFTA_BITWISE_MASK], &e->data, &n) && n == len &&
		       fw_data(a[NFTA_BITWISE_XOR], &e->more, &m) && m == len;
	if (!fw_data(a[NFTA_BITWISE_DATA], &e->data, &n) || n != 4)
		return false;
	memcpy(&e->key, e->data, 4); /* the shift, in the host's order */
	return e->key < 32;
}

static bool byteorder(struct fw_expr *e, attrs_t a)
{
	uint32_t len = fw_u32(a[NFTA_BYTEORDER_LEN]);

	e->key = fw_u32(a[NFTA_BYTEORDER_SIZE]);
	e->len = len;
	if (!len || len > FW_REGS || (e->key != 2 && e->key != 4 && e->key != 8))
		return false;
	return set_register(&e->sreg, a[NFTA_BYTEORDER_SREG], len) &&
	       set_register(&e->dreg, a[NFTA_BYTEORDER_DREG], len);
}

static bool lookup(struct fw_expr *e, attrs_t a)
{
	e->name = fw_string(a[NFTA_LOOKUP_SET]);
	e->inverted = fw_u32(a[NFTA_LOOKUP_FLAGS]) & NFT_LOOKUP_F_INV;
	e->how = !a[NFTA_LOOKUP_DREG] ? 0 : fw_u32(a[NFTA_LOOKUP_DREG]) == NFT_REG_VERDICT ? 1 : 2;
	if (e->how == 2 && !set_register(&e->dreg, a[NFTA_LOOKUP_DREG], 4))
		return false;
	return e->name && set_register(&e->sreg, a[NFTA_LOOKUP_SREG], 4);
}

static bool dynset(struct fw_expr *e, attrs_t a)
{
	e->name = fw_string(a[NFTA_DYNSET_SET_NAME]);
	return true;
}

static bool counter(struct fw_expr *e, attrs_t a)
{
	e->how = 1;
	(void)a;
	return true;
}

static bool reject(struct fw_expr *e, attrs_t a)
{
	e->how = fw_u32(a[NFTA_REJECT_TYPE]);
	if (a[NFTA_REJECT_ICMP_CODE] && mnl_attr_get_payload_len(a[NFTA_REJECT_ICMP_CODE]))
		e->key = *(const uint8_t *)mnl_attr_get_payload(a[NFTA_REJECT_ICMP_CODE]);
	return true;
}

static bool queue(struct fw_expr *e, attrs_t a)
{
	uint16_t n = 0;

	if (a[NFTA_QUEUE_NUM] && mnl_attr_get_payload_len(a[NFTA_QUEUE_NUM]) == 2)
		memcpy(&n, mnl_attr_get_payload(a[NFTA_QUEUE_NUM]), 2);
	e->key = be16toh(n);
	return true;
}

static bool extension(struct fw_expr *e, attrs_t a)
{
	e->name = fw_string(a[NFTA_MATCH_NAME]);
	e->key = fw_u32(a[NFTA_MATCH_REV]);
	if (!e->name || !a[NFTA_MATCH_INFO])
		return false;
	e->data = mnl_attr_get_payload(a[NFTA_MATCH_INFO]);
	e->data_len = mnl_attr_get_payload_len(a[NFTA_MATCH_INFO]);
	return true;
}

static bool object(struct fw_expr *e, attrs_t a)
{
	switch (fw_u32(a[NFTA_OBJREF_IMM_TYPE])) {
	case NFT_OBJECT_COUNTER:
	case NFT_OBJECT_CT_HELPER:
	case NFT_OBJECT_CT_TIMEOUT:
	case NFT_OBJECT_CT_EXPECT:
	case NFT_OBJECT_SECMARK:
	case NFT_OBJECT_TUNNEL:
		e->op = FW_NOTHING;
		return true;
	case NFT_OBJECT_SYNPROXY:
		e->op = FW_SYNPROXY;
		return true;
	case NFT_OBJECT_QUOTA:
	case NFT_OBJECT_LIMIT:
	case NFT_OBJECT_CONNLIMIT:
		return true;
	default: /* by a map: any of them */
		return false;
	}
}

static bool fib(struct fw_expr *e, attrs_t a)
{
	e->how = (uint8_t)fw_u32(a[NFTA_FIB_RESULT]);
	e->key = fw_u32(a[NFTA_FIB_FLAGS]);
	return true;
}

/* What can't be told goes to the register that the attribute of this number names. */
static const struct row {
	const char *name;
	enum fw_op op;
	bool (*read)(struct fw_expr *e, attrs_t a);
	uint16_t dreg, bytes;
} rows[] = {
	{"payload", FW_PAYLOAD, payload, 0, 0},
	{"meta", FW_META, meta, 0, 0},
	{"cmp", FW_CMP, cmp, 0, 0},
	{"immediate", FW_IMMEDIATE, immediate, 0, 0},
	{"counter", FW_NOTHING, counter, 0, 0},
	{"lookup", FW_LOOKUP, lookup, 0, 0},
	{"bitwise", FW_BITWISE, bitwise, 0, 0},
	{"ct", FW_CT, ct, 0, 0},
	{"range", FW_RANGE, range, 0, 0},
	{"byteorder", FW_BYTEORDER, byteorder, 0, 0},
	{"match", FW_XT_MATCH, extension, 0, 0},
	{"target", FW_XT_TARGET, extension, 0, 0},
	{"reject", FW_REJECT, reject, 0, 0},
	{"queue", FW_QUEUE, queue, 0, 0},
	{"objref", FW_MAY_STOP, object, 0, 0},
	{"log", FW_NOTHING, NULL, 0, 0},
	{"last", FW_NOTHING, NULL, 0, 0},
	{"dup", FW_NOTHING, NULL, 0, 0},
	{"notrack", FW_NOTRACK, NULL, 0, 0},
	{"limit", FW_MAY_STOP, NULL, 0, 0},
	{"quota", FW_MAY_STOP, NULL, 0, 0},
	{"connlimit", FW_MAY_STOP, NULL, 0, 0},
	{"dynset", FW_ADD, dynset, 0, 0},
	{"flow_offload", FW_MAY_STOP, NULL, 0, 0},
	{"tproxy", FW_MAY_STOP, NULL, 0, 0},
	{"nat", FW_NAT, NULL, 0, 0},
	{"masq", FW_NAT, NULL, 0, 0},
	{"redir", FW_NAT, NULL, 0, 0},
	{"synproxy", FW_SYNPROXY, NULL, 0, 0},
	{"fwd", FW_STEAL, NULL, 0, 0},
	{"fib", FW_FIB, fib, NFTA_FIB_DREG, 16},
	{"exthdr", FW_CANT_TELL_STOP, NULL, NFTA_EXTHDR_DREG, 64},
	{"socket", FW_CANT_TELL_STOP, NULL, NFTA_SOCKET_DREG, 8},
	{"rt", FW_CANT_TELL_STOP, NULL, NFTA_RT_DREG, 16},
	{"xfrm", FW_CANT_TELL_STOP, NULL, NFTA_XFRM_DREG, 16},
	{"tunnel", FW_CANT_TELL_STOP, NULL, NFTA_TUNNEL_DREG, 4},
	{"osf", FW_CANT_TELL_STOP, NULL, NFTA_OSF_DREG, 16},
	{"numgen", FW_CANT_TELL, NULL, NFTA_NG_DREG, 4},
	{"hash", FW_CANT_TELL, NULL, NFTA_HASH_DREG, 4},
};

static void one(struct fw_expr *e, const struct nlattr *elem)
{
	const struct nlattr *in[NFTA_EXPR_MAX + 1], *a[ATTRS_MAX + 1];
	const char *name;
	int at;

	if (!fw_nested(elem, in, NFTA_EXPR_MAX))
		return;
	name = fw_string(in[NFTA_EXPR_NAME]);
	e->name = name;
	if (!name || (in[NFTA_EXPR_DATA] && !fw_nested(in[NFTA_EXPR_DATA], a, ATTRS_MAX)))
		return;
	if (!in[NFTA_EXPR_DATA])
		memset(a, 0, sizeof(a));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		if (strcmp(name, r->name))
			continue;
		e->op = r->op;
		if (r->read && !r->read(e, a))
			*e = (struct fw_expr){.op = FW_UNKNOWN, .name = name};
		/* exthdr also sets */
		if (r->dreg && a[r->dreg]) {
			at = fw_register(fw_u32(a[r->dreg]), 0);
			e->dreg = at < 0 ? 0 : at;
			e->len = at < 0			   ? FW_REGS
				 : r->bytes > FW_REGS - at ? FW_REGS - at
							   : r->bytes;
		}
		return;
	}
}

static void read_counter(struct fw_rule *rule, const struct nlattr *elem)
{
	const struct nlattr *in[NFTA_EXPR_MAX + 1], *a[NFTA_COUNTER_MAX + 1];

	if (!fw_nested(elem, in, NFTA_EXPR_MAX) ||
	    !fw_nested(in[NFTA_EXPR_DATA], a, NFTA_COUNTER_MAX))
		return;
	rule->has_counter = true;
	rule->packets = fw_u64(a[NFTA_COUNTER_PACKETS]);
}

void fw_read_exprs(struct firewall *f, const struct nlattr *list, struct fw_rule *rule)
{
	struct fw_expr e[EXPRS_MAX], *kept;
	const struct nlattr *a;
	bool counts_first = true;
	size_t n = 0;

	if (list)
		mnl_attr_for_each_nested(a, list)
		{
			if (mnl_attr_get_type(a) != NFTA_LIST_ELEM)
				continue;
			if (n == EXPRS_MAX) {
				n = 0; /* more than a kernel would take */
				e[n++] = (struct fw_expr){.op = FW_UNKNOWN};
				break;
			}
			e[n] = (struct fw_expr){.op = FW_UNKNOWN};
			one(&e[n], a);
			if (e[n].op == FW_NOTHING && e[n].how && counts_first) {
				read_counter(rule, a);
				counts_first = false;
			}
			n++;
		}
	kept = fw_alloc(f, n, sizeof(*kept));
	memcpy(kept, e, n * sizeof(*kept));
	rule->exprs = kept;
	rule->n_exprs = n;
}
