/* SPDX-License-Identifier: GPL-2.0-only */
/* Who decided in a chain of XDP programs, where only their dispatcher is known (util/xdp_chain.h).
 */
#include "causes/decide.h"
#include "host/inside.h"

static void name_dispatcher(struct names *n, struct decider *d, uint32_t id)
{
	struct decider *dispatcher = decider_new(DECIDER_XDP_PROGRAM);

	if (!dispatcher)
		return;
	decide_name_program(n, dispatcher, id);
	if (decider_text(dispatcher, "name"))
		decider_set_text(d, "dispatcher", decider_text(dispatcher, "name"));
	decider_set_number(d, "dispatcher_id", id);
	decider_unref(dispatcher);
}

/* What the dispatcher did is what a component told it. */
static struct decider *name_component(struct names *n, const struct decider *dispatcher,
				      const struct xdp_component *c)
{
	static const char *const same[] = {"mode", "action", "error"};
	struct decider *d = decider_new(DECIDER_XDP_PROGRAM);

	if (!d)
		return NULL;
	decide_name_program(n, d, c->id);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (decider_text(dispatcher, same[i]))
			decider_set_text(d, same[i], decider_text(dispatcher, same[i]));
	name_dispatcher(n, d, c->dispatcher);
	return d;
}

int chain_ask(void *arg)
{
	struct chain_question *q = arg;

	q->n = xdp_chain_read(q->program, q->chain);
	q->dispatcher = xdp_chain_of(q->program);
	return 0;
}

/*
 * A dispatcher drops nothing by itself: a component said so. A single one it was for certain, and
 * which one of several is not known afterwards.
 */
struct decider *decide_component(struct names *n, struct decider *d)
{
	uint32_t id = decider_number(d, "id", 0);
	struct chain_question q = {.program = id};
	struct decider *found = NULL;

	if (!id || d->n_candidates || decider_number(d, "dispatcher_id", 0))
		return d;
	names_inside(n, 0, chain_ask, &q);
	for (size_t i = 0; i < q.n; i++) {
		struct decider *one = name_component(n, d, &q.chain[i]);

		if (one)
			decide_add_suspect(&found, one);
	}
	if (found) {
		decider_unref(d);
		return found;
	}
	if (q.dispatcher)
		name_dispatcher(n, d, q.dispatcher);
	return d;
}
