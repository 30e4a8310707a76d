/* SPDX-License-Identifier: GPL-2.0-only */
/* --expect: how journeys were to end, and whether they did. */
#ifndef WAYBILL_CMD_EXPECT_H
#define WAYBILL_CMD_EXPECT_H

#include "cmd/options.h"
#include "model/journey.h"

struct expect {
	const struct words *words;
	struct {
		char outcome[32], station[64], reason[64]; /* "": any */
		uint64_t fits;				   /* journeys that ended so */
	} all[WORDS_MAX];
	uint64_t others; /* journeys that ended in none of these ways */
};

/* Takes the option apart; words must live as long. An exit code. */
int expect_parse(struct expect *e, const struct words *words);
void expect_count(struct expect *e, const struct journey *j);
/* Does all of it hold, for so many journeys? An exit code. */
int expect_verdict(const struct expect *e, uint64_t journeys);

#endif
