/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers of src/host/ in the words of the tool that would print them: a line each. */
#ifndef WAYBILL_CAUSES_OBSTACLE_TEXT_H
#define WAYBILL_CAUSES_OBSTACLE_TEXT_H

#include <jansson.h>

#include "util/text.h"

void text_of_rule(struct text *t, const json_t *rule);
void text_of_filter(struct text *t, const json_t *filter);
void text_of_qdisc(struct text *t, const json_t *qdisc);

#endif
