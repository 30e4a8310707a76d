/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a bridge floods, and no port may have: the flags of its ports for that kind of frame, and
 * for a multicast group, where the bridge listens to who joins it, the table of members (br_flood,
 * br_multicast_flood; 5.10 to 7.2).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"

static struct decider *at_port(const json_t *in, const char *cause)
{
	struct decider *d = decider_new(DECIDER_BRIDGE_PORT);

	decider_set_text(d, "dev", listed_word(in, "ifname"));
	decider_set_text(d, "bridge", listed_word(in, "master"));
	decider_set_text(d, "cause", cause);
	return d;
}

/* Ports besides this one, and how many of them have the flag off; -1: one does not say. */
static int without_flag(json_t *ports, const json_t *in, const char *flag, int *others)
{
	int off = 0;
	json_t *p;
	size_t i;

	*others = 0;
	json_array_foreach(ports, i, p)
	{
		const json_t *v = json_object_get(p, flag);

		if (p == in || strcmp(listed_word(p, "master"), listed_word(in, "master")))
			continue;
		++*others;
		if (!v)
			return -1;
		off += json_is_false(v);
	}
	return off;
}

struct members {
	int others;  /* ports besides this one that have joined, or lead to a router */
	int routers; /* of these the latter */
	bool in_too; /* this one has */
	bool read;
};

static void count_routers(const json_t *routers, const json_t *in, struct members *m)
{
	const char *bridge;
	json_t *list, *r;
	size_t i;

	json_object_foreach((json_t *)routers, bridge, list)
	{
		json_array_foreach(list, i, r)
		{
			const char *port =
				json_is_string(r) ? json_string_value(r) : listed_word(r, "port");

			m->routers += strcmp(port, listed_word(in, "ifname")) != 0;
		}
	}
}

static struct members members_of(struct names *n, const struct journey *j, const json_t *in,
				 const char *group)
{
	const char *bridge = listed_word(in, "master");
	json_t *all = list_mdb(n, j->drop.at.netns_inum, bridge), *m;
	const json_t *first = json_array_get(all, 0);
	struct members ret = {.read = first != NULL};
	size_t i;

	json_array_foreach(json_object_get(first, "mdb"), i, m)
	{
		if (strcmp(listed_word(m, "grp"), group))
			continue;
		if (!strcmp(listed_word(m, "port"), listed_word(in, "ifname")))
			ret.in_too = true;
		else if (strcmp(listed_word(m, "port"), bridge))
			ret.others++;
	}
	count_routers(json_object_get(first, "router"), in, &ret);
	ret.others += ret.routers;
	json_decref(all);
	return ret;
}

/* Does the bridge send a group only to who joined it? 1, 0, -1: can't be read. */
static int snoops(struct names *n, const struct journey *j, const json_t *in)
{
	json_t *links = list_links(n, j->drop.at.netns_inum);
	const json_t *bridge = listed_link(links, listed_word(in, "master"));
	int on = bridge ? (int)listed_number(listed_data(bridge), "mcast_snooping", -1) : -1;

	json_decref(links);
	return on;
}

/* Whoever joins or leaves a group says so by IGMP or MLD: only routers are told. */
static bool is_report(const struct wb_packet *p)
{
	return p->proto == 2 ||
	       (p->family == 6 && p->proto == 58 &&
		(p->icmp_type == 131 || p->icmp_type == 132 || p->icmp_type == 143));
}

static struct decider *by_routers(const json_t *in)
{
	struct decider *d = at_port(in, "a report of who is in a group, which a bridge that snoops "
					"passes on only to multicast routers, and knows none");

	decider_add_evidence(d, "no router among the other ports in the MDB");
	decider_add_evidence(d, "mcast_snooping = 1");
	return d;
}

static struct decider *by_members(struct names *n, struct journey *j, const json_t *in)
{
	const struct wb_packet *p = journey_last_packet(j);
	char group[64], cause[160];
	struct members m;
	struct decider *d;

	packet_addr(p->family, p->daddr, group, sizeof(group));
	m = members_of(n, j, in, group);
	if (!m.read) {
		list_failed(j, "the bridge's table of multicast members");
		return NULL;
	}
	if (is_report(p))
		return m.routers ? NULL : by_routers(in);
	if (m.others)
		return NULL;
	snprintf(cause, sizeof(cause),
		 "%s %.46s (MDB), and the bridge sends a group only to who joined it "
		 "(mcast_snooping)",
		 m.in_too ? "no other port has joined" : "no port has joined", group);
	d = at_port(in, cause);
	decider_add_evidence(d, "no member of %s among the other ports in the MDB", group);
	decider_add_evidence(d, "mcast_snooping = 1");
	return d;
}

static bool is_broadcast(const struct wb_packet *p)
{
	static const uint8_t all[4] = {255, 255, 255, 255};

	return p->ethertype == 0x0806 || (p->family == 4 && !memcmp(p->daddr, all, 4));
}

struct decider *decide_flood(struct names *n, struct journey *j, json_t *ports, const json_t *in)
{
	const struct wb_packet *p = journey_last_packet(j);
	bool group = packet_addr_is_group(p->family, p->daddr) && !is_broadcast(p);
	const char *flag = group ? "mcast_flood" : is_broadcast(p) ? "bcast_flood" : "flood";
	struct decider *d = NULL, *flags = NULL;
	char cause[96];
	int others, off;

	if (group && snoops(n, j, in) != 0)
		d = by_members(n, j, in);
	off = without_flag(ports, in, flag, &others);
	if (off > 0 && off == others) {
		snprintf(cause, sizeof(cause), "%s is off at every other port", flag);
		flags = at_port(in, cause);
		decider_add_evidence(flags, "%s off at %d of %d other ports", flag, off, others);
	}
	if (d && flags) {
		struct decider *both = decider_new(DECIDER_BRIDGE_PORT);

		decider_add_candidate(both, d);
		decider_add_candidate(both, flags);
		return both;
	}
	return d ? d : flags; /* NULL: nothing that can be read now forbids it */
}
