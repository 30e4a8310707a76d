/* SPDX-License-Identifier: GPL-2.0-only */
/* Text forms and comparisons of a packet's headers. */
#include "model/packet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const struct {
	uint8_t proto;
	const char *name;
	bool ports;
} protocols[] = {
	{1, "icmp", false},	{2, "igmp", false},    {4, "ipip", false},  {6, "tcp", true},
	{17, "udp", true},	{41, "ipv6", false},   {47, "gre", false},  {50, "esp", false},
	{51, "ah", false},	{58, "icmpv6", false}, {89, "ospf", false}, {132, "sctp", true},
	{136, "udplite", true},
};

const char *const packet_tcp_flags[PACKET_TCP_FLAGS] = {"fin", "syn", "rst", "psh",
							"ack", "urg", "ece", "cwr"};

const char *packet_proto_name(const struct wb_packet *p, char *buf, size_t size)
{
	if (!p->family && p->ethertype == 0x0806)
		return "arp";
	if (!p->family) {
		snprintf(buf, size, "0x%04x", p->ethertype);
		return buf;
	}
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].proto == p->proto)
			return protocols[i].name;
	snprintf(buf, size, "%u", p->proto);
	return buf;
}

bool packet_has_addr(const uint8_t addr[16])
{
	static const uint8_t none[16];

	return memcmp(addr, none, sizeof(none)) != 0;
}

const char *packet_addr(uint8_t family, const uint8_t addr[16], char *buf, size_t size)
{
	if (!inet_ntop(family == 6 ? AF_INET6 : AF_INET, addr, buf, size) && size)
		buf[0] = 0;
	return buf;
}

bool packet_addr_is_group(uint8_t family, const uint8_t a[16])
{
	if (family == 6)
		return a[0] == 0xff;
	return (a[0] & 0xf0) == 0xe0 || (a[0] & a[1] & a[2] & a[3]) == 255;
}

bool packet_is_mpls(const struct wb_packet *p)
{
	return !p->family && (p->ethertype == 0x8847 || p->ethertype == 0x8848);
}

unsigned packet_mpls_label(const struct wb_packet *p)
{
	return p->ip_id >> 12;
}

int packet_fragment(const struct wb_packet *p)
{
	/* IPv4: flags, then the offset in units of 8; IPv6: the offset in bytes, then flags */
	if (p->family == 6)
		return p->frag_off & 0xfff9 ? p->frag_off & 0xfff8 : -1;
	return p->frag_off & 0x3fff ? (p->frag_off & 0x1fff) * 8 : -1;
}

bool packet_has_ports(const struct wb_packet *p)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (p->family && protocols[i].proto == p->proto)
			return protocols[i].ports && packet_fragment(p) <= 0;
	return false;
}

static uint64_t hash(uint64_t h, const void *data, size_t n)
{
	const uint8_t *b = data;

	while (n--)
		h = (h ^ *b++) * 0x100000001b3ULL;
	return h;
}

static uint64_t end_hash(const uint8_t addr[16], uint16_t port)
{
	return hash(hash(0xcbf29ce484222325ULL, addr, 16), &port, sizeof(port));
}

uint64_t packet_flow_id(const struct wb_packet *p)
{
	bool ports = packet_has_ports(p);
	bool echo = (p->proto == IPPROTO_ICMP && (p->icmp_type == 0 || p->icmp_type == 8)) ||
		    (p->proto == IPPROTO_ICMPV6 && (p->icmp_type == 128 || p->icmp_type == 129));
	uint16_t id = !ports && (echo || p->icmp_type) ? p->sport : 0;
	/* a sum does not know which end sent */
	uint64_t h =
		end_hash(p->saddr, ports ? p->sport : 0) + end_hash(p->daddr, ports ? p->dport : 0);

	h = hash(h, &p->proto, 1);
	h = hash(h, &id, sizeof(id));
	return h ? h : 1;
}

bool packet_is_link_local(const uint8_t addr[16])
{
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

bool packet_differs(const struct wb_packet *a, const struct wb_packet *b)
{
	return a->family != b->family || a->proto != b->proto || memcmp(a->saddr, b->saddr, 16) ||
	       memcmp(a->daddr, b->daddr, 16) || a->sport != b->sport || a->dport != b->dport ||
	       (packet_fragment(a) < 0) != (packet_fragment(b) < 0);
}

static void end_words(const struct wb_packet *p, bool source, char *buf, size_t size)
{
	char a[64];

	packet_addr(p->family, source ? p->saddr : p->daddr, a, sizeof(a));
	if (packet_has_ports(p))
		snprintf(buf, size, "%s:%u", a, source ? p->sport : p->dport);
	else
		snprintf(buf, size, "%s", a);
}

static bool other_source(const struct wb_packet *a, const struct wb_packet *b)
{
	return memcmp(a->saddr, b->saddr, sizeof(a->saddr)) || a->sport != b->sport;
}

static bool other_destination(const struct wb_packet *a, const struct wb_packet *b)
{
	return memcmp(a->daddr, b->daddr, sizeof(a->daddr)) || a->dport != b->dport;
}

bool packet_is_translated(const struct wb_packet *before, const struct wb_packet *after)
{
	return (before->family == 4 || before->family == 6) && before->family == after->family &&
	       before->proto == after->proto && before->payload == after->payload &&
	       (other_source(before, after) || other_destination(before, after));
}

bool packet_translation(const struct wb_packet *before, const struct wb_packet *after, char *buf,
			size_t size)
{
	bool source = other_source(before, after), destination = other_destination(before, after);
	char from[80], to[80];

	if (!packet_is_translated(before, after))
		return false;
	end_words(before, !destination, from, sizeof(from));
	end_words(after, !destination, to, sizeof(to));
	snprintf(buf, size, "%s %.50s > %.50s",
		 source && destination ? "SNAT+DNAT"
		 : destination	       ? "DNAT"
				       : "SNAT",
		 from, to);
	return true;
}
