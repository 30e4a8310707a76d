/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that the kernel takes and then does nothing with, without a drop that a probe could see:
 * they look delivered. An echo request that a sysctl ignores, a connection for which a listener has
 * no room (icmp_echo, tcp_conn_request; 5.10 to 7.2).
 */
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "causes/advice_fill.h"
#include "causes/decide.h"
#include "host/address_type.h"
#include "host/sysctl.h"

static const struct {
	uint8_t family, proto, icmp_type;
	const char *path, *name;
} ignored[] = {
	{4, IPPROTO_ICMP, ICMP_ECHO, "ipv4/icmp_echo_ignore_all", "net.ipv4.icmp_echo_ignore_all"},
	{6, IPPROTO_ICMPV6, ICMP6_ECHO_REQUEST, "ipv6/icmp/echo_ignore_all",
	 "net.ipv6.icmp.echo_ignore_all"},
};

/* waybill's own observers saw it taken in: they would have told that it was ignored. */
static bool tells_ignored(const struct journey *j)
{
	const struct step *last = &j->steps[j->n_steps - 1];

	return last->station == WB_STATION_NF_INPUT && last->probe == WB_PROBE_OWN_nf && !j->gap;
}

static struct decider *echo_ignored(struct names *n, const struct journey *j, uint32_t inum)
{
	if (!j->ignored && tells_ignored(j))
		return NULL;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		if (ignored[i].family != j->packet.family || ignored[i].proto != j->packet.proto ||
		    ignored[i].icmp_type != j->packet.icmp_type)
			continue;
		return sysctl_number(n, inum, ignored[i].path) == 1
			       ? sysctl_decider(ignored[i].name, 1)
			       : NULL;
	}
	return NULL;
}

static struct socket_row *listener_for(struct sockets *s, const struct wb_packet *p,
				       uint32_t ifindex)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->rows[i].listens && socket_fits(&s->rows[i], p, ifindex))
			return &s->rows[i];
	return NULL;
}

/* Who ought to have let it in, and had no room or ignored it. NULL: nobody that is known. */
static struct socket_row *full_listener(struct names *n, const struct journey *j, uint32_t inum,
					uint64_t after_ns, struct sockets *found)
{
	const struct wb_packet *p = journey_last_packet(j);
	struct socket_row *s;

	sockets_find_after(n, inum, p->proto, p->dport, after_ns, found);
	s = listener_for(found, p, j->steps[j->n_steps - 1].at.ifindex);
	return s && (j->ignored || s->used > s->room) ? s : NULL;
}

static bool syncookies_off(struct names *n, uint32_t inum)
{
	return sysctl_number(n, inum, "ipv4/tcp_syncookies") == 0;
}

/* Limits as in sk_acceptq_is_full and tcp_conn_request, 5.10 to 7.2. */
static void say_why_full(struct decider *d, struct names *n, uint32_t inum,
			 const struct socket_row *listener)
{
	size_t half_open = 0;

	if (listener->used > listener->room) {
		decider_set_text(d, "cause", "its accept queue is full: it accepts too slowly");
		return;
	}
	if (syncookies_off(n, inum))
		half_open = sockets_half_open(n, inum, listener->port);
	if (half_open) {
		decider_set_text(
			d, "cause",
			"its SYN queue is full of half-open connections, and tcp_syncookies "
			"is off");
		decider_set_number(d, "half_open", half_open);
		return;
	}
	decider_set_text(
		d, "cause",
		"it gave no answer: a queue was full a moment ago, or there is no way back");
}

/* A listener, no answer that was seen, and no connection with this peer: it was not let in. */
static struct decider *no_room(struct names *n, const struct journey *j, uint32_t inum)
{
	const struct wb_packet *p = journey_last_packet(j);
	struct sockets found, connected;
	struct socket_row *listener;
	struct decider *d;

	if (p->proto != IPPROTO_TCP || (p->tcp_flags & (TH_SYN | TH_ACK)) != TH_SYN ||
	    (!j->ignored && tells_ignored(j)))
		return NULL;
	/* that it has room holds for a moment, that it has none is asked again */
	listener = full_listener(n, j, inum, 0, &found);
	if (listener)
		listener = full_listener(n, j, inum, j->ts_ns + j->duration_ns, &found);
	if (!listener)
		return NULL;
	if (decide_connection(n, inum, p, HOST_ANEW, &connected) || connected.unread)
		return NULL;
	d = decider_new(DECIDER_SOCKET);
	if (!d)
		return NULL;
	decide_fill_socket(n, d, listener);
	say_why_full(d, n, inum, listener);
	return d;
}

/* Which route or rule refuses the answer: a new reference. */
static struct decider *way_back(struct names *n, const struct journey *j, uint32_t inum)
{
	struct wb_packet back = *journey_last_packet(j);
	struct decider *d;
	char to[64];

	memcpy(back.daddr, back.saddr, sizeof(back.daddr));
	memset(back.saddr, 0, sizeof(back.saddr));
	d = decide_policy(n, inum, &back, NULL, "lo", 0);
	if (d)
		return d;
	d = decider_new(DECIDER_ROUTE);
	packet_addr(back.family, back.daddr, to, sizeof(to));
	decider_set_text(d, "destination", to);
	decider_set_text(d, "type", "no_route");
	return d;
}

/* What the kernel itself answers: an echo request, a connection. */
static bool wants_answer(const struct wb_packet *p)
{
	if (p->proto == IPPROTO_TCP)
		return (p->tcp_flags & (TH_SYN | TH_ACK)) == TH_SYN;
	return (p->proto == IPPROTO_ICMP && p->icmp_type == ICMP_ECHO) ||
	       (p->proto == IPPROTO_ICMPV6 && p->icmp_type == ICMP6_ECHO_REQUEST);
}

static const char *reason_of(const struct decider *d)
{
	if (d->kind == DECIDER_ROUTE || d->kind == DECIDER_IP_RULE)
		return "NO_WAY_BACK";
	if (d->kind != DECIDER_SOCKET)
		return "ICMP_ECHO_IGNORED";
	if (decider_number(d, "half_open", 0))
		return "SYN_QUEUE_FULL";
	return decider_number(d, "backlog", 0) > decider_number(d, "limit", 0) ? "ACCEPT_QUEUE_FULL"
									       : "SYN_IGNORED";
}

static void place(struct journey *j, const struct decider *d)
{
	j->drop.station = d->kind == DECIDER_SOCKET   ? WB_STATION_TCP
			  : d->kind == DECIDER_SYSCTL ? WB_STATION_ICMP
						      : WB_STATION_ROUTE_OUT;
	j->drop.layer =
		d->kind == DECIDER_SOCKET ? WB_LAYER_SOCKET : station_layer(j->drop.station);
	j->drop.reason_is_location = true;
	snprintf(j->drop.reason, sizeof(j->drop.reason), "%s", reason_of(d));
}

/* icmp_rcv drops an echo to a broadcast or multicast address for this one alone; 5.10 to 7.2. */
struct decider *decide_icmp(struct names *n, struct journey *j)
{
	struct decider *d;

	/* icmpv6_rcv drops what it can't answer */
	if (j->no_way_back && wants_answer(&j->packet)) {
		d = way_back(n, j, j->drop.at.netns_inum);
		place(j, d);
		return d;
	}
	/* for one host alone it is something else: its checksum, say */
	if (j->packet.family != 4 || j->packet.icmp_type != ICMP_ECHO ||
	    !address_is_for_many(n, j->drop.at.netns_inum, journey_last_packet(j)->daddr) ||
	    (strcmp(j->drop.reason, "INVALID_PROTO") && !j->drop.reason_is_location) ||
	    sysctl_number(n, j->drop.at.netns_inum, "ipv4/icmp_echo_ignore_broadcasts") != 1)
		return NULL;
	return sysctl_decider("net.ipv4.icmp_echo_ignore_broadcasts", 1);
}

static void turn_into_drop(struct journey *j, struct decider *d)
{
	j->outcome = OUTCOME_DROPPED;
	j->has_drop = true;
	j->drop.decider = d;
	j->drop.at = j->steps[j->n_steps - 1].at;
	place(j, d);
}

/* A router listens to no other router, unless it is told to (ipv6_accept_ra; 5.10 to 7.2). */
static void unused_advertisement(struct names *n, struct journey *j)
{
	const struct place *at = &j->steps[j->n_steps - 1].at;
	char path[96];
	int accept, forwarding;

	if (j->packet.proto != IPPROTO_ICMPV6 || j->packet.icmp_type != ND_ROUTER_ADVERT ||
	    !at->dev[0])
		return;
	snprintf(path, sizeof(path), "ipv6/conf/%s/accept_ra", at->dev);
	accept = sysctl_number(n, at->netns_inum, path);
	snprintf(path, sizeof(path), "ipv6/conf/%s/forwarding", at->dev);
	forwarding = sysctl_number(n, at->netns_inum, path);
	if (accept < 0 || forwarding < 0 || accept == 2 || (accept == 1 && !forwarding))
		return;
	snprintf(
		j->why, sizeof(j->why),
		"the kernel itself takes no route and no address from this router advertisement: "
		"net.ipv6.conf.%s.accept_ra is %d, and forwarding is %s there; a program may still "
		"use it",
		at->dev, accept, forwarding ? "on" : "off");
	j->next[0] = 0;
	advice_fill_command(
		j, "{ns}sysctl net.ipv6.conf.{conf}.accept_ra net.ipv6.conf.{conf}.forwarding",
		j->next, sizeof(j->next));
}

void decide_silent(struct names *n, struct journey *j)
{
	struct decider *d;
	uint32_t inum;

	if (!j->n_steps || !j->has_packet)
		return;
	unused_advertisement(n, j);
	inum = j->steps[j->n_steps - 1].at.netns_inum;
	d = j->no_way_back && wants_answer(&j->packet) ? way_back(n, j, inum)
						       : echo_ignored(n, j, inum);
	if (!d)
		d = no_room(n, j, inum);
	if (d)
		turn_into_drop(j, d);
}
