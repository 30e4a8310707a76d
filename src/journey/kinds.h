/* SPDX-License-Identifier: GPL-2.0-only */
/* A journey while it is built, and what each kind of event does to it; inside this room only. */
#ifndef WAYBILL_JOURNEY_KINDS_H
#define WAYBILL_JOURNEY_KINDS_H

#include "model/journey.h"

struct build {
	struct journey *j;
	size_t room;
	const struct wb_event *ev;
	const struct wb_packet *packet; /* section of ev, NULL none */
	const struct wb_task *task;
	struct wb_packet known; /* headers as last seen */
	struct wb_ct ct;
	bool component; /* the last XDP program was one, and its dispatcher has not ended yet */
};

struct step *build_last(struct build *b); /* NULL: none yet */
/* A new step at the place of the event in hand; NULL: no memory. */
struct step *build_step(struct build *b, enum wb_station station);
/* The step of this visit to the station, or a new one. */
struct step *build_visit(struct build *b, enum wb_station station);
/* Notes new headers, at the step if it has one. */
void build_rewrite(struct build *b, struct step *s);
void build_task(struct build *b, struct step *s);
/* The station of the probe that sent the event in hand. */
enum wb_station build_station(const struct build *b);

#define X(id, body) void kind_##id(struct build *b, const void *body);
WB_KINDS(X)
#undef X

#endif
