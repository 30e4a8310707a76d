/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends of the stack itself that a device explains: tunnels and MTUs. */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/catalogue.h"
#include "causes/decide.h"
#include "host/listing.h"
#include "host/sysctl.h"

/* The VNI of a device, NULL: of the first one that has any; -1: none. */
static int vxlan_id(struct names *n, uint32_t inum, const char *dev)
{
	json_t *links = dev ? names_ask_device(n, inum, HOST_ASK_links, dev)
			    : names_ask(n, inum, HOST_ASK_links, NULL);
	json_t *link, *id;
	int ret = -1;
	size_t i;

	json_array_foreach(links, i, link)
	{
		json_t *info = json_object_get(link, "linkinfo");
		const char *kind = json_string_value(json_object_get(info, "info_kind"));

		id = json_object_get(json_object_get(info, "info_data"), "id");
		if (ret < 0 && kind && !strcmp(kind, "vxlan") && id)
			ret = (int)json_integer_value(id);
	}
	json_decref(links);
	return ret;
}

#define VXLAN_HAS_VNI 0x08 /* RFC 7348 */

/*
 * The VNI that the packet carries, or by the device that wrapped it, if that was on this machine.
 */
static int packet_vni(struct names *n, const struct journey *j)
{
	const uint8_t *vxlan = j->drop.behind;

	if (vxlan[0] & VXLAN_HAS_VNI)
		return vxlan[4] << 16 | vxlan[5] << 8 | vxlan[6];
	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];
		int id = -1;

		if (s->station == WB_STATION_DRIVER_TX && s->at.dev[0])
			id = vxlan_id(n, s->at.netns_inum, s->at.dev);
		if (id >= 0)
			return id;
	}
	return -1;
}

/* The device itself had no way out for it: nothing was wrapped yet. */
static struct decider *no_remote(struct names *n, const struct journey *j)
{
	struct decider *d = decider_new(DECIDER_TUNNEL);
	int id = vxlan_id(n, j->drop.at.netns_inum, j->drop.at.dev);

	if (!d)
		return NULL;
	decider_set_text(d, "dev", j->drop.at.dev);
	if (id >= 0)
		decider_set_number(d, "vni", id);
	decider_set_text(d, "cause", "no remote, and no FDB entry for the packet's destination");
	return d;
}

static struct decider *tunnel(struct names *n, const struct journey *j)
{
	int there = packet_vni(n, j), here = vxlan_id(n, j->drop.at.netns_inum, NULL);
	struct decider *d = decider_new(DECIDER_TUNNEL);
	char cause[96];

	if (!d)
		return NULL;
	decider_set_text(d, "dev", j->drop.at.dev);
	if (there >= 0)
		decider_set_number(d, "vni", there);
	if (there >= 0 && there == here)
		snprintf(cause, sizeof(cause), "the outer packet could not be sent or taken");
	else if (there >= 0 && here >= 0)
		snprintf(cause, sizeof(cause), "the packet has VNI %d, the device here %d", there,
			 here);
	else if (there >= 0)
		snprintf(cause, sizeof(cause), "the packet has VNI %d, no device here has", there);
	else
		snprintf(cause, sizeof(cause), "the device here has VNI %d", here);
	decider_set_text(d, "cause", cause);
	return d;
}

/* -1: unknown. */
static int mtu_of(struct names *n, uint32_t netns, const char *dev)
{
	json_t *links = names_ask_device(n, netns, HOST_ASK_links, dev);
	json_t *mtu = json_object_get(json_array_get(links, 0), "mtu");
	int ret = mtu ? (int)json_integer_value(mtu) : -1;

	json_decref(links);
	return ret;
}

/* The device of a tunnel that made the packet larger, NULL: none did. */
static const char *tunnel_dev(const struct journey *j)
{
	const struct step *s = decide_step_at(j, WB_STATION_DRIVER_TX);

	return s ? s->at.dev : NULL;
}

/* The device would have taken it, so the way there does not: a route's own MTU, or a learned one.
 */
static struct decider *way_mtu(struct names *n, const struct journey *j, const char *dev)
{
	const struct wb_packet *p = journey_last_packet(j);
	struct decider *d = decider_new(DECIDER_ROUTE);
	json_t *route, *metric;
	int64_t mtu = 0;
	char dst[64], cause[160];
	size_t i;

	packet_addr(p->family, p->daddr, dst, sizeof(dst));
	route = names_ask(n, j->drop.at.netns_inum, HOST_ASK_route, json_pack("{s:s}", "dst", dst));
	json_array_foreach(json_object_get(route, "metrics"), i, metric)
	{
		mtu = listed_number(metric, "mtu", mtu);
	}
	json_decref(route);
	decider_set_text(d, "destination", dst);
	decider_set_text(d, "dev", dev);
	if (mtu > 0 && mtu < p->ip_len) {
		snprintf(cause, sizeof(cause), "to %.48s has MTU %lld", dst, (long long)mtu);
		decider_set_number(d, "mtu", mtu);
	} else {
		snprintf(cause, sizeof(cause),
			 "to %.48s had a smaller MTU than its device: its own, or a learned one",
			 dst);
	}
	decider_set_text(d, "cause", cause);
	return d;
}

/*
 * ip_forward() drops it while the sk_buff still names the device that it came in by (5.10 to 7.2;
 * IPv6 has changed it by then). Where its look-up was not seen the tables are asked.
 */
static void leaves_by(struct names *n, const struct journey *j, char dev[IFNAMSIZ])
{
	const struct wb_packet *p = journey_last_packet(j);
	const struct step *s = decide_route_step(j), *rx = decide_step_at(j, WB_STATION_RX);
	char src[64], dst[64];
	json_t *route;

	/* to be cut it is at that device already */
	snprintf(dev, IFNAMSIZ, "%s",
		 s && j->drop.station != WB_STATION_FRAGMENT ? s->route.out_dev : j->drop.at.dev);
	if (s || !rx || j->drop.station != WB_STATION_FORWARD || p->family != 4)
		return;
	packet_addr(4, p->saddr, src, sizeof(src));
	packet_addr(4, p->daddr, dst, sizeof(dst));
	route = names_ask(n, j->drop.at.netns_inum, HOST_ASK_route,
			  json_pack("{s:s, s:s, s:I, s:I}", "src", src, "dst", dst, "iif",
				    (json_int_t)rx->at.ifindex, "mark",
				    (json_int_t)(j->drop.mark_known ? j->drop.mark : 0)));
	snprintf(dev, IFNAMSIZ, "%.15s", listed_word(route, "dev"));
	json_decref(route);
}

/* The device that the packet should have left by, and how much that takes. */
static struct decider *too_big(struct names *n, const struct journey *j)
{
	char dev[IFNAMSIZ];
	const char *tunnel = tunnel_dev(j);
	struct decider *d;
	char cause[96];
	int mtu;

	leaves_by(n, j, dev);
	if (!dev[0])
		return NULL;
	mtu = mtu_of(n, j->drop.at.netns_inum, dev);
	if (tunnel && strcmp(tunnel, dev)) {
		d = decider_new(DECIDER_TUNNEL);
		decider_set_text(d, "dev", tunnel);
		snprintf(cause, sizeof(cause),
			 "with the outer header it exceeds the MTU %.0d of %s", mtu > 0 ? mtu : 0,
			 dev);
		decider_set_text(d, "cause", cause);
	} else if (mtu >= journey_last_packet(j)->ip_len && j->segments <= 1) {
		return way_mtu(n, j, dev);
	} else {
		d = decider_new(DECIDER_DEVICE);
		decider_set_text(d, "dev", dev);
	}
	if (mtu >= 0)
		decider_set_number(d, "mtu", mtu);
	return d;
}

/* A device that IPv6 does not use has no reason of its own (ip6_rcv_core, 5.10 to 7.2). */
static struct decider *too_small_for_ipv6(struct names *n, struct journey *j)
{
	int mtu = strncmp(j->drop.location, "ip6_rcv_core", 12)
			  ? -1
			  : mtu_of(n, j->drop.at.netns_inum, j->drop.at.dev);
	struct decider *d;
	char hint[96];

	if (mtu < 0 || mtu >= IPV6_LEAST_MTU)
		return NULL;
	snprintf(j->drop.reason, sizeof(j->drop.reason), "IPV6DISABLED");
	j->drop.reason_is_location = true;
	d = decider_new(DECIDER_DEVICE);
	decider_set_text(d, "dev", j->drop.at.dev);
	decider_set_number(d, "mtu", mtu);
	snprintf(hint, sizeof(hint), "its MTU is %d, and IPv6 needs 1280", mtu);
	decider_set_text(d, "hint", hint);
	return d;
}

/* With no room at all the first fragment is refused already (inet_frag_create; 5.10 to 7.2). */
static struct decider *no_fragments(struct names *n, const struct journey *j)
{
	bool v6 = j->packet.family == 6;
	int room = sysctl_number(n, j->drop.at.netns_inum,
				 v6 ? "ipv6/ip6frag_high_thresh" : "ipv4/ipfrag_high_thresh");

	if (room || strstr(j->drop.location, "nf_ct_frag6"))
		return NULL;
	return sysctl_decider(v6 ? "net.ipv6.ip6frag_high_thresh" : "net.ipv4.ipfrag_high_thresh",
			      0);
}

struct decider *decide_stack(struct names *n, struct journey *j)
{
	if (!strcmp(j->drop.reason, "FRAG_FAILED"))
		return NULL; /* whoever did not take one of its fragments is told at that one's end
			      */
	if (j->drop.station == WB_STATION_DEFRAG)
		return no_fragments(n, j);
	if (!strcmp(j->drop.reason, "PKT_TOO_BIG") || j->drop.station == WB_STATION_FRAGMENT)
		return too_big(n, j);
	if (!strcmp(j->drop.reason, "OTHERHOST"))
		return decide_otherhost(n, j);
	if (!strcmp(catalogue_cause(&j->drop), "UNHANDLED_PROTO"))
		return decide_reserved(n, j);
	if (!strcmp(catalogue_cause(&j->drop), "IPV6_ROUTING_HEADER"))
		return decide_routing_header(n, j);
	if (!strcmp(catalogue_cause(&j->drop), "IP_INHDR"))
		return too_small_for_ipv6(n, j);
	if (j->drop.station == WB_STATION_FORWARD && !strcmp(j->drop.reason, "NOT_SPECIFIED"))
		return decide_proxied(n, j);
	if (j->drop.station != WB_STATION_TUNNEL)
		return NULL;
	if (!strcmp(j->drop.reason, "NO_TX_TARGET"))
		return no_remote(n, j);
	if (!strncmp(j->drop.location, "vxlan_", 6) || !strncmp(j->drop.reason, "VXLAN_", 6))
		return tunnel(n, j);
	return decide_tunnel(n, j);
}
