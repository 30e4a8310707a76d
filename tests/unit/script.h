/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Journey scripts (tests/journeys): a line an event, then lines of what is expected. Turns a script
 * into events; names of reasons and functions are kept here, as the resolver would have them.
 */
#ifndef WAYBILL_TESTS_SCRIPT_H
#define WAYBILL_TESTS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/journey.h"

#define SCRIPT_EVENTS 256
#define SCRIPT_EXPECTS 32

struct script {
	char path[512];
	struct wb_event *events[SCRIPT_EVENTS]; /* owned */
	size_t n_events;
	char *expects[SCRIPT_EXPECTS]; /* the words behind "expect", owned */
	size_t n_expects;
	char *names[256]; /* reasons and functions, by number; owned */
	size_t n_names;
	uint64_t ends_ns; /* "end +NS": when the book is closed, 0: not before the finish */
	char error[256];
};

/* 0 or -1, error says which line. */
int script_read(struct script *s, const char *path);
void script_clear(struct script *s);

/* The name behind a number that stands for a reason or a function, "" none. */
const char *script_name(const struct script *s, uint64_t number);

/*
 * Does the journey have all that the words of an expect line say? "dropped nf.input
 * NETFILTER_DROP layer=netfilter decider=nft_rule steps=rx,nf.input". Else why is filled.
 */
bool script_matches(const char *expect, const struct journey *j, char *why, size_t size);

#endif
