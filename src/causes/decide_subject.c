/* SPDX-License-Identifier: GPL-2.0-only */
/* What the steps tell of a packet at a hook. What they don't is not known. */
#include "causes/decide_subject.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <string.h>

#include "causes/decide.h"
#include "host/address_type.h"
#include "host/listing.h"

const struct subject_hook subject_hooks[] = {
	{WB_STATION_NF_PREROUTING, 0, 0},
	{WB_STATION_NF_INPUT, 1, 0},
	{WB_STATION_NF_FORWARD, 2, 0},
	{WB_STATION_NF_OUTPUT, 3, 0},
	{WB_STATION_NF_POSTROUTING, 4, 0},
	{WB_STATION_NF_BRIDGE_PREROUTING, 0, NFPROTO_BRIDGE},
	{WB_STATION_NF_BRIDGE_INPUT, 1, NFPROTO_BRIDGE},
	{WB_STATION_NF_BRIDGE_FORWARD, 2, NFPROTO_BRIDGE},
	{WB_STATION_NF_BRIDGE_OUTPUT, 3, NFPROTO_BRIDGE},
	{WB_STATION_NF_BRIDGE_POSTROUTING, 4, NFPROTO_BRIDGE},
	{WB_STATION_NF_NETDEV_INGRESS, 0, NFPROTO_NETDEV},
	{WB_STATION_NF_NETDEV_EGRESS, 1, NFPROTO_NETDEV},
	{WB_STATION_NF_INPUT, 0, NFPROTO_ARP},
	{WB_STATION_NF_OUTPUT, 1, NFPROTO_ARP},
	{WB_STATION_NONE, 0, 0},
};

bool subject_meets(const struct journey *j, const struct subject_hook *hook)
{
	const struct wb_packet *p = journey_last_packet(j);

	if (hook->pf == NFPROTO_ARP)
		return !p->family && p->ethertype == ETH_P_ARP;
	return hook->pf || p->family;
}

static void set_device(struct fw_device *d, const char *name, uint32_t ifindex)
{
	*d = (struct fw_device){.known = name[0], .name = name, .ifindex = ifindex};
}

/*
 * Bridged packets that br_netfilter shows to the hooks of IP come in and leave by the bridge there,
 * not by its ports. Nothing routed them, and behind PREROUTING they are held by the outgoing port.
 */
static bool is_bridged(const struct journey *j, const struct step *hook, const char *in,
		       bool routed)
{
	return !routed && in[0] && hook->at.dev[0] && strcmp(hook->at.dev, in) &&
	       strcmp(hook->at.dev, j->drop.at.dev);
}

/*
 * At a bridge's hooks what came in at a port. A copy of it that went up to the bridge's own device
 * was seen there, too, and it can't be told by names which of the two is the port.
 */
static void bridge_devices(const struct journey *j, const struct subject_hook *hook,
			   struct fw_subject *ret)
{
	const struct step *last = NULL, *before = NULL;
	const struct place *end = &j->drop.at;

	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];

		if (s->at.netns_inum != end->netns_inum)
			last = NULL;
		else if (s->station == WB_STATION_RX) {
			before = last;
			last = s;
		}
	}
	if (!last)
		return;
	if (before && before->at.ifindex != last->at.ifindex)
		ret->in.other = before->at.dev;
	/* who is passed on has the port that it is to leave by */
	if (hook->station == j->drop.station && hook->hook >= NF_INET_FORWARD && end->dev[0] &&
	    end->ifindex != last->at.ifindex && (!before || end->ifindex != before->at.ifindex))
		set_device(&ret->out, end->dev, end->ifindex);
}

/* As the hook itself was told them, where it was seen; else by the way that led there. */
static void devices(const struct journey *j, const struct subject_hook *hook,
		    struct fw_subject *ret)
{
	const struct step *at = hook->pf ? NULL : decide_step_at(j, hook->station);
	bool routed = false;

	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];

		if (s->at.netns_inum != j->drop.at.netns_inum)
			continue;
		if (s->station == WB_STATION_RX) {
			set_device(&ret->in, s->at.dev, s->at.ifindex);
			routed = false;
		}
		routed |= s->route.has;
		if (s->route.has && s->route.out_dev[0])
			set_device(&ret->out, s->route.out_dev, s->route.raw.oif);
		if (s->station == WB_STATION_NF_OUTPUT || s->station == WB_STATION_NF_POSTROUTING)
			set_device(&ret->out, s->at.dev, s->at.ifindex);
	}
	if (j->drop.station == WB_STATION_NF_NETDEV_EGRESS && j->drop.at.dev[0])
		set_device(&ret->out, j->drop.at.dev, j->drop.at.ifindex);
	if (hook->pf == NFPROTO_BRIDGE)
		bridge_devices(j, hook, ret);
	/* where it will go is not known yet */
	if (!hook->pf && (hook->hook == NF_INET_PRE_ROUTING || hook->hook == NF_INET_LOCAL_IN))
		ret->out = (struct fw_device){.known = true, .name = ""};
	if (!at || hook->hook == NF_INET_LOCAL_OUT)
		return;
	if (hook->hook == NF_INET_POST_ROUTING) {
		ret->in.known &= routed;
		return;
	}
	if (hook->hook == NF_INET_FORWARD && is_bridged(j, at, ret->in.name ?: "", routed)) {
		ret->in_port = ret->in;
		set_device(&ret->out, at->at.dev, at->at.ifindex);
	}
	set_device(&ret->in, at->at.dev, at->at.ifindex);
}

/*
 * As it came into the namespace where it died, which only NAT has changed since. NULL: that can't
 * be told, as something else was around it, or it was received a second time there.
 */
static const struct wb_packet *came_as(const struct journey *j)
{
	const struct wb_packet *now = &j->packet, *came = NULL;
	uint32_t inum = 0;
	bool changed = false;

	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];

		if (s->at.netns_inum != inum) {
			inum = s->at.netns_inum;
			came = s->rewritten ? NULL : now;
			changed = false;
		} else if (s->station == WB_STATION_RX && changed) {
			return NULL;
		}
		if (!s->rewritten)
			continue;
		if (s->packet.family != now->family || s->packet.proto != now->proto)
			return NULL;
		now = &s->packet;
		changed = true;
	}
	return inum == j->drop.at.netns_inum ? came : NULL;
}

/*
 * The connection's state at a hook that conntrack stands before; no entry there means invalid.
 * At PREROUTING and OUTPUT the packet is seen before conntrack has looked at it.
 */
static void connection(const struct journey *j, const struct subject_hook *hook,
		       struct fw_subject *ret)
{
	const struct step *s;

	if (hook->pf || (hook->hook != NF_INET_LOCAL_IN && hook->hook != NF_INET_FORWARD &&
			 hook->hook != NF_INET_POST_ROUTING))
		return;
	s = decide_step_at(j, hook->station);
	if (!s)
		return;
	ret->conn = s->ct.raw;
	ret->ct = !s->ct.has		      ? FW_CT_NONE
		  : (s->ct.raw.info & 7) == 7 ? FW_CT_UNTRACKED
					      : FW_CT_ENTRY;
	if (ret->ct == FW_CT_ENTRY && !j->varies &&
	    (ret->conn.info == IP_CT_NEW || ret->conn.info == IP_CT_ESTABLISHED))
		ret->original = came_as(j);
}

#define SAME(a, b) _Static_assert((int)(a) == (int)(b), "one set of bits")
SAME(FW_VARIES_SPORT, VARIES_SPORT);
SAME(FW_VARIES_SOURCE, VARIES_SOURCE);
SAME(FW_VARIES_TARGET, VARIES_TARGET);
SAME(FW_VARIES_PROTO, VARIES_PROTO);

static void set_group(const json_t *links, struct fw_device *d)
{
	const json_t *l = d->known && d->name[0] ? listed_link(links, d->name) : NULL;
	int64_t group = l ? listed_number(l, "group", -1) : -1;

	if (group < 0)
		return;
	d->grouped = true;
	d->group = (uint32_t)group;
}

static void set_groups(struct names *n, const struct journey *j, struct fw_subject *of)
{
	json_t *links = list_links(n, j->drop.at.netns_inum);

	if (!links)
		return;
	set_group(links, &of->in);
	set_group(links, &of->out);
	json_decref(links);
}

void subject_types(struct names *n, const struct firewall *f, const struct journey *j,
		   struct fw_subject *of)
{
	uint32_t inum = j->drop.at.netns_inum;

	if (firewall_has_groups(f))
		set_groups(n, j, of);
	if (of->pf != NFPROTO_IPV4 || !firewall_has_types(f))
		return;
	if (!(of->varies & FW_VARIES_SOURCE))
		of->saddr_types = address_types(n, inum, of->packet->saddr);
	if (!(of->varies & FW_VARIES_TARGET))
		of->daddr_types = address_types(n, inum, of->packet->daddr);
}

/*
 * As IP's hooks have it, without a link header. Who was not seen at the hook had there the length
 * with which it was received, if that is what its header said when it was read.
 */
static uint32_t length_at(const struct journey *j, const struct subject_hook *hook)
{
	const struct step *s = hook->pf ? NULL : decide_step_at(j, hook->station);

	if (j->varies || (hook->pf && hook->pf != NFPROTO_BRIDGE))
		return 0;
	if (s)
		return s->len;
	for (size_t i = j->n_steps; i-- > 0;)
		if (j->steps[i].at.netns_inum != j->drop.at.netns_inum || j->steps[i].rewritten)
			break;
		else if (j->steps[i].station == WB_STATION_RX)
			return j->steps[i].len == journey_last_packet(j)->ip_len ? j->steps[i].len
										 : 0;
	return 0;
}

void subject_at(const struct journey *j, const struct subject_hook *hook, struct fw_subject *ret)
{
	const struct wb_packet *p = journey_last_packet(j);

	*ret = (struct fw_subject){
		.packet = p,
		.varies = j->varies,
		.hook = hook->hook,
		.pf = hook->pf	       ? hook->pf
		      : p->family == 6 ? NFPROTO_IPV6
				       : NFPROTO_IPV4,
	};
	ret->end_mark_known = j->drop.mark_known && hook->station == j->drop.station &&
			      j->drop.layer == WB_LAYER_NETFILTER;
	ret->end_mark = j->drop.mark;
	/* hooks do not change it */
	ret->pkt_type_known = ret->end_mark_known && j->drop.pkt_type != PACKET_LOOPBACK;
	ret->pkt_type = j->drop.pkt_type;
	ret->len = length_at(j, hook);
	devices(j, hook, ret);
	connection(j, hook, ret);
}
