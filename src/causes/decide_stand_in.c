/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A next hop that does not answer, and who stands between: a macvlan's mode that keeps those above
 * one device apart, a router that would have to answer for it and does not (macvlan_queue_xmit,
 * arp_process, ndisc_recv_ns; 5.10 to 7.2).
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/all_netns.h"
#include "host/listing.h"
#include "host/sysctl.h"

#define NETNS_TRIED 64 /* beyond, nobody is named: there may be another */

/* The hardware address of the device below; "": it is not known. */
static void below(struct names *n, uint32_t inum, const json_t *link, char *ret, size_t size)
{
	const json_t *nsid = json_object_get(link, "link_netnsid");
	json_int_t index = listed_number(link, "link_index", 0);
	json_t *args = nsid ? json_pack("{s:O, s:I}", "nsid", nsid, "ifindex", index)
			    : json_pack("{s:I}", "ifindex", index);
	json_t *lower = index ? names_ask(n, inum, HOST_ASK_links, args) : NULL;

	if (!index)
		json_decref(args);
	snprintf(ret, size, "%s", listed_word(json_array_get(lower, 0), "address"));
	json_decref(lower);
}

/* NULL: the two reach each other. */
static const char *apart(const char *ours, const char *theirs)
{
	if (!strcmp(ours, "private") || !strcmp(theirs, "private"))
		return "in mode private it and the others never reach each other";
	if (!strcmp(ours, "vepa") || !strcmp(theirs, "vepa"))
		return "in mode vepa it and the others reach each other only if the switch sends "
		       "frames back where they came from";
	return NULL;
}

/* In this namespace: a macvlan above the device that own is above, too, with the address. */
static bool sibling(struct names *n, const struct journey *j, uint32_t inum, const json_t *own,
		    const char *address, struct between *ret)
{
	json_t *links = list_links(n, inum);
	json_t *has = list_address(n, inum, j->packet.family, address);
	const char *dev = listed_word(has, "ifname"), *why = NULL;
	const json_t *l = *dev ? listed_link(links, dev) : NULL;
	char lower[32], other[32];

	below(n, j->drop.at.netns_inum, own, lower, sizeof(lower));
	if (l && !strcmp(listed_kind(l), "macvlan")) {
		below(n, inum, l, other, sizeof(other));
		if (lower[0] && !strcmp(lower, other) &&
		    listed_number(l, "link_index", 0) == listed_number(own, "link_index", 0))
			why = apart(listed_word(listed_data(own), "mode"),
				    listed_word(listed_data(l), "mode"));
	}
	if (why)
		snprintf(ret->why, sizeof(ret->why),
			 "namespace %.40s has this address on %.15s, a macvlan above the same "
			 "device, and %s",
			 names_netns(n, inum, 0), dev, why);
	json_decref(links);
	json_decref(has);
	return why != NULL;
}

/* The device of this namespace that is our other end, "": none. */
static void end_in(struct names *n, uint32_t inum, const char *hardware, char *ret, size_t size)
{
	json_t *links = list_links(n, inum);
	const json_t *l;
	size_t i;

	ret[0] = 0;
	json_array_foreach(links, i, l)
	{
		if (!strcmp(listed_word(l, "address"), hardware) && !*listed_word(l, "master"))
			snprintf(ret, size, "%s", listed_word(l, "ifname"));
	}
	json_decref(links);
}

static bool either(struct names *n, uint32_t inum, const char *family, const char *dev,
		   const char *leaf, bool *known)
{
	char name[128];
	int all = decide_sysctl(n, inum, family, "all", leaf, name, sizeof(name));
	int own = decide_sysctl(n, inum, family, dev, leaf, name, sizeof(name));

	*known = all >= 0 && own >= 0;
	return all > 0 || own > 0;
}

/* The router at our other end knows a way there, and is asked for it in its stead. */
static bool router(struct names *n, const struct journey *j, uint32_t inum, const char *dev,
		   const char *address, struct between *ret)
{
	bool six = j->packet.family == 6, known, on;
	json_t *route = names_ask(n, inum, HOST_ASK_route, json_pack("{s:s}", "dst", address));
	const char *out = listed_word(route, "dev"), *type = listed_word(route, "type");
	bool leads = *out && strcmp(out, dev) && (!*type || !strcmp(type, "unicast")), silent;

	on = either(n, inum, six ? "ipv6" : "ipv4", dev, six ? "proxy_ndp" : "proxy_arp", &known);
	silent = leads && known && (six || !on);
	if (silent) {
		snprintf(ret->why, sizeof(ret->why),
			 "it is not on this link: %.40s at the other end leads there by %.15s, but "
			 "does not answer for it on %.15s (%s)",
			 names_netns(n, inum, 0), out, dev,
			 on    ? "proxy_ndp answers only for what ip -6 neigh add proxy added"
			 : six ? "proxy_ndp is off"
			       : "proxy_arp is off");
	}
	json_decref(route);
	return silent;
}

/* Is it somewhere on this machine, but not there? */
static bool lives_elsewhere(struct names *n, const struct journey *j, const uint32_t *all,
			    size_t n_all, uint32_t there, const char *address)
{
	for (size_t i = 0; i < n_all; i++)
		if (all[i] != there && all[i] != j->drop.at.netns_inum &&
		    list_has_address(n, all[i], j->packet.family, address))
			return true;
	return false;
}

static bool not_proxied(struct names *n, const struct journey *j, const uint32_t *all, size_t n_all,
			const char *address, uint32_t ifindex, struct between *ret)
{
	char pair[32], dev[32];

	decide_other_end(n, j->drop.at.netns_inum, ifindex, pair, sizeof(pair));
	for (size_t i = 0; i < n_all && pair[0]; i++) {
		if (all[i] == j->drop.at.netns_inum)
			continue;
		end_in(n, all[i], pair, dev, sizeof(dev));
		if (!dev[0])
			continue;
		ret->inum = all[i];
		return lives_elsewhere(n, j, all, n_all, all[i], address) &&
		       router(n, j, all[i], dev, address, ret);
	}
	return false;
}

bool decide_stand_in(struct names *n, const struct journey *j, const char *address,
		     uint32_t ifindex, struct between *ret)
{
	json_t *links = names_ask(n, j->drop.at.netns_inum, HOST_ASK_links,
				  json_pack("{s:i}", "ifindex", ifindex));
	const json_t *own = json_array_get(links, 0);
	bool macvlan = !strcmp(listed_kind(own), "macvlan"), found = false;
	uint32_t all[NETNS_TRIED];
	size_t n_all = own ? all_netns(n, all, NETNS_TRIED) : 0;

	if (n_all == NETNS_TRIED)
		n_all = 0;
	for (size_t i = 0; i < n_all && macvlan && !found; i++) {
		found = all[i] != j->drop.at.netns_inum && sibling(n, j, all[i], own, address, ret);
		ret->inum = all[i];
	}
	if (!macvlan)
		found = not_proxied(n, j, all, n_all, address, ifindex, ret);
	json_decref(links);
	return found;
}
