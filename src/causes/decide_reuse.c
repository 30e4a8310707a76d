/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets that share an address and a port (SO_REUSEPORT): which of them a datagram went to is
 * chosen by a hash, so it is told by what their queues hold (udp_queue_rcv_skb; 5.10 to 7.2).
 */
#include <string.h>

#include "causes/decide.h"
#include "host/sockets.h"

static bool shares(const struct socket_row *a, const struct socket_row *b)
{
	return a->family == b->family && a->any == b->any && a->ifindex == b->ifindex &&
	       a->peer_port == b->peer_port && !memcmp(a->addr, b->addr, sizeof(a->addr)) &&
	       !memcmp(a->peer, b->peer, sizeof(a->peer));
}

/* What lies there fills its queue; what was refused has been counted. */
static bool may_be(const struct socket_row *s, bool dropped)
{
	return dropped ? s->drops : s->used;
}

struct decider *decide_reuse(struct names *n, struct sockets *all, const struct socket_row *fit,
			     bool dropped)
{
	struct decider *d = NULL, *one;
	size_t sharing = 0;

	for (size_t i = 0; i < all->n; i++)
		sharing += shares(&all->rows[i], fit);
	if (sharing < 2)
		return NULL;
	for (size_t i = 0; i < all->n; i++) {
		if (!shares(&all->rows[i], fit) || !may_be(&all->rows[i], dropped))
			continue;
		one = decider_new(DECIDER_SOCKET);
		decide_fill_socket(n, one, &all->rows[i]);
		decide_add_suspect(&d, one);
	}
	if (d)
		decider_add_evidence(d, "%zu sockets share the port (SO_REUSEPORT)", sharing);
	return d;
}
