/* SPDX-License-Identifier: GPL-2.0-only */
/* The face of this room: names into a journey, its fate, then the one who decided it. */
#include "causes/resolve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/asked.h"
#include "causes/catalogue.h"
#include "causes/ending.h"
#include "model/event.h"
#include "causes/fate.h"
#include "causes/ruleset.h"
#include "host/all_netns.h"
#include "host/broadcast.h"
#include "causes/decide.h"
#include "host/fact.h"
#include "host/listing.h"
#include "causes/lost_answer.h"
#include "host/names.h"
#include "causes/parts.h"
#include "causes/passed.h"
#include "causes/possible_hooks.h"
#include "causes/reset.h"
#include "host/sockets.h"
#include "causes/told.h"
#include "causes/translated.h"
#include "causes/unused_hooks.h"
#include "util/clock.h"

struct resolve {
	struct names *names;
	struct lost_answers lost_answers;
	struct resets resets;
	struct parts parts;
	struct translated translated;
	struct asked asked;
	struct passed passed;
	struct told *told; /* NULL: nothing is told */
	bool icmp4, icmp6; /* are ICMP errors watched? */
	uint64_t hooks;	   /* bits of stations: who comes to them is told */
	bool accepts;	   /* who let it pass is to be told, too */
};

int resolve_new(struct resolve **ret)
{
	struct resolve *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	e = names_new(&r->names);
	if (e) {
		free(r);
		return e;
	}
	*ret = r;
	return 0;
}

void resolve_free(struct resolve *r)
{
	if (!r)
		return;
	names_free(r->names);
	lost_answers_clear(&r->lost_answers);
	asked_clear(&r->asked);
	parts_clear(&r->parts);
	told_free(r->told);
	free(r);
}

struct names *resolve_names(struct resolve *r)
{
	return r->names;
}

void resolve_use_facts(struct resolve *r, struct facts *f, bool offline)
{
	names_use_facts(r->names, f, offline);
}

void resolve_tell_accepts(struct resolve *r)
{
	r->accepts = true;
}

#define FACT_ICMP "icmp/%d" /* of this IP version */

void resolve_watch_icmp(struct resolve *r, bool v4, bool v6)
{
	struct facts *f = names_facts(r->names);

	r->icmp4 = v4;
	r->icmp6 = v6;
	if (f && v4)
		fact_put_string(f, "watched", FACT_ICMP, 4);
	if (f && v6)
		fact_put_string(f, "watched", FACT_ICMP, 6);
}

static bool watches(struct resolve *r, int version)
{
	char how[16];

	if (!names_offline(r->names))
		return version == 4 ? r->icmp4 : r->icmp6;
	return fact_get_string(names_facts(r->names), how, sizeof(how), FACT_ICMP, version);
}

#define FACT_HOOK "hook/%s"

void resolve_watch_hooks(struct resolve *r, uint64_t hooks)
{
	struct facts *f = names_facts(r->names);

	r->hooks = hooks;
	for (enum wb_station s = WB_STATION_NONE + 1; f && s < WB_STATION_MAX; s++)
		if (hooks_have(hooks, s))
			fact_put_string(f, "watched", FACT_HOOK, station_name(s));
}

static uint64_t watched_hooks(struct resolve *r)
{
	uint64_t ret = 0;
	char how[16];

	if (!names_offline(r->names))
		return r->hooks;
	for (enum wb_station s = WB_STATION_NONE + 1; s < WB_STATION_MAX; s++)
		if (station_layer(s) == WB_LAYER_NETFILTER &&
		    fact_get_string(names_facts(r->names), how, sizeof(how), FACT_HOOK,
				    station_name(s)))
			ret |= 1ULL << s;
	return ret;
}

#define FIRST_MAX 16		/* each costs some milliseconds, */
#define FIRST_NS  (300 * MS_NS) /* while packets wait to be told */

#define FACT_LOOKED "looked/" /* at this namespace, before its packets */

static void look_at(struct resolve *r, uint32_t netns)
{
	ruleset_of(r->names, netns, 0);
	decide_xfrm_look_first(r->names, netns);
}

void resolve_look_first(struct resolve *r, const uint32_t *netns, size_t n)
{
	uint64_t until = clock_now_ns() + FIRST_NS;
	uint32_t all[FIRST_MAX];

	if (!n) {
		all[0] = host_own_netns(names_host(r->names));
		n = 1 + all_netns(r->names, all + 1, FIRST_MAX - 1);
		netns = all;
	}
	for (size_t i = 0; i < n && i < FIRST_MAX && clock_now_ns() < until; i++) {
		look_at(r, netns[i]);
		if (names_facts(r->names))
			fact_put_string(names_facts(r->names), "looked", FACT_LOOKED "%u",
					netns[i]);
	}
	names_reason(r->names, 0); /* all of them are read now, not while a packet waits */
}

#define NO_REASON UINT32_MAX /* this kernel has none: the place has to tell */

/* No socket took it, or one refused or ignored it. */
static bool socket_refused(struct resolve *r, const struct wb_event *ev)
{
	const struct wb_drop_body *drop;
	const struct reason_row *reason;
	const struct place_row *place;
	struct event_parts parts;
	const char *module;
	uint32_t offset;

	if ((ev->kind != WB_KIND_DROP && ev->kind != WB_KIND_HOOK) ||
	    !event_open(ev, ev->size, &parts))
		return false;
	if (ev->kind == WB_KIND_HOOK)
		return ((const struct wb_hook_body *)parts.body)->where == 4;
	drop = parts.body;
	if (drop->reason == NO_REASON) {
		place = catalogue_place(names_symbol(r->names, drop->location, &offset, &module));
		return place && place->layer == WB_LAYER_SOCKET;
	}
	reason = catalogue_reason(names_reason(r->names, drop->reason));
	return reason && !reason->benign && reason->layer == WB_LAYER_SOCKET;
}

void resolve_event(struct resolve *r, const struct wb_event *ev)
{
	if (!names_offline(r->names) && socket_refused(r, ev))
		sockets_note(r->names, ev->netns);
	resets_note(&r->resets, ev);
	names_netns(r->names, ev->netns, ev->ts_ns);
	names_device(r->names, ev->netns, ev->ifindex, ev->ts_ns);
}

static void name_place(struct resolve *r, struct place *at, uint64_t at_ns)
{
	snprintf(at->netns, sizeof(at->netns), "%s", names_netns(r->names, at->netns_inum, at_ns));
	snprintf(at->dev, sizeof(at->dev), "%s",
		 names_device(r->names, at->netns_inum, at->ifindex, at_ns));
}

static void name_route(struct resolve *r, struct step *s, uint64_t at_ns)
{
	static const uint8_t none[16];
	struct wb_route_body *b = &s->route.raw;

	if (!s->route.has || b->err)
		return;
	snprintf(s->route.out_dev, sizeof(s->route.out_dev), "%s",
		 names_device(r->names, s->at.netns_inum, b->oif, at_ns));
	if (memcmp(b->gateway, none, sizeof(none)))
		packet_addr(b->family, b->gateway, s->route.via, sizeof(s->route.via));
}

/* What stands for many packets is called what it is called now. */
static uint64_t time_of(const struct journey *j, uint64_t ns)
{
	return j->varies ? 0 : ns;
}

static void name_endings(struct resolve *r, struct journey *j)
{
	for (size_t i = 0; i < j->n_endings; i++) {
		struct ending *e = &j->endings[i];
		const char *module;

		name_place(r, &e->at, time_of(j, e->ts_ns));
		snprintf(e->function, sizeof(e->function), "%.63s",
			 names_symbol(r->names, e->location_raw, &e->offset, &module));
		snprintf(e->module, sizeof(e->module), "%s", module);
		if (e->is_drop)
			snprintf(e->reason, sizeof(e->reason), "%s",
				 names_reason(r->names, e->reason_raw));
	}
}

/* Where UDP's end of a packet depends on it: was its address one of many hosts? */
static bool for_many(struct resolve *r, const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);

	for (size_t i = 0; i < j->n_endings && !(j->varies & VARIES_TARGET); i++) {
		const struct ending *e = &j->endings[i];

		if (ending_of_udp(e))
			return ending_for_many(e) || packet_addr_is_group(p->family, p->daddr) ||
			       (p->family == 4 &&
				broadcast_address(r->names, e->at.netns_inum, p->daddr));
	}
	return false;
}

/* Before its end it was seen there, so whatever was sent because of it was told of it. */
static bool icmp_watched(struct resolve *r, const struct journey *j)
{
	const struct step *last = j->n_steps ? &j->steps[j->n_steps - 1] : NULL;

	return last && !j->end_only && !j->gap && !j->truncated &&
	       last->at.netns_inum == j->drop.at.netns_inum &&
	       watches(r, journey_last_packet(j)->family);
}

void resolve_fate(struct resolve *r, struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++) {
		uint64_t at_ns = time_of(j, j->ts_ns + j->steps[i].dt_ns);

		name_place(r, &j->steps[i].at, at_ns);
		name_route(r, &j->steps[i], at_ns);
	}
	name_endings(r, j);
	j->for_many = for_many(r, j);
	j->watched = watched_hooks(r);
	journey_judge(j);
	if (j->outcome == OUTCOME_DROPPED) {
		name_place(r, &j->drop.at, time_of(j, j->ts_ns + j->duration_ns));
		j->icmp_watched = icmp_watched(r, j);
		if (j->drop.layer == WB_LAYER_NETFILTER)
			j->sent_reset |= resets_answer(&r->resets, j);
		if (j->drop.at.netns_inum && !j->drop.at.netns[0])
			list_failed(j, "which network namespace that was");
	}
}

static void tell(struct resolve *r, const struct nft_verdict *v)
{
	if (!r->told && told_new(&r->told))
		return;
	told_add(r->told, v);
}

void resolve_told(struct resolve *r, const struct nft_verdict *v)
{
	struct facts *f = names_facts(r->names);

	if (f)
		told_to_facts(f, v);
	tell(r, v);
}

void resolve_recall(struct resolve *r, const char *key, const char *json)
{
	struct nft_verdict v;

	facts_put(names_facts(r->names), key, json);
	if (!strncmp(key, FACT_LOOKED, strlen(FACT_LOOKED)))
		look_at(r, (uint32_t)strtoul(key + strlen(FACT_LOOKED), NULL, 10));
	else if (!strcmp(key, FACT_TOLD) && told_from_fact(json, &v))
		tell(r, &v);
}

void resolve_decider(struct resolve *r, struct journey *j)
{
	if (r->told && j->outcome == OUTCOME_DROPPED && j->drop.layer == WB_LAYER_NETFILTER &&
	    !j->drop.decider) {
		j->drop.decider = told_take(r->told, j);
		if (j->drop.decider)
			decide_rule_text(r->names, j, j->drop.decider);
	}
	if (j->outcome == OUTCOME_DROPPED)
		decide(r->names, j);
	else if (j->swallowed && !j->ignored)
		return;
	else if (j->outcome == OUTCOME_DELIVERED && !(j->varies & VARIES_ADDRESSES))
		decide_silent(r->names, j);
	else if (j->outcome == OUTCOME_BENIGN && j->for_many && !(j->varies & VARIES_ADDRESSES))
		decide_broadcast(r->names, j);
	else if (j->outcome == OUTCOME_UNFINISHED && !(j->varies & VARIES_ADDRESSES))
		decide_held(r->names, j);
	else if (j->outcome == OUTCOME_NEVER_SENT && !(j->varies & VARIES_ADDRESSES))
		decide_failed_send(r->names, j);
}

void resolve_journey(struct resolve *r, struct journey *j)
{
	resolve_fate(r, j);
	/* of many packets that are counted as one, nobody can say whether each was read */
	if (!decide_unread(r->names, j))
		resolve_decider(r, j);
	if (r->accepts && !j->varies)
		decide_accepts(r->names, j);
	translated_tell(&r->translated, j);
	catalogue_advise(j);
	translated_note(&r->translated, j);
	asked_note(&r->asked, j);
	passed_note(&r->passed, j);
	lost_answers_note(&r->lost_answers, j);
	parts_note(&r->parts, j);
	resolve_others(r, j);
	unused_hooks_leave(j);
}

bool resolve_awaits_others(const struct journey *j)
{
	return lost_answers_concern(j) || parts_concern(j);
}

void resolve_others(struct resolve *r, struct journey *j)
{
	bool told = lost_answers_tell(&r->lost_answers, j) || parts_tell(&r->parts, j);

	told |= asked_tell(&r->asked, j);
	told |= passed_tell(&r->passed, r->names, j);
	if (told)
		catalogue_advise(j);
}
