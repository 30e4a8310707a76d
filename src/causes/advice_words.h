/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of an advice, as a journey has them. What they return lies in the part, or is constant. */
#ifndef WAYBILL_CAUSES_ADVICE_WORDS_H
#define WAYBILL_CAUSES_ADVICE_WORDS_H

#include "model/journey.h"

struct part {
	const struct journey *j;
	bool command; /* words of a shell are wanted, not of a sentence */
	bool missing; /* something is not known: a sentence goes round it, a command can't be */
	bool ready;   /* the value is a piece of a command already, not a word to be quoted */
	char buf[256];
};

const char *part_unknown(struct part *p, const char *words);
const char *words_meaning(struct part *p);
const char *words_nobody(struct part *p, const struct wb_packet *k);
const char *words_tunnels(const char *function);
const char *words_sockets(struct part *p, const struct wb_packet *k);
const char *words_listeners(struct part *p, const struct wb_packet *k);
const char *words_asked(struct part *p, const struct wb_packet *k);
const char *words_own_source(struct part *p, const struct wb_packet *k);
const char *words_not_on(struct part *p, const struct wb_packet *k);
const char *words_way_back(struct part *p, const struct wb_packet *k);
const char *words_ipsec(const struct decider *d);
const char *words_loop(struct part *p);
/* Whose frame it was, as far as that could be read. */
const char *words_otherhost(struct part *p);
const char *words_is_it_up(const struct decider *d);

#endif
