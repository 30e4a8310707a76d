/* SPDX-License-Identifier: GPL-2.0-only */
/* A few answers, found by all that the question depends on. */
#include "host/memo.h"

#include <string.h>

#include "util/clock.h"

#define ANSWERS	 16
#define VALID_NS (200 * MS_NS)

struct key {
	uint32_t netns;
	uint16_t dport;
	uint8_t family, proto;
	uint8_t daddr[16];
	char reason[48];
};

struct answer {
	struct key key;
	uint64_t at_ns;
	struct decider *decider;
};

static struct key key_of(const struct journey *j)
{
	const struct wb_packet *p = &j->packet;
	struct key k;

	memset(&k, 0, sizeof(k)); /* padding, too: it is compared as bytes */
	k.netns = j->drop.at.netns_inum;
	k.family = p->family;
	k.proto = p->proto;
	k.dport = p->dport;
	memcpy(k.daddr, p->daddr, sizeof(k.daddr));
	memcpy(k.reason, j->drop.reason, strnlen(j->drop.reason, sizeof(k.reason)));
	/* after NAT the packet is for another port than it was sent to */
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].rewritten)
			k.dport = j->steps[i].packet.dport;
	return k;
}

static void clear(void *kept)
{
	struct answer *answers = kept;

	for (int i = 0; i < ANSWERS; i++)
		decider_unref(answers[i].decider);
}

/* NULL: nothing can be kept. */
static struct answer *place_of(struct names *n, const struct key *k)
{
	struct answer *answers = names_kept(n, KEEPS_DECIDERS, ANSWERS * sizeof(*answers), clear);

	return answers ? &answers[(k->netns ^ k->dport ^ k->daddr[3] ^ k->daddr[15]) % ANSWERS]
		       : NULL;
}

struct decider *memo_get(struct names *n, const struct journey *j)
{
	struct key k = key_of(j);
	struct answer *a = place_of(n, &k);

	if (!a || !a->decider || memcmp(&a->key, &k, sizeof(k)) ||
	    clock_now_ns() - a->at_ns >= VALID_NS)
		return NULL;
	return decider_ref(a->decider);
}

void memo_put(struct names *n, const struct journey *j, struct decider *d)
{
	struct key k = key_of(j);
	struct answer *a = place_of(n, &k);

	if (!a)
		return;
	decider_unref(a->decider);
	a->key = k;
	a->decider = decider_ref(d);
	a->at_ns = clock_now_ns();
}
