/* SPDX-License-Identifier: GPL-2.0-only */
/* Names as facts and back: a string, a function with its offset and module. Other answers:
 * recall.h. */
#ifndef WAYBILL_HOST_FACT_H
#define WAYBILL_HOST_FACT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/fact.h"

#define FACT_KEY_MAX 64
#define FACT_SYMBOL  "symbol/%" PRIx64

__attribute__((format(printf, 3, 4))) void fact_put_string(struct facts *f, const char *value,
							   const char *key_format, ...);
/* False, and buf is "": not known. */
__attribute__((format(printf, 4, 5))) bool fact_get_string(struct facts *f, char *buf, size_t size,
							   const char *key_format, ...);

void fact_put_symbol(struct facts *f, uint64_t address, const char *function, uint32_t offset,
		     const char *module);
/* Both live as long as f; "" if not known. */
const char *fact_get_symbol(struct facts *f, uint64_t address, uint32_t *ret_offset,
			    const char **ret_module);

#endif
