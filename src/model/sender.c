/* SPDX-License-Identifier: GPL-2.0-only */
/* What a dropped packet's sender sees, from the most certain sign to none at all. */
#include "model/sender.h"

#include <string.h>

#include "util/text.h"

/* Did a process on this host send it, and does the error reach that process directly? */
static bool local_send(const struct journey *j)
{
	return j->n_steps && j->steps[0].station == WB_STATION_SOCKET_SEND &&
	       j->steps[0].at.netns_inum == j->drop.at.netns_inum;
}

static const char *icmp_sees(const struct wb_icmp_body *i)
{
	bool port = (i->family == 4 && i->type == 3 && i->code == 3) ||
		    (i->family == 6 && i->type == 1 && i->code == 4);

	return port ? "refused" : "unreachable";
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

/* IPv6 has no tracepoint that shows an ICMP error, so where the kernel sends one is told here. */
static bool icmpv6_answers(const struct drop *d)
{
	static const struct {
		const char *location, *reason; /* NULL: any */
	} rows[] = {
		{"ip6_pkt_drop", NULL},
		{"ip6_pkt_discard", NULL},
		{"ip6_pkt_discard_out", NULL},
		{"ip6_pkt_prohibit", NULL},
		{"ip6_pkt_prohibit_out", NULL},
		{"ip6_forward", "IP_INHDR"},
		{"ip6_forward", "IP_INADDRERRORS"},
		{"ip6_forward", "PKT_TOO_BIG"},
		{"ip6_protocol_deliver_rcu", "IP_NOPROTO"},
		{"ip6_input_finish", "IP_NOPROTO"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].location, d->location) &&
		    (!rows[i].reason || !strcmp(rows[i].reason, d->reason)))
			return true;
	return false;
}

/* The rest did not come: the sender is told if the part that has the ports did. */
static bool first_fragment_timed_out(const struct journey *j)
{
	return !strcmp(j->drop.reason, "FRAG_REASM_TIMEOUT") && packet_fragment(&j->packet) <= 0;
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
 * The queue of its device refused it. UDP and TCP keep that from their process, unless it asked for
 * errors as ping does; a packet socket, whose packets begin at the queue, hears it.
 */
static const char *queue_sees(const struct journey *j)
{
	const struct step *first = j->n_steps ? &j->steps[0] : NULL;
	bool own = first && first->at.netns_inum == j->drop.at.netns_inum;

	if (journey_queued(j) || !own)
		return "timeout";
	if (first->station == WB_STATION_SOCKET_SEND)
		return j->packet.proto == 6 || j->packet.proto == 17 ? "timeout" : "enobufs";
	return first->station == WB_STATION_QDISC && first->task.has ? "enobufs" : "timeout";
}

/* TCP takes the error for a loss, and sends again (tcp_connect, tcp_write_xmit; 5.10 to 7.2). */
static const char *refusal_sees(const struct journey *j)
{
	return j->packet.proto == 6 ? "timeout" : "eperm";
}

const char *sender_sees(const struct journey *j)
{
	const struct drop *d = &j->drop;
	const char *text;

	if (j->no_way_back && !j->has_icmp)
		return "timeout";
	if (j->answer_lost)
		return "timeout";
	if (j->sent_reset)
		return "refused";
	if (j->has_icmp)
		return icmp_sees(&j->icmp);
	text = d->layer == WB_LAYER_NETFILTER ? reject_sees(j) : NULL;
	if (text)
		return text;
	if (d->layer == WB_LAYER_NETFILTER && d->decider && d->decider->kind == DECIDER_ROUTE)
		return reroute_sees(d->decider);
	if ((d->station == WB_STATION_NF_OUTPUT || d->station == WB_STATION_NF_POSTROUTING ||
	     d->station == WB_STATION_SOCKET_FILTER) &&
	    local_send(j))
		return refusal_sees(j);
	if (d->layer == WB_LAYER_QDISC)
		return queue_sees(j);
	if (!strcmp(d->reason, "NO_SOCKET") && (j->packet.proto == 6 || j->packet.proto == 17))
		return "refused";
	if (d->station == WB_STATION_NEIGHBOUR)
		return "unreachable";
	if (j->packet.family == 6 && (icmpv6_answers(d) || first_fragment_timed_out(j)))
		return "unreachable";
	return "timeout";
}
