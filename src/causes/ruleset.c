/* SPDX-License-Identifier: GPL-2.0-only */
/* A namespace's firewall asked of the kernel, its text of others, and kept as long as the answer.
 */
#include "causes/ruleset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE 16

struct firewall *ruleset_read(struct names *n, uint32_t inum)
{
	json_t *ruleset = names_ask(n, inum, HOST_ASK_ruleset, NULL);
	json_t *legacy = names_ask(n, inum, HOST_ASK_legacy, NULL);
	struct firewall *f = NULL;

	firewall_new(ruleset, legacy, &f);
	json_decref(ruleset);
	json_decref(legacy);
	return f;
}

static void forget(struct ruleset *r)
{
	firewall_free(r->f);
	firewall_free(r->before);
	json_decref(r->texts);
	json_decref(r->legacy_texts);
	*r = (struct ruleset){0};
}

static void clear(void *memory)
{
	struct ruleset *cache = memory;

	for (int i = 0; i < CACHE; i++)
		forget(&cache[i]);
}

/* Texts stay as long as the rules do; legacy tables don't say when they change. */
static void read_anew(struct names *n, struct ruleset *r, uint32_t inum, const json_t *nft,
		      const struct host_times *times)
{
	uint64_t generation = r->f && r->inum == inum ? r->f->generation : 0;
	struct firewall *before = r->inum == inum ? r->f : NULL;
	uint64_t before_ns = r->read_ns, changed_ns = r->inum == inum ? r->changed_ns : 0;
	json_t *texts = json_incref(r->texts), *legacy;
	struct host_times legacy_times;

	if (before)
		r->f = NULL;
	forget(r);
	r->inum = inum;
	r->before = before;
	r->before_ns = before_ns;
	r->times = *times;
	host_ask_after(names_host(n), HOST_ASK_legacy, inum, NULL, 0, &legacy_times, &legacy);
	r->read_ns = times->told_ns > legacy_times.told_ns ? times->told_ns : legacy_times.told_ns;
	firewall_new(nft, legacy, &r->f);
	json_decref(legacy);
	r->changed_ns = before && r->f && !firewall_same(before, r->f) ? r->read_ns : changed_ns;
	if (r->f && generation && r->f->generation == generation && json_object_size(texts))
		r->texts = json_incref(texts);
	json_decref(texts);
}

struct ruleset *ruleset_of(struct names *n, uint32_t inum, uint64_t after_ns)
{
	struct ruleset *cache = names_derived(n, DERIVED_RULES, CACHE * sizeof(*cache), clear),
		       *c = NULL;
	struct host_times times;
	json_t *nft;

	if (!cache)
		return NULL;
	host_ask_after(names_host(n), HOST_ASK_ruleset, inum, NULL, after_ns, &times, &nft);
	for (int i = 0; i < CACHE; i++) {
		if (cache[i].inum == inum && cache[i].f) {
			c = &cache[i];
			break;
		}
		if (!c || cache[i].times.asked_ns < c->times.asked_ns)
			c = &cache[i];
	}
	if (!c->f || c->inum != inum || memcmp(&c->times, &times, sizeof(times)))
		read_anew(n, c, inum, nft, &times);
	json_decref(nft);
	return c->f ? c : NULL;
}

bool ruleset_changed(const struct ruleset *r, uint64_t from_ns, struct ruleset *ret_older)
{
	*ret_older = (struct ruleset){0};
	if (from_ns >= r->changed_ns)
		return false;
	if (r->before && !firewall_same(r->before, r->f)) {
		*ret_older = *r;
		ret_older->f = r->before;
		ret_older->before = NULL;
		ret_older->texts = json_object();
		ret_older->legacy_texts = json_object();
	}
	return true;
}

void ruleset_older_free(struct ruleset *older)
{
	json_decref(older->texts);
	json_decref(older->legacy_texts);
}

/* The same chain in an earlier reading. Legacy rules have numbers only: they must be as many. */
static const struct fw_chain *chain_before(const struct ruleset *r, const struct fw_chain *c)
{
	const struct fw_chain *b =
		r->before ? firewall_chain(r->before, c->legacy, c->family, c->table, c->name)
			  : NULL;

	if (!b || (c->legacy ? b->n_rules != c->n_rules : b->table_handle != c->table_handle))
		return NULL;
	return b;
}

/* Counters that were set back are as good as none. */
static int64_t grown(uint64_t before, uint64_t now)
{
	return now >= before ? (int64_t)(now - before) : -1;
}

int64_t ruleset_counted(const struct ruleset *r, const struct fw_chain *c,
			const struct fw_rule *rule, uint64_t from_ns)
{
	const struct fw_chain *chain = r->before_ns <= from_ns ? chain_before(r, c) : NULL;
	const struct fw_rule *was;

	if (!chain)
		return -1;
	if (!rule)
		return c->policy_counted && chain->policy_counted
			       ? grown(chain->policy_packets, c->policy_packets)
			       : -1;
	was = firewall_rule(chain, c->legacy ? rule->number : rule->handle);
	return was && was->has_counter && rule->has_counter && was->n_exprs == rule->n_exprs
		       ? grown(was->packets, rule->packets)
		       : -1;
}

/* "*filter", then "-A FORWARD ..." once for each rule: "ip filter FORWARD 3". */
static void add_legacy(json_t *texts, const char *family, char *out)
{
	char *save, table[64] = "", chain[64], last[64] = "", key[192];
	unsigned number = 0;

	for (char *p = strtok_r(out, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		if (sscanf(p, "*%63s", table) == 1)
			last[0] = 0;
		if (sscanf(p, "-A %63s", chain) != 1)
			continue;
		number = strcmp(chain, last) ? 1 : number + 1;
		snprintf(last, sizeof(last), "%s", chain);
		snprintf(key, sizeof(key), "%s %s %s %u", family, table, chain, number);
		json_object_set_new(texts, key, json_string(p));
	}
}

/* Only of a family that has tables: the tool itself would make the others. */
static void ask_legacy(struct names *n, struct ruleset *r)
{
	r->legacy_texts = json_object();
	for (int family = 4; family <= 6; family += 2) {
		json_t *answer = names_ask(n, r->inum, HOST_ASK_legacy_text,
					   json_pack("{s:i}", "family", family));
		const char *text = json_string_value(json_object_get(answer, "text"));
		char *copy = text ? strdup(text) : NULL;

		if (copy)
			add_legacy(r->legacy_texts, family == 6 ? "ip6" : "ip", copy);
		free(copy);
		json_decref(answer);
	}
}

const char *ruleset_text(struct names *n, struct ruleset *r, const struct fw_chain *c,
			 const struct fw_rule *rule)
{
	char key[768];

	if (c->legacy) {
		if (!r->legacy_texts)
			ask_legacy(n, r);
		snprintf(key, sizeof(key), "%s %s %s %u", firewall_family(c->family), c->table,
			 c->name, rule->number);
		return json_string_value(json_object_get(r->legacy_texts, key));
	}
	if (!r->texts)
		r->texts = names_ask(n, r->inum, HOST_ASK_ruleset_text, NULL);
	if (!r->texts) /* could not be read: not asked again for each rule */
		r->texts = json_object();
	snprintf(key, sizeof(key), "%" PRIu64 " %" PRIu64, c->table_handle, rule->handle);
	return json_string_value(json_object_get(r->texts, key));
}
