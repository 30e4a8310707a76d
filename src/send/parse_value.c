/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands behind a word of a packet: flags, types, addresses, bytes. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "model/packet.h"
#include "send/reader.h"

static int parse_flags(struct reader *r, struct send_packet *p, const struct word_row *w)
{
	char word[64], *rest = word, *name;
	bool letters = true;

	reader_copy(r, word, sizeof(word));
	p->flags = 0;
	if (reader_is(r, "none"))
		return 0;
	for (const char *c = word; *c && letters; c++) {
		const char *bit = strchr(send_flag_letters, toupper((unsigned char)*c));

		letters = bit;
		if (bit)
			p->flags |= 1U << (bit - send_flag_letters);
	}
	if (letters && *word)
		return 0;
	p->flags = 0;
	while ((name = strsep(&rest, ","))) {
		size_t i = 0;

		while (i < PACKET_TCP_FLAGS && strcasecmp(name, packet_tcp_flags[i]))
			i++;
		if (i == PACKET_TCP_FLAGS)
			return reader_wrong(r, "flags wants %s", w->wants);
		p->flags |= 1U << i;
	}
	return 0;
}

static int parse_type(struct reader *r, struct send_packet *p, const struct word_row *w)
{
	char word[32];

	reader_copy(r, word, sizeof(word));
	for (size_t i = 0; i < send_icmp_names_n; i++)
		if (send_icmp_names[i].kind == p->kind && !strcmp(send_icmp_names[i].name, word)) {
			p->type = send_icmp_names[i].type;
			return 0;
		}
	return reader_number(word, w->max, &p->type) ? 0
						     : reader_wrong(r, "type wants %s", w->wants);
}

static int parse_mac(struct reader *r, uint8_t *mac, const struct word_row *w)
{
	unsigned b[6];
	char word[32];
	int end = 0;

	reader_copy(r, word, sizeof(word));
	if (strspn(word, "0123456789abcdefABCDEF:") != strlen(word) ||
	    sscanf(word, "%2x:%2x:%2x:%2x:%2x:%2x%n", b, b + 1, b + 2, b + 3, b + 4, b + 5, &end) !=
		    6 ||
	    word[end])
		return reader_wrong(r, "%s wants %s", w->name, w->wants);
	for (int i = 0; i < 6; i++)
		mac[i] = b[i];
	return 0;
}

static int put_byte(struct reader *r, struct send_packet *p, uint8_t byte)
{
	if (p->n_payload == sizeof(p->payload))
		return reader_wrong(r, "more than %zu bytes", sizeof(p->payload));
	p->payload[p->n_payload++] = byte;
	return 0;
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
					    : -1;
}

static int parse_hex(struct reader *r, struct send_packet *p, const char *s, size_t n)
{
	int e = 0;

	if (!n || n % 2)
		return reader_wrong(r, "hexadecimal digits come in pairs");
	for (size_t i = 0; i < n && !e; i += 2) {
		int high = hex_digit(s[i]), low = hex_digit(s[i + 1]);

		if (high < 0 || low < 0)
			return reader_wrong(r, "behind 0x only hexadecimal digits stand");
		e = put_byte(r, p, high << 4 | low);
	}
	return e;
}

/* In quotes a backslash takes the next character as it is. */
static int parse_payload(struct reader *r, struct send_packet *p, const struct word_row *w)
{
	bool quoted = r->at[0] == '"';
	size_t i = quoted, end = r->n - quoted;
	int e = 0;

	p->n_payload = 0;
	if (r->n > 2 && r->at[0] == '0' && r->at[1] == 'x')
		return parse_hex(r, p, r->at + 2, r->n - 2);
	if (r->at[0] == '@') {
		if (r->n < 2 || r->n > sizeof(p->file))
			return reader_wrong(r, "payload wants %s", w->wants);
		snprintf(p->file, sizeof(p->file), "%.*s", (int)r->n - 1, r->at + 1);
		return 0;
	}
	if (quoted && (r->n < 2 || r->at[r->n - 1] != '"'))
		return reader_wrong(r, "the quotes are not closed");
	for (; i < end && !e; i++) {
		if (quoted && r->at[i] == '"')
			return reader_wrong(r, "behind the closing quotes a space is missing");
		if (quoted && r->at[i] == '\\' && ++i == end)
			return reader_wrong(r, "the quotes are not closed");
		e = put_byte(r, p, r->at[i]);
	}
	return e;
}

int reader_value(struct reader *r, struct send_packet *p, const struct word_row *w)
{
	void *field = (char *)p + w->offset;
	char digits[32];

	if (w->value == VALUE_NONE)
		return 0;
	if (!reader_next(r))
		return reader_wrong(r, "behind %s stands %s", w->name, w->wants);
	switch (w->value) {
	case VALUE_FLAGS:
		return parse_flags(r, p, w);
	case VALUE_TYPE:
		return parse_type(r, p, w);
	case VALUE_MAC:
		return parse_mac(r, field, w);
	case VALUE_BYTES:
		return parse_payload(r, p, w);
	default:
		return reader_number(reader_copy(r, digits, sizeof(digits)), w->max, field)
			       ? 0
			       : reader_wrong(r, "%s wants %s", w->name, w->wants);
	}
}
