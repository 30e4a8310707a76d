/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the function that freed a packet and the reason that it gave, by the tables of the
 * catalogue; where one function frees for several, by what came before.
 */
#include "causes/drop_place.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "causes/catalogue.h"
#include "causes/martian.h"
#include "causes/possible_hooks.h"
#include "util/text.h"

static struct step *last_step(struct journey *j, size_t before)
{
	return before ? &j->steps[before - 1] : NULL;
}

/* A name of waybill's own, where the kernel has none or says less. */
static void name(struct drop *d, const char *reason)
{
	snprintf(d->reason, sizeof(d->reason), "%s", reason);
	d->reason_is_location = true;
}

/* The hook at which the packet is: entered, and not accepted. */
static struct step *hook_of(struct journey *j, const struct ending *e)
{
	for (size_t i = e->after_step; i-- > 0;) {
		struct step *s = &j->steps[i];

		if (e->at.netns_inum && s->at.netns_inum != e->at.netns_inum)
			return NULL; /* it got through there, whoever did not tell so */
		if (station_layer(s->station) == WB_LAYER_NETFILTER &&
		    s->verdict != VERDICT_ACCEPT && s->station != WB_STATION_NAT &&
		    s->station != WB_STATION_CONNTRACK)
			return s;
	}
	return NULL;
}

/* Reasons whose station depends on what came before. */
static void netfilter_place(struct journey *j, const struct ending *e, struct drop *d)
{
	struct step *s = hook_of(j, e), *last = last_step(j, e->after_step);

	if (s) {
		d->station = s->station;
		s->verdict = VERDICT_DROP;
		return;
	}
	/* hooks that no probe shows: told by where the packet was; a rule found corrects it */
	d->hooks = hooks_behind(j, last, e);
	if (!last)
		d->station = WB_STATION_NF_OUTPUT;
	else if (last->station == WB_STATION_RX && !j->end_only && last->at.ifindex &&
		 e->at.ifindex && last->at.netns_inum == e->at.netns_inum &&
		 last->at.ifindex != e->at.ifindex)
		/* it has the port that it is to leave by */
		d->station = WB_STATION_NF_BRIDGE_FORWARD;
	else if (last->station == WB_STATION_RX)
		d->station = hooks_have(hooks_unwatched(j), WB_STATION_NF_PREROUTING)
				     ? WB_STATION_NF_PREROUTING
				     : WB_STATION_NF_NETDEV_INGRESS;
	else if (last->station == WB_STATION_BRIDGE || last->station == WB_STATION_NF_PREROUTING)
		/* no routing decision after PREROUTING: a bridge called the IP hooks */
		d->station = WB_STATION_NF_BRIDGE_FORWARD;
	else if (last->station == WB_STATION_NF_POSTROUTING && !strcmp(e->function, "nft_do_chain"))
		/* it was accepted there, and conntrack's confirmation, which comes last, is none */
		d->station = WB_STATION_NF_NETDEV_EGRESS;
	else if (last->station == WB_STATION_DRIVER_TX && last->at.netns_inum == e->at.netns_inum &&
		 last->at.ifindex != e->at.ifindex)
		/* given to a bridge's own device, and by that to a port */
		d->station = WB_STATION_NF_BRIDGE_OUTPUT;
	else if (last->station == WB_STATION_ROUTE_IN)
		d->station = last->verdict == VERDICT_LOCAL ? WB_STATION_NF_INPUT
			     : hooks_have(d->hooks, WB_STATION_NF_FORWARD)
				     ? WB_STATION_NF_FORWARD
				     : WB_STATION_NF_POSTROUTING;
	else
		d->station = WB_STATION_NF_POSTROUTING;
}

/* Forwarding off, expired TTL, wrong addresses all end in the same few functions. */
static void route_place(struct journey *j, const struct ending *e, struct drop *d)
{
	struct step *last = last_step(j, e->after_step);

	if (last &&
	    (last->station == WB_STATION_ROUTE_IN || last->station == WB_STATION_ROUTE_OUT)) {
		d->station = last->station;
		return;
	}
	if (d->station == WB_STATION_NONE)
		d->station = last && last->station >= WB_STATION_SOCKET_SEND ? WB_STATION_ROUTE_OUT
									     : WB_STATION_ROUTE_IN;
}

/* Before 6.14 the kernel does not say which kind of martian it refused. */
static void name_martian(const struct journey *j, struct drop *d)
{
	const char *reason = martian_reason(journey_last_packet(j));

	if (reason)
		name(d, reason);
}

/* UDP and ICMP say how long they are, so what remains are options of the IP header. */
static bool has_options(const struct wb_packet *p)
{
	bool known = p->proto == IPPROTO_UDP || p->proto == IPPROTO_ICMP;

	return p->family == 4 && known && !(p->frag_off & 0x3fff) && p->ip_len > 28 + p->payload;
}

/* A function's return value said who refused it, and no rule inside it had said so before. */
static bool judged_place(const struct step *last, struct drop *d)
{
	if (!last || !last->judge)
		return false;
	d->judge = last->judge;
	d->station = last->station;
	d->layer = station_layer(last->station);
	return true;
}

/* What the tables say of the function and of its reason. */
static void by_tables(struct drop *d, const struct ending *e, const struct reason_row *reason)
{
	const struct place_row *row = catalogue_place(e->function);

	if (reason && reason->station) {
		d->station = reason->station;
		d->layer = reason->layer;
	} else if (row) {
		d->station = row->station;
		d->layer = row->layer;
	}
	/* the same function frees for several reasons, and the reason knows the layer better */
	if (reason && reason->layer && !(row && row->station == WB_STATION_TUNNEL))
		d->layer = reason->layer;
	if ((!reason || !strcmp(e->reason, "NOT_SPECIFIED")) && row && row->reason &&
	    (!e->reason[0] || row->layer == WB_LAYER_XDP || !strcmp(row->reason, "TC_REDIRECT")))
		name(d, row->reason);
}

/* The same functions act for tc at both sides of a device. True: it was tc. */
static bool by_tc(const struct journey *j, const struct ending *e, struct drop *d)
{
	bool stolen = ending_stolen(j, e);

	if (!stolen && strcmp(d->reason, "TC_REDIRECT"))
		return false;
	if (stolen)
		name(d, "TC_STOLEN");
	d->station = ending_tc_side(j, e);
	d->layer = station_layer(d->station);
	return true;
}

/*
 * When one fragment is not taken, what is left of the packet goes with it, also by the function
 * that refuses what may not be cut (5.10 to 7.2). That one sends an ICMP error first.
 */
static bool is_left_of_fragments(const struct journey *j, const struct ending *e)
{
	return (!e->reason[0] || !strcmp(e->reason, "NOT_SPECIFIED")) &&
	       (!strcmp(e->function, "ip_do_fragment") ||
		(!strcmp(e->function, "ip6_fragment") && !j->has_icmp));
}

/* Ends that the tables can't tell apart. True: this is the place, nothing else is to be asked. */
static bool by_packet(const struct journey *j, const struct ending *e, const struct step *last,
		      struct drop *d)
{
	bool core = text_starts(e->function, "ip_rcv_finish_core");

	if (core && (d->reason_is_location || !strcmp(d->reason, "NOT_SPECIFIED")))
		name_martian(j, d);
	if (core && !strcmp(d->reason, "NOT_SPECIFIED") && has_options(&j->packet)) {
		name(d, "IP_OPTIONS");
		d->station = WB_STATION_IP;
		d->layer = WB_LAYER_STACK;
		return true;
	}
	if (ending_unresolved(j, e)) {
		d->station = WB_STATION_NEIGHBOUR;
		d->layer = WB_LAYER_ROUTE;
		return true;
	}
	if (last && last->station == WB_STATION_ROUTE_OUT && last->route.raw.err &&
	    d->station == WB_STATION_TUNNEL) { /* before 6.9 its device gives no reason */
		d->station = WB_STATION_ROUTE_OUT;
		d->layer = WB_LAYER_ROUTE;
		return true;
	}
	if (is_left_of_fragments(j, e))
		name(d, "FRAG_FAILED");
	if (ending_of_closed(e)) {
		name(d, "TCP_TIME_WAIT");
		d->layer = WB_LAYER_STACK;
	}
	return judged_place(last, d);
}

/* Where a packet was last is a hook, and what freed it is none of netfilter's: it was behind it. */
static enum wb_station behind_hook(enum wb_station s)
{
	static const struct {
		enum wb_station hook, behind;
	} rows[] = {
		{WB_STATION_NF_NETDEV_INGRESS, WB_STATION_RX},
		{WB_STATION_NF_BRIDGE_PREROUTING, WB_STATION_BRIDGE},
		{WB_STATION_NF_BRIDGE_INPUT, WB_STATION_BRIDGE},
		{WB_STATION_NF_BRIDGE_FORWARD, WB_STATION_BRIDGE},
		{WB_STATION_NF_BRIDGE_OUTPUT, WB_STATION_BRIDGE},
		{WB_STATION_NF_BRIDGE_POSTROUTING, WB_STATION_BRIDGE},
		{WB_STATION_NF_PREROUTING, WB_STATION_IP},
		{WB_STATION_CONNTRACK, WB_STATION_IP},
		{WB_STATION_NAT, WB_STATION_IP},
		{WB_STATION_NF_INPUT, WB_STATION_IP},
		{WB_STATION_NF_FORWARD, WB_STATION_FORWARD},
		{WB_STATION_NF_OUTPUT, WB_STATION_ROUTE_OUT},
		{WB_STATION_NF_POSTROUTING, WB_STATION_FORWARD},
		{WB_STATION_NF_NETDEV_EGRESS, WB_STATION_DRIVER_TX},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].hook == s)
			return rows[i].behind;
	return s;
}

void drop_place(struct journey *j, const struct ending *e)
{
	struct step *last = last_step(j, e->after_step);
	const char *better = ending_reason(j, e);
	struct drop *d = &j->drop;

	if (better)
		name(d, better);
	by_tables(d, e, catalogue_reason(better ? better : e->reason));
	if (by_tc(j, e, d) || by_packet(j, e, last, d))
		return;
	if (d->layer == WB_LAYER_NETFILTER &&
	    (!d->station || d->station == WB_STATION_NF_PREROUTING))
		netfilter_place(j, e, d);
	else if (d->layer == WB_LAYER_ROUTE && d->station != WB_STATION_NEIGHBOUR)
		route_place(j, e, d);
	if (!d->station)
		d->station = last ? behind_hook(last->station) : WB_STATION_RX;
	if (!d->layer)
		d->layer = station_layer(d->station);
}

bool drop_place_unread(const struct drop *d)
{
	return d->location_raw && !d->location[0];
}
