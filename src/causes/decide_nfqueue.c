/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of a packet that a rule gave to a program (NFQUEUE): by the place where it was freed,
 * and by the kernel's list of queues.
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
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
	if (was_answered(j))
		return "the program's verdict was to drop it, or the hook goes on behind it and "
		       "dropped it there";
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

void decide_nfqueue(struct names *n, struct journey *j)
{
	struct decider *d = j->drop.decider;
	struct queue q = {0};
	const char *cause;

	if (!d || d->kind != DECIDER_NFQUEUE || d->n_candidates || decider_text(d, "cause"))
		return;
	q.number = decider_number(d, "queue", 0);
	if (!ask(n, j, &q))
		list_failed(j, "the list of queues (nfnetlink_queue)");
	cause = cause_of(j, &q);
	if (!cause)
		return;
	decider_set_text(d, "cause", cause);
	if (q.there)
		decider_add_evidence(d, "queue %u: %u wait, %u dropped as it was full, %u not sent",
				     q.number, q.waiting, q.full, q.unsent);
}

static bool is_hook(enum wb_station s)
{
	return s == WB_STATION_NF_PREROUTING || s == WB_STATION_NF_INPUT ||
	       s == WB_STATION_NF_FORWARD || s == WB_STATION_NF_OUTPUT ||
	       s == WB_STATION_NF_POSTROUTING;
}

/* The queue among those that may have kept a packet at a hook: a new reference, NULL: none. */
static struct decider *queue_of(const struct decider *d)
{
	if (d && !d->n_candidates && d->kind == DECIDER_NFQUEUE)
		return decider_ref((struct decider *)d);
	for (size_t i = 0; d && i < d->n_candidates; i++)
		if (d->candidates[i]->kind == DECIDER_NFQUEUE)
			return decider_ref(d->candidates[i]);
	return NULL;
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
	d = queue_of(all);
	decider_unref(all);
	j->drop = (struct drop){0};
	if (!d)
		return;
	j->outcome = OUTCOME_QUEUED;
	last->decider = d;
	last->verdict = VERDICT_QUEUE;
}
