/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No route was found though there is one, or would be: routes that the look-up passes over, and
 * devices that have none (fib_select, fib_nh_is_linkdown, addrconf_notify; 5.10 to 7.2).
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"
#include "model/packet.h"
#include "util/prefix.h"

/* While its link is down, if it is so set; or one that is only for packets from elsewhere. */
static bool passed_over(const json_t *r, const struct wb_packet *p, char *hint, size_t size)
{
	const char *dst = listed_word(r, "dst"), *from = listed_word(r, "from");

	if (!prefix_holds(dst, p->family, p->daddr))
		return false;
	if (listed_flag(r, "linkdown") && *listed_word(r, "dev")) {
		snprintf(hint, size,
			 "the route to %.60s by %.15s holds it, but its link is down, and "
			 "ignore_routes_with_linkdown passes over such routes",
			 dst, listed_word(r, "dev"));
		return true;
	}
	if (*from && !prefix_holds(from, p->family, p->saddr)) {
		snprintf(hint, size, "the route to %.60s is only for packets from %.60s", dst,
			 from);
		return true;
	}
	return false;
}

static bool without_ipv6(struct names *n, uint32_t inum, char *hint, size_t size)
{
	json_t *links = list_links(n, inum);
	bool found = false;
	const json_t *l;
	size_t i;

	json_array_foreach(links, i, l)
	{
		int64_t mtu = listed_number(l, "mtu", IPV6_LEAST_MTU);

		if (!listed_flag(l, "UP") || mtu >= IPV6_LEAST_MTU)
			continue;
		snprintf(hint, size,
			 "%.15s has an MTU of %lld, and IPv6 needs 1280: it has no IPv6, and so no "
			 "routes of it",
			 listed_word(l, "ifname"), (long long)mtu);
		found = true;
	}
	json_decref(links);
	return found;
}

bool decide_passed_over(struct names *n, uint32_t inum, const struct wb_packet *p,
			struct decider *d)
{
	json_t *routes = names_ask(n, inum, HOST_ASK_routes,
				   json_pack("{s:i}", "family", p->family == 6 ? 6 : 4));
	bool found = false;
	const json_t *r;
	char hint[192];
	size_t i;

	json_array_foreach(routes, i, r)
	{
		if (!found)
			found = passed_over(r, p, hint, sizeof(hint));
	}
	json_decref(routes);
	if (!found && p->family == 6)
		found = without_ipv6(n, inum, hint, sizeof(hint));
	if (found)
		decider_set_text(d, "hint", hint);
	return found;
}
