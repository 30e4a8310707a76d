/* SPDX-License-Identifier: GPL-2.0-only */
/* One question of src/host/ask.h, put by a fuzzer that plays the system. */
#ifndef WAYBILL_TESTS_QUESTION_H
#define WAYBILL_TESTS_QUESTION_H

#include <stdbool.h>
#include <stdlib.h>

#include "host/ask.h"

/* What comes out is JSON that can be written. playing: true while the question is asked. */
static inline void put_question(host_ask_fn ask, const char *arguments, bool *playing)
{
	json_t *args = json_loads(arguments, 0, NULL), *ret = NULL;
	char *text;

	*playing = true;
	if (!ask(args, &ret)) {
		text = json_dumps(ret, JSON_ENCODE_ANY);
		if (!text)
			abort();
		free(text);
	}
	*playing = false;
	json_decref(ret);
	json_decref(args);
}

#endif
