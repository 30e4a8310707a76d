/* SPDX-License-Identifier: GPL-2.0-only */
/* See express.h. */
#include "send/express.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "model/packet.h"
#include "util/wire.h"

#define ETH_ARP 0x0806

static void put_hosts(struct text *t, const struct send_key *k, bool back)
{
	char src[64], dst[64];

	packet_addr(k->family, back ? k->daddr : k->saddr, src, sizeof(src));
	packet_addr(k->family, back ? k->saddr : k->daddr, dst, sizeof(dst));
	text_printf(t, "src host %s and dst host %s", src, dst);
	/* pcap-filter looks for no ports behind IPv6's extension headers */
	if (k->has_ports && (k->family == 4 || k->l4 - k->l3 == 40))
		text_printf(t, " and src port %u and dst port %u", back ? k->dport : k->sport,
			    back ? k->sport : k->dport);
}

void express_filter(struct text *t, const struct send_key *k)
{
	char src[64];

	if (!k->family && k->ethertype == ETH_ARP) {
		text_printf(t, "(arp and arp[14:4] = 0x%x and arp[24:4] = 0x%x)",
			    get_be32(k->saddr), get_be32(k->daddr));
		text_printf(t, " or (arp and arp[14:4] = 0x%x and arp[24:4] = 0x%x)",
			    get_be32(k->daddr), get_be32(k->saddr));
		return;
	}
	if (!k->family) {
		text_printf(t, "(ether proto 0x%x)", k->ethertype);
		return;
	}
	text_printf(t, k->family == 4 ? "(ip[4:2] = %u and " : "(ip6[0:4] & 0xfffff = %u and ",
		    k->id);
	put_hosts(t, k, false);
	text_printf(t, ") or (");
	put_hosts(t, k, true);
	packet_addr(k->family, k->saddr, src, sizeof(src));
	text_printf(t, ") or (%s and dst host %s)", k->family == 4 ? "icmp" : "icmp6", src);
}

void express_made(const struct send_key *k, struct wb_made *ret)
{
	uint16_t ports[2] = {htons(k->sport), htons(k->dport)};

	*ret = (struct wb_made){
		.family = k->family,
		.proto = k->proto,
		.has_ports = k->has_ports || k->has_echo,
		.has_tcp = k->has_tcp,
		.id = k->id,
		.seq_end = htonl(k->seq_end),
		.ack = htonl(k->ack),
	};
	memcpy(ret->saddr, k->saddr, sizeof(ret->saddr));
	memcpy(ret->daddr, k->daddr, sizeof(ret->daddr));
	memcpy(&ret->ports, ports, sizeof(ports));
}

void express_packet(const struct send_key *k, struct wb_packet *ret)
{
	*ret = (struct wb_packet){
		.family = k->family,
		.proto = k->proto,
		.ethertype = k->ethertype,
		.sport = k->sport,
		.dport = k->dport,
		.ip_id = k->id,
		.segments = 1,
	};
	memcpy(ret->saddr, k->saddr, sizeof(ret->saddr));
	memcpy(ret->daddr, k->daddr, sizeof(ret->daddr));
}

static void add_transport(const uint8_t *l4, size_t n, const struct send_key *k,
			  struct wb_packet *ret)
{
	size_t head = 0;

	if (k->has_tcp && n >= 20) {
		ret->tcp_seq = get_be32(l4 + 4);
		ret->tcp_ack = get_be32(l4 + 8);
		ret->tcp_flags = l4[13];
		ret->tcp_window = get_be16(l4 + 14);
		head = l4[12] >> 4 << 2;
	} else if (k->has_ports) {
		head = k->proto == IPPROTO_SCTP ? 12 : 8;
	} else if ((k->proto == IPPROTO_ICMP || k->proto == IPPROTO_ICMPV6) && !k->later_fragment &&
		   n >= 8) {
		ret->icmp_type = l4[0];
		ret->icmp_code = l4[1];
		head = 8;
	}
	ret->payload = n > head ? n - head : 0;
}

void express_frame(const uint8_t *frame, size_t n, const struct send_key *k, struct wb_packet *ret)
{
	const uint8_t *l3 = frame + k->l3;
	size_t end;

	express_packet(k, ret);
	if (k->l3 > SEND_ETH_LEN) /* its outer tag */
		ret->vlan = get_be16(frame + SEND_ETH_LEN);
	if (!k->family) {
		ret->payload = n - k->l3;
		if (k->ethertype == ETH_ARP)
			ret->proto = l3[7];
		return;
	}
	ret->ttl = l3[k->family == 4 ? 8 : 7];
	ret->tos = k->family == 4 ? l3[1] : (l3[0] & 15) << 4 | l3[1] >> 4;
	ret->ip_len = k->family == 4 ? get_be16(l3 + 2) : get_be16(l3 + 4) + 40;
	if (k->family == 4)
		ret->frag_off = get_be16(l3 + 6);
	end = k->l3 + ret->ip_len;
	end = end > n ? n : end;
	add_transport(frame + k->l4, end > k->l4 ? end - k->l4 : 0, k, ret);
}

/* Neither IPv4 nor IPv6: of ARP the addresses are known. */
static bool is_between(const struct send_key *k, const struct wb_packet *p, const uint8_t *src,
		       const uint8_t *dst)
{
	return !p->family && p->ethertype == k->ethertype &&
	       (k->ethertype != ETH_ARP ||
		(!memcmp(p->saddr, src, 4) && !memcmp(p->daddr, dst, 4)));
}

/* It is about a packet of whom it is sent to. */
static bool is_icmp_error(const struct wb_packet *p)
{
	static const uint8_t types[] = {3, 4, 5, 11, 12};

	if (p->proto == IPPROTO_ICMPV6)
		return p->icmp_type >= 1 && p->icmp_type <= 4;
	return p->proto == IPPROTO_ICMP && memchr(types, p->icmp_type, sizeof(types));
}

bool express_answers(const struct send_key *k, const struct wb_packet *p)
{
	size_t len = k->family == 4 ? 4 : 16;

	if (!k->family)
		return k->ethertype == ETH_ARP && is_between(k, p, k->daddr, k->saddr);
	if (p->family != k->family || memcmp(p->daddr, k->saddr, len))
		return false;
	if (is_icmp_error(p))
		return true;
	if (p->proto != k->proto)
		return false;
	/* without ports other packets to there are told apart by who sends them */
	return k->has_ports ? p->sport == k->dport && p->dport == k->sport
			    : !memcmp(p->saddr, k->daddr, len);
}

bool express_is(const struct send_key *k, const struct wb_packet *p)
{
	if (!k->family)
		return is_between(k, p, k->saddr, k->daddr);
	return p->family == k->family && p->proto == k->proto && p->ip_id == k->id &&
	       !memcmp(p->saddr, k->saddr, k->family == 4 ? 4 : 16) &&
	       !memcmp(p->daddr, k->daddr, k->family == 4 ? 4 : 16) &&
	       (!k->has_ports || (p->sport == k->sport && p->dport == k->dport));
}
