/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The path as a picture: a lane for each network namespace, in it the stations that were passed in
 * the order of the path, and lines from station to station.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output/html.h"

#define NODES_MAX 512
#define EDGES_MAX 2048
#define LANES_MAX 24 /* drawn */

#define BOX_W	 108
#define BOX_H	 46
#define GAP	 22
#define LANE_H	 120
#define LANE_TOP 44 /* of its boxes */
#define LEFT	 10
#define INSIDE	 (BOX_W - 12) /* of the bar in a box */

static size_t node(struct html_path *p, const struct step *s)
{
	struct html_node *more;

	for (size_t i = 0; i < p->n_nodes; i++)
		if (p->nodes[i].station == s->station && p->nodes[i].netns == s->at.netns_inum)
			return i;
	more = p->n_nodes < NODES_MAX ? realloc(p->nodes, (p->n_nodes + 1) * sizeof(*p->nodes))
				      : NULL;
	if (!more) {
		p->crowded |= p->n_nodes == NODES_MAX;
		return SIZE_MAX;
	}
	p->nodes = more;
	more += p->n_nodes;
	*more = (struct html_node){.netns = s->at.netns_inum, .station = s->station};
	snprintf(more->name, sizeof(more->name), "%s", s->at.netns);
	return p->n_nodes++;
}

static int add_edge(struct html_path *p, size_t from, size_t to)
{
	struct html_edge *more;

	for (size_t i = 0; i < p->n_edges; i++)
		if (p->edges[i].from == from && p->edges[i].to == to) {
			p->edges[i].n++;
			return 0;
		}
	if (p->n_edges == EDGES_MAX) {
		p->crowded = true;
		return 0;
	}
	more = realloc(p->edges, (p->n_edges + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	p->edges = more;
	more[p->n_edges++] = (struct html_edge){from, to, 1};
	return 0;
}

int html_path_add(struct html_path *p, const struct journey *j)
{
	bool dropped = j->outcome == OUTCOME_DROPPED, shown = false;
	size_t before = SIZE_MAX;

	for (size_t i = 0; i <= j->n_steps; i++) {
		struct step drop = {.station = j->drop.station, .at = j->drop.at};
		const struct step *s = i < j->n_steps ? &j->steps[i] : &drop;
		bool dies = dropped && s->station == j->drop.station &&
			    s->at.netns_inum == j->drop.at.netns_inum && i + 1 >= j->n_steps;
		size_t at;

		if (i == j->n_steps && (!dropped || shown))
			break;
		at = node(p, s);
		if (at == SIZE_MAX && !p->crowded)
			return -ENOMEM;
		if (at == SIZE_MAX)
			continue;
		if (at != before)
			p->nodes[at].n++;
		p->nodes[at].died += dies;
		shown |= dies;
		if (before != SIZE_MAX && before != at && add_edge(p, before, at))
			return -ENOMEM;
		before = at;
	}
	return 0;
}

/* Where each is drawn. */
struct layout {
	size_t lane[NODES_MAX], column[NODES_MAX];
	uint32_t netns[LANES_MAX];
	const char *names[LANES_MAX];
	size_t lanes, columns;
	uint64_t most, most_edge;
	bool hidden;
};

static size_t lane_of(struct layout *l, const struct html_node *n)
{
	for (size_t i = 0; i < l->lanes; i++)
		if (l->netns[i] == n->netns)
			return i;
	if (l->lanes == LANES_MAX) {
		l->hidden = true;
		return SIZE_MAX;
	}
	l->netns[l->lanes] = n->netns;
	l->names[l->lanes] = n->name;
	return l->lanes++;
}

static void lay_out(struct layout *l, const struct html_path *p)
{
	*l = (struct layout){.most = 1, .most_edge = 1};
	for (size_t i = 0; i < p->n_nodes; i++) {
		const struct html_node *n = &p->nodes[i];

		l->lane[i] = lane_of(l, n);
		l->column[i] = 0;
		for (size_t k = 0; k < p->n_nodes; k++)
			l->column[i] +=
				p->nodes[k].netns == n->netns && p->nodes[k].station < n->station;
		if (l->column[i] >= l->columns)
			l->columns = l->column[i] + 1;
		l->most = n->n > l->most ? n->n : l->most;
	}
	for (size_t i = 0; i < p->n_edges; i++)
		l->most_edge = p->edges[i].n > l->most_edge ? p->edges[i].n : l->most_edge;
}

static int x_of(const struct layout *l, size_t i)
{
	return LEFT + l->column[i] * (BOX_W + GAP);
}

static int y_of(const struct layout *l, size_t i)
{
	return l->lane[i] * LANE_H + LANE_TOP;
}

/* Straight to the next box; over the boxes between, or under them on the way back; a curve to
 * another lane. */
static void put_edge(struct text *t, const struct layout *l, const struct html_edge *e)
{
	int x = x_of(l, e->from) + BOX_W, y = y_of(l, e->from) + BOX_H / 2;
	int to_x = x_of(l, e->to), to_y = y_of(l, e->to) + BOX_H / 2;
	bool forth = l->column[e->to] > l->column[e->from];
	double width = 1 + 7.0 * e->n / l->most_edge;

	text_printf(t, "<path class=\"edge\" stroke-width=\"%.1f\" d=\"M%d %d", width, x, y);
	if (l->lane[e->from] != l->lane[e->to]) {
		text_printf(t, "C%d %d %d %d %d %d", x + 50, y, to_x - 50, to_y, to_x, to_y);
	} else if (forth && l->column[e->to] == l->column[e->from] + 1) {
		text_printf(t, "H%d", to_x);
	} else {
		int over = forth ? y - BOX_H / 2 - 12 : y + BOX_H / 2 + 14;

		text_printf(t, "C%d %d %d %d %d %d", x + 14, over, x + 14, over,
			    forth ? x + 30 : x - 20, over);
		text_printf(t, "H%dC%d %d %d %d %d %d", forth ? to_x - 30 : to_x + 20, to_x - 14,
			    over, to_x - 14, over, to_x, to_y);
	}
	text_printf(t, "\"><title>%" PRIu64 "</title></path>\n", e->n);
}

static void put_node(struct text *t, const struct layout *l, const struct html_path *p, size_t i)
{
	const struct html_node *n = &p->nodes[i];
	int x = x_of(l, i), y = y_of(l, i);
	double whole = (double)INSIDE * n->n / l->most, dead = (double)INSIDE * n->died / l->most;

	text_printf(t, "<g><title>%s in ", station_name(n->station));
	html_put(t, n->name);
	text_printf(t, ": %" PRIu64 ", died %" PRIu64 "</title>", n->n, n->died);
	text_printf(t,
		    "<rect class=\"box%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"/>",
		    n->died ? " fatal" : "", x, y, BOX_W, BOX_H);
	text_printf(t, "<text x=\"%d\" y=\"%d\">%s</text>", x + 6, y + 16,
		    station_name(n->station));
	text_printf(t, "<rect class=\"part\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"5\"/>",
		    x + 6, y + 22, whole);
	if (n->died)
		text_printf(t,
			    "<rect class=\"lost\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
			    "height=\"5\"/>",
			    x + 6 + whole - dead, y + 22, dead);
	text_printf(t, "<text class=\"small\" x=\"%d\" y=\"%d\">%" PRIu64 "</text>", x + 6, y + 40,
		    n->n);
	if (n->died)
		text_printf(t,
			    "<text class=\"dead\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%" PRIu64
			    " died</text>",
			    x + BOX_W - 6, y + 40, n->died);
	text_printf(t, "</g>\n");
}

void html_path_put(struct text *t, const struct html_path *p)
{
	struct layout *l = malloc(sizeof(*l));
	size_t width, height;

	if (!l || !p->n_nodes) {
		text_printf(t, "<p class=\"dim\">No station was passed.</p>\n");
		free(l);
		return;
	}
	lay_out(l, p);
	width = 2 * LEFT + l->columns * (BOX_W + GAP);
	height = l->lanes * LANE_H + 10;
	text_printf(t,
		    "<div class=\"wide\"><svg role=\"img\" aria-label=\"the path of the packets\" "
		    "style=\"max-width:%zupx\" viewBox=\"0 0 %zu %zu\" "
		    "xmlns=\"http://www.w3.org/2000/svg\">\n",
		    width, width, height);
	for (size_t i = 0; i < p->n_edges; i++)
		if (l->lane[p->edges[i].from] != SIZE_MAX && l->lane[p->edges[i].to] != SIZE_MAX)
			put_edge(t, l, &p->edges[i]);
	for (size_t i = 0; i < p->n_nodes; i++)
		if (l->lane[i] != SIZE_MAX)
			put_node(t, l, p, i);
	for (size_t i = 0; i < l->lanes; i++) {
		text_printf(t, "<text x=\"%d\" y=\"%zu\" font-weight=\"600\">", LEFT,
			    i * LANE_H + 22);
		if (l->names[i][0])
			html_put(t, l->names[i]);
		else
			text_printf(t, "namespace %u", l->netns[i]);
		text_printf(t, "</text>\n");
	}
	text_printf(t, "</svg></div>\n");
	if (l->hidden || p->crowded)
		text_printf(t, "<p class=\"dim\">There were more namespaces or stations than are "
			       "drawn.</p>\n");
	free(l);
}

void html_path_clear(struct html_path *p)
{
	free(p->nodes);
	free(p->edges);
	*p = (struct html_path){0};
}
