/* SPDX-License-Identifier: GPL-2.0-only */
/* See broadcast.h. An answer is kept for a second: broadcasts come in crowds. */
#include "host/broadcast.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "host/fact.h"
#include "host/inside.h"
#include "util/clock.h"

#define ANSWERS	 8
#define FRESH_NS SECOND_NS
#define FACT_KEY "broadcast/%u/%x"

/* a question, too: addr in, yes out */
struct answer {
	uint32_t inum, addr;
	uint64_t asked_ns;
	bool yes;
};

static uint32_t word_of(const struct sockaddr *a)
{
	return a && a->sa_family == AF_INET ? ((const struct sockaddr_in *)a)->sin_addr.s_addr : 0;
}

/* The one that was given; without one, the address itself or a peer's stands in its place. */
static bool is_given(const struct ifaddrs *a, uint32_t addr)
{
	return a->ifa_flags & IFF_BROADCAST && word_of(a->ifa_broadaddr) == addr &&
	       word_of(a->ifa_addr) != addr;
}

/* As fib_add_ifaddr() makes routes for them, 5.10 to 7.2: also without one that was given. */
static int look(void *arg)
{
	struct answer *q = arg;
	struct ifaddrs *all;

	if (getifaddrs(&all))
		return -1;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		uint32_t addr = word_of(a->ifa_addr), hosts = ~word_of(a->ifa_netmask);

		if (!addr)
			continue;
		q->yes |= (ntohl(hosts) > 1 && (addr | hosts) == q->addr) || is_given(a, q->addr);
	}
	freeifaddrs(all);
	return 0;
}

const struct host_row broadcast_row = {look, sizeof(struct answer), HOST_NETLINK, true};

static bool ask(struct names *n, uint32_t inum, uint32_t addr)
{
	struct answer *a = names_kept(n, KEEPS_BROADCAST, ANSWERS * sizeof(*a), NULL);
	uint64_t now = clock_now_ns();

	if (!a)
		return false;
	a += ntohl(addr) % ANSWERS;
	if (a->inum != inum || a->addr != addr || now - a->asked_ns > FRESH_NS) {
		*a = (struct answer){.inum = inum, .addr = addr, .asked_ns = now};
		names_inside(n, inum, look, a);
	}
	return a->yes;
}

bool broadcast_address(struct names *n, uint32_t inum, const uint8_t addr[4])
{
	char told[8];
	uint32_t word;
	bool yes;

	memcpy(&word, addr, sizeof(word));
	if (names_offline(n))
		return fact_get_string(names_facts(n), told, sizeof(told), FACT_KEY, inum, word) &&
		       !strcmp(told, "yes");
	yes = ask(n, inum, word);
	if (names_facts(n))
		fact_put_string(names_facts(n), yes ? "yes" : "no", FACT_KEY, inum, word);
	return yes;
}
