/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill schema: what the lines of -j look like, for programs. The files that the tests hold every
 * line against are part of the program, so that they fit it wherever it is copied.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"

/* X(name): the "type" of a line, and the file's name */
#define SCHEMAS(X) X(start) X(journey) X(summary) X(drops) X(flow) X(latency) X(diff)

#define X(name)                                                                                    \
	__asm__(".section .rodata\n"                                                               \
		"schema_" #name ":\n"                                                              \
		".incbin \"tests/schema/" #name ".json\"\n"                                        \
		".byte 0\n"                                                                        \
		".previous\n");                                                                    \
	extern const char schema_##name[];
SCHEMAS(X)
#undef X

static const struct {
	const char *name, *text;
} schemas[] = {
#define X(name) {#name, schema_##name},
	SCHEMAS(X)
#undef X
};
#define N_SCHEMAS (sizeof(schemas) / sizeof(schemas[0]))

static int print(const char *name)
{
	bool found = false;

	for (size_t i = 0; i < N_SCHEMAS; i++) {
		if (*name && strcmp(name, schemas[i].name))
			continue;
		fputs(schemas[i].text, stdout);
		found = true;
	}
	if (found)
		return EXIT_DONE;
	fprintf(stderr, "waybill: schema %s: no line has this type; there are", name);
	for (size_t i = 0; i < N_SCHEMAS; i++)
		fprintf(stderr, " %s", schemas[i].name);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

int cmd_schema(int argc, char **argv)
{
	struct options o;
	int r = EXIT_USAGE;

	if (options_parse(&o, FOR_SCHEMA, argc, argv))
		goto out;
	r = EXIT_DONE;
	if (o.help)
		options_help(
			"schema [TYPE]",
			"The JSON schemas (draft 7) of the lines that -j prints: all, one behind "
			"the other, or that of\nthe lines whose \"type\" is TYPE: start, journey, "
			"summary, drops, flow, latency, diff.",
			FOR_SCHEMA);
	else
		r = print(o.filter);
out:
	options_clear(&o);
	return r;
}
