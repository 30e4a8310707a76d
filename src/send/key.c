/* SPDX-License-Identifier: GPL-2.0-only */
/* A frame's bytes read for what tells it from all others. They may come from anywhere. */
#include <netinet/in.h>
#include <string.h>

#include "send/frame.h"
#include "util/wire.h"

#define ETH_VLAN    0x8100
#define ETH_VLAN_AD 0x88a8
#define VLANS_MAX   2
#define EXT_MAX	    6 /* as many as a probe reads (bpf/parse.bpf.c) */

/* SYN and FIN count as a byte each. */
static void read_tcp(const uint8_t *b, size_t n, size_t data, struct send_key *k)
{
	size_t head = b[12] >> 4 << 2;

	k->has_tcp = true;
	k->ack = get_be32(b + 8);
	k->seq_end = get_be32(b + 4) + (data > head && n >= head ? data - head : 0) +
		     (b[13] >> 1 & 1) + (b[13] & 1);
}

/* Those with an id and a number, by which their answer is known. */
static bool is_query(const struct send_key *k)
{
	static const uint8_t types[] = {0, 8, 13, 14, 15, 16, 17, 18}, types6[] = {128, 129};

	return k->proto == IPPROTO_ICMP ? memchr(types, k->icmp_type, sizeof(types)) != NULL
					: memchr(types6, k->icmp_type, sizeof(types6)) != NULL;
}

static void read_icmp(const uint8_t *b, struct send_key *k)
{
	k->icmp_type = b[0];
	k->icmp_code = b[1];
	k->has_echo = is_query(k);
	if (!k->has_echo)
		return;
	k->sport = get_be16(b + 4);
	k->dport = get_be16(b + 6);
}

/* data: how long the datagram says that it is, from here on. */
static bool read_transport(const uint8_t *b, size_t n, size_t data, struct send_key *k)
{
	k->has_ports = k->proto == IPPROTO_TCP || k->proto == IPPROTO_UDP ||
		       k->proto == IPPROTO_SCTP || k->proto == IPPROTO_UDPLITE ||
		       k->proto == IPPROTO_DCCP;
	if (k->later_fragment) {
		k->has_ports = false;
		return true;
	}
	if (k->has_ports) {
		if (n < (k->proto == IPPROTO_TCP ? 20 : 8))
			return false;
		k->sport = get_be16(b);
		k->dport = get_be16(b + 2);
		if (k->proto == IPPROTO_TCP)
			read_tcp(b, n, data, k);
	} else if ((k->proto == IPPROTO_ICMP || k->proto == IPPROTO_ICMPV6) && n >= 8) {
		read_icmp(b, k);
	}
	return true;
}

static bool read_ip4(const uint8_t *b, size_t n, struct send_key *k)
{
	size_t head, len;

	if (n < 20 || b[0] >> 4 != 4)
		return false;
	head = (b[0] & 15) * 4;
	len = get_be16(b + 2);
	if (head < 20 || n < head || len < head)
		return false;
	k->family = 4;
	k->proto = b[9];
	memcpy(k->saddr, b + 12, 4);
	memcpy(k->daddr, b + 16, 4);
	k->id = get_be16(b + 4);
	k->later_fragment = get_be16(b + 6) & 0x1fff;
	k->l4 = k->l3 + head;
	return read_transport(b + head, n - head, len - head, k);
}

static bool is_extension(uint8_t proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_FRAGMENT ||
	       proto == IPPROTO_DSTOPTS;
}

/*
 * Behind the headers between IPv6's own, which b begins with, and the transport. One that is cut
 * off is where it ends, as for the kernel.
 */
static size_t read_extensions(const uint8_t *b, size_t n, struct send_key *k)
{
	size_t head = 40;

	k->proto = b[6];
	for (int i = 0; i < EXT_MAX && is_extension(k->proto) && !k->later_fragment; i++) {
		const uint8_t *ext = b + head;
		bool is_fragment = k->proto == IPPROTO_FRAGMENT;
		size_t len = n < head + 8 ? SIZE_MAX : is_fragment ? 8 : (ext[1] + 1UL) * 8;

		if (len > n - head)
			break;
		if (is_fragment) {
			k->fragment_at = k->l3 + head;
			k->later_fragment = get_be16(ext + 2) & 0xfff8;
		}
		if (k->proto == IPPROTO_ROUTING)
			k->is_routed |= ext[3];
		k->proto = ext[0];
		head += len;
	}
	return head;
}

static bool read_ip6(const uint8_t *b, size_t n, struct send_key *k)
{
	size_t head, end;

	if (n < 40 || b[0] >> 4 != 6)
		return false;
	end = 40 + get_be16(b + 4);
	k->family = 6;
	memcpy(k->saddr, b + 8, 16);
	memcpy(k->daddr, b + 24, 16);
	k->id = get_be32(b) & 0xfffff;
	head = read_extensions(b, n, k);
	k->l4 = k->l3 + head;
	return read_transport(b + head, n - head, end > head ? end - head : 0, k);
}

bool send_frame_read(const uint8_t *b, size_t n, struct send_key *k)
{
	size_t at = 12;

	*k = (struct send_key){0};
	for (int i = 0; i <= VLANS_MAX; i++, at += 4) {
		if (n < at + 2)
			return false;
		k->ethertype = get_be16(b + at);
		if (k->ethertype != ETH_VLAN && k->ethertype != ETH_VLAN_AD)
			break;
	}
	at += 2;
	k->l3 = at;
	if (k->ethertype == 0x0800)
		return read_ip4(b + at, n - at, k);
	if (k->ethertype == 0x86dd)
		return read_ip6(b + at, n - at, k);
	if (k->ethertype != 0x0806)
		return true;
	if (n < at + 28)
		return false;
	memcpy(k->saddr, b + at + 14, 4);
	memcpy(k->daddr, b + at + 24, 4);
	return true;
}
