/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers as facts and back: a string, a function with an offset, a decider. The keys are here too.
 */
#ifndef WAYBILL_HOST_FACT_H
#define WAYBILL_HOST_FACT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/decider.h"
#include "model/fact.h"

#define FACT_KEY_MAX 64
#define FACT_SYMBOL  "symbol/%" PRIx64
#define FACT_DECIDER "decider/%" PRIx64 /* of the journey with this id */

__attribute__((format(printf, 3, 4))) void fact_put_string(struct facts *f, const char *value,
							   const char *key_format, ...);
/* False, and buf is "": not known. */
__attribute__((format(printf, 4, 5))) bool fact_get_string(struct facts *f, char *buf, size_t size,
							   const char *key_format, ...);

void fact_put_symbol(struct facts *f, uint64_t address, const char *function, uint32_t offset);
/* Lives as long as f; "" if not known. */
const char *fact_get_symbol(struct facts *f, uint64_t address, uint32_t *ret_offset);

void fact_put_decider(struct facts *f, uint64_t journey, const struct decider *d);
/* A new reference, or NULL. */
struct decider *fact_get_decider(struct facts *f, uint64_t journey);

#endif
