/* SPDX-License-Identifier: GPL-2.0-only */
/* See broadcast.h. By the addresses of the namespace. */
#include "host/broadcast.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "host/listing.h"
#include "util/wire.h"

/* Of host order; 0: the answer has none. */
static uint32_t address(const json_t *o, const char *key)
{
	struct in_addr a;

	return inet_pton(AF_INET, listed_word(o, key), &a) == 1 ? ntohl(a.s_addr) : 0;
}

/* As fib_add_ifaddr() makes routes for them, 5.10 to 7.2: also without one that was given. */
static bool is_of(const json_t *a, uint32_t addr)
{
	uint32_t local = address(a, "local");
	int64_t len = listed_number(a, "prefixlen", 32);
	uint32_t hosts = len > 0 && len < 32 ? (1U << (32 - len)) - 1 : 0;

	return (local && hosts > 1 && (local | hosts) == addr) ||
	       (addr && address(a, "broadcast") == addr && local != addr);
}

bool broadcast_device(struct names *n, uint32_t inum, const uint8_t addr[4], char *ret, size_t size)
{
	uint32_t word = get_be32(addr);
	json_t *all = names_ask(n, inum, HOST_ASK_addresses, json_pack("{s:i}", "family", 4)), *a;
	bool yes = false;
	size_t i;

	ret[0] = 0;
	json_array_foreach(all, i, a)
	{
		if (!is_of(a, word))
			continue;
		snprintf(ret, size, "%s", listed_word(a, "ifname"));
		yes = true;
	}
	json_decref(all);
	return yes;
}

bool broadcast_address(struct names *n, uint32_t inum, const uint8_t addr[4])
{
	char dev[32];

	return broadcast_device(n, inum, addr, dev, sizeof(dev));
}
