/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why conntrack called a packet invalid that a rule then dropped for it, or that no rule then let
 * pass. The kernel doesn't tell, so the reasons are told apart by whether the table has its
 * connection, and by what begins one.
 */
#include <linux/netfilter/nf_conntrack_common.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "causes/decide.h"
#include "causes/ruleset.h"
#include "host/sysctl.h"
#include "model/icmp.h"
#include "model/packet.h"
#include "util/text.h"

#define TCP_STATE (TH_FIN | TH_SYN | TH_RST | TH_ACK)

struct question {
	struct wb_packet p;
	bool known; /* its connection is in the table, in either direction */
	bool loose;
};

/* Is its connection in the table? False: that could not be read. */
static bool ask_table(struct names *n, uint32_t inum, struct question *q)
{
	char src[64], dst[64];
	enum host_answer how;
	json_t *entry;

	packet_addr(q->p.family, q->p.saddr, src, sizeof(src));
	packet_addr(q->p.family, q->p.daddr, dst, sizeof(dst));
	how = host_ask(names_host(n), HOST_ASK_conntrack, inum,
		       json_pack("{s:s, s:s, s:i, s:i, s:i}", "src", src, "dst", dst, "proto",
				 q->p.proto, "sport", q->p.sport, "dport", q->p.dport),
		       &entry);
	json_decref(entry);
	q->known = how == HOST_TOLD;
	return host_was_read(how);
}

/* As tcp_error() of nf_conntrack_proto_tcp.c decides, 5.10 to 7.2. */
static bool flags_fit(const struct wb_packet *p)
{
	static const uint8_t fit[] = {TH_SYN,	       TH_SYN | TH_ACK, TH_RST,
				      TH_RST | TH_ACK, TH_FIN | TH_ACK, TH_ACK};

	for (size_t i = 0; i < sizeof(fit); i++)
		if ((p->tcp_flags & TCP_STATE) == fit[i])
			return true;
	return p->proto != IPPROTO_TCP;
}

/* As tcp_new() there. */
static bool begins_connection(const struct question *q)
{
	uint8_t flags = q->p.tcp_flags & TCP_STATE;

	return q->p.proto != IPPROTO_TCP || flags == TH_SYN || (flags == TH_ACK && q->loose);
}

static const char *why_invalid(const struct question *q)
{
	if (!flags_fit(&q->p))
		return "its TCP flags do not go together";
	if (q->known)
		return "outside its connection's window, or not fitting its state";
	if (begins_connection(q))
		return "its checksum or its lengths are wrong";
	if ((q->p.tcp_flags & TCP_STATE) == TH_ACK && !q->loose)
		return "it belongs to no connection, and conntrack takes up none that it did not "
		       "see begin (net.netfilter.nf_conntrack_tcp_loose is 0)";
	if ((q->p.tcp_flags & TCP_STATE) == (TH_SYN | TH_ACK))
		return "it belongs to no connection: what it answers did not pass here, so that "
		       "went another way, or its entry is gone";
	return "it belongs to no connection";
}

/* Does the rule ask for one of these, in nft's or iptables' words, and not for the opposite? */
static bool asks_for(const struct decider *d, const char *nft, const char *iptables)
{
	const char *text = decider_text(d, "rule");
	char rule[512];

	if ((d->kind != DECIDER_NFT_RULE && d->kind != DECIDER_IPTABLES_RULE) || !text)
		return false;
	text_unquoted(rule, sizeof(rule), text);
	return (strstr(rule, nft) || strstr(rule, iptables)) && !strstr(rule, "! --");
}

/* Does the rule drop what is invalid, and nothing else? */
static bool is_about_invalid(const struct decider *d)
{
	return asks_for(d, "ct state invalid", "state INVALID");
}

static bool is_policy(const struct decider *d)
{
	return d->kind == DECIDER_NFT_POLICY || d->kind == DECIDER_IPTABLES_POLICY;
}

/* A policy, or a rule that takes what is new, met what is in the middle of something. */
static bool is_about_strangers(const struct decider *d)
{
	return is_policy(d) || asks_for(d, "ct state new", "state NEW");
}

/* What only begins nothing is let pass by no rule for connections that are known. */
static void tell_stranger(struct names *n, struct journey *j, struct question *q)
{
	uint8_t flags = q->p.tcp_flags & TCP_STATE;
	struct ruleset *r;

	if (q->p.proto != IPPROTO_TCP || flags == TH_SYN || !flags_fit(&q->p) ||
	    decider_text(j->drop.decider, "hint") || !is_about_strangers(j->drop.decider))
		return;
	r = ruleset_of(n, j->drop.at.netns_inum, 0);
	if (!r || !firewall_has_ct(r->f) || !ask_table(n, j->drop.at.netns_inum, q) || q->known)
		return;
	decider_set_text(j->drop.decider, "hint",
			 flags == (TH_SYN | TH_ACK)
				 ? "conntrack has no connection that it answers: what it answers "
				   "did not pass here (another way, or another namespace), or its "
				   "entry is gone"
				 : "it is in the middle of a connection of which conntrack has no "
				   "entry (any more): its beginning did not pass here, or the "
				   "entry expired or was removed");
	decider_add_evidence(j->drop.decider, "conntrack has no entry for it");
}

/* Of a connection that the table has, and whose first packet was let through then. */
static bool is_known(const struct journey *j)
{
	const struct step *s = decide_step_at(j, j->drop.station);

	return s && s->ct.has && s->ct.raw.has && s->ct.raw.status & IPS_CONFIRMED &&
	       (s->ct.raw.info == IP_CT_ESTABLISHED || s->ct.raw.info == IP_CT_ESTABLISHED_REPLY);
}

/* A firewall that lets connections begin, and forgot what follows and answers. */
static void tell_follower(struct journey *j)
{
	struct decider *d = j->drop.decider;

	if (!d || d->n_candidates || !is_policy(d) || decider_text(d, "hint") || j->varies ||
	    !is_known(j))
		return;
	decider_set_text(d, "hint",
			 "conntrack knows its connection: the first packet was let through here, "
			 "and what follows or answers (ct state established) is not");
}

void decide_invalid(struct names *n, struct journey *j)
{
	struct question q = {.p = *journey_last_packet(j)};

	if (icmp_is_error(&q.p) && j->drop.decider && !j->drop.decider->n_candidates &&
	    is_about_invalid(j->drop.decider)) {
		decider_set_text(
			j->drop.decider, "invalid",
			"the packet that this ICMP error is about is of no connection that "
			"conntrack knows, or the checksum is wrong");
		return;
	}
	if (!j->drop.decider || j->drop.decider->n_candidates ||
	    (q.p.proto != IPPROTO_TCP && q.p.proto != IPPROTO_UDP))
		return;
	if (!is_about_invalid(j->drop.decider)) {
		tell_stranger(n, j, &q);
		tell_follower(j);
		return;
	}
	if (!ask_table(n, j->drop.at.netns_inum, &q))
		return;
	q.loose = sysctl_number(n, j->drop.at.netns_inum, "netfilter/nf_conntrack_tcp_loose") != 0;
	decider_set_text(j->drop.decider, "invalid", why_invalid(&q));
}
