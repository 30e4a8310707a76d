/* SPDX-License-Identifier: GPL-2.0-only */
/* Queueing disciplines, as tc lists them. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "resolve/child.h"
#include "resolve/decide.h"

static void copy_text(struct decider *d, const char *key, json_t *object, const char *from)
{
	const char *s = json_string_value(json_object_get(object, from));

	if (s)
		decider_set_text(d, key, s);
}

/* The qdisc of the device that has drops; of several the deepest, which is where packets are
 * dropped. */
struct decider *decide_qdisc(struct names *n, struct journey *j)
{
	const char *argv[] = {"tc", "-j", "-s", "qdisc", "show", "dev", j->drop.at.dev, NULL};
	struct decider *d = decide_carrier(n, j);
	json_t *list, *q, *best = NULL;
	size_t i;

	if (d)
		return d;
	list = child_json(names_netns_fd(n, j->drop.at.netns_inum), argv);
	json_array_foreach(list, i, q)
	{
		if (json_integer_value(json_object_get(q, "drops")) > 0 || !best)
			best = q;
	}
	if (best) {
		d = decider_new(DECIDER_QDISC);
		copy_text(d, "qdisc", best, "kind");
		copy_text(d, "handle", best, "handle");
		if (json_is_true(json_object_get(best, "root")))
			decider_set_text(d, "parent", "root");
		else
			copy_text(d, "parent", best, "parent");
		decider_set_text(d, "dev", j->drop.at.dev);
		decider_set_number(d, "drops", json_integer_value(json_object_get(best, "drops")));
		decider_set_number(d, "backlog",
				   json_integer_value(json_object_get(best, "backlog")));
	}
	json_decref(list);
	return d;
}
