/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hook that is not observed tells of nobody, and a routing decision that comes late is joined to
 * no packet: where it was last is not where it died, but what it died behind.
 */
#include "causes/possible_hooks.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "causes/decide.h"
#include "firewall/firewall.h"
#include "host/listing.h"

#define AT(name) (1ULL << WB_STATION_NF_##name)
#define LEAVING	 (AT(POSTROUTING) | AT(BRIDGE_OUTPUT) | AT(BRIDGE_POSTROUTING) | AT(NETDEV_EGRESS))
#define ROUTED	 (AT(FORWARD) | LEAVING)
#define RECEIVED                                                                                   \
	(AT(NETDEV_INGRESS) | AT(BRIDGE_PREROUTING) | AT(BRIDGE_INPUT) | AT(BRIDGE_FORWARD) |      \
	 AT(PREROUTING) | AT(INPUT) | ROUTED)
#define SENT (AT(OUTPUT) | LEAVING)

/* At INPUT and FORWARD it still has the device by which it came, then the one by which it leaves.
 */
static uint64_t routed(const struct step *route, const struct ending *e)
{
	uint32_t in = route->at.ifindex, out = route->route.has ? route->route.raw.oif : 0;
	uint64_t hooks = AT(INPUT) | ROUTED;

	if (in && in != out && e->at.ifindex)
		hooks &= e->at.ifindex == in ? ~LEAVING : e->at.ifindex == out ? LEAVING : hooks;
	if (route->verdict == VERDICT_FORWARD || route->route.raw.type == RTN_UNICAST)
		hooks &= ~AT(INPUT);
	return hooks;
}

uint64_t hooks_behind(const struct journey *j, const struct step *last, const struct ending *e)
{
	if (j->end_only)
		return last ? RECEIVED : SENT;
	if (!last)
		return e->at.ifindex ? SENT : AT(OUTPUT);
	switch (last->station) {
	case WB_STATION_XDP:
	case WB_STATION_RX:
	case WB_STATION_TC_IN:
		return RECEIVED;
	case WB_STATION_ROUTE_IN:
		return last->verdict == VERDICT_LOCAL ? AT(INPUT) : routed(last, e);
	case WB_STATION_SOCKET_SEND:
	case WB_STATION_ROUTE_OUT:
		return SENT;
	default:
		return 0;
	}
}

uint64_t hooks_unwatched(const struct journey *j)
{
	return j->end_only ? j->drop.hooks : j->drop.hooks & ~j->watched;
}

bool hooks_several(const struct journey *j)
{
	return hooks_unwatched(j) & ~(1ULL << j->drop.station);
}

void hooks_end_at(struct journey *j, enum wb_station hook)
{
	static const struct {
		enum wb_station hook;
		uint64_t behind;
	} rows[] = {
		{WB_STATION_NF_NETDEV_INGRESS, RECEIVED & ~AT(NETDEV_INGRESS)},
		{WB_STATION_NF_PREROUTING, AT(INPUT) | ROUTED},
		{WB_STATION_NF_FORWARD, LEAVING},
		{WB_STATION_NF_OUTPUT, LEAVING},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].hook == hook)
			j->drop.hooks &= ~rows[i].behind;
}

/* NONE: they could not be asked. */
static enum wb_station ask_tables(struct names *n, const struct journey *j)
{
	enum wb_station ret = WB_STATION_NONE;
	const char *type;
	json_t *route;
	char dst[64];

	packet_addr(j->packet.family, journey_last_packet(j)->daddr, dst, sizeof(dst));
	route = names_ask(n, j->drop.at.netns_inum, HOST_ASK_route, json_pack("{s:s}", "dst", dst));
	type = listed_word(route, "type");
	if (!strcmp(type, "local") || !strcmp(type, "broadcast"))
		ret = WB_STATION_NF_INPUT;
	else if (!strcmp(type, "unicast"))
		ret = WB_STATION_NF_FORWARD;
	json_decref(route);
	return ret;
}

/* A new address, or a mark that leads to another table, and the tables tell of another way. */
static bool led_astray(const struct firewall *f, const struct journey *j)
{
	return firewall_has_nat(f) || !j->drop.mark_known || j->drop.mark ||
	       journey_last_packet(j) != &j->packet || (j->varies & VARIES_TARGET);
}

bool hooks_by_tables(struct names *n, const struct firewall *f, struct journey *j)
{
	/* was the routing decision seen, but not what it was? */
	bool seen = decide_step_at(j, WB_STATION_ROUTE_IN);
	uint64_t either = AT(INPUT) | AT(FORWARD),
		 hooks = seen ? j->drop.hooks : hooks_unwatched(j);
	struct drop *d = &j->drop;
	enum wb_station to;

	if (j->end_only || (hooks & either) != either || !journey_last_packet(j)->family)
		return true;
	if (!seen && led_astray(f, j))
		return true;
	to = ask_tables(n, j);
	if (to == WB_STATION_NONE)
		return false;
	d->hooks &= to == WB_STATION_NF_INPUT ? ~ROUTED : ~AT(INPUT);
	if (hooks_have(either, d->station))
		d->station = to;
	return true;
}
