/* SPDX-License-Identifier: GPL-2.0-only */
/* What a conversation's numbers mean. */
#include "model/flow.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *flow_state(const struct flow *f, bool final)
{
	bool answered = f->packets[WAY_BA] > 0;

	if (f->refused)
		return "refused";
	if (f->unreachable && !answered)
		return "unreachable";
	if (!f->asks)
		return "errors";
	if (f->proto != IPPROTO_TCP)
		return answered ? "answered" : "unanswered";
	if (f->reset)
		return "reset";
	if (f->fin[WAY_AB] && f->fin[WAY_BA])
		return "closed";
	if (f->syn_ns && !f->answer_ns)
		return final ? "unanswered" : "syn_sent";
	if (f->syn_ns && !f->ack)
		return "syn_received";
	return "established";
}

void flow_waits_for(const struct flow *f, bool final, char *buf, size_t size)
{
	const char *state = flow_state(f, final);

	buf[0] = 0;
	if (!strcmp(state, "syn_sent") || (f->proto == IPPROTO_TCP && !strcmp(state, "unanswered")))
		snprintf(buf, size, "an answer to its SYN, sent %u time%s%s", f->syns,
			 f->syns == 1 ? "" : "s",
			 f->syns_dropped && f->syns_dropped == f->syns ? ", each of which died"
			 : f->syns_dropped			       ? ", some of which died"
								       : "");
	else if (!strcmp(state, "syn_received"))
		snprintf(buf, size, "the acknowledgement of its SYN-ACK");
	else if (!strcmp(state, "unanswered"))
		snprintf(buf, size, "an answer");
	else if (!strcmp(state, "established") && (f->fin[WAY_AB] || f->fin[WAY_BA]))
		snprintf(buf, size, "%s's end of the connection", f->fin[WAY_AB] ? "b" : "a");
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t flow_percentile(const struct flow_leg *l, unsigned percent)
{
	uint32_t sorted[UINT8_MAX];
	size_t n = l->n_samples, rank;

	if (!n)
		return 0;
	memcpy(sorted, l->samples, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_size);
	rank = (n * percent + 99) / 100;
	return sorted[rank ? rank - 1 : 0];
}

const struct flow_leg *flow_dominant(const struct flow *f, enum flow_way way, unsigned *percent)
{
	const struct flow_leg *most = NULL;
	uint64_t all = 0;

	for (size_t i = 0; i < f->n_legs; i++) {
		const struct flow_leg *l = &f->legs[i];

		if (l->way != way)
			continue;
		all += l->sum_ns;
		if (!most || l->sum_ns > most->sum_ns)
			most = l;
	}
	*percent = all ? most->sum_ns * 100 / all : 0;
	return all ? most : NULL;
}

void flow_clear(struct flow *f)
{
	for (size_t i = 0; i < f->n_legs; i++)
		free(f->legs[i].samples);
	free(f->legs);
	*f = (struct flow){0};
}
