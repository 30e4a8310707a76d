/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables, chains and rules out of the kernel's messages, and where their names lead. */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "firewall/build.h"

static const struct {
	uint8_t number;
	const char *name;
} families[] = {{NFPROTO_INET, "inet"}, {NFPROTO_IPV4, "ip"},	    {NFPROTO_IPV6, "ip6"},
		{NFPROTO_ARP, "arp"},	{NFPROTO_BRIDGE, "bridge"}, {NFPROTO_NETDEV, "netdev"}};
#define N_FAMILIES (sizeof(families) / sizeof(families[0]))

const char *firewall_family(uint8_t family)
{
	for (size_t i = 0; i < N_FAMILIES; i++)
		if (families[i].number == family)
			return families[i].name;
	return "";
}

uint8_t firewall_family_by_name(const char *name)
{
	for (size_t i = 0; name && i < N_FAMILIES; i++)
		if (!strcmp(families[i].name, name))
			return families[i].number;
	return 0;
}

struct messages {
	const struct nlmsghdr *at;
	int left;
	size_t n;
};

static bool messages_of(struct firewall *f, const json_t *answer, const char *key,
			struct messages *ret)
{
	size_t size = 0;
	const uint8_t *bytes = fw_bytes(f, json_string_value(json_object_get(answer, key)), &size);
	struct messages m = {.at = (const void *)bytes, .left = size};

	if (!bytes)
		return false;
	*ret = m;
	for (; fw_message_ok(m.at, m.left); m.at = mnl_nlmsg_next(m.at, &m.left))
		ret->n++;
	return true;
}

/* The attributes of the next message and its family; false: it is damaged. */
static bool next(struct messages *m, const struct nlattr **ret, size_t max, uint8_t *family)
{
	const struct nlmsghdr *h = m->at;
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);

	m->at = mnl_nlmsg_next(m->at, &m->left);
	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(*g))
		return false;
	*family = g->nfgen_family;
	return fw_attrs(g + 1, mnl_nlmsg_get_payload_len(h) - sizeof(*g), ret, max);
}

struct table {
	uint8_t family;
	const char *name;
	uint64_t handle;
	bool dormant;
};

static size_t read_tables(struct firewall *f, const json_t *answer, struct table **ret)
{
	const struct nlattr *in[NFTA_TABLE_MAX + 1];
	struct messages m;
	uint8_t family;
	size_t n = 0;

	*ret = NULL;
	if (!messages_of(f, answer, "tables", &m)) {
		fw_unread(f, "the tables of nftables");
		return 0;
	}
	*ret = fw_alloc(f, m.n, sizeof(**ret));
	for (size_t i = 0; i < m.n; i++)
		if (next(&m, in, NFTA_TABLE_MAX, &family) && fw_string(in[NFTA_TABLE_NAME]))
			(*ret)[n++] = (struct table){.family = family,
						     .name = fw_string(in[NFTA_TABLE_NAME]),
						     .handle = fw_u64(in[NFTA_TABLE_HANDLE]),
						     .dormant = fw_u32(in[NFTA_TABLE_FLAGS]) &
								NFT_TABLE_F_DORMANT};
	return n;
}

/* whole: a newer kernel also has names that only begin so */
static void add_device(struct fw_chain *c, const struct nlattr *a, bool whole)
{
	const char *name = whole ? fw_string(a) : NULL;

	if (name && c->n_devices < sizeof(c->devices) / sizeof(c->devices[0]))
		c->devices[c->n_devices++] = name;
	else
		c->more_devices = true;
}

static void read_hook(struct fw_chain *c, const struct nlattr *hook)
{
	const struct nlattr *in[NFTA_HOOK_MAX + 1], *a;

	if (!fw_nested(hook, in, NFTA_HOOK_MAX))
		return;
	c->base = true;
	c->hook = fw_u32(in[NFTA_HOOK_HOOKNUM]);
	c->priority = fw_u32(in[NFTA_HOOK_PRIORITY]);
	if (in[NFTA_HOOK_DEV])
		add_device(c, in[NFTA_HOOK_DEV], true);
	if (in[NFTA_HOOK_DEVS])
		mnl_attr_for_each_nested(a, in[NFTA_HOOK_DEVS])
			add_device(c, a, mnl_attr_get_type(a) == NFTA_DEVICE_NAME);
	/* a chain of a device's hook that has no device is at none */
	if (c->family == NFPROTO_NETDEV && !c->n_devices && !c->more_devices)
		c->base = false;
}

static bool read_chain(struct fw_chain *c, const struct nlattr *const in[])
{
	const struct nlattr *counts[NFTA_COUNTER_MAX + 1];
	const char *type = fw_string(in[NFTA_CHAIN_TYPE]);

	c->table = fw_string(in[NFTA_CHAIN_TABLE]);
	c->name = fw_string(in[NFTA_CHAIN_NAME]);
	c->policy = in[NFTA_CHAIN_POLICY] ? (int32_t)fw_u32(in[NFTA_CHAIN_POLICY]) : FW_ACCEPT;
	c->type = !type			   ? FW_TYPE_FILTER
		  : !strcmp(type, "nat")   ? FW_TYPE_NAT
		  : !strcmp(type, "route") ? FW_TYPE_ROUTE
					   : FW_TYPE_FILTER;
	if (in[NFTA_CHAIN_HOOK])
		read_hook(c, in[NFTA_CHAIN_HOOK]);
	if (fw_nested(in[NFTA_CHAIN_COUNTERS], counts, NFTA_COUNTER_MAX)) {
		c->policy_counted = true;
		c->policy_packets = fw_u64(counts[NFTA_COUNTER_PACKETS]);
	}
	return c->table && c->name;
}

static int by_name(const void *x, const void *y)
{
	const struct fw_chain *a = x, *b = y;
	int c = a->legacy - b->legacy;

	c = c ? c : a->family - b->family;
	c = c ? c : strcmp(a->table, b->table);
	return c ? c : strcmp(a->name, b->name);
}

const struct fw_chain *firewall_chain(const struct firewall *f, bool legacy, uint8_t family,
				      const char *table, const char *name)
{
	struct fw_chain key = {.legacy = legacy, .family = family, .table = table, .name = name};

	return f->n_chains && table && name
		       ? bsearch(&key, f->chains, f->n_chains, sizeof(key), by_name)
		       : NULL;
}

const struct fw_rule *firewall_rule(const struct fw_chain *c, uint64_t id)
{
	for (size_t i = 0; i < c->n_rules; i++)
		if ((c->legacy ? c->rules[i].number : c->rules[i].handle) == id)
			return &c->rules[i];
	return NULL;
}

static bool read_chains(struct firewall *f, const json_t *answer)
{
	const struct nlattr *in[NFTA_CHAIN_MAX + 1];
	struct table *tables;
	size_t n_tables = read_tables(f, answer, &tables);
	struct messages m;
	bool whole = true;

	if (!messages_of(f, answer, "chains", &m))
		return false;
	fw_more_chains(f, m.n);
	for (size_t i = 0; i < m.n; i++) {
		struct fw_chain *c = &f->chains[f->n_chains];

		*c = (struct fw_chain){0};
		if (!next(&m, in, NFTA_CHAIN_MAX, &c->family) || !read_chain(c, in)) {
			whole = false;
			continue;
		}
		for (size_t k = 0; k < n_tables; k++)
			if (tables[k].family == c->family && !strcmp(tables[k].name, c->table)) {
				c->dormant = tables[k].dormant;
				c->table_handle = tables[k].handle;
			}
		f->n_chains++;
	}
	return whole;
}

static bool read_rules(struct firewall *f, const json_t *answer)
{
	const struct nlattr *in[NFTA_RULE_MAX + 1];
	struct fw_chain *c = NULL;
	struct messages m;
	bool whole = true;
	uint8_t family;

	if (!messages_of(f, answer, "rules", &m))
		return false;
	f->rules = fw_alloc(f, m.n, sizeof(*f->rules));
	for (size_t i = 0; i < m.n; i++) {
		struct fw_rule *rule = &f->rules[i];
		const char *table, *chain;

		if (!next(&m, in, NFTA_RULE_MAX, &family)) {
			whole = false;
			c = NULL;
			continue;
		}
		table = fw_string(in[NFTA_RULE_TABLE]);
		chain = fw_string(in[NFTA_RULE_CHAIN]);
		if (!c || !table || !chain || c->family != family || strcmp(c->name, chain) ||
		    strcmp(c->table, table)) {
			c = (struct fw_chain *)firewall_chain(f, false, family, table, chain);
			/* the rules of a chain lie together */
			if (!c || c->n_rules) {
				whole = false;
				c = NULL;
				continue;
			}
			c->rules = rule;
		}
		rule->handle = fw_u64(in[NFTA_RULE_HANDLE]);
		fw_read_exprs(f, in[NFTA_RULE_EXPRESSIONS], rule);
		c->n_rules++;
	}
	return whole;
}

static void resolve_verdict(struct firewall *f, bool legacy, uint8_t family, const char *table,
			    struct fw_verdict *v)
{
	if (v->name)
		v->chain = firewall_chain(f, legacy, family, table, v->name);
}

static void resolve(struct firewall *f)
{
	for (size_t i = 0; i < f->n_chains; i++) {
		const struct fw_chain *c = &f->chains[i];

		for (size_t r = 0; r < c->n_rules; r++)
			for (size_t k = 0; k < c->rules[r].n_exprs; k++) {
				struct fw_expr *e = (struct fw_expr *)&c->rules[r].exprs[k];

				if ((e->op == FW_LOOKUP || e->op == FW_ADD) && e->name)
					e->set = fw_find_set(f, c->family, c->table, e->name);
				resolve_verdict(f, c->legacy, c->family, c->table, &e->verdict);
			}
	}
	for (size_t i = 0; i < f->n_sets; i++)
		for (size_t k = 0; k < f->sets[i].n_elems; k++)
			resolve_verdict(f, false, f->sets[i].family, f->sets[i].table,
					&f->sets[i].elems[k].verdict);
}

int firewall_new(const json_t *ruleset, const json_t *legacy, struct firewall **ret)
{
	struct firewall *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->generation = json_integer_value(json_object_get(ruleset, "generation"));
	f->nft_read = read_chains(f, ruleset);
	fw_read_legacy(f, legacy);
	if (f->n_chains)
		qsort(f->chains, f->n_chains, sizeof(*f->chains), by_name);
	f->nft_read = read_rules(f, ruleset) && f->nft_read;
	if (!f->nft_read)
		fw_unread(f, "rules of nftables");
	if (!fw_read_sets(f, ruleset))
		fw_unread(f, "sets of nftables");
	resolve(f);
	*ret = f;
	return 0;
}
