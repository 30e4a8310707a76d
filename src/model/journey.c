/* SPDX-License-Identifier: GPL-2.0-only */
/* The closed vocabularies as text, and the freeing of a journey. */
#include "model/journey.h"

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
} stations[WB_STATION_MAX] = {
	[WB_STATION_NONE] = {"", "", "", WB_LAYER_NONE},
#define X(id, name, room, place, layer) [WB_STATION_##id] = {name, room, place, WB_LAYER_##layer},
	WB_STATIONS(X)
#undef X
};

static const char *const layers[WB_LAYER_MAX] = {
	[WB_LAYER_NONE] = "",
#define X(id, name) [WB_LAYER_##id] = name,
	WB_LAYERS(X)
#undef X
};

const char *outcome_name(enum outcome o)
{
	return outcomes[o];
}

const char *verdict_name(enum verdict v)
{
	return verdicts[v].name;
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
}

void journey_clear(struct journey *j)
{
	journey_cut(j, 0);
	free(j->steps);
	free(j->links);
	decider_unref(j->drop.decider);
	decider_unref(j->answer_decider);
	decider_unref(j->part_decider);
	*j = (struct journey){0};
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
