/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A next hop that does not answer: which one, and if its address is one of this machine's other
 * namespaces, why that one does not (arp_process, ndisc_recv_ns; 5.10 to 7.2).
 */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "causes/catalogue.h"
#include "causes/decide.h"
#include "host/all_netns.h"
#include "host/listing.h"
#include "host/sysctl.h"

#define NETNS_TRIED 256 /* beyond, nobody is named: there may be another */

/* The next hop as the tables say it, where no probe told which it was. */
static void next_hop(struct names *n, const struct journey *j, char *ret, size_t size)
{
	const char *via;
	json_t *route;
	char dst[64];

	packet_addr(j->packet.family, journey_last_packet(j)->daddr, dst, sizeof(dst));
	route = names_ask(n, j->drop.at.netns_inum, HOST_ASK_route, json_pack("{s:s}", "dst", dst));
	via = json_string_value(json_object_get(route, "gateway"));
	if (!via)
		via = json_string_value(json_object_get(json_object_get(route, "via"), "host"));
	snprintf(ret, size, "%s", via ? via : dst);
	json_decref(route);
}

/* Who ought to have answered. */
struct owner {
	uint32_t inum;
	const char *dev;	/* that the address is on */
	json_t *address, *link; /* link: where the question comes in, NULL: not known */
};

/* The device that leads to ours, or the only one that leads anywhere. */
static json_t *link_of(struct names *n, uint32_t inum, uint32_t ours, const char *hardware)
{
	json_t *links = list_links(n, inum), *l, *only = NULL, *pair = NULL;
	size_t i, outside = 0;

	json_array_foreach(links, i, l)
	{
		if (listed_flag(l, "LOOPBACK"))
			continue;
		outside++;
		only = l;
		if (json_object_get(l, "link_netnsid") &&
		    listed_number(l, "link_index", 0) == ours &&
		    (!pair || !strcmp(listed_word(l, "address"), hardware)))
			pair = l; /* several namespaces have a device of our number */
	}
	if (!pair && outside == 1)
		pair = only;
	pair = json_incref(pair);
	json_decref(links);
	return pair;
}

static bool has_link(struct names *n, uint32_t inum, const char *hardware)
{
	json_t *links = list_links(n, inum), *l;
	bool has = false;
	size_t i;

	json_array_foreach(links, i, l) has |= !strcmp(listed_word(l, "address"), hardware);
	json_decref(links);
	return has;
}

static bool is_of_another(const json_t *link)
{
	return !strncmp(listed_kind(link), "macv", 4) || !strncmp(listed_kind(link), "ipv", 3);
}

/* Has it a macvlan or ipvlan above this very device of ours? */
static bool rides_on(struct names *n, const struct journey *j, uint32_t inum, uint32_t ours)
{
	json_t *own = names_ask(n, j->drop.at.netns_inum, HOST_ASK_links,
				json_pack("{s:i}", "ifindex", ours));
	json_t *links = list_links(n, inum), *l;
	bool found = false;
	size_t i;

	json_array_foreach(links, i, l)
	{
		const json_t *nsid = json_object_get(l, "link_netnsid");
		json_t *below;

		if (!nsid || !is_of_another(l) || listed_number(l, "link_index", 0) != ours)
			continue;
		below = names_ask(
			n, inum, HOST_ASK_links,
			json_pack("{s:I, s:i}", "nsid", json_integer_value(nsid), "ifindex", ours));
		found |= below && !strcmp(listed_word(json_array_get(below, 0), "address"),
					  listed_word(json_array_get(own, 0), "address"));
		json_decref(below);
	}
	json_decref(links);
	json_decref(own);
	return found;
}

/* False: nobody, or more than one, so it can't be told who is meant. */
static bool find_owner(struct names *n, const struct journey *j, const char *address,
		       uint32_t ifindex, struct owner *ret)
{
	uint32_t others[NETNS_TRIED];
	size_t n_others = all_netns(n, others, NETNS_TRIED), owners = 0;
	char pair[32];

	*ret = (struct owner){0};
	decide_other_end(n, j->drop.at.netns_inum, ifindex, pair, sizeof(pair));
	for (size_t i = 0; i < n_others; i++) {
		json_t *a = others[i] == j->drop.at.netns_inum
				    ? NULL
				    : list_address(n, others[i], j->packet.family, address);

		if (!a)
			continue;
		if (pair[0] && !has_link(n, others[i], pair) &&
		    !rides_on(n, j, others[i], ifindex)) {
			json_decref(a);
			continue;
		}
		owners++;
		json_decref(ret->address);
		ret->address = a;
		ret->inum = others[i];
	}
	/* by the pair it is known; by the address alone only if all were asked */
	if (owners != 1 || (!pair[0] && n_others == NETNS_TRIED)) {
		json_decref(ret->address);
		return false;
	}
	ret->dev = listed_word(ret->address, "ifname");
	ret->link = link_of(n, ret->inum, ifindex, pair);
	return true;
}

/* Of a device's setting and that for all the larger is in force. */
static int in_force(struct names *n, const struct owner *o, const char *leaf)
{
	char path[64];
	int all, own;

	snprintf(path, sizeof(path), "ipv4/conf/all/%s", leaf);
	all = sysctl_number(n, o->inum, path);
	own = (int)listed_number(json_object_get(o->link, "inet"), leaf, -1);
	return all > own ? all : own;
}

/* Who is asked by ARP looks whether the way back to the asker is the one that it came by. */
static bool way_back_differs(struct names *n, const struct journey *j, const struct owner *o,
			     const char *address, char *why, size_t size)
{
	json_t *there = names_ask(n, j->drop.at.netns_inum, HOST_ASK_route,
				  json_pack("{s:s}", "dst", address));
	const char *asker = listed_word(there, "prefsrc"), *dev = listed_word(o->link, "ifname");
	const char *setting = in_force(n, o, "rp_filter") == 1	  ? "rp_filter"
			      : in_force(n, o, "arp_filter") == 1 ? "arp_filter"
								  : NULL;
	json_t *back = setting && asker[0] ? names_ask(n, o->inum, HOST_ASK_route,
						       json_pack("{s:s}", "dst", asker))
					   : NULL;
	bool differs = back && strcmp(listed_word(back, "dev"), dev);

	if (differs)
		snprintf(why, size,
			 "does not answer ARP for it on %.15s, because its way back to %.40s leads "
			 "out %.15s (%s = 1)",
			 dev, asker, listed_word(back, "dev"), setting);
	json_decref(back);
	json_decref(there);
	return differs;
}

static bool silent_for_ip4(struct names *n, const struct journey *j, const struct owner *o,
			   const char *address, char *why, size_t size)
{
	const char *dev = listed_word(o->link, "ifname");
	int ignore = in_force(n, o, "arp_ignore");

	if (listed_flag(o->link, "NOARP")) {
		snprintf(why, size, "does no ARP on %.15s (NOARP)", dev);
		return true;
	}
	if (ignore == 8 || ((ignore == 1 || ignore == 2) && strcmp(o->dev, dev))) {
		snprintf(why, size,
			 "does not answer ARP on %.15s for what is on %.15s (arp_ignore = %d)", dev,
			 o->dev, ignore);
		return true;
	}
	return way_back_differs(n, j, o, address, why, size);
}

/* Is our own device above another, too? Then the owner's is not above it, but beside it. */
static bool beside(struct names *n, const struct journey *j, uint32_t ours)
{
	json_t *links = names_ask(n, j->drop.at.netns_inum, HOST_ASK_links,
				  json_pack("{s:i}", "ifindex", ours));
	bool ret = links && is_of_another(json_array_get(links, 0));

	json_decref(links);
	return ret;
}

static bool silent(struct names *n, const struct journey *j, const struct owner *o,
		   const char *address, uint32_t ours, char *why, size_t size)
{
	if (listed_flag(o->address, "dadfailed")) {
		snprintf(why, size,
			 "does not use it, because duplicate address detection found another host "
			 "that has it (dadfailed)");
		return true;
	}
	if (listed_flag(o->address, "tentative")) {
		snprintf(why, size, "does not use it yet: it is tentative");
		return true;
	}
	if (!o->link)
		return false;
	if (!listed_flag(o->link, "UP")) {
		snprintf(why, size, "has its %.15s down", listed_word(o->link, "ifname"));
		return true;
	}
	if (is_of_another(o->link) && !strcmp(o->dev, listed_word(o->link, "ifname")) &&
	    json_object_get(o->link, "link_netnsid") && !beside(n, j, ours)) {
		snprintf(why, size,
			 "has it on %.15s (%.15s), which is above this device, and what is above "
			 "a device and that device itself do not reach each other",
			 o->dev, listed_kind(o->link));
		return true;
	}
	return j->packet.family == 4 && silent_for_ip4(n, j, o, address, why, size);
}

/* The owner may be willing, and its firewall not. */
static bool filtered(struct names *n, const struct journey *j, const struct owner *o,
		     const char *address, char *why, size_t size)
{
	uint8_t addr[16] = {0};
	char who[160];
	struct decider *d;
	bool answer, does;

	if (inet_pton(j->packet.family == 6 ? AF_INET6 : AF_INET, address, addr) != 1)
		return false;
	d = decide_question(n, o->inum, j->packet.family, addr, listed_word(o->link, "ifname"),
			    &answer);
	if (d)
		snprintf(why, size, "its firewall drops %s: %s",
			 answer ? "its answers" : "the question for it",
			 decider_words(d, who, sizeof(who)));
	does = d != NULL;
	decider_unref(d);
	return does;
}

static void ask_owner(struct names *n, const struct journey *j, struct decider *d,
		      const char *address, uint32_t ifindex)
{
	struct between b;
	struct owner o;
	char why[256], hint[384];
	const char *look;

	if (!find_owner(n, j, address, ifindex, &o)) {
		if (decide_between(n, j, address, ifindex, &b)) {
			decider_set_text(d, "hint", b.why);
			decider_set_text(d, "bridge_in", names_netns(n, b.inum, 0));
		} else if (decide_stand_in(n, j, address, ifindex, &b)) {
			decider_set_text(d, "hint", b.why);
			decider_set_text(d, "link_in", names_netns(n, b.inum, 0));
		}
		return;
	}
	look = silent(n, j, &o, address, ifindex, why, sizeof(why)) ? "there"
	       : filtered(n, j, &o, address, why, sizeof(why))	    ? "dropped_in"
								    : NULL;
	if (look) {
		snprintf(hint, sizeof(hint), "namespace %.40s has this address, and %s",
			 names_netns(n, o.inum, 0), why);
		decider_set_text(d, "hint", hint);
		decider_set_text(d, look, names_netns(n, o.inum, 0));
	} else if (decide_stand_in(n, j, address, ifindex, &b)) {
		decider_set_text(d, "hint", b.why);
		decider_set_text(d, "link_in", names_netns(n, b.inum, 0));
	}
	json_decref(o.address);
	json_decref(o.link);
}

static void set_route(struct decider *d, const char *dst, int64_t table)
{
	if (table && table != RT_TABLE_MAIN)
		decider_set_number(d, "table", table);
	decider_set_text(d, "gateway_to", dst);
}

/*
 * Of which route it is the gateway: a table of its own may have led to it. What was forwarded was
 * seen to take that route; for what was sent from here the tables are asked.
 */
static void name_route(struct names *n, const struct journey *j, struct decider *d,
		       const char *address)
{
	const struct wb_packet *p = journey_last_packet(j);
	const struct step *s = decide_step_at(j, WB_STATION_ROUTE_IN);
	char dst[64], src[64];
	json_t *route;

	packet_addr(p->family, p->daddr, dst, sizeof(dst));
	packet_addr(p->family, p->saddr, src, sizeof(src));
	if (!strcmp(dst, address))
		return;
	if (s && s->route.has && !strcmp(s->route.via, address))
		set_route(d, dst, s->route.raw.table);
	if (j->steps[0].station != WB_STATION_SOCKET_SEND ||
	    j->steps[0].at.netns_inum != j->drop.at.netns_inum)
		return;
	route = names_ask(n, j->drop.at.netns_inum, HOST_ASK_route,
			  json_pack("{s:s, s:s}", "dst", dst, "src", src));
	if (!strcmp(listed_word(route, "gateway"), address))
		set_route(d, dst, listed_number(route, "table", 0));
	json_decref(route);
}

struct decider *decide_neighbour(struct names *n, struct journey *j)
{
	bool waits = !strcmp(j->drop.reason, "NEIGH_QUEUEFULL");
	bool removed = !strcmp(j->drop.reason, "QUEUE_PURGE") ||
		       !strcmp(catalogue_cause(&j->drop), "NEIGH_DEAD");
	struct decider *d = decider_new(DECIDER_NEIGHBOUR);
	const struct step *s = NULL;
	char address[64];

	if (!d)
		return NULL;
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].neigh)
			s = &j->steps[i];
	if (s)
		packet_addr(s->neigh->family, s->neigh->addr, address, sizeof(address));
	else
		next_hop(n, j, address, sizeof(address));
	decider_set_text(d, "address", address);
	decider_set_text(d, "dev", s && s->at.dev[0] ? s->at.dev : j->drop.at.dev);
	decider_set_text(d, "state", waits ? "incomplete" : removed ? "removed" : "failed");
	if (removed)
		return d;
	if (j->n_steps)
		name_route(n, j, d, address);
	ask_owner(n, j, d, address, s && s->at.ifindex ? s->at.ifindex : j->drop.at.ifindex);
	return d;
}
