/* SPDX-License-Identifier: GPL-2.0-only */
/* What a ruleset brings into a namespace by its rules alone. */
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "firewall/xt.h"

static bool is_one_of(const char *name, const char *const *words, size_t n)
{
	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(name, words[i]))
			return true;
	return false;
}

#define IS_ONE_OF(name, words) is_one_of(name, words, sizeof(words) / sizeof((words)[0]))

static bool translates(const struct fw_expr *e)
{
	static const char *const targets[] = {"SNAT", "DNAT", "MASQUERADE", "REDIRECT", "NETMAP"};

	return e->op == FW_NAT || (e->op == FW_XT_TARGET && IS_ONE_OF(e->name, targets));
}

static bool tracks(const struct fw_expr *e)
{
	static const char *const names[] = {"conntrack", "state",	"connlimit", "connmark",
					    "connbytes", "CONNMARK",	"SYNPROXY",  "CT",
					    "helper",	 "CONNSECMARK", "synproxy",  "connlabel"};

	return translates(e) || e->op == FW_CT || e->op == FW_CT_SET || e->op == FW_SYNPROXY ||
	       IS_ONE_OF(e->name, names);
}

static bool any(const struct firewall *f, bool (*is)(const struct fw_expr *e))
{
	for (size_t i = 0; i < f->n_chains; i++)
		for (size_t r = 0; r < f->chains[i].n_rules; r++)
			for (size_t k = 0; k < f->chains[i].rules[r].n_exprs; k++)
				if (is(&f->chains[i].rules[r].exprs[k]))
					return true;
	return false;
}

bool firewall_has_nat(const struct firewall *f)
{
	return any(f, translates);
}

bool firewall_has_ct(const struct firewall *f)
{
	return any(f, tracks);
}

static bool asks_type(const struct fw_expr *e)
{
	return e->op == FW_FIB || (e->op == FW_XT_MATCH && e->name && !strcmp(e->name, "addrtype"));
}

bool firewall_has_types(const struct firewall *f)
{
	return any(f, asks_type);
}

static bool asks_group(const struct fw_expr *e)
{
	if (e->op == FW_XT_MATCH)
		return e->name && !strcmp(e->name, "devgroup");
	return e->op == FW_META && (e->key == NFT_META_IIFGROUP || e->key == NFT_META_OIFGROUP);
}

bool firewall_has_groups(const struct firewall *f)
{
	return any(f, asks_group);
}

/* Whoever reads a queue may set any, and so may what is not understood. */
static uint32_t marks(const struct fw_expr *e)
{
	switch (e->op) {
	case FW_UNKNOWN:
	case FW_QUEUE:
		return UINT32_MAX;
	case FW_META_SET:
		return e->key == NFT_META_MARK ? UINT32_MAX : 0;
	case FW_XT_TARGET:
		return fw_xt_target_marks(e);
	default:
		return 0;
	}
}

uint32_t firewall_marks(const struct fw_chain *c)
{
	uint32_t all = 0;

	for (size_t r = 0; r < c->n_rules && all != UINT32_MAX; r++)
		for (size_t k = 0; k < c->rules[r].n_exprs; k++)
			all |= marks(&c->rules[r].exprs[k]);
	return all;
}

/* Of the network header what is not kept of a packet, or may be rewritten unseen. */
static const char *unkept(const struct fw_expr *e)
{
	if (e->how != NFT_PAYLOAD_NETWORK_HEADER)
		return NULL;
	if (e->key == 6 && e->len == 1) /* IPv6's next header; IPv4's fragments are known */
		return "exthdr";
	if ((e->key == 7 || e->key == 8) && e->len == 1)
		return "ttl";
	return e->key < 2 ? "tos" : e->key < 6 ? "length" : NULL;
}

static const char *unkept_meta(const struct fw_expr *e)
{
	switch (e->key) {
	case NFT_META_SKUID:
	case NFT_META_SKGID:
	case NFT_META_CGROUP:
		return "owner";
	case NFT_META_TIME_NS:
	case NFT_META_TIME_DAY:
	case NFT_META_TIME_HOUR:
		return "time";
	case NFT_META_PKTTYPE:
		return "pkttype";
	case NFT_META_PRANDOM:
		return "statistic";
	case NFT_META_PRIORITY:
	case NFT_META_RTCLASSID:
	case NFT_META_IIFGROUP:
	case NFT_META_OIFGROUP:
	case NFT_META_IIFTYPE:
	case NFT_META_OIFTYPE:
	case NFT_META_IIFKIND:
	case NFT_META_OIFKIND:
		return "meta";
	default:
		return NULL;
	}
}

static const char *unkept_connection(const struct fw_expr *e)
{
	switch (e->key) {
	case NFT_CT_EXPIRATION:
	case NFT_CT_HELPER:
	case NFT_CT_LABELS:
	case NFT_CT_PKTS:
	case NFT_CT_BYTES:
	case NFT_CT_AVGPKT:
	case NFT_CT_ID:
		return "connection";
	default:
		return e->how == FW_CT_REPLY ? "connection" : NULL;
	}
}

static const char *unjudged(const struct fw_expr *e)
{
	switch (e->op) {
	case FW_ADD:
		return "dynset";
	case FW_PAYLOAD:
		return unkept(e);
	case FW_META:
		return unkept_meta(e);
	case FW_CT:
		return unkept_connection(e);
	case FW_FIB:
		return e->how == NFT_FIB_RESULT_ADDRTYPE ? NULL : "fib";
	case FW_UNKNOWN:
	case FW_MAY_STOP:
	case FW_CANT_TELL:
	case FW_CANT_TELL_STOP:
		return e->name ?: "what is not understood";
	case FW_XT_MATCH:
		return fw_xt_understood(e) ? NULL : e->name;
	default:
		return NULL;
	}
}

const char *firewall_unjudged(const struct fw_rule *r)
{
	const char *name = NULL;

	for (size_t i = 0; r && i < r->n_exprs && !name; i++)
		name = unjudged(&r->exprs[i]);
	return name;
}

static bool is_full(const struct fw_expr *e)
{
	return e->op == FW_ADD && e->set && e->set->readable && e->set->size &&
	       e->set->n_elems >= e->set->size;
}

const struct fw_set *firewall_full_set(const struct fw_chain *c, const struct fw_rule *before)
{
	for (size_t i = 0; i < c->n_rules && &c->rules[i] != before; i++)
		for (size_t k = 0; k < c->rules[i].n_exprs; k++)
			if (is_full(&c->rules[i].exprs[k]))
				return c->rules[i].exprs[k].set;
	return NULL;
}

static bool same_rule(const struct fw_rule *a, const struct fw_rule *b)
{
	bool same = a->n_exprs == b->n_exprs;

	for (size_t i = 0; same && i < a->n_exprs; i++) {
		const struct fw_expr *x = &a->exprs[i], *y = &b->exprs[i];

		same = x->op == y->op && x->key == y->key && x->data_len == y->data_len &&
		       !strcmp(x->name ? x->name : "", y->name ? y->name : "") &&
		       (!x->data || !y->data || !memcmp(x->data, y->data, x->data_len));
	}
	return same;
}

static bool same_chain(const struct fw_chain *a, const struct fw_chain *b)
{
	bool same = b && a->n_rules == b->n_rules && a->policy == b->policy;

	for (size_t i = 0; same && i < a->n_rules; i++)
		same = same_rule(&a->rules[i], &b->rules[i]);
	return same;
}

static size_t n_legacy(const struct firewall *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_chains; i++)
		n += f->chains[i].legacy;
	return n;
}

/* nftables numbers its changes; legacy tables are compared. */
bool firewall_same(const struct firewall *a, const struct firewall *b)
{
	bool same = a->generation == b->generation && n_legacy(a) == n_legacy(b);

	for (size_t i = 0; same && i < a->n_chains; i++) {
		const struct fw_chain *c = &a->chains[i];

		if (c->legacy)
			same = same_chain(c, firewall_chain(b, true, c->family, c->table, c->name));
	}
	return same;
}
