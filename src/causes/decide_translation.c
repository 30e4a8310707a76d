/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule that translates drops what it has no address for: one that masquerades or redirects takes
 * the device's own, and there may be none (nf_nat_masquerade_ipv4, nf_nat_redirect; 5.10 to 7.2).
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"
#include "util/text.h"

/* Where it would have gone out, or came in. */
static const char *device(const struct journey *j, bool out)
{
	const struct step *s = out ? decide_route_step(j) : decide_step_at(j, WB_STATION_RX);

	return !s ? "" : out ? s->route.out_dev : s->at.dev;
}

/* 1: it has an address of that IP version that others can reach, 0: none, -1: not known. */
static int has_address(struct names *n, uint32_t inum, const char *dev, uint8_t family)
{
	json_t *all = *dev ? names_ask_device(n, inum, HOST_ASK_addresses, dev) : NULL, *a;
	int found = all ? 0 : -1;
	size_t i;

	json_array_foreach(all, i, a)
	{
		if (!strcmp(listed_word(a, "family"), family == 6 ? "inet6" : "inet") &&
		    strcmp(listed_word(a, "scope"), "host") &&
		    (family != 6 || strcmp(listed_word(a, "scope"), "link")))
			found = 1;
	}
	json_decref(all);
	return found;
}

/* A rule ends with its translation or with a verdict; an ICMP type is called redirect, too. */
static bool has_verdict(const char *rule)
{
	static const char *const verdicts[] = {" drop", " reject", " queue", "vmap "};

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (strstr(rule, verdicts[i]))
			return true;
	return false;
}

void decide_translation(struct names *n, const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	struct decider *d = j->drop.decider;
	const char *text = d ? decider_text(d, "rule") : NULL, *dev;
	char rule[512], hint[192];
	bool out, in;

	if (!d || d->n_candidates || d->kind != DECIDER_NFT_RULE || !text)
		return;
	text_unquoted(rule, sizeof(rule), text);
	out = strstr(rule, "masquerade");
	in = !out && strstr(rule, "redirect");
	if ((!out && !in) || has_verdict(rule))
		return;
	dev = device(j, out);
	if (has_address(n, j->drop.at.netns_inum, dev, p->family) == 0)
		snprintf(hint, sizeof(hint), "%.15s has no IPv%d address that it could be given",
			 dev, p->family == 6 ? 6 : 4);
	else
		snprintf(hint, sizeof(hint),
			 "NAT had no free address and port for it, or the device had no address");
	decider_set_text(d, "hint", hint);
}
