/* SPDX-License-Identifier: GPL-2.0-only */
/* The running kernel's functions, by the addresses they contain. */
#ifndef WAYBILL_RESOLVE_SYMBOLS_H
#define WAYBILL_RESOLVE_SYMBOLS_H

#include <stdint.h>

struct symbols;

/* What can be read of them, perhaps nothing; NULL: no memory. */
struct symbols *symbols_read(void);
void symbols_free(struct symbols *s);

/* The function around an address and the offset in it; s owns the name. NULL: not known. */
const char *symbols_around(const struct symbols *s, uint64_t address, uint32_t *ret_offset);

#endif
