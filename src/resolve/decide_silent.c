/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that the kernel takes and then does nothing with, without a drop that a probe could see:
 * they look delivered. An echo request that a sysctl ignores, a connection for which a listener has
 * no room (icmp_echo, tcp_conn_request; 5.10 to 7.2).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/child.h"
#include "resolve/decide.h"
#include "resolve/fact.h"

#define SYN 0x02
#define ACK 0x10

static const struct {
	uint8_t family, proto, icmp_type;
	const char *path, *name;
} ignored[] = {
	{4, 1, 8, "/proc/sys/net/ipv4/icmp_echo_ignore_all", "net.ipv4.icmp_echo_ignore_all"},
	{6, 58, 128, "/proc/sys/net/ipv6/icmp/echo_ignore_all", "net.ipv6.icmp.echo_ignore_all"},
};

struct number {
	const char *path;
	int value;
};

static int read_number(void *arg)
{
	struct number *n = arg;
	FILE *f = fopen(n->path, "re");
	int r = f && fscanf(f, "%d", &n->value) == 1 ? 0 : -1;

	if (f)
		fclose(f);
	return r;
}

static struct decider *echo_ignored(struct names *n, const struct journey *j, uint32_t inum)
{
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		struct number v = {.path = ignored[i].path};
		struct decider *d;

		if (ignored[i].family != j->packet.family || ignored[i].proto != j->packet.proto ||
		    ignored[i].icmp_type != j->packet.icmp_type)
			continue;
		if (names_inside(n, inum, read_number, &v) || v.value != 1)
			return NULL;
		d = decider_new(DECIDER_SYSCTL);
		if (d) {
			decider_set_text(d, "name", ignored[i].name);
			decider_set_number(d, "value", v.value);
		}
		return d;
	}
	return NULL;
}

/* What ss prints of the TCP sockets with this local port, and this peer's port unless 0. */
static int ask_ss(struct names *n, uint32_t inum, uint16_t local, uint16_t peer, struct text *out)
{
	char sport[16], dport[16];
	const char *argv[] = {"ss",  "-Htnp", peer ? "-a" : "-l", "sport", "=", sport, "dport", "=",
			      dport, NULL};
	int fd = names_netns_fd(n, inum);

	snprintf(sport, sizeof(sport), ":%u", local);
	snprintf(dport, sizeof(dport), ":%u", peer);
	if (!peer)
		argv[6] = NULL;
	return fd < 0 ? -1 : child_output(fd, argv, out);
}

#define HAS_ROOM_FOR_NS 200000000ULL

/* That a listener has room holds for a moment: one question for many connections. */
static struct room {
	uint32_t inum;
	uint16_t port;
	uint64_t ns;
} had_room;

static bool has_room(uint32_t inum, uint16_t port, uint64_t ns)
{
	return had_room.inum == inum && had_room.port == port && ns >= had_room.ns &&
	       ns - had_room.ns < HAS_ROOM_FOR_NS;
}

static struct decider *full_listener(const char *line)
{
	char state[16], local[80], comm[17] = "";
	unsigned waiting, room, pid = 0;
	const char *users = strstr(line, "users:((\"");
	struct decider *d;

	if (sscanf(line, "%15s %u %u %79s", state, &waiting, &room, local) != 4 ||
	    strcmp(state, "LISTEN") || waiting <= room)
		return NULL;
	d = decider_new(DECIDER_SOCKET);
	if (!d)
		return NULL;
	decider_set_text(d, "local", local);
	if (users && sscanf(users, "users:((\"%16[^\"]\",pid=%u", comm, &pid) == 2) {
		decider_set_text(d, "comm", comm);
		decider_set_number(d, "pid", pid);
	}
	decider_set_text(d, "cause", "its accept queue is full: it accepts too slowly");
	decider_set_number(d, "backlog", waiting);
	decider_set_number(d, "limit", room);
	return d;
}

/* A full queue, and no connection of this peer: it was not let in. */
static struct decider *no_room(struct names *n, const struct journey *j, uint32_t inum)
{
	const struct wb_packet *p = &j->packet;
	struct decider *d = NULL;
	struct text out = {0};

	if (p->proto != 6 || (p->tcp_flags & (SYN | ACK)) != SYN)
		return NULL;
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].rewritten)
			p = &j->steps[i].packet;
	if (has_room(inum, p->dport, j->ts_ns))
		return NULL;
	if (!ask_ss(n, inum, p->dport, 0, &out) && out.n)
		d = full_listener(out.s);
	if (!d)
		had_room = (struct room){inum, p->dport, j->ts_ns};
	text_reset(&out);
	if (d && !ask_ss(n, inum, p->dport, p->sport, &out) && out.n) {
		decider_unref(d);
		d = NULL;
	}
	text_free(&out);
	return d;
}

static void turn_into_drop(struct journey *j, struct decider *d)
{
	bool socket = d->kind == DECIDER_SOCKET;

	j->outcome = OUTCOME_DROPPED;
	j->has_drop = true;
	j->drop.decider = d;
	j->drop.layer = socket ? WB_LAYER_SOCKET : WB_LAYER_STACK;
	j->drop.station = socket ? WB_STATION_TCP : WB_STATION_ICMP;
	j->drop.at = j->steps[j->n_steps - 1].at;
	j->drop.reason_is_location = true;
	snprintf(j->drop.reason, sizeof(j->drop.reason), "%s",
		 socket ? "ACCEPT_QUEUE_FULL" : "ICMP_ECHO_IGNORED");
}

void decide_silent(struct names *n, struct journey *j)
{
	struct decider *d;
	uint32_t inum;

	if (!j->n_steps || !j->has_packet)
		return;
	inum = j->steps[j->n_steps - 1].at.netns_inum;
	if (names_offline(n)) {
		d = fact_get_decider(names_facts(n), j->id);
	} else {
		d = echo_ignored(n, j, inum);
		if (!d)
			d = no_room(n, j, inum);
		if (d && names_facts(n))
			fact_put_decider(names_facts(n), j->id, d);
	}
	if (d)
		turn_into_drop(j, d);
}
