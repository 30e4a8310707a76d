/* SPDX-License-Identifier: GPL-2.0-only */
/* The closed vocabularies as text, and the copying and freeing of a journey. */
#include "model/journey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const outcomes[OUTCOME_MAX] = {
#define X(id, name) [OUTCOME_##id] = name,
	OUTCOMES(X)
#undef X
};

static const struct {
	const char *name;
	bool fatal;
} verdicts[VERDICT_MAX] = {
#define X(id, name, fatal) [VERDICT_##id] = {name, fatal},
	VERDICTS(X)
#undef X
};

static const struct {
	const char *name, *room, *place;
	enum wb_layer layer;
} stations[WB_STATION_MAX] = {[WB_STATION_NONE] = {"", "", "", WB_LAYER_NONE},
#define X(id, name, room, place, layer) [WB_STATION_##id] = {name, room, place, WB_LAYER_##layer},
			      WB_STATIONS(X)
#undef X
};

static const char *const layers[WB_LAYER_MAX] = {[WB_LAYER_NONE] = "",
#define X(id, name) [WB_LAYER_##id] = name,
						 WB_LAYERS(X)
#undef X
};

const char *swallowed_name(enum swallowed s)
{
	static const char *const names[] = {"", "leaving", "arriving", "waiting"};

	return names[s];
}

const char *outcome_name(enum outcome o)
{
	return outcomes[o];
}

const char *verdict_name(enum verdict v)
{
	return verdicts[v].name;
}

enum verdict verdict_of_xdp(int64_t action)
{
	static const enum verdict verdicts[] = {VERDICT_ABORTED, VERDICT_DROP, VERDICT_PASS,
						VERDICT_TX, VERDICT_REDIRECT};

	return action >= 0 && action < (int64_t)(sizeof(verdicts) / sizeof(verdicts[0]))
		       ? verdicts[action]
		       : VERDICT_ABORTED;
}

bool verdict_is_fatal(enum verdict v)
{
	return verdicts[v].fatal;
}

const char *station_name(enum wb_station s)
{
	return stations[s].name;
}

const char *station_room(enum wb_station s)
{
	return stations[s].room;
}

const char *station_place(enum wb_station s)
{
	return stations[s].place;
}

enum wb_layer station_layer(enum wb_station s)
{
	return stations[s].layer;
}

const char *layer_name(enum wb_layer l)
{
	return layers[l];
}

enum wb_station station_by_name(const char *name)
{
	for (int i = WB_STATION_NONE + 1; i < WB_STATION_MAX; i++)
		if (!strcmp(stations[i].name, name))
			return i;
	return WB_STATION_NONE;
}

static const char *const ct_names[] = {
	"established",	   "related",	  "new", "established (reply)",
	"related (reply)", "new (reply)", "?",	 "untracked"};

const char *ct_state_name(const struct wb_ct *ct)
{
	return ct_names[ct->info & 7];
}

uint64_t journey_copy_of(const struct journey *j)
{
	for (size_t i = 0; i < j->n_links; i++)
		if (j->links[i].how == WB_LINK_CLONE && j->links[i].is_parent)
			return j->links[i].other;
	return 0;
}

void journey_cut(struct journey *j, size_t n)
{
	for (size_t i = n; i < j->n_steps; i++) {
		struct step *s = &j->steps[i];

		free(s->sock);
		free(s->qdisc);
		free(s->neigh);
		decider_unref(s->decider);
	}
	if (n < j->n_steps)
		j->n_steps = n;
	if (n)
		return;
	/* whoever keeps many journeys keeps no room for steps, either */
	free(j->steps);
	j->steps = NULL;
}

void journey_clear(struct journey *j)
{
	journey_cut(j, 0);
	free(j->links);
	free(j->endings);
	decider_unref(j->drop.decider);
	decider_unref(j->answer_decider);
	decider_unref(j->part_decider);
	*j = (struct journey){0};
}

/* NULL for NULL; *failed is set where there is no memory. */
static void *copy_of(const void *from, size_t size, bool *failed)
{
	void *to = from ? malloc(size) : NULL;

	if (to)
		memcpy(to, from, size);
	*failed |= from && size && !to;
	return to;
}

static struct decider *reference(struct decider *d)
{
	return d ? decider_ref(d) : NULL;
}

int journey_copy(struct journey *ret, const struct journey *j)
{
	bool failed = false;

	*ret = *j;
	ret->links = copy_of(j->links, j->n_links * sizeof(*j->links), &failed);
	ret->endings = copy_of(j->endings, j->n_endings * sizeof(*j->endings), &failed);
	ret->drop.decider = reference(j->drop.decider);
	ret->answer_decider = reference(j->answer_decider);
	ret->part_decider = reference(j->part_decider);
	ret->steps = calloc(j->n_steps + 1, sizeof(*j->steps));
	ret->n_steps = ret->steps ? j->n_steps : 0;
	failed |= !ret->steps;
	for (size_t i = 0; i < ret->n_steps; i++) {
		const struct step *from = &j->steps[i];
		struct step *to = &ret->steps[i];

		*to = *from;
		to->sock = copy_of(from->sock, sizeof(*from->sock), &failed);
		to->qdisc = copy_of(from->qdisc, sizeof(*from->qdisc), &failed);
		to->neigh = copy_of(from->neigh, sizeof(*from->neigh), &failed);
		to->decider = reference(from->decider);
	}
	if (failed)
		journey_clear(ret);
	return failed ? -ENOMEM : 0;
}

bool journey_is_connect(const struct journey *j)
{
	uint16_t probe = j->n_steps ? j->steps[0].probe : WB_PROBE_NONE;

	return probe == WB_PROBE_FN___sys_connect || probe == WB_PROBE_TP_sys_exit;
}

bool journey_queued(const struct journey *j)
{
	const struct step *last = j->n_steps ? &j->steps[j->n_steps - 1] : NULL;

	return last && last->station == WB_STATION_QDISC && last->qdisc;
}

const struct wb_packet *journey_last_packet(const struct journey *j)
{
	const struct wb_packet *p = &j->packet;

	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].rewritten)
			p = &j->steps[i].packet;
	return p;
}

bool journey_same_drop(const struct journey *a, const struct journey *b)
{
	const struct drop *x = &a->drop, *y = &b->drop;
	const struct wb_packet *p = &a->packet, *q = &b->packet;

	return a->outcome == OUTCOME_DROPPED && b->outcome == OUTCOME_DROPPED &&
	       x->location_raw == y->location_raw && x->reason_raw == y->reason_raw &&
	       x->at.netns_inum == y->at.netns_inum && x->at.ifindex == y->at.ifindex &&
	       p->family == q->family && p->proto == q->proto && p->dport == q->dport &&
	       !memcmp(p->saddr, q->saddr, sizeof(p->saddr)) &&
	       !memcmp(p->daddr, q->daddr, sizeof(p->daddr));
}

bool journey_in_send(const struct journey *j)
{
	if (!j->n_steps || j->steps[0].station != WB_STATION_SOCKET_SEND ||
	    j->steps[0].at.netns_inum != j->drop.at.netns_inum)
		return false;
	for (size_t i = 1; i < j->n_steps; i++)
		if (j->steps[i].station == WB_STATION_RX)
			return false;
	return true;
}
