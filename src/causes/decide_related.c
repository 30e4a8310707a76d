/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections that another one announced: without a helper at that one conntrack does not know
 * them for related, and a rule drops them as new.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"
#include "host/sysctl.h"

#define ENTRIES_READ 4096 /* a larger table is not searched for a hint */

static const struct {
	uint8_t proto;
	uint16_t port;
	const char *what;
} announcing[] = {
	{IPPROTO_TCP, 21, "FTP"},    {IPPROTO_UDP, 69, "TFTP"},	     {IPPROTO_TCP, 1720, "H.323"},
	{IPPROTO_TCP, 1723, "PPTP"}, {IPPROTO_UDP, 5060, "SIP"},     {IPPROTO_TCP, 5060, "SIP"},
	{IPPROTO_TCP, 6667, "IRC"},  {IPPROTO_UDP, 10080, "Amanda"}, {IPPROTO_UDP, 137, "NetBIOS"},
};

#define N_ANNOUNCING (sizeof(announcing) / sizeof(announcing[0]))

/* Is one end of the entry this host, and the other that one? */
static bool between(const json_t *tuple, const char *a, const char *b)
{
	const char *src = listed_word(tuple, "src"), *dst = listed_word(tuple, "dst");

	return (!strcmp(src, a) && !strcmp(dst, b)) || (!strcmp(src, b) && !strcmp(dst, a));
}

static size_t row_of(const json_t *tuple)
{
	size_t i = 0;

	while (i < N_ANNOUNCING && (listed_number(tuple, "proto", 0) != announcing[i].proto ||
				    listed_number(tuple, "dport", 0) != announcing[i].port))
		i++;
	return i;
}

static void look(const json_t *list, const char *src, const char *dst, struct decider *d)
{
	const json_t *e;
	char hint[192];
	size_t i;

	json_array_foreach(list, i, e)
	{
		const json_t *orig = json_object_get(e, "orig");
		size_t row = row_of(orig);

		if (row == N_ANNOUNCING || json_object_get(e, "helper") ||
		    (!between(orig, src, dst) && !between(json_object_get(e, "reply"), src, dst)))
			continue;
		snprintf(hint, sizeof(hint),
			 "the two have a connection to port %u (%s) at which no conntrack helper "
			 "stands, so what that one announces is new here, not related",
			 announcing[row].port, announcing[row].what);
		decider_set_text(d, "hint", hint);
		decider_add_evidence(d, "conntrack has their connection to port %u, without helper",
				     announcing[row].port);
		return;
	}
}

/* Does it begin something, at a port that was agreed on somewhere? */
static bool begins(const struct wb_packet *p)
{
	if (p->dport < 1024)
		return false;
	return p->proto == IPPROTO_UDP ||
	       (p->proto == IPPROTO_TCP && (p->tcp_flags & (TH_SYN | TH_ACK)) == TH_SYN);
}

void decide_related(struct names *n, const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	uint32_t inum = j->drop.at.netns_inum;
	struct decider *d = j->drop.decider;
	char src[64], dst[64];
	json_t *table;
	int count;

	if (!d || d->n_candidates || !begins(p) ||
	    (d->kind != DECIDER_NFT_RULE && d->kind != DECIDER_NFT_POLICY &&
	     d->kind != DECIDER_IPTABLES_RULE && d->kind != DECIDER_IPTABLES_POLICY))
		return;
	count = sysctl_number(n, inum, "netfilter/nf_conntrack_count");
	if (count <= 0 || count > ENTRIES_READ)
		return;
	packet_addr(p->family, p->saddr, src, sizeof(src));
	packet_addr(p->family, p->daddr, dst, sizeof(dst));
	table = names_ask(
		n, inum, HOST_ASK_conntrack,
		json_pack("{s:i, s:i}", "family", p->family == 6 ? 6 : 4, "max", ENTRIES_READ));
	look(json_object_get(table, "list"), src, dst, d);
	json_decref(table);
}
