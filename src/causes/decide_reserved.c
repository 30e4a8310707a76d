/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that a bridge keeps to itself: those for the link-local addresses 01:80:c2:00:00:00 to
 * :0f, unless its group_fwd_mask lets them through (br_handle_frame; 5.10 to 7.2).
 */
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

struct decider *decide_reserved(struct names *n, struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	json_t *links = NULL;
	struct decider *d = NULL;
	const json_t *port;
	char cause[160];

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (p->family || p->ethertype != reserved[i].ethertype)
			continue;
		links = list_links(n, j->drop.at.netns_inum);
		port = listed_link(links, j->drop.at.dev);
		if (strcmp(listed_word(json_object_get(port, "linkinfo"), "info_slave_kind"),
			   "bridge"))
			continue;
		d = decider_new(DECIDER_BRIDGE_PORT);
		decider_set_text(d, "dev", j->drop.at.dev);
		decider_set_text(d, "bridge", listed_word(port, "master"));
		snprintf(cause, sizeof(cause),
			 "%s, which a bridge does not forward unless its group_fwd_mask allows it",
			 reserved[i].what);
		decider_set_text(d, "cause", cause);
		break;
	}
	json_decref(links);
	return d;
}
