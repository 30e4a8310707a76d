/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames and headers that IP refuses at its door: a VLAN that nobody has, IPv6 routing headers. */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"
#include "host/sysctl.h"

/* A VLAN device over this one, which would take the tag off; NULL: none. */
static const json_t *vlan_over(const json_t *links, const char *dev, int id)
{
	const json_t *l;
	size_t i;

	json_array_foreach(links, i, l)
	{
		if (!strcmp(listed_kind(l), "vlan") && !strcmp(listed_word(l, "link"), dev) &&
		    listed_number(listed_data(l), "id", -1) == id)
			return l;
	}
	return NULL;
}

/* The id of a VLAN device, -1: it is none; then ret_unread says if that could not be read. */
static int vlan_of_device(struct names *n, const struct place *at, bool *ret_unread)
{
	json_t *links = list_links(n, at->netns_inum);
	const json_t *l = links ? listed_link(links, at->dev) : NULL;
	int id = l && !strcmp(listed_kind(l), "vlan") ? (int)listed_number(listed_data(l), "id", -1)
						      : -1;

	*ret_unread |= !links;
	json_decref(links);
	return id;
}

/* A tag that a driver took off stands in what was read first; one that a device put on, with it. */
int decide_frame_vlan(struct names *n, const struct journey *j, bool *ret_unread)
{
	int id = journey_last_packet(j)->vlan & 0xfff;

	if (id || j->varies)
		return id;
	for (size_t i = j->n_steps; i-- > 0;) {
		const struct step *s = &j->steps[i];
		bool sent = s->station == WB_STATION_QDISC || s->station == WB_STATION_DRIVER_TX;

		if (s->rewritten && s->packet.vlan & 0xfff)
			return s->packet.vlan & 0xfff;
		id = sent || s->station == WB_STATION_RX ? vlan_of_device(n, &s->at, ret_unread)
							 : -1;
		if (id > 0 || *ret_unread)
			return id > 0 && sent ? id : 0;
	}
	return j->packet.vlan & 0xfff;
}

/* Who does not ask for MAC addresses sends to its own one. */
static void say_no_arp(struct names *n, const struct journey *j, struct decider *d)
{
	const struct step *s = NULL;
	const json_t *l;
	json_t *links;
	char hint[160];

	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].station == WB_STATION_DRIVER_TX)
			s = &j->steps[i];
	links = s && s->at.dev[0] ? list_links(n, s->at.netns_inum) : NULL;
	l = links ? listed_link(links, s->at.dev) : NULL;
	if (l && listed_flag(l, "NOARP") && s->at.netns_inum != j->drop.at.netns_inum) {
		snprintf(hint, sizeof(hint),
			 "%.15s in %.40s, by which it was sent, does no ARP (NOARP)", s->at.dev,
			 names_netns(n, s->at.netns_inum, 0));
		decider_set_text(d, "hint", hint);
	}
	json_decref(links);
}

/* Where its MAC address was last looked up: where it was sent, or where it was routed on. */
static const char *resolved_in(const struct journey *j)
{
	for (size_t i = j->n_steps; i-- > 0;)
		if (j->steps[i].station == WB_STATION_ROUTE_IN ||
		    (i == 0 && j->steps[i].station == WB_STATION_SOCKET_SEND))
			return j->steps[i].at.netns;
	return "";
}

/* Its MAC address is not this device's, but is its IP address one of this host's? */
static struct decider *sent_to_another(struct names *n, const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	json_t *all, *a;
	struct decider *d = NULL;
	char dst[64];
	size_t i;

	if (!p->family || j->varies & VARIES_TARGET || packet_addr_is_group(p->family, p->daddr))
		return NULL;
	packet_addr(p->family, p->daddr, dst, sizeof(dst));
	all = names_ask(n, j->drop.at.netns_inum, HOST_ASK_addresses,
			json_pack("{s:i}", "family", p->family));
	json_array_foreach(all, i, a)
	{
		const char *local = listed_word(a, "local");

		if (d || strcmp(local[0] ? local : listed_word(a, "address"), dst))
			continue;
		d = decider_new(DECIDER_NEIGHBOUR);
		decider_set_text(d, "address", dst);
		decider_add_evidence(d, "%s is on %s here", dst, listed_word(a, "ifname"));
		if (resolved_in(j)[0])
			decider_set_text(d, "there", resolved_in(j));
		say_no_arp(n, j, d);
	}
	json_decref(all);
	return d;
}

/* Tags are of two kinds, and a device takes the one: what has its id went past it for its kind. */
static void say_vlan(struct decider *d, const char *dev, int id, const json_t *same_id)
{
	const char *kind = listed_word(listed_data(same_id), "protocol");
	char cause[160];

	if (!same_id)
		snprintf(cause, sizeof(cause), "no VLAN device on %.16s has that id", dev);
	else
		snprintf(cause, sizeof(cause),
			 "%.16s, which has that id, takes tags of %.8s, not %s",
			 listed_word(same_id, "ifname"), kind,
			 strcmp(kind, "802.1ad") ? "802.1ad" : "802.1Q");
	decider_set_text(d, "dev", dev);
	decider_set_number(d, "vlan", id);
	decider_set_text(d, "cause", cause);
	decider_add_evidence(d, "the frame is tagged for VLAN %d", id);
}

/*
 * A frame whose VLAN no device has counts as another host's (__netif_receive_skb_core, 5.10 to
 * 7.2), whatever its MAC address.
 */
struct decider *decide_otherhost(struct names *n, struct journey *j)
{
	bool unread = false;
	int id = decide_frame_vlan(n, j, &unread);
	struct decider *d = NULL;
	const json_t *own, *same_id;
	json_t *links;

	if (unread)
		list_failed(j, "the devices on its way, one of which may tag it");
	if (!id)
		return sent_to_another(n, j);
	links = list_links(n, j->drop.at.netns_inum);
	if (!links) {
		list_failed(j, "the namespace's devices");
		return NULL;
	}
	own = listed_link(links, j->drop.at.dev);
	same_id = vlan_over(links, j->drop.at.dev, id);
	if (own && strcmp(listed_kind(own), "vlan") &&
	    (!same_id || listed_word(listed_data(same_id), "protocol")[0])) {
		d = decider_new(DECIDER_DEVICE);
		say_vlan(d, j->drop.at.dev, id, same_id);
	}
	json_decref(links);
	return d;
}

/* The smaller of a device's value and that of all is in force; -1: neither can be read. */
static struct decider *routing_sysctl(struct names *n, const struct journey *j, const char *leaf)
{
	static const char *const format = "net.ipv6.conf.%s.%s";
	const char *dev = j->drop.at.dev;
	uint32_t inum = j->drop.at.netns_inum;
	char path[128], name[128];
	int all, own;

	snprintf(path, sizeof(path), "ipv6/conf/all/%s", leaf);
	all = sysctl_number(n, inum, path);
	snprintf(path, sizeof(path), "ipv6/conf/%s/%s", dev, leaf);
	own = sysctl_number(n, inum, path);
	if (all && own)
		return NULL;
	/* with both of them off, both are to be turned on; the device's is the one that names it */
	snprintf(name, sizeof(name), format, own ? "all" : dev, leaf);
	for (char *dot = own ? NULL : name + strlen("net.ipv6.conf."); dot && *dev; dev++, dot++)
		if (*dev == '.')
			*dot = '/';
	return sysctl_decider(name, 0);
}

/*
 * What the kernel does not know of routing headers it answers with an ICMP error; in silence it
 * drops only those whose sysctl is off (ipv6_srh_rcv, ipv6_rpl_srh_rcv; 5.10 to 7.2).
 */
struct decider *decide_routing_header(struct names *n, struct journey *j)
{
	struct decider *seg6, *rpl, *d;

	if (j->has_icmp)
		return NULL;
	seg6 = routing_sysctl(n, j, "seg6_enabled");
	rpl = strstr(j->drop.location, "ipv6_srh_rcv") ? NULL
						       : routing_sysctl(n, j, "rpl_seg_enabled");
	if (seg6 && j->icmp_watched)
		decider_add_evidence(seg6, "no ICMP error was sent");
	if (!seg6 || !rpl)
		return seg6 ? seg6 : rpl;
	d = decider_new(DECIDER_SYSCTL);
	decider_add_candidate(d, seg6);
	decider_add_candidate(d, rpl);
	return d;
}
