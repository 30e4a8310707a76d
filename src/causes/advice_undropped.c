/* SPDX-License-Identifier: GPL-2.0-only */
/* See advice_undropped.h. */
#include "causes/advice_undropped.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "causes/advice_fill.h"

#define ROUTE_NEXT "{ns}ip{-6} route get {dst}; {ns}ip{-6} rule"

static const struct {
	int err;
	const char *sees, *why, *next;
} errnos[] = {
	{ENETUNREACH, "enetunreach", "there is no route to the destination", ROUTE_NEXT},
	{EHOSTUNREACH, "ehostunreach", "the route to the destination is an unreachable one",
	 ROUTE_NEXT},
	{EACCES, "eacces",
	 "the route to the destination is a prohibit one, or it is a broadcast, which needs "
	 "SO_BROADCAST",
	 ROUTE_NEXT},
	{EINVAL, "einval",
	 "the route to the destination is a blackhole, or the arguments make no sense", ROUTE_NEXT},
	{EMSGSIZE, "emsgsize", "the message is too long for the path",
	 "{ns}ip{-6} route get {dst}; {ns}ip link"},
	{EPERM, "eperm", "a firewall rule, a cgroup program or an IPsec policy refused it",
	 "{ns}ip xfrm policy; {ns}nft list ruleset; bpftool cgroup tree"},
	{ENOBUFS, "enobufs", "no buffer space: a queue is full", "{ns}tc -s qdisc"},
	{EADDRNOTAVAIL, "eaddrnotavail",
	 "no local port is free for this destination (ip_local_port_range, or the bound one is in "
	 "use with it already), or there is no address here to send from",
	 "{ns}sysctl net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports; {ns}ss -tan "
	 "dst {dst}; {ns}ip{-6} addr"},
	{ECONNREFUSED, "econnrefused", "an earlier packet was refused", ROUTE_NEXT},
	{ECONNRESET, "econnreset", "the peer has reset the connection", "{ns}ss -tanp"},
	{ETIMEDOUT, "etimedout", "the connection was given up: the peer did not answer",
	 "{ns}ss -tanpo"},
	{EPIPE, "epipe", "the connection was closed", "{ns}ss -tanp"},
	{ENOTCONN, "enotconn", "the socket is not connected", "{ns}ss -anp"},
};

/* There was no drop, so the place is that of the send. */
static void never_sent(struct journey *j)
{
	const struct step *s = j->n_steps ? &j->steps[0] : NULL;
	const struct decider *d = s ? s->decider : NULL;
	const char *next = ROUTE_NEXT, *why = strerror(j->send_errno);
	const char *call = journey_is_connect(j) ? "connect()" : "the send";
	char who[160] = "";

	snprintf(j->sender_sees, sizeof(j->sender_sees), "errno %d", j->send_errno);
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++) {
		if (errnos[i].err != j->send_errno)
			continue;
		next = errnos[i].next;
		why = errnos[i].why;
		snprintf(j->sender_sees, sizeof(j->sender_sees), "%s", errnos[i].sees);
	}
	/* all that may refuse stands in the row: of no use where it is known who did */
	if (d && !d->n_candidates && (j->send_errno == EPERM || j->send_errno == EACCES))
		why = "it was refused";
	if (d)
		decider_words(d, who, sizeof(who));
	/* EPERM may also be what a rule at OUTPUT answered, by which a packet died */
	snprintf(j->why, sizeof(j->why), "%s failed%s: %s%s%s", call,
		 d || j->send_errno != EPERM ? " before there was a packet" : "", why,
		 d ? ": " : "", who);
	if (decider_text(d, "hint"))
		advice_add(j, "; ", decider_text(d, "hint"));
	advice_fill_command(j, next, j->next, sizeof(j->next));
}

/* It was cut, and one of its parts did not get through. */
static void lost_part(struct journey *j)
{
	char who[160];

	decider_words(j->part_decider, who, sizeof(who));
	snprintf(j->why, sizeof(j->why),
		 "its fragment at %d was dropped%s%s, so nobody can put it together again",
		 j->part_at, who[0] ? " by " : "", who);
}

/* Its last station. The route that it goes by is told behind the queue that it was put into. */
static enum wb_station last_station(const struct journey *j)
{
	size_t i = j->n_steps;

	while (i > 1 && j->steps[i - 1].station == WB_STATION_ROUTE_OUT)
		i--;
	return i ? j->steps[i - 1].station : WB_STATION_NONE;
}

static bool taken_by_ipvs(const struct journey *j)
{
	const struct decider *d = j->n_steps ? j->steps[j->n_steps - 1].decider : NULL;

	return d && d->kind == DECIDER_IPVS_SERVICE;
}

/* Where it was still waiting when waybill, or its patience, came to an end. */
static void unfinished(struct journey *j)
{
	enum wb_station at = last_station(j);
	const char *why = "its end was not seen", *next = "";

	if (j->gap) {
		why = "its end was not seen: events were lost (--buffer)";
	} else if (taken_by_ipvs(j)) {
		why = "IPVS took it there; what IPVS sends to a real server is a journey of its "
		      "own";
		next = "{ns}ipvsadm -Lnc";
	} else if (at == WB_STATION_NEIGHBOUR) {
		why = "it was still waiting for the link address of {hop}";
		next = "{ns}ip neigh show dev {dev}";
	} else if (packet_fragment(journey_last_packet(j)) >= 0 && at < WB_STATION_FORWARD) {
		why = "it was still waiting for the other fragments of its packet";
		next = "{ns}nstat -az 'Ip{6}Reasm*'";
	} else if (at == WB_STATION_QDISC) {
		why = "it was still waiting in the queue of {dev}";
		next = "{ns}tc -s qdisc show dev {dev}";
	}
	advice_fill(j, why, j->why, sizeof(j->why));
	advice_fill_command(j, next, j->next, sizeof(j->next));
}

/* Who ought to read it is known where the socket could be asked, or was seen to be closed. */
static void queued(struct journey *j)
{
	const struct decider *reader = j->n_steps ? j->steps[j->n_steps - 1].decider : NULL;
	char who[160];

	decider_words(reader, who, sizeof(who));
	if (reader && reader->kind == DECIDER_NFQUEUE) {
		snprintf(j->why, sizeof(j->why),
			 "it waits for the verdict of the program behind %s", who);
		advice_fill_command(j, "{ns}cat /proc/net/netfilter/nfnetlink_queue", j->next,
				    sizeof(j->next));
		return;
	}
	snprintf(j->why, sizeof(j->why), "%s in the receive queue of a socket that nobody %s%s%s",
		 j->closed_unread ? "it lay" : "it lies", j->closed_unread ? "read" : "reads",
		 who[0] ? ": " : "", who);
	if (reader)
		advice_fill_command(j,
				    j->closed_unread ? "{ns}nstat -az TcpExtTCPAbortOnClose"
						     : "{ns}{sockets}",
				    j->next, sizeof(j->next));
}

/* UDP frees without a word what is for many and wanted by none. */
static void for_many(struct journey *j)
{
	advice_fill(j, "it is for many hosts, and nobody on this one listens on port {dport}",
		    j->why, sizeof(j->why));
	advice_fill_command(j, "{ns}ss -ulnp sport = :{dport}", j->next, sizeof(j->next));
}

void advice_undropped(struct journey *j)
{
	if (j->part_lost)
		lost_part(j);
	else if (j->outcome == OUTCOME_NEVER_SENT)
		never_sent(j);
	else if (j->outcome == OUTCOME_QUEUED)
		queued(j);
	else if (j->outcome == OUTCOME_BENIGN && j->for_many)
		for_many(j);
	else if (j->outcome == OUTCOME_UNFINISHED)
		unfinished(j);
}
