/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection that its listener closes in the moment in which it is made: with MPTCP that is a
 * subflow (MP_JOIN) that was refused, which MPTCP counts (subflow_syn_recv_sock; 5.10 to 7.2).
 * Where a kernel has no counter for one over the limit of subflows, its SYN is counted and its ACK
 * is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/decide.h"
#include "host/inside.h"

struct joins {
	unsigned long refused, asked, joined;
	char counter[40];
};

static bool is_refusal(const char *counter)
{
	static const char *const names[] = {"MPJoinNoTokenFound",      "MPJoinAckHMacFailure",
					    "MPJoinSynAckHMacFailure", "MPJoinPortAckRx",
					    "MPJoinRejected",	       "MismatchPortAckRx"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(counter, names[i]))
			return true;
	return false;
}

/* Two lines: the names, and the numbers below them. */
static void read_lines(struct joins *ret, char *names, char *numbers)
{
	char *a, *b, *name = strtok_r(names, " \n", &a), *number = strtok_r(numbers, " \n", &b);

	for (; name && number;
	     name = strtok_r(NULL, " \n", &a), number = strtok_r(NULL, " \n", &b)) {
		unsigned long times = strtoul(number, NULL, 10);

		if (!strcmp(name, "MPJoinSynRx"))
			ret->asked = times;
		else if (!strcmp(name, "MPJoinAckRx"))
			ret->joined = times;
		else if (is_refusal(name) && times) {
			ret->refused += times;
			snprintf(ret->counter, sizeof(ret->counter), "%s", name);
		}
	}
}

static int ask(void *arg)
{
	FILE *f = fopen("/proc/thread-self/net/netstat", "re");
	char *line = NULL, *before = NULL, *free_one;
	size_t n = 0, m = 0;

	while (f && getline(&line, &n, f) > 0) {
		if (before && !strncmp(line, "MPTcpExt:", 9) && !strncmp(before, "MPTcpExt:", 9)) {
			read_lines(arg, before, line);
			break;
		}
		free_one = before;
		before = line;
		line = free_one;
		size_t k = n;

		n = m;
		m = k;
	}
	free(line);
	free(before);
	if (f)
		fclose(f);
	return 0;
}

const struct host_row mptcp_joins_row = {ask, sizeof(struct joins), HOST_FILES, false};

void decide_subflow(struct names *n, const struct journey *j, struct decider *d)
{
	struct joins joins = {0};

	names_inside(n, j->drop.at.netns_inum, ask, &joins);
	if (!joins.refused && joins.asked <= joins.joined)
		return;
	decider_set_text(d, "hint",
			 "it was closed as it was made, and MPTCP here has refused subflows "
			 "(MP_JOIN)");
	if (joins.refused)
		decider_add_evidence(d, "MPTcpExt%s has counted", joins.counter);
	else
		decider_add_evidence(d, "MPTcpExtMPJoinSynRx %lu, MPTcpExtMPJoinAckRx %lu",
				     joins.asked, joins.joined);
}
