/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of the packet language, one row each, and the names of kinds, flags and types. */
#include "send/words.h"

#include <string.h>

#define K(k)	 (1U << SEND_##k)
#define ICMPS	 (K(ICMP) | K(ICMP6))
#define IP_KINDS (~K(ARP))
#define ALL	 (~0U)
/* those that carry bytes of the caller's */
#define CARRIERS (~(K(ARP) | K(NDP)))

const struct word_row send_words[SEND_WORD_MAX] = {
#define AT(f) offsetof(struct send_packet, f)
	[WORD_FLAGS] = {"flags", K(TCP), 0, VALUE_FLAGS, AT(flags), 0,
			"letters of FSRPAUEC, or names with commas between (syn,ack), or none"},
	[WORD_SEQ] = {"seq", K(TCP) | ICMPS | K(GRE), 0, VALUE_NUMBER, AT(seq), UINT32_MAX,
		      "a number up to 4294967295 (65535 for an echo)"},
	[WORD_ACK] = {"ack", K(TCP), 0, VALUE_NUMBER, AT(ack), UINT32_MAX,
		      "a number up to 4294967295"},
	[WORD_WIN] = {"win", K(TCP), 0, VALUE_NUMBER, AT(win), 65535, "a number up to 65535"},
	[WORD_TYPE] = {"type", ICMPS, 0, VALUE_TYPE, AT(type), 255,
		       "a number up to 255, or a name (echo, echo-reply, unreachable, ...)"},
	[WORD_CODE] = {"code", ICMPS, 0, VALUE_NUMBER, AT(code), 255, "a number up to 255"},
	[WORD_ID] = {"id", ICMPS, 0, VALUE_NUMBER, AT(id), 65535, "a number up to 65535"},
	[WORD_VTAG] = {"vtag", K(SCTP), 0, VALUE_NUMBER, AT(vtag), UINT32_MAX,
		       "a number up to 4294967295"},
	[WORD_REPLY] = {"reply", K(ARP) | K(NDP), 0, VALUE_NONE, 0, 0,
			"an answer, instead of a question"},
	[WORD_TTL] = {"ttl", IP_KINDS, 0, VALUE_NUMBER, AT(ttl), 255, "a number up to 255"},
	[WORD_TOS] = {"tos", IP_KINDS, 0, VALUE_NUMBER, AT(tos), 255, "a number up to 255 (0xff)"},
	[WORD_IPID] = {"ipid", IP_KINDS, 4, VALUE_NUMBER, AT(ipid), 65535, "a number up to 65535"},
	[WORD_FLOW] = {"flow", IP_KINDS, 6, VALUE_NUMBER, AT(flow), 0xfffff,
		       "a flow label up to 0xfffff"},
	[WORD_DF] = {"df", IP_KINDS, 4, VALUE_NONE, 0, 0, "don't fragment, as is usual"},
	[WORD_NODF] = {"nodf", IP_KINDS, 4, VALUE_NONE, 0, 0, "it may be fragmented"},
	[WORD_FRAGMENT] = {"fragment", CARRIERS, 0, VALUE_NUMBER, AT(fragment), 65528,
			   "where it begins in its datagram, in bytes: a multiple of 8"},
	[WORD_MORE] = {"more", CARRIERS, 0, VALUE_NONE, 0, 0, "a fragment that others follow"},
	[WORD_LEN] = {"len", CARRIERS, 0, VALUE_NUMBER, AT(len), SEND_PAYLOAD_MAX,
		      "bytes of payload up to 3400"},
	[WORD_PAYLOAD] = {"payload", CARRIERS, 0, VALUE_BYTES, AT(payload), SEND_PAYLOAD_MAX,
			  "a word or \"text\", 0x and hexadecimal digits, or @FILE"},
	[WORD_VLAN] = {"vlan", ALL, 0, VALUE_NUMBER, AT(vlan), 4094, "a number up to 4094"},
	[WORD_SMAC] = {"smac", ALL, 0, VALUE_MAC, AT(smac), 0, "six bytes: 02:00:00:00:00:01"},
	[WORD_DMAC] = {"dmac", ALL, 0, VALUE_MAC, AT(dmac), 0, "six bytes: 02:00:00:00:00:01"},
	[WORD_MARK] = {"mark", ALL, 0, VALUE_NUMBER, AT(mark), UINT32_MAX,
		       "a number up to 4294967295 (of --out alone)"},
	[WORD_BADSUM] = {"badsum", IP_KINDS, 0, VALUE_NONE, 0, 0, "its checksum is wrong"},
#undef AT
};

/* Of those whose name alone does not say it. */
static const char *const means[SEND_WORD_MAX] = {
	[WORD_FLAGS] = "TCP's flags",
	[WORD_SEQ] = "sequence number",
	[WORD_ACK] = "acknowledgment number",
	[WORD_WIN] = "window",
	[WORD_TYPE] = "kind of message",
	[WORD_CODE] = "its code",
	[WORD_ID] = "identifier of an echo or timestamp",
	[WORD_VTAG] = "verification tag",
	[WORD_TTL] = "time to live, or hop limit",
	[WORD_TOS] = "type of service, or traffic class",
	[WORD_IPID] = "identification",
	[WORD_FRAGMENT] = "a fragment",
	[WORD_VLAN] = "with a VLAN tag",
	[WORD_SMAC] = "the frame's source address",
	[WORD_DMAC] = "the frame's destination address",
	[WORD_MARK] = "the socket's mark",
};

const char send_flag_letters[9] = "FSRPAUEC";

const struct icmp_name send_icmp_names[] = {
	{SEND_ICMP, "echo-reply", 0},
	{SEND_ICMP, "unreachable", 3},
	{SEND_ICMP, "redirect", 5},
	{SEND_ICMP, "echo", 8},
	{SEND_ICMP, "time-exceeded", 11},
	{SEND_ICMP, "parameter-problem", 12},
	{SEND_ICMP, "timestamp", 13},
	{SEND_ICMP6, "unreachable", 1},
	{SEND_ICMP6, "too-big", 2},
	{SEND_ICMP6, "time-exceeded", 3},
	{SEND_ICMP6, "parameter-problem", 4},
	{SEND_ICMP6, "echo", 128},
	{SEND_ICMP6, "echo-reply", 129},
	{SEND_ICMP6, "router-solicitation", 133},
	{SEND_ICMP6, "router-advertisement", 134},
};
const size_t send_icmp_names_n = sizeof(send_icmp_names) / sizeof(send_icmp_names[0]);

static const struct {
	const char *name;
	uint8_t proto;
	bool ports;
} kinds[SEND_KIND_MAX] = {
#define X(id, name, proto, ports) [SEND_##id] = {name, proto, ports},
	SEND_KINDS(X)
#undef X
};

/* Has it been listed already, for another kind? */
static bool is_listed(size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(send_icmp_names[i].name, send_icmp_names[at].name))
			return true;
	return false;
}

/* Where they are few. */
static void put_kinds(struct text *t, const struct word_row *w)
{
	const char *before = " (";

	for (enum send_kind k = 0; k < SEND_KIND_MAX; k++)
		if (w->kinds >> k & 1 && !(w->kinds & K(PROTO))) {
			text_printf(t, "%s%s", before, kinds[k].name);
			before = ", ";
		}
	text_printf(t, "%s", *before == ',' ? ")" : "");
}

const char *send_word_help(enum send_word word, struct text *t)
{
	const struct word_row *w = &send_words[word];

	if (means[word])
		text_printf(t, "%s: ", means[word]);
	text_printf(t, "%s", w->wants);
	for (size_t i = 0; i < send_icmp_names_n && w->value == VALUE_TYPE; i++)
		if (!is_listed(i))
			text_printf(t, "%s%s", i ? ", " : "; names: ", send_icmp_names[i].name);
	put_kinds(t, w);
	if (w->family)
		text_printf(t, " (IPv%d)", w->family);
	return w->name;
}

const char *send_kind_name(enum send_kind k)
{
	return kinds[k].name;
}

bool send_has_ports(const struct send_packet *p)
{
	return kinds[p->kind].ports;
}

uint8_t send_kind_proto(enum send_kind k)
{
	return kinds[k].proto;
}

bool send_has_transport(const struct send_packet *p)
{
	return !send_has(p, WORD_FRAGMENT) || !p->fragment;
}

bool send_has(const struct send_packet *p, enum send_word w)
{
	return p->given >> w & 1;
}

void send_set(struct send_packet *p, enum send_word w)
{
	p->given |= 1U << w;
}

bool send_word_fits(enum send_word w, enum send_kind k, uint8_t family)
{
	const struct word_row *r = &send_words[w];

	return r->kinds >> k & 1 && (!r->family || r->family == family);
}
