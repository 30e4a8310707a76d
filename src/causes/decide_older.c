/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections that conntrack knew before a rule of NAT came: only the first packet of one is shown
 * to such rules (nf_nat_inet_fn; 5.10 to 7.2), so the rest go on untranslated while it lives.
 */
#include <linux/netfilter/nf_conntrack_common.h>
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "causes/decide_subject.h"
#include "causes/ruleset.h"
#include "causes/suspects.h"

/* In the table when it came, nobody has answered it, and it was not translated. */
static bool was_known(const struct journey *j)
{
	const struct step *s = decide_step_at(j, WB_STATION_NF_PREROUTING);

	return s && s->ct.has && s->ct.raw.has && s->ct.raw.info == IP_CT_NEW &&
	       s->ct.raw.status & IPS_CONFIRMED && !(s->ct.raw.status & IPS_DST_NAT);
}

/* Sent from here to here: the entry is of its own way out. */
static bool came_round(const struct journey *j)
{
	return j->steps[0].station == WB_STATION_SOCKET_SEND &&
	       j->steps[0].at.netns_inum == j->drop.at.netns_inum;
}

void decide_older(struct names *n, const struct journey *j, struct decider *d)
{
	const struct subject_hook *hook = subject_hooks;
	struct decider *rule = NULL;
	struct fw_subject of;
	struct fw_result r;
	struct ruleset *rules;
	char who[160], hint[320];

	if (j->varies || !was_known(j))
		return;
	rules = ruleset_of(n, j->drop.at.netns_inum, 0);
	while (hook->station && hook->station != WB_STATION_NF_PREROUTING)
		hook++;
	if (!rules || !hook->station)
		return;
	subject_at(j, hook, &of);
	fw_walk(rules->f, &of, &r);
	for (size_t i = 0; i < r.n_ends && !rule; i++)
		if (r.ends[i].kind == FW_END_NAT && r.ends[i].rule)
			rule = decide_end(n, rules, &r.ends[i]);
	fw_result_free(&r);
	if (!rule)
		return;
	decider_words(rule, who, sizeof(who));
	snprintf(
		hint, sizeof(hint),
		came_round(j)
			? "it was sent from this host, so of the rules of NAT those at OUTPUT were "
			  "asked, and none at PREROUTING, where one fits: %s"
			: "conntrack had this connection already, so the rules of NAT were not "
			  "asked, of which one fits: %s (conntrack -D lets it begin anew)",
		who);
	decider_set_text(d, "hint", hint);
	if (!came_round(j))
		decider_add_evidence(d, "its conntrack entry was confirmed before, untranslated");
	decider_unref(rule);
}
