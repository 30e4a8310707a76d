/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers of the system, each a key and a JSON text: "netns/4026532420" is "R". A recording carries
 * them beside its events, so that reading it elsewhere asks nobody. Who asks is src/host/.
 */
#ifndef WAYBILL_MODEL_FACT_H
#define WAYBILL_MODEL_FACT_H

#include <stddef.h>
#include <stdint.h>

struct facts;

/* Called for every fact that is new or whose answer changed. */
typedef void (*fact_fn)(void *arg, const char *key, const char *json);

int facts_new(struct facts **ret);
void facts_free(struct facts *f);
void facts_tap(struct facts *f, fact_fn fn, void *arg);

/* Both texts are copied. 0 or -ENOMEM. */
int facts_put(struct facts *f, const char *key, const char *json);
/* Only hands it on: for what is asked of each packet anew, and nobody asks f for. */
void facts_tell(struct facts *f, const char *key, const char *json);
/* The JSON text, or NULL: nobody asked. Lives until the same key is put again. */
const char *facts_get(const struct facts *f, const char *key);

/* How often a fact came or changed so far: whoever knows that number need not look again. */
uint64_t facts_changes(const struct facts *f);

/* Each that has an answer, in the order in which they came. */
void facts_each(const struct facts *f, fact_fn fn, void *arg);

/* The same text for the same characters, as long as f lives: for keys of attributes. */
const char *facts_word(struct facts *f, const char *word);

#endif
