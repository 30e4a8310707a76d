/* SPDX-License-Identifier: GPL-2.0-only */
/* XDP and tc programs that are attached where a packet died. Those of cgroups: decide_cgroup.c. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"

void decide_name_program(struct names *n, struct decider *d, uint32_t id)
{
	json_t *program =
		names_ask(n, 0, HOST_ASK_program, json_pack("{s:I}", "id", (json_int_t)id));

	decider_set_number(d, "id", id);
	if (program)
		decider_set_text(d, "name", listed_word(program, "name"));
	json_decref(program);
}

const char *decide_xdp_mode(const struct journey *j)
{
	return strstr(j->drop.location, "generic") ? "generic" : "native";
}

/* The program of this mode at a device; one in the hardware before any other, 0: not known. */
static uint32_t xdp_program(struct names *n, const struct place *at, const char *mode)
{
	json_t *links = names_ask(n, at->netns_inum, HOST_ASK_links,
				  json_pack("{s:I}", "ifindex", (json_int_t)at->ifindex)),
	       *xdp;
	uint32_t any = 0, same = 0;
	size_t i;

	json_array_foreach(json_object_get(json_array_get(links, 0), "xdp"), i, xdp)
	{
		uint32_t id = (uint32_t)listed_number(xdp, "id", 0);
		const char *is = listed_word(xdp, "mode");

		any = id;
		if (!strcmp(is, "offloaded") || (!same && !strcmp(is, mode)))
			same = id;
	}
	json_decref(links);
	return same ? same : any;
}

struct decider *decide_xdp(struct names *n, struct journey *j)
{
	const char *mode = decide_xdp_mode(j);
	struct decider *d = decider_new(DECIDER_XDP_PROGRAM);
	uint32_t id;

	if (!d)
		return NULL;
	id = xdp_program(n, &j->drop.at, mode);
	decider_set_text(d, "mode", mode);
	if (id)
		decide_name_program(n, d, id);
	decider_set_text(d, "action",
			 strstr(j->drop.reason, "REDIRECT")  ? "redirect"
			 : strstr(j->drop.reason, "ABORTED") ? "aborted"
							     : "drop");
	return d;
}

void decide_add_suspect(struct decider **found, struct decider *d)
{
	struct decider *first = *found;

	if (!first) {
		*found = d;
		return;
	}
	if (!first->n_candidates) {
		*found = decider_new(first->kind);
		decider_add_candidate(*found, first);
	}
	decider_add_candidate(*found, d);
}

/* waybill's own observers. */
static bool is_own(const struct decider *d)
{
	const char *name = decider_text(d, "name");

	return name && !strncmp(name, "own_tc_", 7);
}

/* "mirred redirect": the first action is the one that most filters have. */
static void add_action(struct decider *d, json_t *action)
{
	const char *kind = json_string_value(json_object_get(action, "kind"));
	const char *how = json_string_value(json_object_get(action, "mirred_action"));
	const char *to = json_string_value(json_object_get(action, "to_dev"));
	char text[64];

	if (!kind)
		return;
	snprintf(text, sizeof(text), "%s%s%s", kind, how ? " " : "", how ? how : "");
	decider_set_text(d, "action", text);
	if (to && !strcmp(to, "*"))
		decider_set_text(d, "cause", "to a device that is gone");
	else if (to)
		decider_set_text(d, "to_dev", to);
}

static bool is_down(struct names *n, uint32_t inum, const char *dev)
{
	json_t *links = names_ask_device(n, inum, HOST_ASK_links, dev);
	const json_t *link = json_array_get(links, 0);
	bool down = json_object_get(link, "flags") && !listed_flag(link, "UP");

	json_decref(links);
	return down;
}

#define ROUNDS 3 /* a packet that comes so often to a device goes round */

/* What became of a packet that was redirected. */
static void add_cause(struct names *n, const struct journey *j, struct decider *d)
{
	const char *to = decider_text(d, "to_dev");
	unsigned rounds = 0;
	char cause[64];

	if (!to)
		return;
	for (size_t i = 0; i < j->n_steps; i++)
		rounds += j->steps[i].station == WB_STATION_RX &&
			  j->steps[i].at.ifindex == j->drop.at.ifindex &&
			  j->steps[i].at.netns_inum == j->drop.at.netns_inum;
	if (is_down(n, j->drop.at.netns_inum, to)) {
		decider_set_text(d, "cause", "which is down");
	} else if (rounds >= ROUNDS) {
		snprintf(cause, sizeof(cause), "a loop: it came to %s %u times", j->drop.at.dev,
			 rounds);
		decider_set_text(d, "cause", cause);
	}
}

static void add_filter(struct names *n, struct decider **found, json_t *f)
{
	json_t *options = json_object_get(f, "options"), *prog;
	const char *kind = json_string_value(json_object_get(f, "kind"));
	struct decider *d;

	/* u32 lists its hash tables, too */
	if (!options || json_object_get(options, "ht_divisor"))
		return;
	prog = json_object_get(options, "prog");
	d = decider_new(prog ? DECIDER_TC_PROGRAM : DECIDER_TC_FILTER);
	if (prog) {
		decide_name_program(n, d, json_integer_value(json_object_get(prog, "id")));
		decider_set_text(d, "mode", "clsact");
		if (json_string_value(json_object_get(options, "bpf_name")))
			decider_set_text(d, "section",
					 json_string_value(json_object_get(options, "bpf_name")));
	} else if (kind) {
		decider_set_text(d, "filter", kind);
		add_action(d, json_array_get(json_object_get(options, "actions"), 0));
	}
	decider_set_number(d, "pref", json_integer_value(json_object_get(f, "pref")));
	if (is_own(d))
		decider_unref(d);
	else
		decide_add_suspect(found, d);
}

/* Actions that count what they drop, and have counted nothing. */
static bool dropped_nothing(const json_t *f)
{
	static const char *const counting[] = {"gact", "ct"};
	json_t *actions = json_object_get(json_object_get(f, "options"), "actions"), *a;
	size_t i, n = 0;

	json_array_foreach(actions, i, a)
	{
		const char *kind = listed_word(a, "kind");

		for (size_t k = 0; k < sizeof(counting) / sizeof(counting[0]); k++)
			n += !strcmp(kind, counting[k]) && listed_number(a, "drops", -1) == 0;
	}
	return n && n == json_array_size(actions);
}

/* after: they were read after the drop, so who has dropped nothing by then was not it. */
static void add_filters(struct names *n, struct decider **found, json_t *filters, bool after)
{
	size_t i, refuted = 0;
	json_t *f;

	json_array_foreach(filters, i, f)
	{
		if (after && dropped_nothing(f))
			refuted++;
		else
			add_filter(n, found, f);
	}
	/* the evidence is not understood */
	if (!*found && refuted)
		add_filters(n, found, filters, false);
	else if (*found && refuted)
		decider_add_evidence(*found, "%zu other filter%s dropped nothing", refuted,
				     refuted > 1 ? "s have" : " has");
}

/* What is at the place where it died, NULL: nothing. False: that could not be read. */
static bool read_there(struct names *n, const struct journey *j, enum host_question q, json_t *args,
		       json_t **ret)
{
	return host_was_read(host_ask(names_host(n), q, j->drop.at.netns_inum, args, ret));
}

/* Programs at its TCX, in their order. False: could not be read. */
static bool add_tcx(struct names *n, const struct journey *j, const char *parent,
		    struct decider **found)
{
	json_t *all, *p;
	bool was_read =
		read_there(n, j, HOST_ASK_tcx,
			   json_pack("{s:I}", "ifindex", (json_int_t)j->drop.at.ifindex), &all);
	size_t i;

	json_array_foreach(all, i, p)
	{
		struct decider *d;

		if (strcmp(listed_word(p, "parent"), parent))
			continue;
		d = decider_new(DECIDER_TC_PROGRAM);
		decide_name_program(n, d, (uint32_t)listed_number(p, "id", 0));
		if (is_own(d)) {
			decider_unref(d);
			continue;
		}
		decider_set_text(d, "mode", "tcx");
		decider_set_number(d, "order", listed_number(p, "order", 0));
		decide_add_suspect(found, d);
	}
	json_decref(all);
	return was_read;
}

struct decider *decide_tc(struct names *n, struct journey *j)
{
	const char *parent = j->drop.layer == WB_LAYER_TC_IN ? "ingress" : "egress";
	struct decider *found = NULL;
	uint64_t end = j->ts_ns + j->duration_ns;
	struct host_times times = {0};
	json_t *filters = NULL;
	bool all = true;

	if (j->drop.at.ifindex)
		all = add_tcx(n, j, parent, &found);
	if (j->drop.at.dev[0])
		all &= host_was_read(host_ask_after(
			names_host(n), HOST_ASK_filters, j->drop.at.netns_inum,
			json_pack("{s:s, s:s}", "ifname", j->drop.at.dev, "parent", parent), end,
			&times, &filters));
	add_filters(n, &found, filters, times.asked_ns > end);
	json_decref(filters);
	if (found && !found->n_candidates)
		add_cause(n, j, found);
	if (all)
		return found;
	list_failed(j, "what else is at tc's hook there");
	return decide_perhaps(found);
}
