/* SPDX-License-Identifier: GPL-2.0-only */
/* ask QUESTION [ARGS]: the answer to one question in this namespace, as JSON; exits with 3: not
 * there, 1. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "host/ask.h"

#define ROW(name, args, ...) {#name, args, host_ask_##name},

static const struct {
	const char *name, *args;
	host_ask_fn ask;
} questions[] = {HOST_QUESTIONS(ROW)};

int main(int argc, char **argv)
{
	json_t *args = argc > 2 ? json_loads(argv[2], 0, NULL) : NULL, *ret = NULL;
	int r = -ENOSYS;

	if (argc < 2 || (argc > 2 && !args)) {
		for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
			fprintf(stderr, "%s: %s\n", questions[i].name, questions[i].args);
		return 2;
	}
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (!strcmp(questions[i].name, argv[1]))
			r = questions[i].ask(args, &ret);
	if (r) {
		fprintf(stderr, "ask %s: %s\n", argv[1], strerror(-r));
		return r == -ENODEV || r == -ENOENT || r == -ESRCH ? 3 : 1;
	}
	json_dumpf(ret, stdout, JSON_ENCODE_ANY);
	putchar('\n');
	json_decref(ret);
	json_decref(args);
	return 0;
}
