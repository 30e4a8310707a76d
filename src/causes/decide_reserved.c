/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that end at a port: a bridge keeps those for the link-local addresses 01:80:c2:00:00:00 to
 * :0f to itself, unless its group_fwd_mask lets them through (br_handle_frame), and a bond takes
 * nothing at a port that is not active (bond_should_deliver_exact_match), MACsec nothing of a
 * sender that it does not know; 5.10 to 7.2.
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"

/* Their own address is known by what they are. */
static const struct {
	uint16_t ethertype;
	const char *what;
} reserved[] = {
	{0x88cc, "LLDP goes to 01:80:c2:00:00:0e"},
	{0x888e, "802.1X (EAPOL) goes to 01:80:c2:00:00:03"},
	{0x8809, "LACP goes to 01:80:c2:00:00:02"},
};

static struct decider *kept_by_bridge(const struct wb_packet *p, const json_t *port)
{
	struct decider *d;
	char cause[160];

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (p->family || p->ethertype != reserved[i].ethertype)
			continue;
		d = decider_new(DECIDER_BRIDGE_PORT);
		decider_set_text(d, "bridge", listed_word(port, "master"));
		snprintf(cause, sizeof(cause),
			 "%s, which a bridge does not forward unless its group_fwd_mask allows it",
			 reserved[i].what);
		decider_set_text(d, "cause", cause);
		return d;
	}
	return NULL;
}

static struct decider *of_inactive(const json_t *port, const json_t *bond)
{
	struct decider *d;
	char cause[160];

	if (strcmp(listed_word(listed_port_data(port), "state"), "BACKUP") ||
	    json_is_true(json_object_get(listed_data(bond), "all_slaves_active")))
		return NULL;
	d = decider_new(DECIDER_DEVICE);
	snprintf(cause, sizeof(cause),
		 "it is a backup port of %.15s, which takes nothing that comes in there (%s)",
		 listed_word(port, "master"), listed_word(listed_data(bond), "mode"));
	decider_set_text(d, "cause", cause);
	return d;
}

/* One above the device took it up, and put it back for want of a channel (macsec_handle_frame). */
static struct decider *of_no_channel(const json_t *links, const char *dev)
{
	const json_t *l;
	struct decider *d = NULL;
	char cause[160];
	size_t i;

	json_array_foreach(links, i, l)
	{
		if (d || strcmp(listed_kind(l), "macsec") || strcmp(listed_word(l, "link"), dev))
			continue;
		d = decider_new(DECIDER_DEVICE);
		snprintf(cause, sizeof(cause),
			 "it is MACsec, and %.15s has no receive channel for its sender",
			 listed_word(l, "ifname"));
		decider_set_text(d, "cause", cause);
	}
	return d;
}

struct decider *decide_reserved(struct names *n, struct journey *j)
{
	json_t *links = list_links(n, j->drop.at.netns_inum);
	const json_t *port = listed_link(links, j->drop.at.dev);
	const char *kind = listed_port_kind(port);
	struct decider *d = NULL;

	if (!strcmp(kind, "bridge"))
		d = kept_by_bridge(journey_last_packet(j), port);
	else if (!strcmp(kind, "bond"))
		d = of_inactive(port, listed_link(links, listed_word(port, "master")));
	else if (journey_last_packet(j)->ethertype == ETH_P_MACSEC)
		d = of_no_channel(links, j->drop.at.dev);
	if (d)
		decider_set_text(d, "dev", j->drop.at.dev);
	json_decref(links);
	return d;
}
