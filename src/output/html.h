/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording as one page that stands for itself: no script, style or font from elsewhere. What was
 * counted is gathered by the caller; every foreign string is written in the form for HTML.
 */
#ifndef WAYBILL_OUTPUT_HTML_H
#define WAYBILL_OUTPUT_HTML_H

#include "model/flow.h"
#include "model/tally.h"
#include "output/sink.h"
#include "util/text.h"

/* --- the picture: stations that were passed, and from which to which --- */

struct html_node {
	uint32_t netns;
	char name[64]; /* of the namespace */
	enum wb_station station;
	uint64_t n, died;
};

struct html_edge {
	size_t from, to; /* nodes */
	uint64_t n;
};

struct html_path {
	struct html_node *nodes; /* owned */
	size_t n_nodes;
	struct html_edge *edges; /* owned */
	size_t n_edges;
	bool crowded; /* there were more than are kept */
};

/* 0 or -ENOMEM. */
int html_path_add(struct html_path *p, const struct journey *j);
/* An inline SVG picture. */
void html_path_put(struct text *t, const struct html_path *p);
void html_path_clear(struct html_path *p);

/* --- why packets died --- */

struct html_cause {
	enum wb_layer layer;
	enum wb_station station;
	char reason[48], who[160], rule[256], why[384], next[512], netns[64];
	uint64_t n, first; /* how many, and the number of the first journey */
};

struct html_causes {
	struct html_cause *all; /* owned */
	size_t n;
	uint64_t others; /* that are told nowhere, for want of room */
};

int html_causes_add(struct html_causes *c, const struct journey *j);
void html_causes_put(struct text *t, struct html_causes *c);
void html_causes_clear(struct html_causes *c);

/* --- parts --- */

/* Folded up: its first line; unfolded: all of it. */
void html_journey(struct text *t, const struct journey *j, const struct sink_opts *o);
void html_flow(struct text *t, const struct flow *f);
void html_layers(struct text *t, const struct tally *n);

/* --- the page --- */

struct html_page {
	const char *title;			/* foreign */
	char version[32], kernel[96], mode[32]; /* that recorded */
	uint64_t first_ns, last_ns;		/* wall clock */
	const struct sink_summary *sum;
	const struct tally *tally;
	const struct html_path *path;
	struct html_causes *causes;
	const struct text *flows, *journeys;	/* parts, as put by the above */
	uint64_t flows_hidden, journeys_hidden; /* for want of room */
};

void html_page_put(struct text *t, const struct html_page *p);

/* The foreign string, for HTML's text or a quoted attribute. */
void html_put(struct text *t, const char *s);
/* Constant parts. The script's hash stands in the page's policy: nothing else may run. */
extern const char html_style[], html_script[], html_script_hash[];

#endif
