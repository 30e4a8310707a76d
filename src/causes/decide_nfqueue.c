/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of a packet that a rule gave to a program (NFQUEUE): by the place where it was freed,
 * and by the kernel's list of queues.
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "causes/other_hooks.h"
#include "host/listing.h"

struct queue {
	unsigned number;
	bool read, there;
	unsigned waiting, full, unsent; /* packets that wait, and that were dropped for it */
};

/* As it is after the packet's end. False: the list could not be read. */
static bool ask(struct names *n, const struct journey *j, struct queue *q)
{
	json_t *lines, *line;
	size_t i;

	host_ask_after(names_host(n), HOST_ASK_file, j->drop.at.netns_inum,
		       json_pack("{s:s}", "name", "netfilter/nfnetlink_queue"),
		       j->ts_ns + j->duration_ns, NULL, &lines);
	q->read = lines != NULL;
	json_array_foreach(lines, i, line)
	{
		const char *text = json_string_value(line);
		unsigned number, waiting, full, unsent;

		if (!text ||
		    sscanf(text, "%u %*u %u %*u %*u %u %u", &number, &waiting, &full, &unsent) !=
			    4 ||
		    number != q->number)
			continue;
		q->there = true;
		q->waiting = waiting;
		q->full = full;
		q->unsent = unsent;
	}
	json_decref(lines);
	return q->read;
}

/* Its program's answer was carried out there, or what stands behind the queue at the hook. */
static bool was_answered(const struct journey *j)
{
	return strstr(j->drop.location, "reinject") || strstr(j->drop.location, "recv_verdict");
}

static const char *cause_of(const struct journey *j, const struct queue *q)
{
	/* what waits in a queue is dropped at the same place when it is closed */
	if (was_answered(j) && q->read && !q->there)
		return "its program closed the queue, or ended, while the packet waited there, or "
		       "dropped it before that";
	if (was_answered(j))
		return "the program's verdict was to drop it, or it closed the queue with the "
		       "packet in it, or what stands behind it at the hook dropped it";
	if (!q->read)
		return NULL;
	if (!q->there)
		return "no program has opened that queue, so what is sent there is dropped";
	if (q->full)
		return "the queue is full: the program is too slow (queue maxlen)";
	if (q->unsent)
		return "it could not be handed to the program: its socket's buffer is full";
	return "the program dropped it";
}

/* The queue that all candidates lead to, -1: there is no such one. */
static int64_t one_queue(const struct decider *d)
{
	int64_t queue = d->n_candidates ? -1 : decider_number(d, "queue", 0);

	for (size_t i = 0; i < d->n_candidates; i++) {
		int64_t his = decider_number(d->candidates[i], "queue", 0);

		if (d->candidates[i]->kind != DECIDER_NFQUEUE || (i && his != queue))
			return -1;
		queue = his;
	}
	return queue;
}

/* Which rule it was may be open, and what became of the packet known all the same. */
static void set_cause(struct decider *d, const struct queue *q, const char *cause)
{
	char hint[256];

	if (!d->n_candidates) {
		decider_set_text(d, "cause", cause);
	} else {
		snprintf(hint, sizeof(hint), "all of them lead to queue %u: %s", q->number, cause);
		decider_set_text(d, "hint", hint);
	}
	if (q->there)
		decider_add_evidence(d, "queue %u: %u wait, %u dropped as it was full, %u not sent",
				     q->number, q->waiting, q->full, q->unsent);
}

void decide_nfqueue(struct names *n, struct journey *j)
{
	struct decider *d = j->drop.decider;
	struct queue q = {0};
	const char *cause;

	if (!d || d->kind != DECIDER_NFQUEUE || one_queue(d) < 0 || decider_text(d, "cause"))
		return;
	q.number = (unsigned)one_queue(d);
	if (!ask(n, j, &q))
		list_failed(j, "the list of queues (nfnetlink_queue)");
	cause = cause_of(j, &q);
	if (cause)
		set_cause(d, &q, cause);
}

static bool is_hook(enum wb_station s)
{
	return s == WB_STATION_NF_PREROUTING || s == WB_STATION_NF_INPUT ||
	       s == WB_STATION_NF_FORWARD || s == WB_STATION_NF_OUTPUT ||
	       s == WB_STATION_NF_POSTROUTING;
}

/* The queue, or the queues, among those that may have kept a packet at a hook; NULL: none. */
static struct decider *queues_of(struct decider *d)
{
	struct decider *all, *only;

	if (d && d->kind == DECIDER_NFQUEUE && !d->n_candidates)
		return decider_ref(d);
	all = decider_new(DECIDER_NFQUEUE);
	for (size_t i = 0; d && i < d->n_candidates; i++)
		if (d->candidates[i]->kind == DECIDER_NFQUEUE)
			decider_add_candidate(all, decider_ref(d->candidates[i]));
	only = all->n_candidates == 1 ? decider_ref(all->candidates[0]) : NULL;
	if (all->n_candidates > 1)
		return all;
	decider_unref(all);
	return only;
}

void decide_held(struct names *n, struct journey *j)
{
	struct step *last = j->n_steps ? &j->steps[j->n_steps - 1] : NULL;
	struct decider *all, *d;

	if (j->gap || !last || !is_hook(last->station) || last->decider)
		return;
	j->drop.station = last->station;
	j->drop.layer = WB_LAYER_NETFILTER;
	j->drop.at = last->at;
	all = decide_netfilter(n, j);
	d = queues_of(all);
	decider_unref(all);
	if (!d && other_hooks_of(n, j->drop.at.netns_inum, 1ULL << last->station,
				 j->packet.family == 6 ? "ip6" : "ip")
			  .ipvs)
		last->decider = decider_new(DECIDER_IPVS_SERVICE);
	j->drop = (struct drop){0};
	if (!d)
		return;
	j->outcome = OUTCOME_QUEUED;
	last->decider = d;
	last->verdict = VERDICT_QUEUE;
}
