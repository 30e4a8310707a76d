/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of tunnels that have keys, which no device here took: the devices of that kind, by their
 * ends and their keys. VXLAN is in decide_stack.c.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"

static const struct {
	const char *function, *kinds[3], *what;
} tunnels[] = {
	{"gre_", {"gre", "gretap", "erspan"}, "GRE"},
	{"ipgre_", {"gre", "gretap", "erspan"}, "GRE"},
	{"ip6gre_", {"ip6gre", "ip6gretap", "ip6erspan"}, "GRE"},
	{"ipip_", {"ipip"}, "IP in IP"},
	{"sit_", {"sit"}, "IPv6 in IPv4"},
	{"ip6_tnl_", {"ip6tnl"}, "IPv6"},
	{"ip6ip6_", {"ip6tnl"}, "IPv6"},
	{"vti_", {"vti"}, "IPsec"},
	{"geneve_", {"geneve"}, "Geneve"},
	{"tunnel4_", {"ipip"}, "IP in IP"},
	{"tunnel64_", {"sit"}, "IPv6 in IPv4"},
	{"tunnel6_", {"ip6tnl"}, "IPv6"},
};

static bool is_kind(size_t row, const char *kind)
{
	for (size_t i = 0; i < 3 && tunnels[row].kinds[i]; i++)
		if (!strcmp(tunnels[row].kinds[i], kind))
			return true;
	return false;
}

struct found {
	const json_t *fits, *other; /* by its ends, and any of the kind */
	unsigned n_fit, n;
};

static void look(const json_t *links, size_t row, const struct wb_packet *p, struct found *f)
{
	const json_t *l;
	size_t i;

	json_array_foreach(links, i, l)
	{
		const json_t *data = listed_data(l);

		if (!is_kind(row, listed_kind(l)) ||
		    (listed_end_is_any(data, "remote") && listed_end_is_any(data, "local")))
			continue; /* the module's own, which has no ends */
		f->n++;
		f->other = l;
		if (!listed_end_fits(data, "local", p->family, p->daddr) ||
		    !listed_end_fits(data, "remote", p->family, p->saddr))
			continue;
		f->n_fit++;
		f->fits = l;
	}
}

static void say(struct decider *d, size_t row, const struct found *f)
{
	const json_t *data = listed_data(f->fits);
	int64_t key;
	bool keyed = listed_key(data, &key);
	char cause[160];

	if (!f->n)
		snprintf(cause, sizeof(cause), "there is no %s tunnel device here",
			 tunnels[row].what);
	else if (!f->n_fit)
		snprintf(cause, sizeof(cause), "no %s tunnel device here has these two ends",
			 tunnels[row].what);
	else if (!listed_flag(f->fits, "UP"))
		snprintf(cause, sizeof(cause), "it has these two ends, but is down");
	else if (keyed)
		snprintf(cause, sizeof(cause),
			 "it has these two ends, but takes only key %lld, which the packet has not",
			 (long long)key);
	else if (!strcmp(tunnels[row].what, "Geneve") && json_object_get(data, "id"))
		snprintf(cause, sizeof(cause),
			 "it has these two ends, but takes only VNI %lld: the packet has another, "
			 "or a header that is none of Geneve's",
			 (long long)listed_number(data, "id", 0));
	else if (!strcmp(tunnels[row].what, "GRE"))
		snprintf(
			cause, sizeof(cause),
			"it has these two ends, but takes only packets without a key, or its flags "
			"(checksum, sequence number) differ");
	else
		snprintf(cause, sizeof(cause), "it has these two ends, and refused it");
	decider_set_text(d, "cause", cause);
}

/* MACsec counts why it refuses a frame, but only `ip -s macsec show` tells it. */
static struct decider *macsec(struct names *n, const struct journey *j)
{
	struct decider *d = decider_new(DECIDER_TUNNEL);
	json_t *links = list_links(n, j->drop.at.netns_inum);
	const char *dev = j->drop.at.dev;
	const json_t *l;
	size_t i;

	json_array_foreach(links, i, l)
	{
		if (!strcmp(listed_kind(l), "macsec") && !strcmp(listed_word(l, "link"), dev))
			dev = listed_word(l, "ifname");
	}
	decider_set_text(d, "dev", dev);
	decider_set_text(d, "cause",
			 "MACsec refused it: it knows no channel or association of its sender, or "
			 "has another key, or the packet's number is too old (replay)");
	json_decref(links);
	return d;
}

/* Which WireGuard device it was is known if there is one. */
static struct decider *wireguard(struct names *n, const struct journey *j)
{
	struct decider *d = decider_new(DECIDER_WIREGUARD_PEER);
	json_t *links = list_links(n, j->drop.at.netns_inum), *l;
	bool sends = !strncmp(j->drop.location, "wg_xmit", 7);
	const char *dev = NULL;
	char dst[64], cause[160];
	unsigned found = 0;
	size_t i;

	json_array_foreach(links, i, l) if (!strcmp(listed_kind(l), "wireguard"))
	{
		dev = listed_word(l, "ifname");
		found++;
	}
	if (sends || found == 1)
		decider_set_text(d, "dev", sends ? j->drop.at.dev : dev);
	packet_addr(j->packet.family, journey_last_packet(j)->daddr, dst, sizeof(dst));
	snprintf(cause, sizeof(cause),
		 sends ? "no peer has %s among its allowed IPs, or the one that has it has no "
			 "endpoint"
		       : "the source address inside of it is not among its peer's allowed IPs, or "
			 "it is cut short",
		 dst);
	decider_set_text(d, "cause", cause);
	json_decref(links);
	return d;
}

struct decider *decide_tunnel(struct names *n, struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	size_t rows = sizeof(tunnels) / sizeof(tunnels[0]), row = 0;
	struct found f = {0};
	struct decider *d;
	json_t *links;

	if (!strncmp(j->drop.location, "wg_", 3))
		return wireguard(n, j);
	if (!strncmp(j->drop.location, "macsec_", 7) && j->packet.ethertype == ETH_P_MACSEC)
		return macsec(n, j);
	while (row < rows &&
	       strncmp(j->drop.location, tunnels[row].function, strlen(tunnels[row].function)))
		row++;
	if (row == rows)
		return NULL;
	links = list_links(n, j->drop.at.netns_inum);
	if (!links) {
		list_failed(j, "the namespace's tunnel devices");
		return NULL;
	}
	look(links, row, p, &f);
	d = decider_new(DECIDER_TUNNEL);
	decider_set_text(d, "dev", f.n_fit ? listed_word(f.fits, "ifname") : j->drop.at.dev);
	say(d, row, &f);
	decider_add_evidence(d, "%u devices of the kind, %u with these ends", f.n, f.n_fit);
	json_decref(links);
	return d;
}
