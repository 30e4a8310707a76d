/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rule, policy or part of netfilter dropped a packet, where no probe could say: all rules at
 * the hook that can have done it for this packet. One is named, several are candidates.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <nftables/libnftables.h>

#include "resolve/child.h"
#include "resolve/decide.h"
#include "resolve/ruleset.h"

#define SUSPECTS_MAX 16
#define FRESH_SECONDS 1 /* a ruleset is read again after this time */
#define CACHE 16

static struct cached {
	uint32_t inum;
	time_t at;
	struct ruleset rules;
} cache[CACHE];

struct listing {
	struct ruleset *rules;
	int r;
};

static int list_nft(void *arg)
{
	struct listing *l = arg;
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	if (!nft)
		return -ENOMEM;
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_NUMERIC_PROTO * 0);
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	l->r = nft_run_cmd_from_buffer(nft, "list ruleset");
	if (!l->r)
		ruleset_add_nft(l->rules, nft_ctx_get_output_buffer(nft));
	nft_ctx_free(nft);
	return 0;
}

/* Tables of legacy iptables in this namespace; asking must not make them come into being. */
static int has_legacy(void *arg)
{
	FILE *f = fopen(arg, "re");
	int c = f ? fgetc(f) : EOF;

	if (f)
		fclose(f);
	return c == EOF ? -ENOENT : 0;
}

static void add_legacy(struct names *n, uint32_t inum, struct ruleset *rules, bool six)
{
	const char *argv[] = {six ? "ip6tables-legacy-save" : "iptables-legacy-save", NULL};
	char path[] = "/proc/thread-self/net/ip6_tables_names";
	char path4[] = "/proc/thread-self/net/ip_tables_names";
	struct text out = {0};

	if (names_inside(n, inum, has_legacy, six ? path : path4))
		return;
	if (!child_output(names_netns_fd(n, inum), argv, &out) && out.n)
		ruleset_add_legacy(rules, six ? "ip6" : "ip", out.s);
	text_free(&out);
}

static struct ruleset *rules_of(struct names *n, uint32_t inum)
{
	struct cached *c = NULL;
	struct listing l;
	time_t now = time(NULL);

	for (int i = 0; i < CACHE; i++) {
		if (cache[i].inum == inum) {
			c = &cache[i];
			if (now - c->at <= FRESH_SECONDS)
				return &c->rules;
			break;
		}
		if (!c || cache[i].at < c->at)
			c = &cache[i];
	}
	ruleset_free(&c->rules);
	c->inum = inum;
	c->at = now;
	l = (struct listing){.rules = &c->rules};
	names_inside(n, inum, list_nft, &l);
	add_legacy(n, inum, &c->rules, false);
	add_legacy(n, inum, &c->rules, true);
	return &c->rules;
}

static struct decider *to_decider(const struct suspect *s)
{
	bool legacy = s->chain->legacy;
	struct decider *d = decider_new(s->rule ? legacy ? DECIDER_IPTABLES_RULE : DECIDER_NFT_RULE :
					legacy	? DECIDER_IPTABLES_POLICY :
						  DECIDER_NFT_POLICY);

	if (!d)
		return NULL;
	decider_set_text(d, "family", s->chain->family);
	decider_set_text(d, "table", s->chain->table);
	decider_set_text(d, "chain", s->chain->name);
	if (s->rule && legacy)
		decider_set_number(d, "rule_number", s->rule->number);
	else if (s->rule)
		decider_set_number(d, "handle", s->rule->handle);
	if (s->rule)
		decider_set_text(d, "rule", s->rule->text);
	return d;
}

static const struct {
	enum wb_station station;
	const char *hook, *family; /* family NULL: the packet's own */
} hooks[] = {
	{WB_STATION_NF_PREROUTING, "prerouting", NULL},
	{WB_STATION_NF_INPUT, "input", NULL},
	{WB_STATION_NF_FORWARD, "forward", NULL},
	{WB_STATION_NF_OUTPUT, "output", NULL},
	{WB_STATION_NF_POSTROUTING, "postrouting", NULL},
	{WB_STATION_NF_BRIDGE_PREROUTING, "prerouting", "bridge"},
	{WB_STATION_NF_BRIDGE_INPUT, "input", "bridge"},
	{WB_STATION_NF_BRIDGE_FORWARD, "forward", "bridge"},
	{WB_STATION_NF_BRIDGE_OUTPUT, "output", "bridge"},
	{WB_STATION_NF_BRIDGE_POSTROUTING, "postrouting", "bridge"},
	{WB_STATION_NF_NETDEV_INGRESS, "ingress", "netdev"},
	{WB_STATION_NF_NETDEV_EGRESS, "egress", "netdev"},
};

/* Devices of the packet at the hook, as far as the steps tell. */
static void devices(const struct journey *j, const char **in, const char **out)
{
	*in = *out = NULL;
	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];

		if (s->at.netns_inum != j->drop.at.netns_inum)
			continue;
		if (s->station == WB_STATION_RX)
			*in = s->at.dev;
		if (s->route.has && s->route.out_dev[0])
			*out = s->route.out_dev;
		if (s->station == WB_STATION_NF_OUTPUT || s->station == WB_STATION_NF_POSTROUTING)
			*out = s->at.dev;
	}
}

/* The headers as they were at the hook, after any NAT before it. */
static const struct wb_packet *packet_at(const struct journey *j)
{
	const struct wb_packet *p = &j->packet;

	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].rewritten)
			p = &j->steps[i].packet;
	return p;
}

/*
 * Since 6.7 nftables frees what a rule or a policy drops in nft_do_chain itself; all else dies in
 * nf_hook_slow, and on older kernels nftables' drops do too.
 */
static bool frees_inside(void)
{
	unsigned major = 0, minor = 0;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major > 6 || (major == 6 && minor >= 7);
}

static bool excluded(const struct journey *j, const struct suspect *s)
{
	bool nft = !s->chain->legacy;

	if (!strcmp(j->drop.location, "nft_do_chain"))
		return !nft;
	return nft && frees_inside() && (!s->rule || s->rule->action == RULE_DROP);
}

static struct decider *conntrack(void)
{
	struct decider *d = decider_new(DECIDER_CONNTRACK);

	decider_set_text(d, "cause", "no rule here can have dropped it: table full, invalid, or a NAT clash");
	return d;
}

struct decider *decide_netfilter(struct names *n, const struct journey *j)
{
	struct suspect suspects[SUSPECTS_MAX];
	const struct wb_packet *p = packet_at(j);
	const char *in, *out, *family = p->family == 6 ? "ip6" : "ip", *hook = NULL;
	struct decider *d = NULL, *first;
	size_t found, kept = 0;

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		if (hooks[i].station != j->drop.station)
			continue;
		hook = hooks[i].hook;
		if (hooks[i].family)
			family = hooks[i].family;
	}
	if (!hook)
		return NULL;
	devices(j, &in, &out);
	found = ruleset_suspects(rules_of(n, j->drop.at.netns_inum), family, hook, p, in, out,
				 suspects, SUSPECTS_MAX);
	for (size_t i = 0; i < found; i++)
		if (!excluded(j, &suspects[i]))
			suspects[kept++] = suspects[i];
	if (!kept) /* what a rule dropped, conntrack did not: then the rule was not found */
		return strcmp(j->drop.location, "nft_do_chain") ? conntrack() : NULL;
	first = to_decider(&suspects[0]);
	if (kept == 1) {
		decider_set_text(first, "found", "the only rule here that can have dropped it");
		return first;
	}
	d = decider_new(first->kind);
	decider_add_candidate(d, first);
	for (size_t i = 1; i < kept; i++)
		decider_add_candidate(d, to_decider(&suspects[i]));
	return d;
}

void decide_rule_text(struct names *n, const struct journey *j, struct decider *d)
{
	const struct ruleset *r;
	const char *table = decider_text(d, "table"), *chain = decider_text(d, "chain");
	uint64_t handle = decider_number(d, "handle", 0);

	if (d->kind != DECIDER_NFT_RULE || !table || !chain || decider_text(d, "rule"))
		return;
	r = rules_of(n, j->drop.at.netns_inum);
	for (size_t i = 0; i < r->n; i++) {
		const struct chain *c = &r->chains[i];

		if (c->legacy || strcmp(c->table, table) || strcmp(c->name, chain))
			continue;
		for (size_t k = 0; k < c->n_rules; k++)
			if (c->rules[k].handle == handle)
				decider_set_text(d, "rule", c->rules[k].text);
	}
}
