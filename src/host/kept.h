/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers of a moment ago, found by all that the question depends on. Inside this room only. */
#ifndef WAYBILL_HOST_KEPT_H
#define WAYBILL_HOST_KEPT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host.h"

struct kept;
struct kept_answer {
	uint64_t at_ns; /* when it came */
	enum host_answer how;
	json_t *answer; /* of a question that is answered by JSON, NULL unless HOST_TOLD */
	int status;	/* of one that is answered by a struct: what its function returned */
	const void *bytes;
};

/* NULL: there is none. Until the next one is kept. */
const struct kept_answer *kept_find(struct kept *all, const void *key, size_t size);
/* Copies key and answer->bytes (bytes_size, 0: none), and takes a reference of answer->answer. */
void kept_put(struct kept **all, const void *key, size_t size, const struct kept_answer *answer,
	      size_t bytes_size);
void kept_clear(struct kept **all);

#endif
