/* SPDX-License-Identifier: GPL-2.0-only */
/* What multicast routing sent nowhere: its entry for the source and the group (ip_mr_forward). */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"

static const json_t *entry(const json_t *all, const char *source, const char *group)
{
	const json_t *m;
	size_t i;

	json_array_foreach(all, i, m)
	{
		const char *s = listed_word(m, "src");

		if (strcmp(listed_word(m, "dst"), group))
			continue;
		if (!strcmp(s, source) || !strcmp(s, "0.0.0.0") || !strcmp(s, "::"))
			return m;
	}
	return NULL;
}

/* Where it came in, in the namespace where it died. */
static const char *in_dev(const struct journey *j)
{
	const struct step *s = decide_step_at(j, WB_STATION_RX);

	return s ? s->at.dev : "";
}

static void say(const struct journey *j, const json_t *m, struct decider *d)
{
	const struct wb_packet *p = journey_last_packet(j);
	const char *iif = listed_word(m, "iif");
	char cause[128];

	if (!m) {
		decider_set_text(d, "cause", "there is none for its source and group");
		return;
	}
	if (strcmp(iif, in_dev(j)) && in_dev(j)[0]) {
		snprintf(cause, sizeof(cause),
			 "it takes them from %.15s only, this came in by %.15s", iif, in_dev(j));
	} else if (p->ttl <= 1) {
		snprintf(
			cause, sizeof(cause),
			"its TTL is %u, which is not above the threshold of any outgoing interface",
			p->ttl);
		decider_add_evidence(d, "it came in by %s, as the route wants", iif);
	} else {
		snprintf(
			cause, sizeof(cause),
			"no outgoing interface for it, or its TTL %u is not above their thresholds",
			p->ttl);
	}
	decider_set_text(d, "cause", cause);
}

struct decider *decide_mroute(struct names *n, struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	json_t *all = list_mroutes(n, j->drop.at.netns_inum, p->family);
	char source[64], group[64];
	struct decider *d;

	if (!all) {
		list_failed(j, "the multicast routes");
		return NULL;
	}
	packet_addr(p->family, p->saddr, source, sizeof(source));
	packet_addr(p->family, p->daddr, group, sizeof(group));
	d = decider_new(DECIDER_MROUTE);
	decider_set_text(d, "source", source);
	decider_set_text(d, "group", group);
	say(j, entry(all, source, group), d);
	json_decref(all);
	return d;
}
