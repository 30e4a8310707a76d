/* SPDX-License-Identifier: GPL-2.0-only */
/* See asked.h. */
#include "causes/asked.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "util/clock.h"

#define LOOK_BACK_NS (5 * SECOND_NS) /* a next hop is asked thrice, a second apart */

static bool is_nd(const struct wb_packet *p)
{
	return p->family == 6 && p->proto == IPPROTO_ICMPV6 &&
	       (p->icmp_type == ND_NEIGHBOR_SOLICIT || p->icmp_type == ND_NEIGHBOR_ADVERT);
}

static bool is_arp(const struct wb_packet *p)
{
	return !p->family && p->ethertype == ETH_P_ARP;
}

void asked_note(struct asked *a, const struct journey *j)
{
	struct asked_one *one;

	if (j->outcome != OUTCOME_DROPPED || !j->has_packet || j->varies || !j->drop.decider ||
	    !(is_nd(&j->packet) || is_arp(&j->packet)))
		return;
	one = &a->dropped[a->next++ % ASKED_MAX];
	decider_unref(one->decider);
	one->ts_ns = j->ts_ns;
	one->packet = j->packet;
	snprintf(one->netns, sizeof(one->netns), "%s", j->drop.at.netns);
	one->decider = decider_ref(j->drop.decider);
}

/* A question goes to the address, or to the group that its last three bytes make. */
static bool asks_for(const struct wb_packet *p, const uint8_t *address)
{
	static const uint8_t group[13] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};

	if (is_arp(p))
		return !memcmp(p->daddr, address, 4);
	return !memcmp(p->daddr, address, 16) ||
	       (!memcmp(p->daddr, group, sizeof(group)) && !memcmp(p->daddr + 13, address + 13, 3));
}

/* ARP's questions and answers are told apart by whose address it is that is sought. */
static bool is_question(const struct wb_packet *p, const uint8_t *address)
{
	return is_arp(p) ? asks_for(p, address) : p->icmp_type == ND_NEIGHBOR_SOLICIT;
}

static bool comes_from(const struct wb_packet *p, const uint8_t *address)
{
	return !memcmp(p->saddr, address, is_arp(p) ? 4 : 16);
}

static const struct asked_one *find(const struct asked *a, const struct journey *j,
				    const uint8_t *address, bool six)
{
	uint64_t end = j->ts_ns + j->duration_ns;

	for (size_t i = 0; i < ASKED_MAX; i++) {
		const struct asked_one *one =
			&a->dropped[(a->next + ASKED_MAX - 1 - i) % ASKED_MAX];

		if (!one->ts_ns || one->ts_ns > end || one->ts_ns + LOOK_BACK_NS < end ||
		    is_arp(&one->packet) == six)
			continue;
		if (is_question(&one->packet, address) ? asks_for(&one->packet, address)
						       : comes_from(&one->packet, address))
			return one;
	}
	return NULL;
}

static bool by_rule(const struct decider *d)
{
	return d->kind == DECIDER_NFT_RULE || d->kind == DECIDER_NFT_POLICY;
}

/* Of several that may have done it the first, which is said. */
static void name_of(const struct decider *d, char *ret, size_t size)
{
	char first[128];

	if (!d->n_candidates) {
		decider_words(d, ret, size);
		return;
	}
	decider_words(d->candidates[0], first, sizeof(first));
	snprintf(ret, size, "%s%.100s",
		 d->n_candidates > 1 ? "one of several, perhaps " : "perhaps ", first);
}

bool asked_tell(const struct asked *a, struct journey *j)
{
	struct decider *d = j->drop.decider;
	const char *address = d && d->kind == DECIDER_NEIGHBOUR ? decider_text(d, "address") : NULL;
	const struct asked_one *one;
	char who[160], hint[320];
	uint8_t wanted[16] = {0};
	const char *what;
	bool six;

	if (j->outcome != OUTCOME_DROPPED || !address ||
	    strcmp(decider_text(d, "state") ?: "", "failed"))
		return false;
	six = strchr(address, ':');
	if (inet_pton(six ? AF_INET6 : AF_INET, address, wanted) != 1)
		return false;
	one = find(a, j, wanted, six);
	if (!one)
		return false;
	what = is_question(&one->packet, wanted) ? "the question for it" : "its answer";
	name_of(one->decider, who, sizeof(who));
	snprintf(hint, sizeof(hint), "%s was dropped%s%.40s by %.160s", what,
		 one->netns[0] ? " in " : "", one->netns, who);
	if (!strcmp(decider_text(d, "hint") ?: "", hint)) /* told before */
		return false;
	decider_set_text(d, "hint", hint);
	if (one->netns[0] && by_rule(one->decider))
		decider_set_text(d, "dropped_in", one->netns);
	decider_add_evidence(d, "%s was dropped: %s", what, who);
	return true;
}

void asked_clear(struct asked *a)
{
	for (size_t i = 0; i < ASKED_MAX; i++)
		decider_unref(a->dropped[i].decider);
}
