/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket that refused a packet, or the one that nearly matched, with its process. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "host/all_netns.h"
#include "causes/decide.h"
#include "host/owners.h"
#include "host/listing.h"
#include "host/sockets.h"
#include "host/sysctl.h"

void decide_fill_socket(struct names *n, struct decider *d, struct socket_row *s)
{
	struct sockets one = {.rows = {*s}, .n = 1};
	char local[64];

	owners_of(n, &one);
	*s = one.rows[0];
	decider_set_text(d, "local", socket_local(s, local, sizeof(local)));
	if (s->comm[0])
		decider_set_text(d, "comm", s->comm);
	if (s->pid)
		decider_set_number(d, "pid", s->pid);
	decider_set_number(d, s->listens ? "backlog" : "queued_bytes", s->used);
	if (s->room || s->listens)
		decider_set_number(d, "limit", s->room);
	if (s->proto != IPPROTO_TCP)
		decider_set_number(d, "drops", s->drops);
}

struct miss {
	struct names *n;
	const struct journey *j;
	const struct wb_packet *p;
	char text[96];
};

/*
 * A socket that is bound to no device takes what comes in through a VRF only where a sysctl says so
 * (inet_bound_dev_eq(), 5.0 and later; IPv6 has no sysctl of its own).
 */
static bool outside_vrf(struct miss *m, const struct socket_row *s)
{
	const char *name = s->proto == IPPROTO_TCP   ? "tcp_l3mdev_accept"
			   : s->proto == IPPROTO_UDP ? "udp_l3mdev_accept"
						     : "raw_l3mdev_accept";
	const struct place *at = &m->j->drop.at;
	json_t *links = s->ifindex ? NULL : list_links(m->n, at->netns_inum);
	const json_t *in = listed_link(links, at->dev);
	const char *vrf = !strcmp(listed_kind(in), "vrf") ? at->dev : "";
	char path[48];
	bool outside;

	if (!strcmp(listed_port_kind(in), "vrf"))
		vrf = listed_word(in, "master");
	snprintf(path, sizeof(path), "ipv4/%s", name);
	outside = *vrf && !sysctl_number(m->n, at->netns_inum, path);
	if (outside)
		snprintf(m->text, sizeof(m->text),
			 "listens outside of VRF %.15s (net.ipv4.%s is 0)", vrf, name);
	json_decref(links);
	return outside;
}

/* Why this one, which has the port, did not get the packet. */
static const char *why_not(struct miss *m, const struct socket_row *s)
{
	const struct place *at = &m->j->drop.at;
	char peer[64];

	if (s->proto != m->p->proto)
		return s->proto == IPPROTO_TCP ? "listens on TCP, not UDP"
					       : "listens on UDP, not TCP";
	if (s->ifindex && s->ifindex != at->ifindex) {
		snprintf(m->text, sizeof(m->text),
			 "bound to device %.15s (SO_BINDTODEVICE), not %.15s",
			 s->dev[0] ? s->dev : "another", at->dev);
		return m->text;
	}
	if (s->family == 6 && m->p->family == 4 && s->v6only)
		return "listens on IPv6 only (IPV6_V6ONLY)";
	if (s->family == 4 && m->p->family == 6)
		return "listens on IPv4 only";
	if (s->peer_port) {
		packet_addr(s->family, s->peer, peer, sizeof(peer));
		snprintf(m->text, sizeof(m->text), "connected to another peer, %.46s port %u", peer,
			 s->peer_port);
		return m->text;
	}
	if (!socket_fits(s, m->p, at->ifindex))
		return "listens on another address";
	if (m->p->proto == IPPROTO_TCP && !(m->p->tcp_flags & TH_SYN))
		return "listens, but this packet belongs to no connection here";
	if (outside_vrf(m, s))
		return m->text;
	return "it fits: opened only now, or an SO_REUSEPORT or sk_lookup program passed it over";
}

#define NETNS_TRIED 32

static bool passed_through(const struct journey *j, uint32_t netns)
{
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].at.netns_inum == netns)
			return true;
	return false;
}

/* Who listens on a port in a namespace, where it is no matter of that namespace alone. */
static bool find_listener(struct names *n, uint32_t netns, const struct wb_packet *p,
			  uint64_t since_ns, struct socket_row *ret)
{
	static const uint8_t loopback6[16] = {[15] = 1};
	struct sockets found;

	sockets_find_since(n, netns, p->proto, p->dport, since_ns, &found);
	if (!found.n)
		return false;
	*ret = found.rows[0];
	if (ret->family != p->family && (ret->family == 4 || ret->v6only))
		return false;
	return !(p->proto == IPPROTO_UDP && ret->peer_port) &&
	       !(ret->family == 4 && ret->addr[0] == 127) &&
	       !(ret->family == 6 && !memcmp(ret->addr, loopback6, sizeof(loopback6)));
}

/*
 * Listens on it in another namespace: a container's port that nobody forwards. Where the packet has
 * been it was not wanted. Of several the one on the packet's own address is meant, else nobody.
 */
static bool elsewhere(struct names *n, const struct journey *j, const struct wb_packet *p,
		      struct decider *d)
{
	uint32_t others[NETNS_TRIED], netns = 0;
	size_t n_others = all_netns(n, others, NETNS_TRIED), listen = 0;
	struct socket_row one, s;
	bool own = false;
	char cause[96];

	for (size_t i = 0; i < n_others && !own; i++) {
		if (others[i] == j->drop.at.netns_inum || passed_through(j, others[i]) ||
		    !find_listener(n, others[i], p, j->ts_ns, &one))
			continue;
		own = one.family == p->family && !memcmp(one.addr, p->daddr, sizeof(one.addr));
		listen++;
		s = one;
		netns = others[i];
	}
	if (!own && listen != 1)
		return false;
	decide_fill_socket(n, d, &s);
	snprintf(cause, sizeof(cause), "listens in another namespace, %.60s",
		 names_netns(n, netns, 0));
	decider_set_text(d, "cause", cause);
	return true;
}

/*
 * The port that it is for has a connection with somebody else: the packet belongs to that one, and
 * its source was not translated back, or it is a stranger's.
 */
static bool other_peer(struct names *n, const struct journey *j, const struct wb_packet *p,
		       struct decider *d)
{
	struct sockets found;
	char peer[64], cause[160];

	sockets_with_peers(n, j->drop.at.netns_inum, p->dport, &found);
	for (size_t i = 0; i < found.n; i++) {
		const struct socket_row *s = &found.rows[i];

		/* with its sender there is a connection now: it came before that */
		if (s->peer_port == p->sport && s->family == p->family &&
		    !memcmp(s->peer, p->saddr, p->family == 6 ? 16 : 4))
			return false;
		if (!s->peer_port || s->family != p->family ||
		    (!s->any && memcmp(s->addr, p->daddr, p->family == 6 ? 16 : 4)))
			continue;
		decide_fill_socket(n, d, &found.rows[i]);
		packet_addr(s->family, s->peer, peer, sizeof(peer));
		snprintf(cause, sizeof(cause),
			 "it talks to %.46s port %u: was the address of this answer not translated "
			 "back (NAT)?",
			 peer, s->peer_port);
		decider_set_text(d, "cause", cause);
		decider_add_evidence(d, "the port has %zu connection(s), none with this peer",
				     found.n);
		return true;
	}
	return false;
}

/* A tunnel's port that nobody has here: its device takes another one (4789, 8472 ...). */
static void overlay(struct names *n, const struct journey *j, const struct wb_packet *p,
		    struct decider *d)
{
	static const uint16_t ports[] = {4789, 8472, 6081};
	json_t *links, *l;
	bool is = false;
	char hint[128];
	size_t i;

	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		is |= p->dport == ports[i];
	if (!is || p->proto != IPPROTO_UDP)
		return;
	links = list_links(n, j->drop.at.netns_inum);
	json_array_foreach(links, i, l)
	{
		json_int_t port = listed_number(listed_data(l), "port", 0);

		if ((strcmp(listed_kind(l), "vxlan") && strcmp(listed_kind(l), "geneve")) ||
		    !port || port == p->dport)
			continue;
		snprintf(hint, sizeof(hint), "the %.15s device %.15s here takes port %lld",
			 listed_kind(l), listed_word(l, "ifname"), (long long)port);
		decider_set_text(d, "hint", hint);
		break;
	}
	json_decref(links);
}

static const char unread[] = "which sockets are there could not be read";

/* Nobody took it: is there one who nearly does? */
static void near_miss(struct names *n, const struct journey *j, const struct wb_packet *p,
		      struct decider *d)
{
	struct miss m = {.n = n, .j = j, .p = p};
	struct sockets found;

	sockets_find_since(n, j->drop.at.netns_inum, p->proto, p->dport, j->ts_ns, &found);
	if (!found.n)
		sockets_find_since(n, j->drop.at.netns_inum,
				   p->proto == IPPROTO_TCP ? IPPROTO_UDP : IPPROTO_TCP, p->dport,
				   j->ts_ns, &found);
	if (p->proto == IPPROTO_TCP && (p->tcp_flags & (TH_SYN | TH_ACK)) != TH_SYN &&
	    other_peer(n, j, p, d))
		return;
	if (!found.n && found.unread) {
		decider_set_text(d, "cause", unread);
		return;
	}
	if (!found.n && p->proto == IPPROTO_TCP && (p->tcp_flags & (TH_SYN | TH_ACK)) != TH_SYN) {
		decider_set_text(d, "cause", "no such connection, and no listener");
		return;
	}
	if (!found.n) {
		if (!elsewhere(n, j, p, d))
			decider_set_text(d, "cause", "no listener");
		return;
	}
	decide_fill_socket(n, d, &found.rows[0]);
	decider_set_text(d, "cause", why_not(&m, &found.rows[0]));
	if (found.n > 1)
		decider_set_number(d, "others", found.n - 1);
}

/* Connected before an address before any. */
struct socket_row *decide_fit(struct sockets *s, const struct wb_packet *p, uint32_t ifindex)
{
	struct socket_row *best = NULL;
	int score, most = -1;

	for (size_t i = 0; i < s->n; i++) {
		struct socket_row *r = &s->rows[i];

		if (!socket_fits(r, p, ifindex))
			continue;
		score = 4 * !!r->peer_port + 2 * !r->any + !!r->ifindex;
		if (score > most) {
			most = score;
			best = r;
		}
	}
	return best;
}

struct socket_row *decide_connection(struct names *n, uint32_t inum, const struct wb_packet *p,
				     uint64_t after_ns, struct sockets *ret)
{
	struct socket_row like = {.family = p->family, .port = p->dport, .peer_port = p->sport};

	memcpy(like.peer, p->saddr, sizeof(like.peer));
	return sockets_connections(n, inum, &like, after_ns, ret) && ret->n ? &ret->rows[0] : NULL;
}

/* Raw sockets have no port but a protocol. */
static void raw_socket(struct names *n, const struct journey *j, const struct wb_packet *p,
		       struct decider *d)
{
	struct sockets found;

	sockets_find(n, j->drop.at.netns_inum, p->proto, p->proto, &found);
	if (!found.n) {
		decider_set_text(d, "cause", found.unread ? unread : "no listener");
		return;
	}
	decide_fill_socket(n, d, &found.rows[0]);
	decider_set_text(d, "cause",
			 found.rows[0].drops ? "a raw socket has this protocol, and has dropped "
					       "packets: its receive buffer is full"
					     : "a raw socket has this protocol");
}

/* Of a listener's port: its connection may be there under another address, or no more. */
static void of_no_connection(struct names *n, uint32_t inum, const struct wb_packet *p,
			     struct decider *d)
{
	char hint[256] = "only a listener has this port, and there is no connection that it "
			 "belongs to (any more)";
	size_t bytes = p->family == 6 ? 16 : 4;
	struct sockets all;
	char peer[64];

	sockets_with_peers(n, inum, p->dport, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct socket_row *s = &all.rows[i];

		if (s->peer_port != p->sport || s->family != p->family ||
		    !memcmp(s->peer, p->saddr, bytes))
			continue;
		packet_addr(s->family, s->peer, peer, sizeof(peer));
		snprintf(hint, sizeof(hint),
			 "there is a connection from port %u of another host, %.46s: this one's "
			 "source may be what NAT on its way ought to have changed to that, and "
			 "did not (conntrack translates nothing that it calls invalid)",
			 s->peer_port, peer);
	}
	decider_set_text(d, "hint", hint);
}

struct decider *decide_socket(struct names *n, struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	struct decider *d = decider_new(DECIDER_SOCKET), *shared;
	uint32_t inum = j->drop.at.netns_inum;
	struct sockets found, connected;
	struct socket_row *s;
	char where[80], addr[64];

	if (!d || !strcmp(j->drop.reason, "UDP_CSUM") || !strcmp(j->drop.reason, "TCP_CSUM")) {
		decider_unref(d); /* which is nobody's */
		return NULL;
	}
	if (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP) {
		raw_socket(n, j, p, d);
		return d;
	}
	packet_addr(p->family, p->daddr, addr, sizeof(addr));
	snprintf(where, sizeof(where), "%.60s port %u", addr, p->dport);
	decider_set_text(d, "destination", where);
	if (!strcmp(j->drop.reason, "NO_SOCKET")) {
		near_miss(n, j, p, d);
		overlay(n, j, p, d);
		decide_older(n, j, d);
		return d;
	}
	sockets_find(n, inum, p->proto, p->dport, &found);
	s = decide_fit(&found, p, j->drop.at.ifindex);
	/* of a flood that a listener has no room for nobody looks for each one's connection */
	if (p->proto == IPPROTO_TCP &&
	    (!s || s->used <= s->room || (p->tcp_flags & (TH_SYN | TH_ACK)) != TH_SYN)) {
		struct socket_row *c = decide_connection(n, inum, p, 0, &connected);

		s = c ? c : s;
	}
	shared = s && !strcmp(j->drop.reason, "SOCKET_RCVBUFF") ? decide_reuse(n, &found, s, true)
								: NULL;
	if (shared) {
		decider_set_text(shared, "destination", where);
		decider_unref(d);
		return shared;
	}
	if (s)
		decide_fill_socket(n, d, s);
	if (s && s->listens && !strcmp(j->drop.reason, "TCP_FLAGS") &&
	    (p->tcp_flags & (TH_SYN | TH_RST | TH_ACK)) == TH_ACK)
		of_no_connection(n, inum, p, d);
	if (!strcmp(j->drop.reason, "TCP_CLOSE") && !j->len &&
	    (p->tcp_flags & (TH_SYN | TH_FIN | TH_RST | TH_ACK)) == TH_ACK)
		decide_subflow(n, j, d);
	return d;
}
