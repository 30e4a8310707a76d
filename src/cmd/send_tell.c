/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_tell.h. */
#include "cmd/send_tell.h"

#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <net/if_arp.h>

#include "cmd/cmd.h"
#include "cmd/send_would.h"
#include "model/nft_verdict.h"
#include "model/packet.h"
#include "util/clock.h"
#include "util/foreign.h"
#include "util/text.h"

#define NEAR_NS (50 * MS_NS) /* between being swallowed and the free that follows, emulated */

/* --- where it was swallowed --- */

/* What is left of a packet that was cut goes with the fragment that was swallowed. */
static bool is_cutting(struct names *names, const struct ending *e)
{
	const char *module, *function;
	uint32_t offset;

	function = names_symbol(names, e->location_raw, &offset, &module);
	return !strcmp(function, "ip_do_fragment") || !strcmp(function, "ip6_fragment");
}

/*
 * Swallowed, it is freed at once, for that reason. Where no end was seen, nothing of it was after
 * that.
 */
static bool is_then(const struct journey *j, const struct wb_swallowed *r, struct names *names)
{
	static const char *const reasons[] = {[WB_SWALLOW_EGRESS] = "TC_EGRESS",
					      [WB_SWALLOW_LOCAL_IN] = "NETFILTER_DROP",
					      [WB_SWALLOW_SOCKET] = "SOCKET_FILTER"};
	const char *reason = reasons[r->where];
	uint64_t seen_ns = j->n_steps ? j->ts_ns + j->steps[j->n_steps - 1].dt_ns : j->ts_ns;

	if (!j->n_endings)
		return r->ts_ns + NEAR_NS > seen_ns && seen_ns + NEAR_NS > r->ts_ns;
	for (size_t i = 0; i < j->n_endings; i++) {
		const struct ending *e = &j->endings[i];

		if (!e->is_drop || e->ts_ns < r->ts_ns || e->ts_ns >= r->ts_ns + NEAR_NS)
			continue;
		if (!strcmp(names_reason(names, e->reason_raw), reason))
			return true;
		if (r->where == WB_SWALLOW_EGRESS && is_cutting(names, e))
			return true;
	}
	return false;
}

/* The record of its end, of this kind. */
static const struct wb_swallowed *record_of(const struct journey *j,
					    const struct wb_swallow_log *log, uint8_t what,
					    struct names *names)
{
	size_t n = wb_swallowed_rows(log);

	for (size_t i = 0; i < n; i++)
		if (log->rows[i].what == what && is_then(j, &log->rows[i], names))
			return &log->rows[i];
	return NULL;
}

/* The question that it waits for, and the step at which it does. */
static const struct wb_swallowed *question_of(const struct journey *j,
					      const struct wb_swallow_log *log, size_t *ret_step)
{
	size_t n = wb_swallowed_rows(log);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < j->n_steps && log->rows[i].what == WB_SWALLOW_ASKS; k++)
			if (j->steps[k].station == WB_STATION_NEIGHBOUR &&
			    j->steps[k].at.ifindex == log->rows[i].ifindex) {
				*ret_step = k;
				return &log->rows[i];
			}
	return NULL;
}

/* The step at which it happened; one that is there already, or a new one. NULL: no memory. */
static struct step *step_at(struct journey *j, enum wb_station station,
			    const struct wb_swallowed *r)
{
	struct step *more, *s;

	for (size_t i = j->n_steps; i-- > 0;)
		if (j->steps[i].station == station && j->steps[i].at.ifindex == r->ifindex &&
		    j->steps[i].at.netns_inum == r->netns) {
			journey_cut(j, i + 1);
			return &j->steps[i];
		}
	more = realloc(j->steps, (j->n_steps + 1) * sizeof(*more));
	if (!more)
		return NULL;
	j->steps = more;
	s = &more[j->n_steps++];
	*s = (struct step){
		.station = station,
		.dt_ns = r->ts_ns > j->ts_ns ? r->ts_ns - j->ts_ns : 0,
		.at = {.netns_inum = r->netns, .ifindex = r->ifindex},
		.cpu = j->n_steps > 1 ? s[-1].cpu : 0,
	};
	return s;
}

static void end_at(struct journey *j, enum wb_station station, const struct wb_swallowed *r,
		   enum verdict v, const char *note)
{
	struct step *s = step_at(j, station, r);

	if (!s)
		return;
	if (station == WB_STATION_TC_OUT && s > j->steps && s[-1].station == WB_STATION_ROUTE_IN &&
	    s[-1].verdict == VERDICT_NONE && s[-1].at.netns_inum == r->netns)
		s[-1].verdict = VERDICT_FORWARD;
	decider_unref(s->decider);
	s->decider = NULL;
	s->judge = DECIDER_NONE;
	s->verdict = v;
	snprintf(s->note, sizeof(s->note), "%s", note);
	j->n_endings = 0;
	j->duration_ns = s->dt_ns;
}

/* --- what would have followed --- */

static void tell_asked(struct journey *j, const struct wb_swallowed *r, size_t at)
{
	struct step *s = &j->steps[at];
	char addr[64];

	/* what followed is the end of waiting: that the neighbour was forgotten */
	journey_cut(j, at + 1);
	decider_unref(s->decider);
	s->decider = NULL;
	s->judge = DECIDER_NONE;
	s->verdict = VERDICT_RESOLVING;
	if (s->neigh)
		s->neigh->nud_state = NUD_INCOMPLETE;
	j->swallowed = SWALLOWED_WAITING;
	j->n_endings = 0;
	j->has_icmp = false;
	j->duration_ns = s->dt_ns;
	snprintf(j->would, sizeof(j->would),
		 "it would leave once %s has told its MAC address; it was not asked, because "
		 "nothing gets out (--let-out)",
		 packet_addr(r->family, r->target, addr, sizeof(addr)));
}

/* Of IPv6 the hook INPUT comes before the fragments are put together, if conntrack does not. */
static void tell_incomplete(struct journey *j)
{
	j->swallowed = SWALLOWED_WAITING;
	snprintf(
		j->would, sizeof(j->would),
		"it would wait here for the other fragments of its packet, and be taken with them");
}

/* A question for a neighbour is behind no swallower when it is answered. */
static void tell_answered(struct journey *j, const struct wb_swallow_log *log, struct names *names)
{
	size_t n = wb_swallowed_rows(log);

	if (j->packet.ethertype == ETH_P_ARP && j->packet.proto == ARPOP_REQUEST)
		snprintf(j->would, sizeof(j->would), "the kernel did not answer it at once%s",
			 j->packet.vlan & 0xfff ? "; perhaps no VLAN device took it" : "");

	for (size_t i = 0; i < n; i++)
		if (log->rows[i].what == WB_SWALLOW_ANSWER)
			snprintf(j->would, sizeof(j->would),
				 "the kernel would answer it through %.15s",
				 names_device(names, log->rows[i].netns, log->rows[i].ifindex, 0));
}

void send_tell_swallowed(struct journey *j, const struct send_item *i,
			 const struct wb_swallow_log *log, struct names *names)
{
	uint8_t what = j->made ? WB_SWALLOW_MADE : WB_SWALLOW_ANSWER;
	const struct wb_swallowed *r = record_of(j, log, what, names);
	size_t at;

	if (!r) {
		r = question_of(j, log, &at);
		if (r) {
			tell_asked(j, r, at);
			return;
		}
		r = record_of(j, log, WB_SWALLOW_OTHER, names);
	}
	if (!r && j->made && !j->packet.family)
		tell_answered(j, log, names);
	if (!r)
		return;
	if (r->where == WB_SWALLOW_EGRESS) {
		j->swallowed = SWALLOWED_LEAVING;
		end_at(j, WB_STATION_TC_OUT, r, VERDICT_NONE, "swallowed: nothing gets out");
		if (j->made)
			snprintf(j->would, sizeof(j->would), "it would have left through %.15s",
				 names_device(names, r->netns, r->ifindex, 0));
	} else {
		j->swallowed = SWALLOWED_ARRIVING;
		if (r->where == WB_SWALLOW_SOCKET)
			end_at(j, WB_STATION_SOCKET_FILTER, r, VERDICT_NONE,
			       "swallowed: no socket gets it");
		else
			end_at(j, WB_STATION_NF_INPUT, r, VERDICT_ACCEPT,
			       "swallowed: no socket gets it");
		if (j->made && j->packet.family == 6 &&
		    packet_fragment(journey_last_packet(j)) >= 0)
			tell_incomplete(j);
		else if (j->made)
			send_would_take(j, r, i, names);
	}
}

/* --- XDP --- */

static struct decider *xdp_decider(const struct xdp_tried *x)
{
	struct decider *d = decider_new(DECIDER_XDP_PROGRAM);
	enum verdict v = verdict_of_xdp(x->verdict);

	if (!d)
		return NULL;
	decider_set_number(d, "id", x->id);
	if (x->name[0])
		decider_set_text(d, "name", x->name);
	decider_set_text(d, "mode", x->generic ? "generic" : "native");
	if (v != VERDICT_PASS)
		decider_set_text(d, "action", verdict_name(v));
	decider_add_evidence(d, "it was run on this frame");
	return d;
}

void send_tell_xdp(struct journey *j, const struct send_item *i, uint32_t ifindex, uint32_t netns)
{
	struct step *more;

	if (!i->xdp.id)
		return;
	more = realloc(j->steps, (j->n_steps + 1) * sizeof(*more));
	if (!more)
		return;
	j->steps = more;
	memmove(more + 1, more, j->n_steps * sizeof(*more));
	j->n_steps++;
	more[0] = (struct step){
		.station = WB_STATION_XDP,
		.verdict = verdict_of_xdp(i->xdp.verdict),
		.at = {.netns_inum = netns, .ifindex = ifindex},
		.decider = xdp_decider(&i->xdp),
	};
	for (size_t k = 0; k < j->n_endings; k++)
		j->endings[k].after_step++;
}

static void begin(struct journey *j, const struct send_item *i, uint64_t now_ns)
{
	*j = (struct journey){.made = true, .has_packet = true, .ts_ns = now_ns, .segments = 1};
	express_frame(i->frame.bytes, i->frame.n, &i->key, &j->packet);
	j->len = j->packet.payload;
	j->flow_id = packet_flow_id(&j->packet);
}

void send_tell_refused(struct journey *j, const struct send_item *i, uint32_t netns,
		       uint64_t now_ns, int error)
{
	begin(j, i, now_ns);
	j->outcome = OUTCOME_NEVER_SENT;
	j->send_errno = error;
	j->steps = calloc(1, sizeof(*j->steps));
	if (!j->steps)
		return;
	j->n_steps = 1;
	j->steps[0] = (struct step){.station = WB_STATION_SOCKET_SEND,
				    .verdict = VERDICT_FAILED,
				    .at = {.netns_inum = netns}};
}

void send_tell_stopped(struct journey *j, const struct send_item *i, uint32_t ifindex,
		       uint32_t netns, uint64_t now_ns)
{
	begin(j, i, now_ns);
	send_tell_xdp(j, i, ifindex, netns);
	j->drop.at = (struct place){.netns_inum = netns, .ifindex = ifindex};
	snprintf(j->would, sizeof(j->would),
		 "it was not put in: the XDP program, which was run on it, does not pass it on");
}

static void tell_grown(const struct ground_set *set)
{
	struct text line = {0};

	text_printf(&line, "set %s ", nft_family_name(set->family));
	text_escaped(&line, set->table);
	text_put(&line, " ", 1);
	text_escaped(&line, set->name);
	fail(0, "%s has more elements than before the packet: what a rule adds to a set stays",
	     line.s);
	text_free(&line);
}

void send_tell_sets(const struct left_in_sets *sets, bool uncounted_told)
{
	if (sets->grown.name[0])
		tell_grown(&sets->grown);
	if (sets->unread)
		fail(0,
		     "whether a rule added an element to a set could not be read: it would stay");
	if (sets->uncounted && !uncounted_told)
		fail(0,
		     "of %" PRIu32 " more sets to which rules add elements it is not known whether "
		     "one has grown: there are too many to count before and after each packet",
		     sets->uncounted);
}
