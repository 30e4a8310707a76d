/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What NAT translated at OUTPUT is routed once more, and a packet from a loopback address may leave
 * by another device only with route_localnet (ip_route_me_harder, __mkroute_output; 5.10 to 7.2).
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "causes/other_hooks.h"
#include "host/listing.h"
#include "host/sysctl.h"

/* The look-up for the address that NAT gave it. */
static const struct step *second_look_up(const struct journey *j)
{
	for (size_t i = j->n_steps; i-- > 0;) {
		const struct step *s = &j->steps[i];

		if (s->route.has && s->at.netns_inum == j->drop.at.netns_inum &&
		    packet_has_addr(s->route.raw.daddr) &&
		    memcmp(s->route.raw.daddr, j->packet.daddr, sizeof(j->packet.daddr)))
			return s;
	}
	return NULL;
}

static bool localnet_off(struct names *n, uint32_t inum, const char *dev)
{
	char path[96];

	snprintf(path, sizeof(path), "ipv4/conf/%s/route_localnet", dev[0] ? dev : "all");
	return sysctl_number(n, inum, "ipv4/conf/all/route_localnet") == 0 &&
	       sysctl_number(n, inum, path) == 0;
}

/* The rules that stand in every namespace, and no others. */
static bool usual_rules(struct names *n, uint32_t inum)
{
	json_t *rules = list_rules(n, inum, 4), *r;
	bool usual = rules;
	size_t i;

	json_array_foreach(rules, i, r)
	{
		int64_t at = listed_number(r, "priority", -1);

		usual = usual && (at == 0 || at == 32766 || at == 32767);
	}
	json_decref(rules);
	return usual;
}

/* Has each address a route? A default one, and nothing that refuses some of them. */
static bool any_has_route(struct names *n, uint32_t inum)
{
	json_t *routes = names_ask(n, inum, HOST_ASK_routes, json_pack("{s:i}", "family", 4)), *r;
	bool has = false, refused = !routes || !usual_rules(n, inum);
	size_t i;

	json_array_foreach(routes, i, r)
	{
		const char *type = listed_word(r, "type");
		bool plain = !strcmp(type, "unicast");

		if (!plain && strcmp(type, "local") && strcmp(type, "broadcast"))
			refused = true;
		if (plain && !strcmp(listed_word(r, "dst"), "default") &&
		    listed_number(r, "table", 0) == 254 && !listed_flag(r, "dead") &&
		    !listed_flag(r, "linkdown"))
			has = true;
	}
	json_decref(routes);
	return has && !refused;
}

/* Where the second look-up was not seen, it may have found no way at all. */
static struct decider *or_no_route(struct decider *sysctl)
{
	struct decider *nat = decider_new(DECIDER_NAT), *both = decider_new(DECIDER_SYSCTL);

	decider_set_text(nat, "cause", "there is no route to the address that it was given");
	decider_add_candidate(both, sysctl);
	decider_add_candidate(both, nat);
	return both;
}

struct decider *decide_reroute(struct names *n, struct journey *j)
{
	const struct step *again = second_look_up(j);
	uint32_t inum = j->drop.at.netns_inum;
	struct other_hooks o;
	struct decider *d;
	char to[64];

	if ((j->drop.station != WB_STATION_NF_OUTPUT && j->drop.station != WB_STATION_NAT) ||
	    j->packet.family != 4 || j->packet.saddr[0] != 127)
		return NULL;
	o = other_hooks_of(n, inum, 1ULL << WB_STATION_NF_OUTPUT, "ip");
	if (!o.nat || !localnet_off(n, inum, again ? again->route.out_dev : ""))
		return NULL;
	d = sysctl_decider("net.ipv4.conf.all.route_localnet", 0);
	decider_add_evidence(d,
			     "its source is a loopback address, and NAT is registered at OUTPUT");
	if (again) {
		packet_addr(4, again->route.raw.daddr, to, sizeof(to));
		decider_add_evidence(d, "it was routed again, to %s by %s", to,
				     again->route.out_dev);
		return d;
	}
	if (!any_has_route(n, inum))
		return or_no_route(d);
	decider_add_evidence(d, "no address is without a route: there is a default route");
	return d;
}
