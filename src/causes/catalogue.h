/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What waybill knows of the kernel's ends: the functions that free packets (catalogue_places.c),
 * the reasons they give (catalogue_reasons.c), and the advice for whoever has such a drop
 * (catalogue_advice.c); and what the stations mean. Tables and a look-up each, no I/O.
 */
#ifndef WAYBILL_CAUSES_CATALOGUE_H
#define WAYBILL_CAUSES_CATALOGUE_H

#include "model/journey.h"

/* A function that frees packets. */
struct place_row {
	const char *function;	 /* a trailing * stands for any rest */
	enum wb_station station; /* NONE: the station the packet was at last */
	enum wb_layer layer;	 /* NONE: the station's */
	const char *reason;	 /* waybill's own name, for kernels and places without reasons */
};
const struct place_row *catalogue_place(const char *function); /* NULL: not known */
const struct place_row *catalogue_places(size_t *n);

/* The reason that the kernel gives, or waybill's own for the place where it gives none. */
const char *catalogue_cause(const struct drop *d);

/* A drop reason of the kernel: what it means and, if the reason alone tells, where. */
struct reason_row {
	const char *name;
	enum wb_station station;
	enum wb_layer layer;
	bool benign;
	const char *meaning;
};
const struct reason_row *catalogue_reason(const char *name);
const struct reason_row *catalogue_reasons(size_t *n);

/* What a station means, in a few words; static. */
const char *catalogue_station(enum wb_station s);

/* What the sender sees of such a drop, and the advice with its gaps in words; for explain. */
struct advice_row {
	const char *sees; /* NULL: it depends */
	const char *next;
};
struct advice_row catalogue_advice(const struct reason_row *r);

/* Fills sender_sees, why and next of a finished journey that has its fate, names and decider. */
void catalogue_advise(struct journey *j);

#endif
