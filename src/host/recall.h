/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers as facts and back. Inside this room only; when who is asked is host.c's. */
#ifndef WAYBILL_HOST_RECALL_H
#define WAYBILL_HOST_RECALL_H

#include "host/kept.h"
#include "model/fact.h"

/* The last answer that f has; NULL: none. Kept, because a large one shall be parsed once. */
const struct kept_answer *recall(const struct facts *f, struct kept **all, const char *key);
/* once: it is not in f afterwards, for whoever begins a file later. */
void recall_put(struct facts *f, const char *key, const struct kept_answer *k, bool once);

#endif
