/* SPDX-License-Identifier: GPL-2.0-only */
/* See suspects.h. */
#include "causes/suspects.h"

#include <linux/netfilter/nf_tables.h>
#include <stdio.h>

void suspects_add(struct suspects *s, const struct fw_end *e)
{
	if (s->n == SUSPECTS_MAX)
		s->more = true;
	else
		s->of[s->n++] = *e;
}

void suspects_free(struct suspects *s)
{
	*s = (struct suspects){0};
}

struct counted {
	const struct ruleset *r;
	uint64_t from_ns; /* when the journey began */
};

/* A counter stands before the verdict, so the rule that dropped a packet has counted it. */
static bool not_counted(const struct fw_end *e, const void *arg)
{
	const struct counted *c = arg;

	if (e->rule && e->rule->has_counter && !e->rule->packets)
		return true;
	return ruleset_counted(c->r, e->chain, e->rule, c->from_ns) == 0;
}

static bool nft_rejects_as(const struct fw_end *e, bool reset)
{
	return e->kind == FW_END_REJECT && e->by && e->by->op == FW_REJECT &&
	       (e->by->how == NFT_REJECT_TCP_RST) == reset;
}

/* Who sends no such error: it was sent because of this packet. */
static bool sends_no_icmp(const struct fw_end *e, const void *arg)
{
	(void)arg;
	return e->kind == FW_END_DROP || nft_rejects_as(e, true);
}

static bool sends_no_reset(const struct fw_end *e, const void *arg)
{
	(void)arg;
	return e->kind == FW_END_DROP || nft_rejects_as(e, false);
}

typedef bool (*refutes)(const struct fw_end *e, const void *arg);

/* How many went; if it were all of them, nobody does. */
static size_t take_away(struct suspects *s, refutes fn, const void *arg)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += fn(&s->of[i], arg);
	if (!n || n == s->n)
		return 0;
	for (size_t i = 0, k = 0, all = s->n; i < all; i++) {
		if (fn(&s->of[i], arg))
			continue;
		s->of[k++] = s->of[i];
		s->n = k;
	}
	return n;
}

void suspects_judge(struct suspects *s, const struct journey *j, const struct ruleset *r)
{
	const struct counted c = {.r = r, .from_ns = j->ts_ns};
	bool after = r->times.asked_ns > j->ts_ns + j->duration_ns;

	s->read_after = after;
	if (after)
		s->by_counter = take_away(s, not_counted, &c);
	if (j->has_icmp && !j->varies) {
		s->by_answer = take_away(s, sends_no_icmp, NULL);
		snprintf(s->answer, sizeof(s->answer), "icmp %u/%u sent", j->icmp.type,
			 j->icmp.code);
	} else if (j->sent_reset && !j->varies) {
		s->by_answer = take_away(s, sends_no_reset, NULL);
		snprintf(s->answer, sizeof(s->answer), "a reset was sent");
	}
	s->grown = after && s->n == 1 ? ruleset_counted(r, s->of[0].chain, s->of[0].rule, j->ts_ns)
				      : -1;
}

void suspects_evidence(const struct suspects *s, struct decider *d)
{
	if (s->by_counter)
		decider_add_evidence(d, "%zu other%s counted no packet", s->by_counter,
				     s->by_counter > 1 ? "s that fit have" : " that fits has");
	if (s->by_answer)
		decider_add_evidence(d, "%s", s->answer);
	if (s->grown > 0)
		decider_add_evidence(d, "its counter +%lld", (long long)s->grown);
	else if (s->read_after && s->n == 1 && s->of[0].rule && s->of[0].rule->has_counter &&
		 s->of[0].rule->packets)
		decider_add_evidence(d, "its counter is %llu",
				     (unsigned long long)s->of[0].rule->packets);
}
