/* SPDX-License-Identifier: GPL-2.0-only */
/* What a dropped packet's sender sees, from the most certain sign to none at all. */
#include "causes/sender.h"

#include <netinet/in.h>
#include <string.h>

#include "model/icmp.h"
#include "util/text.h"

static const char *icmp_sees(const struct wb_icmp_body *i)
{
	bool port = (i->family == 4 && i->type == 3 && i->code == 3) ||
		    (i->family == 6 && i->type == 1 && i->code == 4);

	return port ? "refused" : "unreachable";
}

/* Of the tunnel's way the kernel keeps that, and it bounds the packets that come after. */
static bool is_too_big(const struct wb_icmp_body *i)
{
	return i->family == 6 ? i->type == 2 : i->type == 3 && i->code == 4;
}

/* What a rejecting rule answers with stands in its text. */
static const char *reject_sees(const struct journey *j)
{
	const char *text = decider_text(j->drop.decider, "rule");
	char rule[512];

	text_unquoted(rule, sizeof(rule), text ? text : "");
	if ((!strstr(rule, "reject") && !strstr(rule, "REJECT")))
		return NULL;
	if (strstr(rule, "tcp reset") || strstr(rule, "tcp-reset"))
		return "refused";
	if (strstr(rule, "-unreachable") && !strstr(rule, "port-unreachable"))
		return "unreachable";
	return strstr(rule, "prohibited") ? "unreachable" : "refused";
}

/* ip6_forward() tells a link-local source that it does not route it; all else ends in silence. */
static bool in_silence(const struct journey *j)
{
	return !strcmp(j->drop.location, "ip6_forward") &&
	       !strcmp(j->drop.reason, "IP_INADDRERRORS") &&
	       !packet_is_link_local(journey_last_packet(j)->saddr);
}

/* Does the kernel mean to answer with an ICMP error there, other than that a port is closed? */
static bool icmp_answers(const struct journey *j)
{
	const struct drop *d = &j->drop;
	static const struct {
		const char *location, *reason; /* NULL: any */
	} rows[] = {
		/* whoever waited for a neighbour that does not answer */
		{"arp_error_report", NULL},	    {"ndisc_error_report", NULL},
		{"neigh_invalidate", NULL},	    {"neigh_timer_handler", NULL},
		{"ip_forward", "IP_INHDR"},	    {"ip6_pkt_drop", NULL},
		{"ip6_pkt_discard", NULL},	    {"ip6_pkt_discard_out", NULL},
		{"ip6_pkt_prohibit", NULL},	    {"ip6_pkt_prohibit_out", NULL},
		{"ip6_forward", "IP_INHDR"},	    {"ip6_forward", "IP_INADDRERRORS"},
		{"ip6_forward", "PKT_TOO_BIG"},	    {"ip6_protocol_deliver_rcu", "IP_NOPROTO"},
		{"ip6_input_finish", "IP_NOPROTO"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].location, d->location) &&
		    (!rows[i].reason || !strcmp(rows[i].reason, d->reason)))
			return !in_silence(j);
	return false;
}

/* The rest did not come: the sender is told if the part that has the ports did. */
static bool first_fragment_timed_out(const struct journey *j)
{
	return !strcmp(j->drop.reason, "FRAG_REASM_TIMEOUT") && packet_fragment(&j->packet) <= 0;
}

/* Nobody answers a part without ports, an ICMP error, or what many send or get. */
static bool may_be_answered(const struct wb_packet *p)
{
	return packet_fragment(p) <= 0 && !icmp_is_error(p) && packet_has_addr(p->saddr) &&
	       !packet_addr_is_group(p->family, p->saddr) &&
	       !packet_addr_is_group(p->family, p->daddr);
}

/* What its sender sees if the ICMP error that is due to it goes out, NULL: none is due. */
static const char *error_due(const struct journey *j)
{
	const struct drop *d = &j->drop;
	const char *text = d->layer == WB_LAYER_NETFILTER ? reject_sees(j) : NULL;

	if (text)
		return text;
	if (!strcmp(d->reason, "NO_SOCKET") && j->packet.proto == IPPROTO_UDP)
		return "refused";
	if (icmp_answers(j) || (j->packet.family == 6 && first_fragment_timed_out(j)))
		return "unreachable";
	return NULL;
}

/* A bridge and a device have no way of their own to send one, so their rules make a packet. */
static bool answers_itself(const struct drop *d)
{
	const char *family = decider_text(d->decider, "family"),
		   *rule = decider_text(d->decider, "rule");

	return (family && (!strcmp(family, "bridge") || !strcmp(family, "netdev"))) ||
	       (rule && (strstr(rule, "tcp reset") || strstr(rule, "tcp-reset")));
}

/* What a tunnel's outer header says that it holds. */
static bool wraps(uint8_t proto)
{
	return proto == IPPROTO_UDP || proto == IPPROTO_GRE || proto == IPPROTO_IPIP ||
	       proto == IPPROTO_IPV6 || proto == IPPROTO_ESP;
}

bool sender_error_to_tunnel(const struct journey *j)
{
	const struct wb_packet *inner = &j->packet, *outer = journey_last_packet(j);
	char nat[112];

	if (!wraps(outer->proto) || outer->ip_len <= inner->ip_len ||
	    !packet_has_addr(inner->saddr) || packet_translation(inner, outer, nat, sizeof(nat)) ||
	    !memcmp(inner->saddr, outer->saddr, sizeof(inner->saddr)))
		return false;
	return j->has_icmp ? !is_too_big(&j->icmp) : error_due(j) != NULL;
}

static bool is_owed(const struct journey *j)
{
	return !j->has_icmp && !j->no_way_back && error_due(j) && !answers_itself(&j->drop) &&
	       may_be_answered(journey_last_packet(j));
}

bool sender_error_held(const struct journey *j)
{
	return j->icmp_watched && is_owed(j);
}

bool sender_error_unseen(const struct journey *j)
{
	return !j->icmp_watched && is_owed(j);
}

static const char *reroute_sees(const struct decider *d)
{
	const char *type = decider_text(d, "type");

	if (!type)
		return "enetunreach";
	return !strcmp(type, "blackhole")     ? "einval"
	       : !strcmp(type, "prohibit")    ? "eacces"
	       : !strcmp(type, "unreachable") ? "ehostunreach"
					      : "enetunreach";
}

/*
 * The queue of its device refused it, or tc in front of that. UDP and TCP keep that from their
 * process, unless it asked for errors as ping does; a packet socket, whose packets begin at the
 * queue, hears it.
 */
static const char *queue_sees(const struct journey *j)
{
	const struct step *first = j->n_steps ? &j->steps[0] : NULL;
	bool own = first && first->at.netns_inum == j->drop.at.netns_inum;

	if (journey_queued(j) || !own)
		return "timeout";
	if (first->station == WB_STATION_SOCKET_SEND)
		return j->packet.proto == IPPROTO_TCP || j->packet.proto == IPPROTO_UDP ? "timeout"
											: "enobufs";
	return first->station == WB_STATION_QDISC && first->task.has ? "enobufs" : "timeout";
}

/* The send itself returns the refusal, before any answer to it. */
static bool fails_send(const struct journey *j)
{
	const struct drop *d = &j->drop;
	bool rerouted =
		d->layer == WB_LAYER_NETFILTER && d->decider && d->decider->kind == DECIDER_ROUTE;

	return (d->station == WB_STATION_NF_OUTPUT || d->station == WB_STATION_NF_POSTROUTING ||
		d->station == WB_STATION_SOCKET_FILTER) &&
	       !rerouted && journey_in_send(j);
}

const char *sender_sees(const struct journey *j)
{
	const struct drop *d = &j->drop;
	const char *text;

	/* TCP takes it for a loss, and sends again (tcp_connect, tcp_write_xmit; 5.10 to 7.2) */
	if (fails_send(j) && j->packet.proto != IPPROTO_TCP)
		return "eperm";
	if (j->no_way_back && !j->has_icmp)
		return "timeout";
	if (j->answer_lost)
		return "timeout";
	if (j->sent_reset)
		return "refused";
	if (sender_error_to_tunnel(j))
		return "timeout";
	if (j->has_icmp)
		return icmp_sees(&j->icmp);
	text = error_due(j);
	if (text)
		return sender_error_held(j) ? "timeout" : text;
	if (d->layer == WB_LAYER_NETFILTER && d->decider && d->decider->kind == DECIDER_ROUTE)
		return reroute_sees(d->decider);
	if (d->layer == WB_LAYER_QDISC || !strcmp(d->reason, "TC_EGRESS"))
		return queue_sees(j);
	return !strcmp(d->reason, "NO_SOCKET") && j->packet.proto == IPPROTO_TCP ? "refused"
										 : "timeout";
}
