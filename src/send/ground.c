/* SPDX-License-Identifier: GPL-2.0-only */
/* The device, its MAC addresses, and its neighbours. The conntrack entry: ground_conntrack.c. */
#include "send/ground.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "model/packet.h"
#include "util/netlink.h"

#define TRIES_MAX 4

struct ground_neighbour {
	uint32_t ifindex;
	uint16_t state;
	uint8_t family; /* AF_* */
	uint8_t flags;
	uint8_t addr[16], mac[6];
	bool has_mac;
};

const uint8_t ground_stranger[6] = {0x02, 'w', 'a', 'y', 'b', 'l'};

static int one_question(struct nlmsghdr *h, mnl_cb_t cb, void *arg)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	int r;

	if (!s)
		return -errno;
	r = netlink_ask(s, h, cb, arg);
	mnl_socket_close(s);
	return r;
}

/* --- the device --- */

static int on_link(const struct nlmsghdr *h, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(h);
	struct ground *g = arg;
	const struct nlattr *a;

	g->ifindex = ifi->ifi_index;
	g->up = ifi->ifi_flags & IFF_UP;
	g->ethernet = ifi->ifi_type == ARPHRD_ETHER || ifi->ifi_type == ARPHRD_LOOPBACK;
	mnl_attr_for_each(a, h, sizeof(*ifi))
	{
		if (mnl_attr_get_type(a) == IFLA_ADDRESS && mnl_attr_get_payload_len(a) == 6)
			memcpy(g->mac, mnl_attr_get_payload(a), 6);
		if (mnl_attr_get_type(a) == IFLA_LINKINFO)
			g->is_port = !strcmp(netlink_text_in(a, IFLA_INFO_SLAVE_KIND), "bridge");
	}
	return MNL_CB_OK;
}

int ground_read(const char *dev, struct ground *ret)
{
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_GETLINK, 0);

	*ret = (struct ground){0};
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, dev);
	return one_question(h, on_link, ret);
}

/* --- neighbours --- */

static int on_neighbour(const struct nlmsghdr *h, void *arg)
{
	const struct ndmsg *m = mnl_nlmsg_get_payload(h);
	struct ground_neighbours *n = arg;
	struct ground_neighbour *more = realloc(n->rows, (n->n + 1) * sizeof(*more)), *row;
	const struct nlattr *a;

	if (!more) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	n->rows = more;
	row = &more[n->n++];
	*row = (struct ground_neighbour){.ifindex = m->ndm_ifindex,
					 .state = m->ndm_state,
					 .flags = m->ndm_flags,
					 .family = m->ndm_family};
	mnl_attr_for_each(a, h, sizeof(*m))
	{
		size_t len = mnl_attr_get_payload_len(a);

		if (mnl_attr_get_type(a) == NDA_DST && len <= sizeof(row->addr))
			memcpy(row->addr, mnl_attr_get_payload(a), len);
		if (mnl_attr_get_type(a) == NDA_LLADDR && len == sizeof(row->mac)) {
			memcpy(row->mac, mnl_attr_get_payload(a), len);
			row->has_mac = true;
		}
	}
	return MNL_CB_OK;
}

int ground_neighbours_read(struct ground_neighbours *ret)
{
	int r = -EINTR; /* others come and go while they are listed */

	*ret = (struct ground_neighbours){0};
	for (int i = 0; r == -EINTR && i < TRIES_MAX; i++) {
		struct netlink_room room;
		struct nlmsghdr *h = netlink_request(&room, RTM_GETNEIGH, NLM_F_DUMP);

		ret->n = 0;
		mnl_nlmsg_put_extra_header(h, sizeof(struct ndmsg));
		r = one_question(h, on_neighbour, ret);
	}
	return r;
}

void ground_neighbours_clear(struct ground_neighbours *n)
{
	free(n->rows);
	*n = (struct ground_neighbours){0};
}

static const struct ground_neighbour *find(const struct ground_neighbours *n, uint32_t ifindex,
					   uint8_t family, const uint8_t *addr)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->rows[i].ifindex == ifindex && n->rows[i].family == family &&
		    !memcmp(n->rows[i].addr, addr, family == AF_INET ? 4 : 16))
			return &n->rows[i];
	return NULL;
}

struct way {
	uint8_t family, gateway[16];
	bool has_gateway;
};

static int on_route(const struct nlmsghdr *h, void *arg)
{
	struct way *w = arg;
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct rtmsg))
	{
		size_t len = mnl_attr_get_payload_len(a);

		if (mnl_attr_get_type(a) == RTA_GATEWAY && len <= sizeof(w->gateway)) {
			memcpy(w->gateway, mnl_attr_get_payload(a), len);
			w->has_gateway = true;
		}
	}
	return MNL_CB_OK;
}

void ground_neighbour(struct ground *g, uint8_t family, const uint8_t *addr)
{
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_GETROUTE, 0);
	struct rtmsg *rt = mnl_nlmsg_put_extra_header(h, sizeof(*rt));
	struct way w = {.family = family == 4 ? AF_INET : AF_INET6};
	struct ground_neighbours n;
	const struct ground_neighbour *found;

	rt->rtm_family = w.family;
	rt->rtm_dst_len = family == 4 ? 32 : 128;
	mnl_attr_put(h, RTA_DST, family == 4 ? 4 : 16, addr);
	mnl_attr_put_u32(h, RTA_OIF, g->ifindex);
	one_question(h, on_route, &w); /* without an answer: as if it were a neighbour itself */
	ground_neighbours_read(&n);
	found = find(&n, g->ifindex, w.family, w.has_gateway ? w.gateway : addr);
	if (found && found->has_mac) {
		memcpy(g->neighbour, found->mac, sizeof(g->neighbour));
		g->has_neighbour = true;
	}
	ground_neighbours_clear(&n);
}

static void group_mac(const struct send_packet *p, uint8_t *mac)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	memcpy(mac, all, 6);
	if (p->kind == SEND_ARP || (p->family == 4 && p->dst[0] == 255))
		return;
	mac[0] = p->family == 4 ? 0x01 : 0x33;
	mac[1] = p->family == 4 ? 0x00 : 0x33;
	if (p->kind == SEND_NDP)
		memcpy(mac + 3, p->dst + 13, 3);
	else if (p->family == 6)
		memcpy(mac + 2, p->dst + 12, 4);
	else
		memcpy(mac + 2, (uint8_t[]){0x5e, p->dst[1] & 0x7f, p->dst[2], p->dst[3]}, 4);
}

void ground_fill(const struct ground *g, struct send_packet *p, bool *ret_made_up)
{
	bool asks = (p->kind == SEND_ARP || p->kind == SEND_NDP) && !send_has(p, WORD_REPLY);

	*ret_made_up = false;
	if (!send_has(p, WORD_SMAC)) {
		memcpy(p->smac, g->has_neighbour ? g->neighbour : ground_stranger, 6);
		*ret_made_up = !g->has_neighbour && g->ethernet;
		send_set(p, WORD_SMAC);
	}
	if (send_has(p, WORD_DMAC))
		return;
	if (asks || packet_addr_is_group(p->family, p->dst))
		group_mac(p, p->dmac);
	else
		memcpy(p->dmac, g->mac, 6);
	send_set(p, WORD_DMAC);
}

static void put_neighbour(struct nlmsghdr *h, const struct ground_neighbour *n, uint16_t state)
{
	struct ndmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->ndm_family = n->family;
	m->ndm_ifindex = n->ifindex;
	m->ndm_state = state;
	m->ndm_flags = n->flags;
	mnl_attr_put(h, NDA_DST, n->family == AF_INET ? 4 : 16, n->addr);
	if (n->has_mac)
		mnl_attr_put(h, NDA_LLADDR, sizeof(n->mac), n->mac);
}

static void forget(const struct ground_neighbour *n)
{
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_DELNEIGH, NLM_F_ACK);

	put_neighbour(h, n, 0);
	one_question(h, NULL, NULL);
}

static void trust_again(const struct ground_neighbour *n, uint16_t state)
{
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_REPLACE);

	put_neighbour(h, n, state);
	one_question(h, NULL, NULL);
}

void ground_unlearn_neighbour(const struct ground_neighbours *before, const uint8_t *addr)
{
	struct ground_neighbours now;

	if (ground_neighbours_read(&now))
		now.n = 0;
	for (size_t i = 0; i < now.n; i++) {
		const struct ground_neighbour *is = &now.rows[i], *was;

		if (is->family != AF_INET || memcmp(is->addr, addr, 4))
			continue;
		was = find(before, is->ifindex, AF_INET, addr);
		if (!was || !was->has_mac)
			forget(is);
		else if (!is->has_mac || is->state != was->state ||
			 memcmp(is->mac, was->mac, sizeof(is->mac)))
			trust_again(was, was->state & NUD_REACHABLE ? NUD_REACHABLE : NUD_STALE);
	}
	ground_neighbours_clear(&now);
}

void ground_restore_neighbours(const struct ground_neighbours *before,
			       const struct wb_swallow_log *log)
{
	struct ground_neighbours now;
	size_t n = wb_swallowed_rows(log);

	if (ground_neighbours_read(&now)) {
		ground_neighbours_clear(&now);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct wb_swallowed *s = &log->rows[i];
		int family = s->family == 4 ? AF_INET : AF_INET6;
		const struct ground_neighbour *is = find(&now, s->ifindex, family, s->target);

		if (s->what == WB_SWALLOW_ASKS && is && is->state == NUD_INCOMPLETE &&
		    !find(before, s->ifindex, family, s->target))
			forget(is);
		/* the device that it would have left by: whom it doubts there, it asks in a while
		 */
		for (size_t k = 0; s->where == WB_SWALLOW_EGRESS && k < now.n; k++) {
			const struct ground_neighbour *was =
				now.rows[k].ifindex == s->ifindex && now.rows[k].state == NUD_DELAY
					? find(before, s->ifindex, now.rows[k].family,
					       now.rows[k].addr)
					: NULL;

			if (was && was->state == NUD_STALE)
				trust_again(&now.rows[k], NUD_STALE);
		}
	}
	ground_neighbours_clear(&now);
}
