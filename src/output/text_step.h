/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of single steps, and the words for packets, that src/output/text.c puts together. */
#ifndef WAYBILL_OUTPUT_TEXT_STEP_H
#define WAYBILL_OUTPUT_TEXT_STEP_H

#include "output/sink.h"
#include "util/text.h"

/* The columns are as wide as the journey's widest name, so that they stay in line. */
struct columns {
	size_t netns, place;
	size_t width; /* of the terminal; 0: any */
};

void text_columns(struct columns *c, const struct journey *j, const struct sink_opts *o);
void text_step(struct text *t, const struct step *s, bool fatal, const struct columns *c,
	       const struct sink_opts *o);
/* Where it is: namespace, station, interface or hook, in columns. */
void text_place(struct text *t, const struct step *s, const struct sink_opts *o);
/* Lines below a step: its decider's rule and candidates. */
void text_rule(struct text *t, const struct decider *d, const struct columns *c);
void text_packet(struct text *t, const struct wb_packet *p, uint32_t len);
/* The same in two parts: between whom, and what more is known (with a space in front). */
void text_packet_ends(struct text *t, const struct wb_packet *p);
void text_packet_more(struct text *t, const struct wb_packet *p, uint32_t len);

/* One that did not come to be: only what is known of it, which may be no address. */
void text_unsent(struct text *t, const struct wb_packet *p);
void text_color(struct text *t, const struct sink_opts *o, const char *code);
void text_upper(struct text *t, const char *word);

/* "12.3us", "4.5ms", "6.7s" */
void text_duration(struct text *t, uint64_t ns);

/* In text_head.c: the first line of a journey, or two; all of it in one line; its time. */
void text_head(struct text *t, const struct journey *j, const struct sink_opts *o);
void text_brief(struct text *t, const struct journey *j, const struct sink_opts *o);
void text_wall(struct text *t, uint64_t ns, const struct sink_opts *o);

#endif
