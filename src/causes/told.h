/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nftables told of packets' ends (--nft-trace), kept until the journey is finished that each
 * belongs to: found by namespace, headers and time.
 */
#ifndef WAYBILL_CAUSES_TOLD_H
#define WAYBILL_CAUSES_TOLD_H

#include "model/journey.h"
#include "model/nft_verdict.h"

struct told;

int told_new(struct told **ret);
void told_free(struct told *t);
void told_add(struct told *t, const struct nft_verdict *v);

/* Who ended this journey, a new reference; NULL: nftables told nothing of it. Each is given once.
 */
struct decider *told_take(struct told *t, const struct journey *j);

/* One of them as a fact under this key, which each in turn replaces. False: it is none. */
#define FACT_TOLD "told"
struct facts;
void told_to_facts(struct facts *f, const struct nft_verdict *v);
bool told_from_fact(const char *json, struct nft_verdict *ret);

#endif
