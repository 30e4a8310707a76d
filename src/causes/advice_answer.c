/* SPDX-License-Identifier: GPL-2.0-only */
/* See advice_answer.h. */
#include "causes/advice_answer.h"

#include <stdio.h>
#include <string.h>

#include "causes/advice_fill.h"
#include "causes/sender.h"
#include "util/text.h"

#define add(j, ...) text_append((j)->why, sizeof((j)->why), __VA_ARGS__)

static void add_lost(struct journey *j)
{
	char who[160];

	decider_words(j->answer_decider, who, sizeof(who));
	add(j, "; the %s that says so was itself dropped%s%s", j->has_icmp ? "ICMP error" : "reset",
	    who[0] ? " by " : "", who);
}

static void add_held(struct journey *j)
{
	add(j, "; the kernel sent no ICMP error about it, which it limits: %s",
	    j->packet.family == 6 ? "icmp/ratelimit" : "icmp_ratelimit, icmp_msgs_per_sec");
	advice_fill_command(j, "{ns}nstat -az 'Icmp*RateLimit*'", j->next, sizeof(j->next));
}

static bool says_answered(const struct journey *j)
{
	return !strcmp(j->sender_sees, "refused") || !strcmp(j->sender_sees, "unreachable");
}

static void add_unseen(struct journey *j)
{
	add(j, " (unless %s held the ICMP error back, which is not observed here)",
	    j->packet.family == 6 ? "icmp/ratelimit" : "icmp_ratelimit");
}

static void add_tunnel(struct journey *j)
{
	const struct wb_packet *outer = journey_last_packet(j);
	char end[64];

	add(j, "; the ICMP error goes to the end of the tunnel, %s, who does not tell its sender",
	    packet_addr(outer->family, outer->saddr, end, sizeof(end)));
}

void advice_add_answer(struct journey *j)
{
	if (j->answer_lost)
		add_lost(j);
	else if (sender_error_held(j))
		add_held(j);
	else if (sender_error_to_tunnel(j))
		add_tunnel(j);
	else if (sender_error_unseen(j) && says_answered(j))
		add_unseen(j);
}
