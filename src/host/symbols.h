/* SPDX-License-Identifier: GPL-2.0-only */
/* The running kernel's functions, by the addresses they contain. */
#ifndef WAYBILL_HOST_SYMBOLS_H
#define WAYBILL_HOST_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

#define SYMBOLS_KALLSYMS "/proc/kallsyms"
#define SYMBOLS_MODULES	 "/proc/modules"

/*
 * Of texts in the form of these two. While the process has CAP_SYSLOG: what is opened then can be
 * read later without. NULL: no memory.
 */
struct symbols *symbols_open(const char *kallsyms, const char *modules);
void symbols_free(struct symbols *s);
/* Did the kernel tell this process where its functions are? */
bool symbols_told(const struct symbols *s);

/*
 * Reads so many lines of what will be asked for. False: all has been read; names are known before
 * that, too, but then whoever asks waits for the rest.
 */
bool symbols_read_ahead(struct symbols *s, size_t lines);

/*
 * The function around an address, the offset in it and its module ("": none); s owns both, until it
 * is asked again. NULL: not known, because addresses are not told, or in no function that is.
 */
const char *symbols_around(struct symbols *s, uint64_t address, uint32_t *ret_offset,
			   const char **ret_module);

#endif
