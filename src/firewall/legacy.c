/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Legacy iptables' tables: one run of entries, in which chains are told apart by where hooks begin
 * and by the entries that name a chain of the user's. They become chains, rules and expressions as
 * nftables has them.
 */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdlib.h>
#include <string.h>

#include "firewall/build.h"
#include "firewall/xt.h"

#define MATCHES_MAX 64
#define GOES_BACK   (-NF_REPEAT - 1) /* what a standard target says for RETURN */

/* Where both families' entries differ. */
struct form {
	uint8_t family;
	size_t entry, ip, flags_at, goto_flag;
	const char *match; /* its name as an extension */
};

static const struct form forms[] = {
	{NFPROTO_IPV4, sizeof(struct ipt_entry), sizeof(struct ipt_ip),
	 offsetof(struct ipt_ip, flags), IPT_F_GOTO, FW_XT_IP},
	{NFPROTO_IPV6, sizeof(struct ip6t_entry), sizeof(struct ip6t_ip6),
	 offsetof(struct ip6t_ip6, flags), IP6T_F_GOTO, FW_XT_IP6},
};

struct entry {
	size_t at, target, next; /* offsets in the run; target: of the target in the entry */
	const char *chain;	 /* that begins here */
	struct fw_chain *of;	 /* whose rule it is */
	const char *user;	 /* it names this chain, and is no rule */
};

struct run {
	struct firewall *f;
	const struct form *form;
	const uint8_t *bytes;
	size_t size;
	struct ipt_getinfo info;
	struct entry *entries;
	size_t n;
	const char *table;
};

/* Offsets behind the part that is the family's own: target_offset, next_offset, then counters. */
static bool head(const struct run *r, size_t at, struct entry *ret)
{
	uint16_t target, next;

	if (r->size - at < r->form->entry)
		return false;
	memcpy(&target, r->bytes + at + r->form->ip + 4, 2);
	memcpy(&next, r->bytes + at + r->form->ip + 6, 2);
	if (target < r->form->entry || next < target + sizeof(struct xt_entry_target) ||
	    next > r->size - at)
		return false;
	*ret = (struct entry){.at = at, .target = target, .next = next};
	return true;
}

static const struct xt_entry_target *target_of(const struct run *r, const struct entry *e)
{
	return (const void *)(r->bytes + e->at + e->target);
}

static const char *copy_name(struct firewall *f, const void *from, size_t n)
{
	char *s = fw_alloc(f, n + 1, 1);

	memcpy(s, from, n);
	return s;
}

static bool read_entries(struct run *r)
{
	for (size_t at = 0; at < r->size; r->n++) {
		struct entry e;

		if (!head(r, at, &e))
			return false;
		at += e.next;
	}
	r->entries = fw_alloc(r->f, r->n, sizeof(*r->entries));
	for (size_t i = 0, at = 0; i < r->n; i++) {
		struct entry *e = &r->entries[i];
		const struct xt_entry_target *t;

		head(r, at, e);
		at += e->next;
		t = target_of(r, e);
		if (!strncmp(t->u.user.name, XT_ERROR_TARGET, sizeof(t->u.user.name)) &&
		    e->next - e->target >= sizeof(*t) + XT_FUNCTION_MAXNAMELEN)
			e->user = copy_name(r->f, t->data, XT_FUNCTION_MAXNAMELEN);
	}
	return true;
}

static const struct {
	const char *table;
	int32_t priority[NF_INET_NUMHOOKS];
} priorities[] = {
	{"raw", {-300, -300, -300, -300, -300}}, {"mangle", {-150, -150, -150, -150, -150}},
	{"nat", {-100, 100, 0, -100, 100}},	 {"filter", {0, 0, 0, 0, 0}},
	{"security", {50, 50, 50, 50, 50}},
};

static const char *const builtin[NF_INET_NUMHOOKS] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT",
						      "POSTROUTING"};

static int hook_at(const struct run *r, size_t at)
{
	for (int h = 0; h < NF_INET_NUMHOOKS; h++)
		if (r->info.valid_hooks & 1U << h && r->info.hook_entry[h] == at)
			return h;
	return -1;
}

static int policy_at(const struct run *r, size_t at)
{
	for (int h = 0; h < NF_INET_NUMHOOKS; h++)
		if (r->info.valid_hooks & 1U << h && r->info.underflow[h] == at)
			return h;
	return -1;
}

static struct fw_chain *new_chain(struct run *r, const char *name)
{
	struct fw_chain *c = &r->f->chains[r->f->n_chains++];

	*c = (struct fw_chain){.legacy = true,
			       .family = r->form->family,
			       .table = r->table,
			       .name = name,
			       .policy = FW_ACCEPT};
	return c;
}

static struct fw_chain *base_chain(struct run *r, int hook)
{
	struct fw_chain *c = new_chain(r, builtin[hook]);

	c->base = true;
	c->hook = hook;
	c->type = !strcmp(r->table, "nat") ? FW_TYPE_NAT : FW_TYPE_FILTER;
	for (size_t i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++)
		if (!strcmp(priorities[i].table, r->table))
			c->priority = priorities[i].priority[hook];
	return c;
}

static const char *chain_at(const struct run *r, size_t at)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (r->entries[mid].at == at)
			return r->entries[mid].chain;
		if (r->entries[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void standard(const struct run *r, const struct entry *e, struct fw_expr *x)
{
	uint32_t flags = r->bytes[e->at + r->form->flags_at];
	int32_t v;

	x->op = FW_VERDICT;
	memcpy(&v, target_of(r, e)->data, sizeof(v));
	if (v >= 0 && (size_t)v == e->at + e->next && !(flags & r->form->goto_flag))
		x->verdict.code = FW_CONTINUE; /* no target */
	else if (v >= 0) {
		x->verdict.code = flags & r->form->goto_flag ? FW_GOTO : FW_JUMP;
		x->verdict.name = chain_at(r, v);
	} else if (v == GOES_BACK) {
		x->verdict.code = FW_RETURN;
	} else if (v == -NF_ACCEPT - 1 || v == -NF_DROP - 1) {
		x->verdict.code = v == -NF_DROP - 1 ? FW_DROP : FW_ACCEPT;
	} else {
		x->op = v == -NF_QUEUE - 1 ? FW_QUEUE : FW_UNKNOWN;
	}
}

static void set_extension(struct run *r, struct fw_expr *x, const struct xt_entry_match *m,
			  size_t size)
{
	x->name = copy_name(r->f, m->u.user.name, sizeof(m->u.user.name));
	x->key = m->u.user.revision;
	x->data = m->data;
	x->data_len = size - sizeof(*m);
}

static size_t read_matches(struct run *r, const struct entry *e, struct fw_expr *x)
{
	size_t n = 0, at = r->form->entry;

	x[n++] = (struct fw_expr){.op = FW_XT_MATCH,
				  .name = r->form->match,
				  .data = r->bytes + e->at,
				  .data_len = r->form->ip};
	while (e->target - at >= sizeof(struct xt_entry_match)) {
		const struct xt_entry_match *m = (const void *)(r->bytes + e->at + at);
		uint16_t size;

		memcpy(&size, m, sizeof(size));
		if (size < sizeof(*m) || size > e->target - at || n == MATCHES_MAX) {
			x[n++] = (struct fw_expr){.op = FW_UNKNOWN};
			break;
		}
		x[n] = (struct fw_expr){.op = FW_XT_MATCH};
		set_extension(r, &x[n++], m, size);
		at += size;
	}
	return n;
}

/* The packets of an entry's own counter. */
static uint64_t counted(const struct run *r, const struct entry *e)
{
	struct xt_counters c;

	memcpy(&c, r->bytes + e->at + r->form->entry - sizeof(c), sizeof(c));
	return c.pcnt;
}

static void read_rule(struct run *r, const struct entry *e, struct fw_rule *rule)
{
	struct fw_expr x[MATCHES_MAX + 3], *kept;
	size_t n = read_matches(r, e, x);
	const struct xt_entry_target *t = target_of(r, e);

	x[n] = (struct fw_expr){.op = FW_XT_TARGET};
	if (t->u.user.name[0])
		set_extension(r, &x[n], (const void *)t, e->next - e->target);
	else if (e->next - e->target >= sizeof(*t) + 4)
		standard(r, e, &x[n]);
	else
		x[n].op = FW_UNKNOWN;
	n++;
	kept = fw_alloc(r->f, n, sizeof(*kept));
	memcpy(kept, x, n * sizeof(*kept));
	rule->exprs = kept;
	rule->n_exprs = n;
	rule->has_counter = true;
	rule->packets = counted(r, e);
}

/* Which chains begin where, and whose each rule is; the policies are no rules. */
static void find_chains(struct run *r)
{
	struct fw_chain *c = NULL;

	for (size_t i = 0; i < r->n; i++) {
		struct entry *e = &r->entries[i];
		int hook = hook_at(r, e->at), policy = policy_at(r, e->at);

		if (hook >= 0)
			c = base_chain(r, hook);
		else if (i && r->entries[i - 1].user)
			c = new_chain(r, r->entries[i - 1].user);
		if (hook >= 0 || (i && r->entries[i - 1].user))
			e->chain = c->name;
		/* one chain's policy, and another begins */
		if (policy >= 0 && c && c->base) {
			struct fw_expr x = {0};

			if (!target_of(r, e)->u.user.name[0] &&
			    e->next - e->target >= sizeof(struct xt_entry_target) + 4)
				standard(r, e, &x);
			c->policy_counted = true;
			c->policy_packets = counted(r, e);
			c->policy = x.op == FW_VERDICT && x.verdict.code == FW_DROP ? FW_DROP
										    : FW_ACCEPT;
			c = NULL;
			continue;
		}
		if (e->user) {
			/* what stands before it, without conditions, is its predecessor's end */
			if (c && c->n_rules && i && r->entries[i - 1].of == c) {
				r->entries[i - 1].of = NULL;
				c->n_rules--;
			}
			c = NULL;
			continue;
		}
		e->of = c;
		if (c)
			c->n_rules++;
	}
}

static bool read_table(struct firewall *f, const struct form *form, const char *name,
		       const json_t *table)
{
	struct run r = {.f = f, .form = form, .table = copy_name(f, name, strlen(name))};
	size_t n = 0, first = f->n_chains, at = 0;
	const uint8_t *info = fw_bytes(f, json_string_value(json_object_get(table, "info")), &n);
	struct fw_rule *rules;

	r.bytes = fw_bytes(f, json_string_value(json_object_get(table, "entries")), &r.size);
	if (!info || n != sizeof(r.info) || !r.bytes || r.size > UINT32_MAX)
		return false;
	memcpy(&r.info, info, n);
	if (!read_entries(&r))
		return false;
	fw_more_chains(f, r.n + NF_INET_NUMHOOKS);
	find_chains(&r);
	rules = fw_alloc(f, r.n, sizeof(*rules));
	for (size_t i = first; i < f->n_chains; i++)
		f->chains[i].n_rules = 0;
	for (size_t i = 0; i < r.n; i++) {
		struct fw_chain *c = r.entries[i].of;

		if (!c)
			continue;
		if (!c->n_rules)
			c->rules = &rules[at];
		rules[at].number = ++c->n_rules;
		read_rule(&r, &r.entries[i], &rules[at++]);
	}
	return true;
}

bool fw_read_legacy(struct firewall *f, const json_t *answer)
{
	bool whole = true;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const json_t *tables = json_object_get(answer, firewall_family(forms[i].family));
		const char *name;
		json_t *table;

		f->legacy_read[i] = json_is_object(tables);
		json_object_foreach((json_t *)tables, name, table) f->legacy_read[i] &=
			read_table(f, &forms[i], name, table);
		if (!f->legacy_read[i])
			fw_unread(f, "legacy iptables' tables");
		whole &= f->legacy_read[i];
	}
	return whole;
}
