/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the running kernel's drop reasons, which differ from kernel to kernel. */
#ifndef WAYBILL_HOST_REASONS_H
#define WAYBILL_HOST_REASONS_H

#include <stdint.h>

struct reasons;

/* Of the running kernel, perhaps without any; NULL: no memory. */
struct reasons *reasons_read(void);
void reasons_free(struct reasons *r);

/* Without its prefix, "" if it has none. Holds until the next question. */
const char *reasons_name(struct reasons *r, uint32_t reason);

#endif
