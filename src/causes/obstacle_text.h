/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers of src/host/ in the words of the tool that would print them: a line each. */
#ifndef WAYBILL_CAUSES_OBSTACLE_TEXT_H
#define WAYBILL_CAUSES_OBSTACLE_TEXT_H

#include <jansson.h>

#include "util/text.h"

void text_of_rule(struct text *t, const json_t *rule);
void text_of_filter(struct text *t, const json_t *filter);
void text_of_qdisc(struct text *t, const json_t *qdisc);

/* A bridge by its own device, one of its ports, and the VLANs of either. */
void text_of_bridge(struct text *t, const json_t *link);
void text_of_port(struct text *t, const json_t *port);
void text_of_vlans(struct text *t, const json_t *port);

#endif
