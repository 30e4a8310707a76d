/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The check of a packet's source: the way back to it, as the tables say it without a mark and with
 * each mark that a rule asks for (fib_validate_source, 5.10 to 7.2).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"
#include "host/sysctl.h"

/* The value of all and a device's own are or-ed; -1: it can't be read. name: the one that is on. */
static int either(struct names *n, const struct journey *j, const char *leaf, char *name,
		  size_t size)
{
	const char *dev = j->drop.at.dev;
	uint32_t inum = j->drop.at.netns_inum;
	char path[128];
	int all, own;

	snprintf(path, sizeof(path), "ipv4/conf/all/%s", leaf);
	all = sysctl_number(n, inum, path);
	snprintf(path, sizeof(path), "ipv4/conf/%s/%s", dev, leaf);
	own = sysctl_number(n, inum, path);
	snprintf(name, size, "net.ipv4.conf.%s.%s", own > 0 && all <= 0 ? dev : "all", leaf);
	for (char *dot = name + strlen("net.ipv4.conf."); own > 0 && all <= 0 && *dev; dev++, dot++)
		if (*dev == '.')
			*dot = '/';
	return all < 0 && own < 0 ? -1 : all > 0 || own > 0;
}

/* Is the way to the packet's source with this mark a local one, or does it leave by dev? */
static bool way_back_is(struct names *n, const struct journey *j, uint32_t mark, const char *type,
			const char *dev)
{
	const struct wb_packet *p = journey_last_packet(j);
	json_t *routes;
	const json_t *r;
	char src[64];
	bool is;

	packet_addr(p->family, p->saddr, src, sizeof(src));
	routes = list_route_to(n, j->drop.at.netns_inum, src, mark);
	r = json_array_get(routes, 0);
	is = r && (!type || !strcmp(listed_word(r, "type"), type)) &&
	     (!dev || !strcmp(listed_word(r, "dev"), dev));
	json_decref(routes);
	return is;
}

/* The first mark of a rule with which the way back is so; 0: with none. */
static uint32_t mark_with(struct names *n, const struct journey *j, const char *type,
			  const char *dev)
{
	json_t *rules = list_rules(n, j->drop.at.netns_inum, 4);
	uint32_t found = 0, own = j->drop.mark;
	const json_t *r;
	size_t i;

	if (j->drop.mark_known) {
		json_decref(rules);
		return own && way_back_is(n, j, own, type, dev) ? own : 0;
	}
	json_array_foreach(rules, i, r)
	{
		uint32_t mark = listed_number(r, "fwmark", 0);

		if (!found && mark && way_back_is(n, j, mark, type, dev))
			found = mark;
	}
	json_decref(rules);
	return found;
}

/* It began here, and something turned it back: most often NAT that gives it an address of ours. */
static void turned_back(const struct journey *j, struct decider *d)
{
	const struct wb_packet *p = journey_last_packet(j);
	char was[64], now[64], hint[320];

	if (!j->n_steps || j->varies || j->steps[0].station != WB_STATION_SOCKET_SEND ||
	    j->steps[0].at.netns_inum != j->drop.at.netns_inum || p->family != 4 ||
	    !memcmp(p->daddr, j->packet.daddr, sizeof(p->daddr)))
		return;
	packet_addr(4, j->packet.daddr, was, sizeof(was));
	packet_addr(4, p->daddr, now, sizeof(now));
	snprintf(hint, sizeof(hint),
		 "this host itself sent it to %s port %u, and NAT turned it back, to %s port %u: "
		 "such a rule has to change the source, too (masquerade)",
		 was, j->packet.dport, now, p->dport);
	decider_set_text(d, "hint", hint);
}

struct decider *decide_local_source(struct names *n, struct journey *j)
{
	char name[128];
	struct decider *d;
	uint32_t mark;

	if (way_back_is(n, j, 0, "local", NULL)) {
		either(n, j, "accept_local", name, sizeof(name));
		d = sysctl_decider(name, 0);
		decider_add_evidence(d, "the source is an address of this namespace");
		turned_back(j, d);
		return d;
	}
	if (either(n, j, "src_valid_mark", name, sizeof(name)) <= 0)
		return NULL;
	mark = mark_with(n, j, "local", NULL);
	if (!mark)
		return NULL;
	d = sysctl_decider(name, 1);
	decider_set_number(d, "mark", mark);
	decider_add_evidence(d, "without a mark the way back to the source is no local one");
	decider_add_evidence(d, "with mark 0x%x, which a rule asks for, it is", mark);
	return d;
}

void decide_mark_hint(struct names *n, const struct journey *j, struct decider *d)
{
	const char *dev = j->drop.at.dev;
	char name[128], hint[160];
	uint32_t mark;

	if (!d || !dev[0] || either(n, j, "src_valid_mark", name, sizeof(name)) != 0 ||
	    way_back_is(n, j, 0, NULL, dev))
		return;
	mark = mark_with(n, j, NULL, dev);
	if (!mark)
		return;
	snprintf(hint, sizeof(hint),
		 "with mark 0x%x it would, but the check does not look at the mark "
		 "(src_valid_mark = 0)",
		 mark);
	decider_set_text(d, "hint", hint);
	decider_add_evidence(d, "a rule for mark 0x%x leads back out %s", mark, dev);
}
