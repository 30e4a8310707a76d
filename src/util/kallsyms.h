/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of /proc/kallsyms: "ffffffffc0a01230 t nft_do_chain", a tab and "[nf_tables]". */
#ifndef WAYBILL_UTIL_KALLSYMS_H
#define WAYBILL_UTIL_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct kallsyms_line { /* names point into the line, and have no end of their own */
	char type;
	const char *name, *module;
	size_t name_len, module_len; /* module_len 0: the kernel itself */
};

/* The address stands at the line's beginning, in hex. False: it is no such line. */
static inline bool kallsyms_read(const char *line, size_t len, struct kallsyms_line *ret)
{
	const char *end = line + len, *space = memchr(line, ' ', len);

	if (!space || end - space < 4 || space[2] != ' ')
		return false;
	*ret = (struct kallsyms_line){.type = space[1], .name = space + 3};
	while (ret->name + ret->name_len < end && (unsigned char)ret->name[ret->name_len] > ' ')
		ret->name_len++;
	ret->module = memchr(ret->name, '[', end - ret->name);
	if (ret->module) {
		const char *close = memchr(ret->module, ']', end - ret->module);

		ret->module_len = close ? close - ++ret->module : 0;
	}
	return ret->name_len;
}

#endif
