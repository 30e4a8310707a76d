/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of those who judge: netfilter hooks, rules, and programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journey/kinds.h"
#include "model/nft_verdict.h"

#define PF_BRIDGE 7
#define PF_NETDEV 5
static enum wb_station hook_station(uint8_t pf, uint8_t hook)
{
	static const enum wb_station inet[] = {WB_STATION_NF_PREROUTING, WB_STATION_NF_INPUT,
					       WB_STATION_NF_FORWARD, WB_STATION_NF_OUTPUT,
					       WB_STATION_NF_POSTROUTING};
	static const enum wb_station bridge[] = {
		WB_STATION_NF_BRIDGE_PREROUTING, WB_STATION_NF_BRIDGE_INPUT,
		WB_STATION_NF_BRIDGE_FORWARD, WB_STATION_NF_BRIDGE_OUTPUT,
		WB_STATION_NF_BRIDGE_POSTROUTING};

	if (pf == PF_NETDEV)
		return hook ? WB_STATION_NF_NETDEV_EGRESS : WB_STATION_NF_NETDEV_INGRESS;
	if (hook >= 5)
		return WB_STATION_NF_PREROUTING;
	return pf == PF_BRIDGE ? bridge[hook] : inet[hook];
}

/* The step at which the packet entered this hook and has not left it. */
static struct step *open_hook(struct build *b, enum wb_station station)
{
	for (size_t i = b->j->n_steps; i-- > 0;) {
		struct step *s = &b->j->steps[i];

		if (s->station == station && s->at.netns_inum == b->ev->netns &&
		    s->verdict == VERDICT_NONE)
			return s;
		if (s->station == WB_STATION_RX)
			break;
	}
	return NULL;
}

/*
 * Headers changed between entering and leaving a hook: that was NAT, or conntrack's putting
 * together of fragments, each a station of its own. Where nobody saw it enter, they may have
 * changed before: by a tunnel or IPsec, which wrap the packet.
 */
static void rewrite_step(struct build *b, bool entered)
{
	bool whole = packet_fragment(&b->known) >= 0 && packet_fragment(b->packet) < 0;
	bool wrapped = !entered && !whole && !packet_is_translated(&b->known, b->packet);
	struct step *s =
		wrapped ? build_last(b) : build_step(b, whole ? WB_STATION_DEFRAG : WB_STATION_NAT);

	if (s)
		build_rewrite(b, s);
}

void kind_HOOK(struct build *b, const void *body)
{
	const struct wb_hook_body *h = body;
	enum wb_station station = hook_station(h->pf, h->hook);
	bool entered = false;
	struct step *s;

	if (h->where == 4) {
		b->j->ignored = true;
		return;
	}
	/* as where functions are probed: what the kernel sends by itself begins there, too */
	if (station == WB_STATION_NF_OUTPUT && !b->j->n_steps)
		build_task(b, build_step(b, WB_STATION_SOCKET_SEND));
	if (h->where == 0) {
		s = build_step(b, station);
		build_rewrite(b, s);
	} else {
		s = open_hook(b, station);
		entered = s;
		if (!s)
			s = build_step(b, station);
		if (s && (h->where == 1 || h->verdict == 1))
			s->verdict = VERDICT_ACCEPT;
		else if (s && h->verdict < 0)
			s->verdict = VERDICT_DROP;
		if (b->packet && !(b->ev->flags & WB_EV_FIRST) &&
		    packet_differs(b->packet, &b->known) && s) {
			size_t at = s - b->j->steps;

			rewrite_step(b, entered); /* may move the steps */
			s = &b->j->steps[at];
		}
		build_rewrite(b, NULL);
	}
	if (s)
		s->unused = h->unused;
	if (s && (h->ct.has || h->ct.info == 7)) {
		s->ct.has = true;
		s->ct.raw = h->ct;
	}
}

static struct step *hook_step(struct build *b)
{
	for (size_t i = b->j->n_steps; i-- > 0;)
		if (b->j->steps[i].station >= WB_STATION_NF_NETDEV_INGRESS &&
		    station_layer(b->j->steps[i].station) == WB_LAYER_NETFILTER &&
		    b->j->steps[i].station != WB_STATION_NAT)
			return &b->j->steps[i];
	return build_last(b);
}

static void set_decider(struct step *s, struct decider *d)
{
	if (!s) {
		decider_unref(d);
		return;
	}
	decider_unref(s->decider);
	s->decider = d;
}

void kind_RULE(struct build *b, const void *body)
{
	const struct wb_rule_body *r = body;
	bool policy = r->by == WB_RULE_POLICY;
	struct decider *d = decider_new(policy ? DECIDER_NFT_POLICY : DECIDER_NFT_RULE);
	struct step *s = hook_step(b);
	char name[WB_NAME_MAX + 1];

	decider_set_text(d, "family", nft_family_name(r->family));
	snprintf(name, sizeof(name), "%.*s", WB_NAME_MAX, r->table);
	decider_set_text(d, "table", name);
	snprintf(name, sizeof(name), "%.*s", WB_NAME_MAX, r->chain);
	decider_set_text(d, "chain", name);
	if (policy)
		decider_set_text(d, "policy", (r->verdict & 0xff) == 1 ? "accept" : "drop");
	else
		decider_set_number(d, "handle", r->handle);
	set_decider(s, d);
	if (s && (r->verdict == 0 || (r->verdict & 0xff) == 2))
		s->verdict = VERDICT_DROP;
	else if (s && (r->verdict & 0xff) == 3)
		s->verdict = VERDICT_QUEUE;
}

void kind_IPT(struct build *b, const void *body)
{
	static const char *const built_in[] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT",
					       "POSTROUTING"};
	const struct wb_ipt_body *r = body;
	struct decider *d =
		decider_new(r->rule_number ? DECIDER_IPTABLES_RULE : DECIDER_IPTABLES_POLICY);
	char name[WB_NAME_MAX + 1];
	struct step *s = hook_step(b);

	decider_set_text(d, "family", nft_family_name(r->family));
	snprintf(name, sizeof(name), "%.*s", WB_NAME_MAX, r->table);
	decider_set_text(d, "table", name);
	snprintf(name, sizeof(name), "%.*s", WB_NAME_MAX, r->chain);
	if (!name[0] && r->hook < sizeof(built_in) / sizeof(built_in[0]))
		snprintf(name, sizeof(name), "%s", built_in[r->hook]);
	decider_set_text(d, "chain", name);
	if (r->rule_number)
		decider_set_number(d, "rule_number", r->rule_number);
	else
		decider_set_text(d, "policy", "drop");
	set_decider(s, d);
	if (s)
		s->verdict = VERDICT_DROP;
}

#define XDP_PASS 2

static const char *xdp_action(const struct wb_prog_body *p)
{
	static const char *const actions[] = {"aborted", "drop", "pass", "tx", "redirect"};

	return p->verdict >= 0 && p->verdict <= 4 ? actions[p->verdict] : "unknown";
}

static struct decider *program(const struct wb_prog_body *p, enum decider_kind kind)
{
	struct decider *d = decider_new(kind);
	char name[sizeof(p->name) + 1];

	if (!d)
		return NULL;
	snprintf(name, sizeof(name), "%.16s", p->name);
	decider_set_number(d, "id", p->prog_id);
	decider_set_text(d, "name", name);
	if (kind == DECIDER_XDP_PROGRAM)
		decider_set_text(d, "action", xdp_action(p));
	return d;
}

/*
 * Does the program only pass on what its component said, at its own exit or in an exception behind
 * it? That all let the packet pass is the dispatcher's own verdict.
 */
static bool is_passed_on(const struct build *b, struct step *s, const struct wb_prog_body *p)
{
	char name[sizeof(p->name) + 1];

	if (p->type != WB_PROG_XDP || p->verdict == XDP_PASS || !s->decider ||
	    s->decider->kind != DECIDER_XDP_PROGRAM ||
	    strcmp(decider_text(s->decider, "action"), xdp_action(p)))
		return false;
	if (!b->component)
		return decider_number(s->decider, "dispatcher_id", 0) == p->prog_id;
	snprintf(name, sizeof(name), "%.16s", p->name);
	decider_set_text(s->decider, "dispatcher", name);
	decider_set_number(s->decider, "dispatcher_id", p->prog_id);
	return true;
}

static void xdp_verdict(struct build *b, struct step *s, const struct wb_prog_body *p)
{
	if (b->ev->probe == WB_PROBE_OWN_xdp) {
		s->verdict = VERDICT_PASS;
		return;
	}
	/* err: aborted, unknown, or a redirect that failed */
	s->verdict = p->verdict < 0 || p->verdict > 4 || (p->err && p->verdict)
			     ? VERDICT_DROP
			     : verdict_of_xdp(p->verdict);
	/* else: whose program it was stands there already, or is asked for */
	if (p->type == WB_PROG_XDP_COMPONENT && p->verdict == XDP_PASS)
		set_decider(s, NULL); /* the next one decides */
	else if ((p->prog_id || p->name[0]) && !is_passed_on(b, s, p))
		set_decider(s, program(p, DECIDER_XDP_PROGRAM));
	b->component = p->type == WB_PROG_XDP_COMPONENT;
	if (p->err < -1 && s->decider && strerrorname_np(-p->err))
		decider_set_text(s->decider, "error", strerrorname_np(-p->err));
}

#define TC_ACT_SHOT 2

/*
 * A classifier's result is a verdict only if it acts directly, so not even "shot" is one before the
 * drop is seen. Whoever passed did not decide.
 */
static void tc_verdict(struct build *b, struct step *s, const struct wb_prog_body *p)
{
	if (b->ev->probe != WB_PROBE_OWN_tc_program) {
		s->verdict = VERDICT_PASS;
		return;
	}
	s->verdict = p->verdict == TC_ACT_SHOT ? VERDICT_NONE : VERDICT_PASS;
	set_decider(s, p->verdict == TC_ACT_SHOT ? program(p, DECIDER_TC_PROGRAM) : NULL);
	snprintf(s->note, sizeof(s->note), "prog %u %.16s", p->prog_id, p->name);
}

void kind_PROG(struct build *b, const void *body)
{
	static const enum wb_station stations[] = {
		[WB_PROG_XDP] = WB_STATION_XDP,
		[WB_PROG_TC_IN] = WB_STATION_TC_IN,
		[WB_PROG_TC_OUT] = WB_STATION_TC_OUT,
		[WB_PROG_CGROUP] = WB_STATION_SOCKET_FILTER,
		[WB_PROG_SOCKET] = WB_STATION_SOCKET_FILTER,
		[WB_PROG_NETFILTER] = WB_STATION_NF_PREROUTING,
		[WB_PROG_XDP_COMPONENT] = WB_STATION_XDP,
	};
	const struct wb_prog_body *p = body;
	struct step *s;

	if (p->type >= sizeof(stations) / sizeof(stations[0]))
		return;
	s = build_visit(b, stations[p->type]);
	if (!s)
		return;
	if (stations[p->type] == WB_STATION_XDP)
		xdp_verdict(b, s, p);
	else
		tc_verdict(b, s, p);
	build_rewrite(b, s);
}
