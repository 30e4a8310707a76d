/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A next hop that does not answer, and a bridge in another namespace between it and who asks: what
 * the bridge's ports keep from each other (should_deliver, br_flood; 5.10 to 7.2).
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/all_netns.h"
#include "host/listing.h"

#define NETNS_TRIED 64 /* beyond, nobody is named: there may be another */

void decide_other_end(struct names *n, uint32_t inum, uint32_t ifindex, char *ret, size_t size)
{
	json_t *own = names_ask(n, inum, HOST_ASK_links, json_pack("{s:i}", "ifindex", ifindex));
	const json_t *l = json_array_get(own, 0), *nsid = json_object_get(l, "link_netnsid");
	json_t *other = nsid ? names_ask(n, inum, HOST_ASK_links,
					 json_pack("{s:I, s:I}", "nsid", json_integer_value(nsid),
						   "ifindex",
						   (json_int_t)listed_number(l, "link_index", 0)))
			     : NULL;

	snprintf(ret, size, "%s", listed_word(json_array_get(other, 0), "address"));
	json_decref(other);
	json_decref(own);
}

/* The port of this hardware address; NULL: none. Borrowed. */
static const json_t *port_of(const json_t *links, const json_t *ports, const char *hardware)
{
	const json_t *l, *p;
	size_t i, k;

	json_array_foreach(links, i, l)
	{
		if (!hardware[0] || strcmp(listed_word(l, "address"), hardware))
			continue;
		json_array_foreach(ports, k, p)
		{
			if (!strcmp(listed_word(p, "ifname"), listed_word(l, "ifname")))
				return p;
		}
	}
	return NULL;
}

/* The port behind which a namespace is. */
static const json_t *port_to(struct names *n, uint32_t inum, const json_t *links,
			     const json_t *ports)
{
	json_t *theirs = list_links(n, inum), *l;
	const json_t *found = NULL;
	char pair[32];
	size_t i;

	json_array_foreach(theirs, i, l)
	{
		if (found || !json_object_get(l, "link_netnsid"))
			continue;
		decide_other_end(n, inum, (uint32_t)listed_number(l, "ifindex", 0), pair,
				 sizeof(pair));
		found = port_of(links, ports, pair);
	}
	json_decref(theirs);
	return found;
}

/* NULL: nothing that can be read keeps the question from that port. */
static const char *kept_from(const json_t *from, const json_t *to, const json_t *bridge,
			     uint8_t family)
{
	const char *state = listed_word(to, "state");

	if (json_is_true(json_object_get(from, "isolated")) &&
	    json_is_true(json_object_get(to, "isolated")))
		return "both are isolated";
	if (!listed_flag(to, "UP"))
		return "the latter is down";
	if (state[0] && strcmp(state, "forwarding"))
		return "the latter is not forwarding (spanning tree)";
	/* ARP asks by broadcast */
	if (family == 4 && json_is_false(json_object_get(to, "bcast_flood")))
		return "the latter gets no broadcasts (bcast_flood is off)";
	/* neighbour discovery asks a group, and without snooping nobody knows who is in it */
	if (family == 6 && json_is_false(json_object_get(to, "mcast_flood")) &&
	    !listed_number(listed_data(bridge), "mcast_snooping", 1))
		return "the latter gets no multicast (mcast_flood is off)";
	return NULL;
}

/* In this namespace: who has the address, behind another port of the same bridge. */
static bool across(struct names *n, const struct journey *j, uint32_t bridging, const char *pair,
		   const char *address, struct between *ret)
{
	uint8_t family = j->packet.family == 6 ? 6 : 4;
	json_t *links = list_links(n, bridging);
	json_t *ports = names_ask(n, bridging, HOST_ASK_bridge_ports, NULL);
	const json_t *from = port_of(links, ports, pair), *to;
	uint32_t all[NETNS_TRIED];
	size_t n_all = from ? all_netns(n, all, NETNS_TRIED) : 0;
	const char *why = NULL;

	for (size_t i = 0; i < n_all && n_all < NETNS_TRIED && !why; i++) {
		if (all[i] == bridging || all[i] == j->drop.at.netns_inum ||
		    !list_has_address(n, all[i], family, address))
			continue;
		to = port_to(n, all[i], links, ports);
		if (!to || to == from ||
		    strcmp(listed_word(to, "master"), listed_word(from, "master")))
			continue;
		why = kept_from(from, to, listed_link(links, listed_word(from, "master")), family);
		if (why)
			snprintf(ret->why, sizeof(ret->why),
				 "namespace %.40s has this address, behind bridge %.15s: of its "
				 "ports %.15s and %.15s %s",
				 names_netns(n, all[i], 0), listed_word(from, "master"),
				 listed_word(from, "ifname"), listed_word(to, "ifname"), why);
	}
	ret->inum = bridging;
	json_decref(ports);
	json_decref(links);
	return why != NULL;
}

bool decide_between(struct names *n, const struct journey *j, const char *address, uint32_t ifindex,
		    struct between *ret)
{
	uint32_t all[NETNS_TRIED];
	size_t n_all;
	char pair[32];

	decide_other_end(n, j->drop.at.netns_inum, ifindex, pair, sizeof(pair));
	if (!pair[0])
		return false;
	n_all = all_netns(n, all, NETNS_TRIED);
	for (size_t i = 0; i < n_all; i++)
		if (all[i] != j->drop.at.netns_inum && across(n, j, all[i], pair, address, ret))
			return true;
	return false;
}
