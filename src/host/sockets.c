/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which sockets could take a packet, now or when it was seen. How the kernel is asked for them is
 * in ask_sockets.c.
 */
#include "host/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "host/listing.h"
#include "host/owners.h"
#include "model/packet.h"
#include "util/clock.h"
#include "util/foreign_json.h"

/* An address of an answer, by which its socket's family is known. */
static bool read_address(const json_t *o, const char *key, uint8_t family, uint8_t ret[16])
{
	return inet_pton(family == 6 ? AF_INET6 : AF_INET, listed_word(o, key), ret) == 1;
}

static bool read_socket(const json_t *o, uint8_t proto, struct socket_row *s)
{
	static const uint8_t nowhere[16];
	const char *state = listed_word(o, "state");

	*s = (struct socket_row){
		.proto = proto,
		.family = listed_number(o, "family", 4) == 6 ? 6 : 4,
		.listens = proto == IPPROTO_TCP && !strcmp(state, "LISTEN"),
		.v6only = json_is_true(json_object_get(o, "v6only")),
		.port = (uint16_t)listed_number(o, "sport", 0),
		.peer_port = (uint16_t)listed_number(o, "dport", 0),
		.ifindex = (uint32_t)listed_number(o, "dev_index", 0),
		.inode = (uint64_t)listed_number(o, "inode", 0),
		.used = (uint32_t)listed_number(o, "rqueue", 0),
		.drops = (uint32_t)listed_number(o, "drops", 0),
	};
	if (!read_address(o, "src", s->family, s->addr) ||
	    !read_address(o, "dst", s->family, s->peer))
		return false;
	s->any = !memcmp(s->addr, nowhere, sizeof(nowhere));
	if (!foreign_bytes(listed_word(o, "dev"), s->dev, sizeof(s->dev)))
		s->dev[0] = 0;
	if (s->listens) {
		s->room = (uint32_t)listed_number(o, "wqueue", 0);
	} else if (json_object_get(o, "rcvbuf")) {
		s->used = (uint32_t)listed_number(o, "rmem", 0);
		s->room = (uint32_t)listed_number(o, "rcvbuf", 0);
	}
	return true;
}

/* What an answer lists. NULL: it could not be read. */
static void read_sockets(const json_t *answer, uint8_t proto, struct sockets *ret)
{
	const json_t *o;
	size_t i;

	*ret = (struct sockets){.unread = !answer};
	json_array_foreach(json_object_get(answer, "list"), i, o)
	{
		if (ret->n < SOCKETS_MAX && read_socket(o, proto, &ret->rows[ret->n]))
			ret->n++;
	}
}

#define ANY_STATE 0xfff
#define CONNECTED (ANY_STATE & ~(1U << TCP_LISTEN))

/* peer: only connections with that one, NULL: all. Returns how many there are. */
static size_t ask(struct names *n, uint32_t inum, uint8_t proto, uint32_t states, uint16_t port,
		  const struct socket_row *peer, uint64_t after_ns, struct sockets *ret)
{
	json_t *args = json_pack("{s:i, s:I, s:i, s:i}", "proto", proto, "states",
				 (json_int_t)states, "port", port, "max", SOCKETS_MAX),
	       *answer;
	char addr[64];
	size_t all;

	if (peer) {
		packet_addr(peer->family, peer->peer, addr, sizeof(addr));
		json_object_set_new(args, "dst", json_string(addr));
		json_object_set_new(args, "dport", json_integer(peer->peer_port));
	}
	host_ask_after(names_host(n), HOST_ASK_sockets, inum, args, after_ns, NULL, &answer);
	read_sockets(answer, proto, ret);
	all = (size_t)listed_number(answer, "sockets", 0);
	json_decref(answer);
	return all;
}

void sockets_note(struct names *n, uint32_t inum)
{
	uint64_t before_ns = clock_now_ns();
	struct host_times times;
	struct sockets of;
	json_t *answer;

	host_ask_after(names_host(n), HOST_ASK_open_sockets, inum, NULL, 0, &times, &answer);
	if (times.asked_ns >= before_ns) { /* else it was noted a moment ago */
		read_sockets(json_object_get(answer, "tcp"), IPPROTO_TCP, &of);
		owners_of(n, &of);
		read_sockets(json_object_get(answer, "udp"), IPPROTO_UDP, &of);
		owners_of(n, &of);
	}
	json_decref(answer);
}

/* Of an answer about all that are open. NULL: it has none. */
static const json_t *open_of(const json_t *answer, uint8_t proto)
{
	return json_object_get(answer, proto == IPPROTO_UDP ? "udp" : "tcp");
}

/* Those of this port that were noted: adds them to ret. */
static void add_noted(struct names *n, uint32_t inum, uint8_t proto, uint16_t port, bool listens,
		      struct sockets *ret)
{
	struct sockets then;
	json_t *answer;

	host_last(names_host(n), HOST_ASK_open_sockets, inum, NULL, &answer);
	if (!answer)
		return;
	read_sockets(open_of(answer, proto), proto, &then);
	owners_noted(n, &then);
	json_decref(answer);
	ret->unread &= then.unread;
	for (size_t i = 0; i < then.n && ret->n < SOCKETS_MAX; i++)
		if (then.rows[i].port == port &&
		    (proto != IPPROTO_TCP || then.rows[i].listens == listens))
			ret->rows[ret->n++] = then.rows[i];
}

void sockets_find_after(struct names *n, uint32_t inum, uint8_t proto, uint16_t port,
			uint64_t after_ns, struct sockets *ret)
{
	ask(n, inum, proto, proto == IPPROTO_TCP ? 1U << TCP_LISTEN : ANY_STATE, port, NULL,
	    after_ns, ret);
	if (!ret->n && (proto == IPPROTO_TCP || proto == IPPROTO_UDP))
		add_noted(n, inum, proto, port, true, ret);
}

void sockets_find(struct names *n, uint32_t inum, uint8_t proto, uint16_t port, struct sockets *ret)
{
	sockets_find_after(n, inum, proto, port, 0, ret);
}

/* Is any of this port open there? Asked for all ports at once. True also if that is not known. */
static bool may_be_open(struct names *n, uint32_t inum, uint8_t proto, uint16_t port,
			uint64_t since_ns)
{
	const json_t *of;
	struct sockets open;
	json_t *answer;
	bool may;

	host_ask_after(names_host(n), HOST_ASK_open_sockets, inum, NULL, since_ns, NULL, &answer);
	of = open_of(answer, proto);
	read_sockets(of, proto, &open);
	may = !of || (size_t)listed_number(of, "sockets", 0) > open.n;
	for (size_t i = 0; i < open.n && !may; i++)
		may = open.rows[i].port == port;
	json_decref(answer);
	return may;
}

void sockets_find_since(struct names *n, uint32_t inum, uint8_t proto, uint16_t port,
			uint64_t since_ns, struct sockets *ret)
{
	*ret = (struct sockets){0};
	if ((proto != IPPROTO_TCP && proto != IPPROTO_UDP) ||
	    may_be_open(n, inum, proto, port, since_ns))
		sockets_find(n, inum, proto, port, ret);
}

size_t sockets_connections(struct names *n, uint32_t inum, const struct socket_row *like,
			   uint64_t after_ns, struct sockets *ret)
{
	return ask(n, inum, IPPROTO_TCP, CONNECTED, like->port, like, after_ns, ret);
}

void sockets_with_peers(struct names *n, uint32_t inum, uint16_t port, struct sockets *ret)
{
	ask(n, inum, IPPROTO_TCP, CONNECTED, port, NULL, 0, ret);
	if (!ret->n)
		add_noted(n, inum, IPPROTO_TCP, port, false, ret);
}

size_t sockets_half_open(struct names *n, uint32_t inum, uint16_t port)
{
	struct sockets found;

	return ask(n, inum, IPPROTO_TCP, 1U << TCP_SYN_RECV, port, NULL, HOST_ANEW, &found);
}

/* An IPv6 socket takes IPv4, too, unless it was told not to. */
static bool same_address(const struct socket_row *s, const uint8_t *mine, const uint8_t *theirs,
			 uint8_t family)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (s->family == family)
		return !memcmp(mine, theirs, family == 6 ? 16 : 4);
	return s->family == 6 && !memcmp(mine, mapped, 12) && !memcmp(mine + 12, theirs, 4);
}

bool socket_fits(const struct socket_row *s, const struct wb_packet *p, uint32_t ifindex)
{
	if (s->ifindex && s->ifindex != ifindex)
		return false;
	if (s->family != p->family && (s->family == 4 || s->v6only))
		return false;
	if (!s->any && !same_address(s, s->addr, p->daddr, p->family))
		return false;
	return !s->peer_port ||
	       (s->peer_port == p->sport && same_address(s, s->peer, p->saddr, p->family));
}

const char *socket_local(const struct socket_row *s, char *buf, size_t size)
{
	char addr[64];

	packet_addr(s->family, s->addr, addr, sizeof(addr));
	snprintf(buf, size, s->family == 6 ? "[%.46s]:%u" : "%.46s:%u", addr, s->port);
	return buf;
}
