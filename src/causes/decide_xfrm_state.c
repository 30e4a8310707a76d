/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why IPsec could not process a packet. The kernel gives no reason but counts them, one counter a
 * cause, for each namespace: those that moved since the last look, or of old, are the suspects.
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/inside.h"
#include "host/listing.h"

static const struct {
	const char *counter;
	bool out;
	const char *cause;
} causes[] = {
	{"XfrmInNoStates", false,
	 "no state here has its SPI, address and protocol (no security association)"},
	{"XfrmInStateProtoError", false,
	 "its check failed: the key or the algorithm differs, or it was damaged (authentication, "
	 "ICV)"},
	{"XfrmInStateSeqError", false,
	 "its sequence number is outside the replay window: a copy, or too late"},
	{"XfrmInStateModeError", false, "its state is of another mode (tunnel, transport)"},
	{"XfrmInStateExpired", false, "its state has expired"},
	{"XfrmInStateMismatch", false, "its state's selector, or UDP encapsulation, does not fit"},
	{"XfrmInStateInvalid", false, "its state is not valid (being made, or dead)"},
	{"XfrmInHdrError", false, "its header makes no sense"},
	{"XfrmInBufferError", false, "there was no memory"},
	{"XfrmInError", false, "it could not be processed"},
	{"XfrmInTmplMismatch", false,
	 "it had not the protection that its policy wants, in that order"},
	{"XfrmInNoPols", false, "no policy allows what its state brought in"},
	{"XfrmInPolBlock", false, "a policy blocks it"},
	{"XfrmFwdHdrError", false, "its header could not be read on its way through"},
	{"XfrmAcquireError", false, "a state was asked for and never came"},
	{"XfrmOutNoStates", true, "no state for its policy: the key exchange has made none yet"},
	{"XfrmOutStateProtoError", true, "it could not be encrypted"},
	{"XfrmOutStateModeError", true, "its state's mode could not be applied"},
	{"XfrmOutStateSeqError", true, "its state has no sequence number left"},
	{"XfrmOutStateExpired", true, "its state has expired"},
	{"XfrmOutStateInvalid", true, "its state is not valid (being made, or dead)"},
	{"XfrmOutBundleGenError", true, "its chain of states could not be made"},
	{"XfrmOutBundleCheckError", true, "its chain of states has changed"},
	{"XfrmOutPolBlock", true, "a policy blocks it"},
	{"XfrmOutPolDead", true, "its policy is being removed"},
	{"XfrmOutPolError", true, "its policy could not be applied"},
	{"XfrmOutError", true, "it could not be processed"},
};
#define N_CAUSES (sizeof(causes) / sizeof(causes[0]))

struct counters {
	unsigned long now[N_CAUSES];
	bool read;
};

static int ask(void *arg)
{
	struct counters *c = arg;
	FILE *f = fopen("/proc/thread-self/net/xfrm_stat", "re");
	char name[40];
	unsigned long v;

	while (f && fscanf(f, "%39s %lu", name, &v) == 2)
		for (size_t i = 0; i < N_CAUSES; i++)
			if (!strcmp(name, causes[i].counter)) {
				c->now[i] = v;
				c->read = true;
			}
	if (f)
		fclose(f);
	return 0;
}

const struct host_row xfrm_counters_row = {ask, sizeof(struct counters), HOST_FILES, false};

static bool is_out(const struct journey *j)
{
	return strstr(j->drop.location, "output") != NULL;
}

struct decider *decide_xfrm_state(struct names *n, struct journey *j)
{
	struct counters c = {0};
	struct decider *all, *one = NULL;

	if (names_inside(n, j->drop.at.netns_inum, ask, &c) || !c.read) {
		list_failed(j, "IPsec's counters (/proc/net/xfrm_stat)");
		return NULL;
	}
	all = decider_new(DECIDER_XFRM_STATE);
	for (size_t i = 0; i < N_CAUSES; i++) {
		if (!c.now[i] || causes[i].out != is_out(j))
			continue;
		one = decider_new(DECIDER_XFRM_STATE);
		decider_set_text(one, "cause", causes[i].cause);
		decider_add_evidence(one, "%s = %lu", causes[i].counter, c.now[i]);
		decider_add_candidate(all, one);
	}
	if (all->n_candidates > 1)
		return all;
	if (one) {
		decider_ref(one);
		decider_add_evidence(one, "no other counter of IPsec has moved");
	}
	decider_unref(all);
	return one;
}
