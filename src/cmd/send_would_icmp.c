/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_would_icmp.h. */
#include "cmd/send_would_icmp.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>

#include "host/address_type.h"
#include "host/listing.h"
#include "host/sysctl.h"
#include "model/packet.h"
#include "util/text.h"

#define add(j, ...) text_append((j)->would, sizeof((j)->would), __VA_ARGS__)

/* --- questions for a neighbour, and answers: NDP comes by LOCAL_IN, too --- */

#define TARGET_AT 8 /* behind its ICMPv6 header */

/* Has just this device the address? 1, 0, -1: that could not be read. */
static int has_address(struct names *names, uint32_t netns, const char *dev, const char *address)
{
	json_t *all = names_ask(names, netns, HOST_ASK_addresses, json_pack("{s:i}", "family", 6));
	int has = all ? 0 : -1;
	const json_t *a;
	size_t i;

	json_array_foreach(all, i, a)
	{
		const char *local = listed_word(a, "local");

		if (!strcmp(listed_word(a, "ifname"), dev) &&
		    !strcmp(local[0] ? local : listed_word(a, "address"), address))
			has = 1;
	}
	json_decref(all);
	return has;
}

/* Else it answers for others that it was told of. */
static bool is_no_proxy(struct names *names, uint32_t netns, const char *dev)
{
	char path[64];

	snprintf(path, sizeof(path), "ipv6/conf/%.15s/proxy_ndp", dev);
	return !sysctl_number(names, netns, "ipv6/conf/all/proxy_ndp") &&
	       !sysctl_number(names, netns, path);
}

static void tell_asks(struct journey *j, const char *target, const struct wb_swallowed *r,
		      struct names *names)
{
	const char *dev = names_device(names, r->netns, r->ifindex, 0);
	int has = has_address(names, r->netns, dev, target);

	if (has < 0)
		add(j, "whether the kernel would answer it could not be read");
	else if (has)
		add(j, "the kernel would answer it: %s is an address of %.15s", target, dev);
	else
		add(j, "the kernel would not answer it: %s is no address of %.15s%s", target, dev,
		    is_no_proxy(names, r->netns, dev)
			    ? ""
			    : ", unless it was told to stand in for it (ip -6 neigh show proxy)");
}

bool would_neighbour(struct journey *j, const struct wb_packet *p, const struct wb_swallowed *r,
		     const struct send_item *i, struct names *names)
{
	size_t at = i->key.l4 + TARGET_AT;
	char target[64];

	if (p->proto != IPPROTO_ICMPV6 || i->frame.n < at + 16 ||
	    (p->icmp_type != ND_NEIGHBOR_SOLICIT && p->icmp_type != ND_NEIGHBOR_ADVERT))
		return false;
	packet_addr(6, i->frame.bytes + at, target, sizeof(target));
	if (p->icmp_type == ND_NEIGHBOR_SOLICIT)
		tell_asks(j, target, r, names);
	else
		add(j,
		    "the kernel would learn the MAC address of %s from it, if it has a neighbour "
		    "entry for it",
		    target);
	return true;
}

/* --- echo requests, which the kernel answers itself --- */

enum whom { ANYBODY, ALL_OF_A_NETWORK };

static const struct {
	uint8_t family, proto, type;
	enum whom whom;
	const char *path, *name;
} echoes[] = {
	{4, IPPROTO_ICMP, ICMP_ECHO, ANYBODY, "ipv4/icmp_echo_ignore_all",
	 "net.ipv4.icmp_echo_ignore_all"},
	{4, IPPROTO_ICMP, ICMP_ECHO, ALL_OF_A_NETWORK, "ipv4/icmp_echo_ignore_broadcasts",
	 "net.ipv4.icmp_echo_ignore_broadcasts"},
	{6, IPPROTO_ICMPV6, ICMP6_ECHO_REQUEST, ANYBODY, "ipv6/icmp/echo_ignore_all",
	 "net.ipv6.icmp.echo_ignore_all"},
	{6, IPPROTO_ICMPV6, ICMP6_ECHO_REQUEST, ALL_OF_A_NETWORK, "ipv6/icmp/echo_ignore_multicast",
	 "net.ipv6.icmp.echo_ignore_multicast"},
};

static bool is_for_all(const struct wb_packet *p, uint32_t netns, struct names *names)
{
	if (p->family == 6)
		return p->daddr[0] == 0xff;
	return address_is_for_many(names, netns, p->daddr);
}

bool would_echo(struct journey *j, const struct wb_packet *p, const struct wb_swallowed *r,
		struct names *names)
{
	const char *unread = NULL, *asked = NULL;
	bool is_echo = false;

	for (size_t i = 0; i < sizeof(echoes) / sizeof(echoes[0]); i++) {
		int v;

		if (echoes[i].family != p->family || echoes[i].proto != p->proto ||
		    echoes[i].type != p->icmp_type)
			continue;
		is_echo = true;
		if (echoes[i].whom == ALL_OF_A_NETWORK && !is_for_all(p, r->netns, names))
			continue;
		v = sysctl_number(names, r->netns, echoes[i].path);
		asked = echoes[i].name;
		if (v < 0)
			unread = asked;
		if (v <= 0)
			continue;
		add(j, "the kernel would not answer it: %s is %d", asked, v);
		j->ignored = echoes[i].whom == ANYBODY;
		return true;
	}
	if (unread)
		add(j, "the kernel would answer it, unless %s is on, which could not be read",
		    unread);
	else if (is_echo)
		add(j, "the kernel would answer it with an echo reply (%s is 0)", asked);
	return is_echo;
}
