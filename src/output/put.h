/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of JSON lines that more than one kind of line has. */
#ifndef WAYBILL_OUTPUT_PUT_H
#define WAYBILL_OUTPUT_PUT_H

#include "model/decider.h"
#include "model/journey.h"
#include "util/json.h"

/* What is known of it: the namespace by name and inode number, the device by name. */
void json_put_place(struct json *w, const struct place *at);
/* Nothing for NULL. */
void json_put_decider(struct json *w, const char *key, const struct decider *d);

#endif
