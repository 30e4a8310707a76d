/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why MPLS did not forward a packet (mpls_forward; 5.10 to 7.2): input is off on the device, its
 * label is none of this host's, or its TTL is used up. No ICMP error is sent for any of it.
 */
#include <stdio.h>
#include <sys/socket.h>

#include "causes/decide.h"
#include "host/listing.h"
#include "host/sysctl.h"
#include "model/packet.h"

static struct decider *input_off(struct names *n, const struct journey *j)
{
	char path[96], name[96];

	snprintf(path, sizeof(path), "mpls/conf/%s/input", j->drop.at.dev);
	snprintf(name, sizeof(name), "net.mpls.conf.%s.input", j->drop.at.dev);
	return sysctl_number(n, j->drop.at.netns_inum, path) == 0 ? sysctl_decider(name, 0) : NULL;
}

static bool has_route(const json_t *routes, unsigned label)
{
	const json_t *r;
	size_t i;

	json_array_foreach(routes, i, r)
	{
		if (listed_number(r, "label", -1) == label)
			return true;
	}
	return false;
}

/* Nothing that holds now can have done it, so it was something that has changed. */
static const char *was_off(struct names *n, const struct journey *j, char *buf, size_t size)
{
	char path[96];

	snprintf(path, sizeof(path), "mpls/conf/%s/input", j->drop.at.dev);
	if (sysctl_number(n, j->drop.at.netns_inum, path) != 1)
		return NULL;
	snprintf(buf, size,
		 "there is a route for this label, and net.mpls.conf.%s.input is 1 now: whether it "
		 "was 0 when the packet came can't be told",
		 j->drop.at.dev);
	return buf;
}

/* NULL: nothing says why. */
static const char *label_cause(struct names *n, struct journey *j, unsigned label, char *buf,
			       size_t size)
{
	uint32_t inum = j->drop.at.netns_inum;
	json_t *routes = names_ask(n, inum, HOST_ASK_routes, json_pack("{s:i}", "family", AF_MPLS));
	int labels = sysctl_number(n, inum, "mpls/platform_labels");
	bool has = has_route(routes, label);

	if (!routes)
		list_failed(j, "the routes of MPLS");
	json_decref(routes);
	if (!routes)
		return NULL;
	if (has)
		return journey_last_packet(j)->ttl <= 1 ? "its TTL is used up"
							: was_off(n, j, buf, size);
	if (labels >= 0 && (int)label >= labels)
		snprintf(buf, size, "this host has only labels below %d (platform_labels)", labels);
	else
		snprintf(buf, size, "this host has no route for this label");
	return buf;
}

struct decider *decide_mpls(struct names *n, struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	struct decider *d = input_off(n, j);
	const char *cause;
	char buf[192];

	if (d || !packet_is_mpls(p))
		return d;
	d = decider_new(DECIDER_MPLS_ROUTE);
	decider_set_number(d, "label", packet_mpls_label(p));
	cause = label_cause(n, j, packet_mpls_label(p), buf, sizeof(buf));
	if (!cause)
		cause = "why it was not taken by its label can't be told";
	decider_set_text(d, "cause", cause);
	return d;
}
