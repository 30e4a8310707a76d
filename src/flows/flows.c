/* SPDX-License-Identifier: GPL-2.0-only */
/* See flows.h. */
#include "flows/flows.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "model/icmp.h"

#define SAMPLES_MAX 64

struct item {
	struct flow flow;
	struct item *prev, *next; /* by first packet */
	struct alias *aliases;
};

/* The id of its packets as they are at some place on their way. */
struct alias {
	uint64_t id;
	struct item *item;
	struct alias *next; /* of the same conversation */
	UT_hash_handle hh;
};

struct flows {
	struct item *list;
	size_t n;
	struct alias *aliases;
	void (*gone)(void *arg, struct flow *f);
	void *arg;
	uint32_t chance;
};

struct flows *flows_new(void (*gone)(void *arg, struct flow *f), void *arg)
{
	struct flows *all = calloc(1, sizeof(*all));

	if (all) {
		all->gone = gone;
		all->arg = arg;
		all->chance = 1;
	}
	return all;
}

static struct item *find(struct flows *all, uint64_t id)
{
	struct alias *a;

	HASH_FIND(hh, all->aliases, &id, sizeof(id), a);
	return a ? a->item : NULL;
}

static void add_alias(struct flows *all, struct item *item, uint64_t id)
{
	struct alias *a = find(all, id) ? NULL : calloc(1, sizeof(*a));

	if (!a)
		return;
	a->id = id;
	a->item = item;
	LL_PREPEND(item->aliases, a);
	HASH_ADD(hh, all->aliases, id, sizeof(a->id), a);
}

static void forget(struct flows *all, struct item *item)
{
	struct alias *a, *tmp;

	LL_FOREACH_SAFE(item->aliases, a, tmp)
	{
		HASH_DEL(all->aliases, a);
		free(a);
	}
	DL_DELETE(all->list, item);
	all->n--;
	flow_clear(&item->flow);
	free(item);
}

static struct flow_end end_of(const struct wb_packet *p, bool source)
{
	struct flow_end e = {.port = !packet_has_ports(p) ? 0 : source ? p->sport : p->dport};

	memcpy(e.addr, source ? p->saddr : p->daddr, sizeof(e.addr));
	return e;
}

static bool has_end(const struct flow *f, enum flow_way who, const struct flow_end *e)
{
	for (size_t i = 0; i < f->n_ends[who]; i++)
		if (f->ends[who][i].port == e->port && !memcmp(f->ends[who][i].addr, e->addr, 16))
			return true;
	return false;
}

static void add_end(struct flow *f, enum flow_way who, const struct wb_packet *p, bool source)
{
	struct flow_end e = end_of(p, source);

	if (f->n_ends[who] < FLOW_FORMS && !has_end(f, who, &e))
		f->ends[who][f->n_ends[who]++] = e;
}

static struct item *begin(struct flows *all, const struct journey *j)
{
	struct item *item;

	if (all->n >= FLOWS_MAX) {
		struct item *old = all->list, *i;

		DL_FOREACH(all->list, i)
		if (i->flow.last_ns < old->flow.last_ns)
			old = i;
		all->gone(all->arg, &old->flow);
		forget(all, old);
	}
	item = calloc(1, sizeof(*item));
	if (!item)
		return NULL;
	item->flow.id = j->flow_id;
	item->flow.family = j->packet.family;
	item->flow.proto = j->packet.proto;
	item->flow.has_ports = packet_has_ports(&j->packet);
	item->flow.first_ns = j->wall_ns;
	DL_APPEND(all->list, item);
	all->n++;
	return item;
}

/* The packet's forms, as NAT made them; a tunnel around it is another conversation. */
static void learn(struct flows *all, struct item *item, const struct journey *j, enum flow_way way)
{
	const struct wb_packet *before = &j->packet;
	char words[160];

	add_alias(all, item, j->flow_id);
	add_end(&item->flow, way, before, true);
	add_end(&item->flow, !way, before, false);
	for (size_t i = 0; i < j->n_steps; i++) {
		const struct wb_packet *p = &j->steps[i].packet;

		if (!j->steps[i].rewritten || !packet_translation(before, p, words, sizeof(words)))
			continue;
		add_alias(all, item, packet_flow_id(p));
		add_end(&item->flow, way, p, true);
		add_end(&item->flow, !way, p, false);
		before = p;
	}
}

static struct flow_leg *leg(struct flow *f, enum flow_way way, const struct step *from,
			    const struct step *to)
{
	struct flow_leg *l, *more;

	for (size_t i = 0; i < f->n_legs; i++) {
		l = &f->legs[i];
		if (l->way == way && l->from == from->station && l->to == to->station &&
		    l->netns == to->at.netns_inum && l->ifindex == to->at.ifindex)
			return l;
	}
	if (f->n_legs == FLOW_LEGS) {
		f->legs_missing = true;
		return NULL;
	}
	more = realloc(f->legs, (f->n_legs + 1) * sizeof(*more));
	if (!more)
		return NULL;
	f->legs = more;
	l = &more[f->n_legs++];
	*l = (struct flow_leg){.way = way,
			       .from = from->station,
			       .to = to->station,
			       .netns = to->at.netns_inum,
			       .ifindex = to->at.ifindex};
	snprintf(l->dev, sizeof(l->dev), "%s", to->at.dev);
	return l;
}

static void sample(struct flows *all, struct flow_leg *l, uint64_t ns)
{
	uint32_t v = ns < UINT32_MAX ? ns : UINT32_MAX, *more;
	size_t at = l->n_samples;

	l->n++;
	l->sum_ns += ns;
	if (ns > l->max_ns)
		l->max_ns = ns;
	if (at == SAMPLES_MAX) { /* each of all has the same chance to be among those kept */
		all->chance = all->chance * 1103515245 + 12345;
		at = all->chance % l->n;
		if (at < SAMPLES_MAX)
			l->samples[at] = v;
		return;
	}
	if (at == l->room) {
		more = realloc(l->samples, (2 * l->room + 4) * sizeof(*more));
		if (!more)
			return;
		l->samples = more;
		l->room = 2 * l->room + 4 < SAMPLES_MAX ? 2 * l->room + 4 : SAMPLES_MAX;
	}
	l->samples[l->n_samples++] = v;
}

static void count_tcp(struct flow *f, const struct journey *j, enum flow_way way)
{
	uint8_t flags = j->packet.tcp_flags;

	if (flags & TH_SYN && !(flags & TH_ACK)) {
		f->syns++;
		f->syns_dropped += j->outcome == OUTCOME_DROPPED;
		if (!f->syn_ns)
			f->syn_ns = j->wall_ns;
	} else if (flags & TH_SYN && !f->answer_ns) {
		f->answer_ns = j->wall_ns;
	} else if (flags & TH_RST) {
		if (f->syn_ns && !f->answer_ns)
			f->refused = true;
		else
			f->reset = true;
		f->reset_by = way;
	} else if (flags & TH_ACK && way == WAY_AB) {
		f->ack = true;
	}
	if (flags & TH_FIN)
		f->fin[way] = true;
	f->zero_windows += !(flags & (TH_SYN | TH_RST)) && !j->packet.tcp_window;
}

static void count_lost(struct flow *f, const struct journey *j, enum flow_way way)
{
	bool refused = !strcmp(j->sender_sees, "refused") && !f->answer_ns;

	f->dropped++;
	snprintf(f->place, sizeof(f->place), "%s%s%s", station_name(j->drop.station),
		 j->drop.at.netns[0] ? " in " : "", j->drop.at.netns);
	snprintf(f->why, sizeof(f->why), "%s", j->why);
	snprintf(f->next, sizeof(f->next), "%s", j->next);
	if (refused) {
		f->refused = true;
		f->reset_by = !way; /* whom it was sent to */
	}
	f->unreachable |= !strcmp(j->sender_sees, "unreachable");
}

static bool wants_answer(const struct wb_packet *p)
{
	return !icmp_is_error(p) && !(p->proto == IPPROTO_ICMP && p->icmp_type == ICMP_REDIRECT);
}

int flows_journey(struct flows *all, const struct journey *j)
{
	struct item *item = NULL;
	struct flow_end source;
	enum flow_way way;
	struct flow *f;

	if (!j->has_packet || !j->packet.family || j->outcome == OUTCOME_NEVER_SENT)
		return 0;
	item = find(all, j->flow_id);
	if (!item)
		item = begin(all, j);
	if (!item)
		return -ENOMEM;
	f = &item->flow;
	source = end_of(&j->packet, true);
	way = f->n_ends[WAY_AB] && !has_end(f, WAY_AB, &source) ? WAY_BA : WAY_AB;
	learn(all, item, j, way);
	f->packets[way]++;
	f->bytes[way] += j->len;
	f->retransmissions += j->retransmission_of != 0;
	f->last_ns = j->wall_ns + j->duration_ns;
	f->changed = true;
	f->asks |= wants_answer(&j->packet);
	if (f->proto == IPPROTO_TCP)
		count_tcp(f, j, way);
	if (j->outcome == OUTCOME_DROPPED)
		count_lost(f, j, way);
	for (size_t i = 1; i < j->n_steps; i++) {
		struct flow_leg *l = leg(f, way, &j->steps[i - 1], &j->steps[i]);

		if (l && j->steps[i].dt_ns >= j->steps[i - 1].dt_ns)
			sample(all, l, j->steps[i].dt_ns - j->steps[i - 1].dt_ns);
	}
	return 0;
}

void flows_each(struct flows *all, void (*fn)(void *arg, struct flow *f), void *arg)
{
	struct item *i;

	DL_FOREACH(all->list, i)
	fn(arg, &i->flow);
}

void flows_free(struct flows *all)
{
	while (all && all->list)
		forget(all, all->list);
	free(all);
}
