/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why IPsec could not process a packet. The kernel gives no reason but counts them, one counter a
 * cause, for each namespace: those that moved since the last look, or of old, are the suspects.
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
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

/* As they are now. */
static bool ask(struct names *n, uint32_t inum, struct counters *c, struct host_times *times)
{
	json_t *all;

	host_ask_after(names_host(n), HOST_ASK_file, inum, json_pack("{s:s}", "name", "xfrm_stat"),
		       HOST_ANEW, times, &all);
	for (size_t i = 0; i < N_CAUSES; i++)
		c->now[i] = (unsigned long)listed_number(all, causes[i].counter, 0);
	c->read = json_object_size(all) > 0;
	json_decref(all);
	return c->read;
}

#define KEPT 16

/* A namespace's counters as they were read last. */
struct reading {
	uint32_t inum;
	uint64_t at_ns; /* when that had ended */
	struct counters c;
};

/* Reads them anew; before: as they were when the journey began, zeroed if that is not known. */
static bool read_anew(struct names *n, uint32_t inum, uint64_t from_ns, struct counters *now,
		      struct counters *before, bool *known)
{
	struct reading *kept = names_derived(n, DERIVED_XFRM, KEPT * sizeof(*kept), NULL),
		       *r = kept;
	struct host_times times;

	*known = false;
	if (!ask(n, inum, now, &times))
		return false;
	for (size_t i = 0; kept && i < KEPT; i++) {
		if (kept[i].inum == inum) {
			r = &kept[i];
			break;
		}
		if (kept[i].at_ns < r->at_ns)
			r = &kept[i];
	}
	if (!r)
		return true;
	if (r->inum == inum && r->at_ns && r->at_ns <= from_ns) {
		*known = true;
		*before = r->c;
	}
	*r = (struct reading){.inum = inum, .at_ns = times.told_ns, .c = *now};
	return true;
}

void decide_xfrm_look_first(struct names *n, uint32_t inum)
{
	struct counters now = {0}, before = {0};
	bool known;

	read_anew(n, inum, 0, &now, &before, &known);
}

static bool is_out(const struct journey *j)
{
	return strstr(j->drop.location, "output") != NULL;
}

static struct decider *suspect(size_t row, const struct counters *before, unsigned long now)
{
	struct decider *d = decider_new(DECIDER_XFRM_STATE);

	decider_set_text(d, "cause", causes[row].cause);
	if (before)
		decider_add_evidence(d, "%s +%lu", causes[row].counter, now - before->now[row]);
	else
		decider_add_evidence(d, "%s = %lu", causes[row].counter, now);
	return d;
}

/* All whose counter has moved, as candidates. before NULL: or stands at more than 0. */
static struct decider *moved(const struct journey *j, const struct counters *now,
			     const struct counters *before)
{
	struct decider *all = decider_new(DECIDER_XFRM_STATE);

	for (size_t i = 0; i < N_CAUSES; i++) {
		unsigned long was = before ? before->now[i] : 0;

		if (now->now[i] > was && causes[i].out == is_out(j))
			decider_add_candidate(all, suspect(i, before, now->now[i]));
	}
	return all;
}

struct decider *decide_xfrm_state(struct names *n, struct journey *j)
{
	struct counters now = {0}, before = {0};
	struct decider *all, *one;
	bool known;

	if (!read_anew(n, j->drop.at.netns_inum, j->ts_ns, &now, &before, &known)) {
		list_failed(j, "IPsec's counters (/proc/net/xfrm_stat)");
		return NULL;
	}
	all = moved(j, &now, known ? &before : NULL);
	if (all->n_candidates > 1)
		return all;
	one = all->n_candidates ? decider_ref(all->candidates[0]) : NULL;
	decider_unref(all);
	if (one)
		decider_add_evidence(one, "no other counter of IPsec has moved");
	return one;
}
