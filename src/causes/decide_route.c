/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes and sysctls. */
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/catalogue.h"
#include "causes/martian.h"
#include "causes/decide.h"
#include "host/listing.h"
#include "host/sysctl.h"

int decide_sysctl(struct names *n, uint32_t inum, const char *family, const char *dev,
		  const char *leaf, char *name, size_t size)
{
	char path[128];

	if (dev) {
		snprintf(path, sizeof(path), "%s/conf/%s/%s", family, dev, leaf);
		snprintf(name, size, "net.%s.conf.%s.%s", family, dev, leaf);
		for (char *dot = name + strlen("net.ipv4.conf."); *dev; dev++, dot++)
			if (*dev == '.')
				*dot = '/';
	} else {
		snprintf(path, sizeof(path), "%s/%s", family, leaf);
		snprintf(name, size, "net.%s.%s", family, leaf);
	}
	return sysctl_number(n, inum, path);
}

/* What carries a mark may have been meant for a socket of this host, and not to be forwarded. */
static void not_to_socket(struct names *n, struct journey *j, struct decider *d)
{
	struct decider *rule = j->drop.mark_known && j->drop.mark ? decide_proxied(n, j) : NULL;
	char hint[320];

	if (!rule)
		return;
	snprintf(hint, sizeof(hint), "it has mark 0x%x: if %s", j->drop.mark,
		 decider_text(rule, "cause"));
	decider_set_text(d, "hint", hint);
	decider_unref(rule);
}

static struct decider *forwarding_off(struct names *n, struct journey *j)
{
	const char *family = j->packet.family == 6 ? "ipv6" : "ipv4";
	uint32_t inum = j->drop.at.netns_inum;
	char name[128];
	int v = decide_sysctl(n, inum, family, j->drop.at.dev, "forwarding", name, sizeof(name));

	if (j->packet.family == 6) {
		v = decide_sysctl(n, inum, family, "all", "forwarding", name, sizeof(name));
		if (v)
			v = decide_sysctl(n, inum, family, j->drop.at.dev, "forwarding", name,
					  sizeof(name));
		return v ? NULL : sysctl_decider(name, v);
	}
	if (v)
		return NULL;
	v = decide_sysctl(n, inum, family, NULL, "ip_forward", name, sizeof(name));
	if (v)
		v = decide_sysctl(n, inum, family, j->drop.at.dev, "forwarding", name,
				  sizeof(name));
	else
		snprintf(name, sizeof(name), "net.ipv4.ip_forward");
	if (v)
		return NULL;
	{
		struct decider *d = sysctl_decider(name, v);

		decider_set_text(d, "meaning", "forwarding is off");
		not_to_socket(n, j, d);
		return d;
	}
}

static struct decider *rp_filter(struct names *n, const struct journey *j)
{
	uint32_t inum = j->drop.at.netns_inum;
	char all[128], dev[128];
	int a = decide_sysctl(n, inum, "ipv4", "all", "rp_filter", all, sizeof(all));
	int b = decide_sysctl(n, inum, "ipv4", j->drop.at.dev, "rp_filter", dev, sizeof(dev));

	struct decider *d;

	/* the larger of the two is in force */
	d = a >= b ? sysctl_decider(all, a) : sysctl_decider(dev, b);
	decide_mark_hint(n, j, d);
	return d;
}

const struct step *decide_route_step(const struct journey *j)
{
	for (size_t i = j->n_steps; i-- > 0;)
		if (j->steps[i].route.has && j->steps[i].at.netns_inum == j->drop.at.netns_inum)
			return &j->steps[i];
	return NULL;
}

static const char *in_dev(const struct journey *j)
{
	const struct step *s = decide_step_at(j, WB_STATION_RX);

	return s ? s->at.dev : "lo"; /* sent from here */
}

/* Did the look-up itself say that this table has a route that refuses? */
static bool refused(const struct step *s)
{
	return s && (s->route.raw.err == -EINVAL || s->route.raw.err == -EHOSTUNREACH ||
		     s->route.raw.err == -EACCES);
}

static bool can_read_rules(struct names *n, uint32_t inum, uint8_t family)
{
	json_t *rules = list_rules(n, inum, family);

	json_decref(rules);
	return rules != NULL;
}

/* By what was answered, or by what ip_error() gives as the reason; 0: not known. */
static int failed_with(const struct journey *j)
{
	if (j->packet.family != 4)
		return 0;
	if (j->has_icmp && j->icmp.type == ICMP_DEST_UNREACH)
		return j->icmp.code == ICMP_PKT_FILTERED   ? EACCES
		       : j->icmp.code == ICMP_NET_UNREACH  ? ENETUNREACH
		       : j->icmp.code == ICMP_HOST_UNREACH ? EHOSTUNREACH
							   : 0;
	return !j->drop.reason_is_location && !strcmp(j->drop.reason, "IP_INNOROUTES") ? ENETUNREACH
										       : 0;
}

/* A tunnel's outer packet would leave by the tunnel (udp_tunnel_dst_lookup, 5.10 to 7.2). */
static struct decider *through_itself(struct names *n, const struct journey *j,
				      const struct step *s)
{
	json_t *links = names_ask_device(n, j->drop.at.netns_inum, HOST_ASK_links, j->drop.at.dev);
	const json_t *l = json_array_get(links, 0);
	const char *remote = listed_word(listed_data(l), "remote");
	bool udp = !strcmp(listed_kind(l), "vxlan") || !strcmp(listed_kind(l), "geneve");
	struct decider *d = NULL;
	char cause[160];

	if (udp && *s->route.out_dev && !strcmp(s->route.out_dev, j->drop.at.dev)) {
		d = decider_new(DECIDER_TUNNEL);
		snprintf(cause, sizeof(cause),
			 "the route to its remote end%s%.48s leads through %.15s itself",
			 *remote ? " " : "", remote, j->drop.at.dev);
		decider_set_text(d, "dev", j->drop.at.dev);
		decider_set_text(d, "cause", cause);
		if (*remote)
			decider_set_text(d, "remote", remote);
	}
	json_decref(links);
	return d;
}

struct decider *decide_no_route(struct names *n, struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	const struct step *s = decide_route_step(j);
	uint32_t inum = j->drop.at.netns_inum;
	struct decider *d;
	char dst[64];

	d = refused(s) ? decide_table(n, inum, p, s->route.raw.table)
		       : decide_policy(n, inum, p, j->drop.mark_known ? &j->drop.mark : NULL,
				       in_dev(j), failed_with(j));
	if (d || (s && !s->route.raw.err)) /* a way on was found: it was not the tables */
		return d ? d : through_itself(n, j, s);
	if (!s && !can_read_rules(n, inum, p->family)) {
		list_failed(j, "the routing rules and tables");
		return NULL;
	}
	d = decider_new(DECIDER_ROUTE);
	if (!d)
		return NULL;
	if (s)
		decider_set_number(d, "table", s->route.raw.table);
	packet_addr(p->family, p->daddr, dst, sizeof(dst));
	decider_set_text(d, "destination", dst);
	decider_set_text(d, "type", refused(s) ? verdict_name(s->verdict) : "no_route");
	if (!refused(s))
		decide_passed_over(n, inum, p, d);
	return d;
}

static bool is_multicast(const struct wb_packet *p)
{
	return p->family == 6 ? p->daddr[0] == 0xff : (p->daddr[0] & 0xf0) == 0xe0;
}

/* The tables were not asked for an address that can't be. */
static struct decider *martian(const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	bool source = !strcmp(j->drop.reason, "IP_INVALID_SOURCE");
	struct decider *d;
	char addr[64];

	if (!source && strcmp(j->drop.reason, "IP_INVALID_DEST"))
		return NULL;
	d = decider_new(DECIDER_ROUTE);
	packet_addr(p->family, source ? p->saddr : p->daddr, addr, sizeof(addr));
	decider_set_text(d, source ? "source" : "destination", addr);
	decider_set_text(d, "type", "martian");
	decider_set_text(d, "cause",
			 source ? "not an address to come from" : "not an address to go to");
	return d;
}

/*
 * Before 5.19 the kernel gives no reason: the routing input itself refused the packet (one without
 * a route dies in ip_error), and its addresses are good. Then the way back is what it did not like.
 */
static bool failed_rp_filter(const struct journey *j, const struct step *s)
{
	return !strncmp(j->drop.location, "ip_rcv_finish_core", 18) && j->drop.reason_is_location &&
	       !martian_reason(journey_last_packet(j)) && !(s && s->route.raw.err);
}

/* Before 6.14 all martians look alike there; what has no route dies elsewhere. */
static bool unnamed_martian(const struct journey *j)
{
	return !strncmp(j->drop.location, "ip_rcv_finish_core", 18) &&
	       !martian_reason(journey_last_packet(j)) &&
	       (j->drop.reason_is_location || !strcmp(j->drop.reason, "NOT_SPECIFIED"));
}

struct decider *decide_route(struct names *n, struct journey *j)
{
	const char *reason = j->drop.reason;
	const struct step *s = decide_route_step(j);
	struct decider *d;
	char name[128];
	int v;

	if (!strcmp(reason, "IP_RPFILTER"))
		return rp_filter(n, j);
	if (!strcmp(catalogue_cause(&j->drop), "MROUTE"))
		return decide_mroute(n, j);
	if (!strcmp(catalogue_cause(&j->drop), "MPLS"))
		return decide_mpls(n, j);
	if (!journey_last_packet(j)->family) /* no tables of IP's are asked for it */
		return NULL;
	if (failed_rp_filter(j, s)) {
		d = rp_filter(n, j);
		if (decider_number(d, "value", 0) > 0) {
			snprintf(j->drop.reason, sizeof(j->drop.reason), "IP_RPFILTER");
			return d;
		}
		decider_unref(d);
	}
	if (!strcmp(reason, "IP_LOCALNET")) {
		v = decide_sysctl(n, j->drop.at.netns_inum, "ipv4", j->drop.at.dev,
				  "route_localnet", name, sizeof(name));
		return sysctl_decider(name, v);
	}
	if (!strcmp(reason, "IP_LOCAL_SOURCE"))
		return decide_local_source(n, j);
	if (unnamed_martian(j)) {
		d = decide_local_source(n, j);
		if (d) {
			snprintf(j->drop.reason, sizeof(j->drop.reason), "IP_LOCAL_SOURCE");
			j->drop.reason_is_location = true;
			return d;
		}
	}
	d = martian(j);
	if (d)
		return d;
	if (is_multicast(journey_last_packet(j)))
		return decide_group(n, j);
	if (s && s->route.raw.err)
		return decide_no_route(n, j);
	if (!strcmp(reason, "IP_INADDRERRORS") || !strcmp(reason, "NOT_SPECIFIED") ||
	    !strcmp(reason, "IP_INNOROUTES")) {
		d = forwarding_off(n, j);
		if (d)
			return d;
	}
	return decide_no_route(n, j);
}
