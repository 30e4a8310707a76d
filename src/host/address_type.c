/* SPDX-License-Identifier: GPL-2.0-only */
/* See address_type.h. By the table local, which alone is asked, or together with main. */
#include "host/address_type.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/listing.h"
#include "util/prefix.h"

/* Another's; while no rule is added the table main is one with local, and may refuse it. */
#define NOT_OURS                                                                                   \
	(1 << RTN_UNICAST | 1 << RTN_BLACKHOLE | 1 << RTN_UNREACHABLE | 1 << RTN_PROHIBIT |        \
	 1 << RTN_THROW)

static uint16_t type_of(const char *word)
{
	static const struct {
		const char *word;
		uint8_t type;
	} rows[] = {{"local", RTN_LOCAL}, {"broadcast", RTN_BROADCAST}, {"unicast", RTN_UNICAST}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].word, word))
			return 1 << rows[i].type;
	return 0;
}

/* Of the one route to just this address; a wider one, than which main may have a longer: unknown.
 */
static uint16_t by_local(const json_t *routes, const uint8_t addr[4])
{
	uint16_t types = NOT_OURS;
	const json_t *r;
	size_t i;

	json_array_foreach(routes, i, r)
	{
		const char *dst = listed_word(r, "dst");

		if (!prefix_holds(dst, 4, addr))
			continue;
		if (prefix_length(dst, 4) == 32)
			return type_of(listed_word(r, "type"));
		types = 0;
	}
	return types;
}

static bool is_unicast(struct names *n, uint32_t inum, const uint8_t addr[4])
{
	json_t *routes;
	const char *type;
	char dst[INET_ADDRSTRLEN];
	bool yes;

	inet_ntop(AF_INET, addr, dst, sizeof(dst));
	routes = list_route_to(n, inum, dst, 0);
	type = listed_word(json_array_get(routes, 0), "type");
	yes = !strcmp(type, "unicast");
	json_decref(routes);
	return yes;
}

uint16_t address_types(struct names *n, uint32_t inum, const uint8_t addr[4])
{
	static const uint8_t all[4] = {255, 255, 255, 255};
	uint16_t types;
	json_t *routes;

	if (!addr[0] || !memcmp(addr, all, sizeof(all)))
		return 1 << RTN_BROADCAST;
	if (addr[0] >> 4 == 14)
		return 1 << RTN_MULTICAST;
	routes = names_ask(n, inum, HOST_ASK_routes,
			   json_pack("{s:i, s:i}", "family", 4, "table", RT_TABLE_LOCAL));
	types = routes ? by_local(routes, addr) : 0;
	json_decref(routes);
	return types == NOT_OURS && is_unicast(n, inum, addr) ? 1 << RTN_UNICAST : types;
}

bool address_is_for_many(struct names *n, uint32_t inum, const uint8_t addr[4])
{
	return address_types(n, inum, addr) & (1 << RTN_BROADCAST | 1 << RTN_MULTICAST);
}
