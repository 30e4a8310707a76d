/* SPDX-License-Identifier: GPL-2.0-only */
/* A namespace's firewall asked of libnftables and the legacy tools, and kept for a moment. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nftables/libnftables.h>

#include "resolve/child.h"
#include "resolve/ruleset.h"
#include "util/clock.h"

#define FRESH_NS SECOND_NS /* a ruleset is read again after this time */
#define CACHE	 16

struct cached {
	uint32_t inum;
	uint64_t at_ns;
	struct ruleset rules;
};

struct listing {
	struct ruleset *rules;
	int r;
};

/* Lists hide what sets and maps hold; a map of verdicts is asked for by its name. */
static void list_maps(struct nft_ctx *nft, struct ruleset *rules)
{
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_STATELESS);
	for (size_t i = 0; i < rules->n; i++) {
		const struct chain *c = &rules->chains[i];

		for (size_t k = 0; k < c->n_rules; k++) {
			struct rule *r = &c->rules[k];
			const char *braces;
			char cmd[192];

			if (r->action != RULE_MAP || !r->target[0])
				continue;
			snprintf(cmd, sizeof(cmd), "list map %s %s %s", c->family, c->table,
				 r->target);
			if (nft_run_cmd_from_buffer(nft, cmd))
				continue;
			braces = strstr(nft_ctx_get_output_buffer(nft), "elements = {");
			if (braces)
				rule_read_map(r, strchr(braces, '{'));
		}
	}
}

static int list_nft(void *arg)
{
	struct listing *l = arg;
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	if (!nft)
		return -ENOMEM;
	/* without counters, so that a rule's text is the same for each packet that it dropped */
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS |
					      NFT_CTX_OUTPUT_TERSE);
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	l->r = nft_run_cmd_from_buffer(nft, "list ruleset");
	if (!l->r)
		ruleset_add_nft(l->rules, nft_ctx_get_output_buffer(nft));
	list_maps(nft, l->rules);
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

static void clear(void *kept)
{
	struct cached *cache = kept;

	for (int i = 0; i < CACHE; i++)
		ruleset_free(&cache[i].rules);
}

const struct ruleset *ruleset_of(struct names *n, uint32_t inum)
{
	static const struct ruleset nothing;
	struct cached *cache = names_kept(n, KEEPS_RULES, CACHE * sizeof(*cache), clear), *c = NULL;
	struct listing l;
	uint64_t now = clock_now_ns();

	if (!cache)
		return &nothing;
	for (int i = 0; i < CACHE; i++) {
		if (cache[i].inum == inum) {
			c = &cache[i];
			if (now - c->at_ns <= FRESH_NS)
				return &c->rules;
			break;
		}
		if (!c || cache[i].at_ns < c->at_ns)
			c = &cache[i];
	}
	ruleset_free(&c->rules);
	c->inum = inum;
	c->at_ns = now;
	l = (struct listing){.rules = &c->rules};
	names_inside(n, inum, list_nft, &l);
	add_legacy(n, inum, &c->rules, false);
	add_legacy(n, inum, &c->rules, true);
	return &c->rules;
}
