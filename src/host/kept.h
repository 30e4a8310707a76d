/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers of a moment ago, found by all that the question depends on. Inside this room only. */
#ifndef WAYBILL_HOST_KEPT_H
#define WAYBILL_HOST_KEPT_H

#include <jansson.h>
#include <stdint.h>

#include "host/host.h"

struct kept;
struct kept_answer {
	struct host_times times;
	enum host_answer how;
	json_t *answer; /* NULL unless HOST_TOLD */
};

/* NULL: there is none. Until the next one is kept. */
const struct kept_answer *kept_find(struct kept *all, const char *key);
/* Copies the key, and takes a reference of answer->answer. */
void kept_put(struct kept **all, const char *key, const struct kept_answer *answer);
void kept_clear(struct kept **all);

#endif
