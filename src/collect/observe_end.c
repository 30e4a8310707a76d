/* SPDX-License-Identifier: GPL-2.0-only */
/* Letting go of what is observed: a namespace that ends, a process that only reads, all of it. */
#include <stdlib.h>
#include <unistd.h>

#include "collect/observe_state.h"

void observe_leave_place(struct place *p)
{
	for (size_t i = 0; i < p->n_links; i++)
		close(p->links[i]);
	p->n_links = 0;
	nft_trace_free(p->trace);
	p->trace = NULL;
	free(p->path);
	p->path = NULL;
}

void observe_leave(struct observe *o)
{
	while (o->n_links)
		close(o->links[--o->n_links]);
	while (o->n_places)
		observe_leave_place(&o->places[--o->n_places]);
}

void observe_leave_filters(struct observe *o)
{
	while (o->n_filters)
		close(o->filters[--o->n_filters].watched);
}

void observe_free(struct observe *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->n_links; i++)
		close(o->links[i]);
	for (size_t i = 0; i < o->n_filters; i++)
		clsact_detach(&o->filters[i]);
	for (size_t i = 0; i < o->n_places; i++)
		observe_leave_place(&o->places[i]);
	if (o->watch >= 0)
		close(o->watch);
	close(o->own_ns);
	free(o->links);
	free(o->filters);
	free(o->places);
	free(o);
}
