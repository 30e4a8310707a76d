/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that lie in the queue of a socket that nobody reads, and who ought to. TCP acknowledges
 * by itself what no process has seen, so its data looks delivered; how far it was read, the
 * connection tells in bytes, and a probe told which number the first of them had.
 * (tcp_rcv_nxt_update, tcp_diag_get_info; 5.10 to 7.2.)
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "host/connection.h"
#include "causes/decide.h"
#include "host/owners.h"

/* The socket that has it, NULL: no probe told. */
static const struct wb_sock_body *socket_of(const struct journey *j)
{
	const struct step *last = &j->steps[j->n_steps - 1];

	return last->probe == WB_PROBE_TP_tcp_probe || last->probe == WB_PROBE_TP_sk_data_ready
		       ? last->sock
		       : NULL;
}

/* Was not a byte of it read? Where no probe told of the socket: was nothing ever read there? */
static bool is_unread(const struct journey *j, const struct connection *c)
{
	const struct wb_sock_body *k = socket_of(j);
	uint32_t to_end;

	if (!k)
		return c->unread && c->unread >= c->received;
	to_end = (uint32_t)k->value + (uint32_t)c->received - journey_last_packet(j)->tcp_seq;
	return to_end && to_end <= c->unread;
}

static struct decider *new_reader(const char *local, long pid, const char *comm)
{
	struct decider *d = decider_new(DECIDER_SOCKET);

	if (!d)
		return NULL;
	decider_set_text(d, "local", local);
	if (comm[0])
		decider_set_text(d, "comm", comm);
	if (pid)
		decider_set_number(d, "pid", pid);
	return d;
}

/* Who has the connection open, or the listener that has not accepted it. */
static struct decider *unread_connection(struct names *n, const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	const struct place *at = &j->steps[j->n_steps - 1].at;
	struct connection c;
	struct sockets found = {.n = 1};
	struct socket_row *s = found.rows;
	struct decider *d;
	char local[64];

	/* as it is after the packet's last event */
	if (connection_ask(n, at->netns_inum, at->ifindex, p, j->ts_ns + j->duration_ns, &c) ||
	    !is_unread(j, &c))
		return NULL;
	*s = (struct socket_row){.family = p->family, .port = p->dport, .inode = c.inode};
	memcpy(s->addr, p->daddr, sizeof(s->addr));
	socket_local(s, local, sizeof(local));
	if (!c.inode) {
		sockets_find(n, at->netns_inum, IPPROTO_TCP, p->dport, &found);
		s = decide_fit(&found, p, at->ifindex);
	}
	if (s)
		owners_of(n, &found);
	d = new_reader(local, s ? s->pid : 0, s ? s->comm : "");
	if (d && !c.inode)
		decider_set_text(d, "cause", "has not accepted the connection");
	if (d)
		decider_set_number(d, "unread_bytes", c.unread);
	return d;
}

static struct decider *closed_connection(const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	const struct step_task *t = &j->steps[j->n_steps - 1].task;
	struct socket_row s = {.family = p->family, .port = p->dport};
	struct decider *d;
	char local[64], comm[17];

	memcpy(s.addr, p->daddr, sizeof(s.addr));
	memcpy(comm, t->raw.comm, 16);
	comm[16] = 0;
	d = new_reader(socket_local(&s, local, sizeof(local)), t->raw.pid, comm);
	if (d)
		decider_set_text(d, "cause", "closed it unread");
	return d;
}

/* NULL also if the socket is gone: another may have its port by now. */
static struct decider *unread_datagram(struct names *n, const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	const struct place *at = &j->steps[j->n_steps - 1].at;
	struct sockets found;
	struct socket_row *s;
	struct decider *d;

	if (j->n_endings)
		return NULL;
	sockets_find(n, at->netns_inum, p->proto, p->dport, &found);
	s = decide_fit(&found, p, at->ifindex);
	d = s ? decide_reuse(n, &found, s, false) : NULL;
	if (!d && s) {
		d = decider_new(DECIDER_SOCKET);
		decide_fill_socket(n, d, s);
	}
	return d;
}

static bool is_tcp_data(const struct journey *j)
{
	if (j->packet.proto != IPPROTO_TCP || !j->len || j->packet.tcp_flags & (TH_SYN | TH_RST))
		return false;
	for (size_t i = 0; i < j->n_endings; i++)
		if (j->endings[i].is_drop)
			return false;
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].station == WB_STATION_SOCKET_READ)
			return false;
	return true;
}

bool decide_unread(struct names *n, struct journey *j)
{
	struct decider *d = NULL;
	struct step *last = j->n_steps ? &j->steps[j->n_steps - 1] : NULL;

	if (!last || !j->has_packet ||
	    (j->outcome != OUTCOME_QUEUED && (j->outcome != OUTCOME_DELIVERED || !is_tcp_data(j))))
		return false;
	if (j->closed_unread)
		d = closed_connection(j);
	else if (j->packet.proto == IPPROTO_TCP)
		d = j->idle ? unread_connection(n, j) : NULL;
	else
		d = unread_datagram(n, j);
	if (!d)
		return true;
	j->outcome = OUTCOME_QUEUED;
	decider_unref(last->decider);
	last->decider = d;
	return true;
}
