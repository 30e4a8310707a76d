/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of words, for those who read and who print them. Nothing outside of this room. */
#ifndef WAYBILL_SEND_WORDS_H
#define WAYBILL_SEND_WORDS_H

#include "send/packet.h"

enum word_value { VALUE_NONE, VALUE_NUMBER, VALUE_FLAGS, VALUE_TYPE, VALUE_MAC, VALUE_BYTES };

struct word_row {
	const char *name;
	uint32_t kinds; /* a bit for each enum send_kind */
	uint8_t family; /* 4 or 6; 0: both */
	enum word_value value;
	size_t offset;	   /* in struct send_packet */
	uint32_t max;	   /* of a number */
	const char *wants; /* behind it; of one without a value: what it means */
};
extern const struct word_row send_words[SEND_WORD_MAX];

uint8_t send_kind_proto(enum send_kind k);

/* TCP's flags: a letter and a name each, bit by bit. */
extern const char send_flag_letters[9];

struct icmp_name {
	enum send_kind kind;
	const char *name;
	uint8_t type;
};
extern const struct icmp_name send_icmp_names[];
extern const size_t send_icmp_names_n;

#endif
