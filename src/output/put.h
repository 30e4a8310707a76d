/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of JSON lines that more than one kind of line has. */
#ifndef WAYBILL_OUTPUT_PUT_H
#define WAYBILL_OUTPUT_PUT_H

#include "model/decider.h"
#include "util/json.h"

/* Nothing for NULL. */
void json_put_decider(struct json *w, const char *key, const struct decider *d);

#endif
