/* SPDX-License-Identifier: GPL-2.0-only */
/* Who decided in a chain of XDP programs, where only their dispatcher is known (util/xdp_chain.h).
 */
#include "causes/decide.h"
#include "host/listing.h"

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
				      const json_t *c)
{
	static const char *const same[] = {"mode", "action", "error"};
	struct decider *d = decider_new(DECIDER_XDP_PROGRAM);

	if (!d)
		return NULL;
	decide_name_program(n, d, (uint32_t)listed_number(c, "id", 0));
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (decider_text(dispatcher, same[i]))
			decider_set_text(d, same[i], decider_text(dispatcher, same[i]));
	name_dispatcher(n, d, (uint32_t)listed_number(c, "dispatcher", 0));
	return d;
}

/*
 * A dispatcher drops nothing by itself: a component said so. A single one it was for certain, and
 * which one of several is not known afterwards.
 */
struct decider *decide_component(struct names *n, struct decider *d)
{
	uint32_t id = decider_number(d, "id", 0);
	struct decider *found = NULL;
	json_t *chain, *c;
	uint32_t dispatcher;
	size_t i;

	if (!id || d->n_candidates || decider_number(d, "dispatcher_id", 0))
		return d;
	chain = names_ask(n, 0, HOST_ASK_xdp_chain, json_pack("{s:I}", "id", (json_int_t)id));
	dispatcher = (uint32_t)listed_number(chain, "dispatcher", 0);
	json_array_foreach(json_object_get(chain, "components"), i, c)
	{
		struct decider *one = name_component(n, d, c);

		if (one)
			decide_add_suspect(&found, one);
	}
	json_decref(chain);
	if (found) {
		decider_unref(d);
		return found;
	}
	if (dispatcher)
		name_dispatcher(n, d, dispatcher);
	return d;
}
