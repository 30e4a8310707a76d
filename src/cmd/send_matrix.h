/* SPDX-License-Identifier: GPL-2.0-only */
/* A matrix's result: a line for each packet, whether it ended as was expected. */
#ifndef WAYBILL_CMD_SEND_MATRIX_H
#define WAYBILL_CMD_SEND_MATRIX_H

#include "cmd/send_list.h"
#include "model/journey.h"

struct send_matrix {
	const struct send_list *list;
	bool tap;
	bool silent;	    /* journeys are printed instead */
	size_t n, n_differ; /* told */
};

/* arg: the matrix. Tells the line of a made packet; false: nobody else is to print the journey. */
bool send_matrix_journey(void *arg, const struct journey *j);
/* An exit code; with TAP also the plan. */
int send_matrix_verdict(const struct send_matrix *m);

#endif
