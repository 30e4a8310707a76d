/* SPDX-License-Identifier: GPL-2.0-only */
/* A row of the table of options. Its fields, and the parsed values, are in options.h. */
#ifndef WAYBILL_CMD_OPTION_H
#define WAYBILL_CMD_OPTION_H

#include "cmd/options.h"

/* T_AMOUNT is a number that may be 0; T_FILE_SIZE one of millions of bytes, as tcpdump has it. */
enum option_type {
	T_FLAG,
	T_COUNTER,
	T_NUMBER,
	T_AMOUNT,
	T_TIME,
	T_SIZE,
	T_FILE_SIZE,
	T_STRING,
	T_ENUM,
	T_LIST
};

/* value: what --help calls it; of a T_ENUM the words themselves, with commas between. */
struct option {
	const char *name;
	char letter;
	enum option_type type;
	size_t offset;
	unsigned commands;
	const char *value, *help;
};
extern const struct option option_table[];
extern const size_t option_table_n;

/* Says that the command has no such option (letter, or 0 and the whole argument), and whose it is,
 * or which was meant. -EINVAL. */
int option_unknown(const char *arg, char letter, unsigned command);

#endif
