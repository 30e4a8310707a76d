/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nftables' rules as text, for display only. libnftables is given one constant command, and of what
 * it prints nothing is believed but "this line is the rule of this handle": names in it may be made
 * to look like anything, so a handle that comes twice has no text.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nftables/libnftables.h>

#include "host/ask.h"
#include "host/confine.h"
#include "host/protocol_names.h"
#include "host/xt_plugins.h"
#include "util/foreign_json.h"

#define HANDLE	 " # handle "
#define TEXT_MAX 4096 /* of one rule */

/* The number behind the last " # handle " of a line, 0: none. Cuts the line there. */
static uint64_t handle_of(char *line)
{
	char *last = NULL, *end;
	uint64_t n;

	for (char *p = line; (p = strstr(p, HANDLE)); p++)
		last = p;
	if (!last)
		return 0;
	n = strtoull(last + strlen(HANDLE), &end, 10);
	if (*end)
		return 0;
	*last = 0;
	return n;
}

static void add(json_t *texts, uint64_t table, uint64_t handle, const char *text)
{
	char key[48];

	snprintf(key, sizeof(key), "%" PRIu64 " %" PRIu64, table, handle);
	json_object_set_new(texts, key,
			    json_object_get(texts, key) ? json_null()
							: foreign_json(text, SIZE_MAX));
}

static void read_lines(json_t *texts, char *out)
{
	uint64_t table = 0;
	char *save;

	for (char *line = strtok_r(out, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		bool is_table = !strncmp(line, "table ", 6);
		size_t n = strlen(line);
		uint64_t handle;

		if (n > TEXT_MAX && !is_table)
			continue;
		/* the table's own line has more behind its brace */
		handle = handle_of(line);
		if (is_table)
			table = handle;
		else if (handle && table && !strncmp(line, "\t\t", 2))
			add(texts, table, handle, line + 2);
	}
}

int host_ask_ruleset_text(const json_t *args, json_t **ret)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	const char *out;
	char *copy;
	int r;

	(void)args;
	if (!nft)
		return -ENOMEM;
	protocol_names_read();
	xt_plugins_open();
	r = host_confine(HOST_NETLINK);
	if (r)
		return r;
	r = -EIO;
	/* without counters, so that a rule's text is the same for each packet that it dropped */
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS |
					      NFT_CTX_OUTPUT_TERSE);
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	if (!nft_run_cmd_from_buffer(nft, "list ruleset")) {
		out = nft_ctx_get_output_buffer(nft);
		copy = strdup(out ? out : "");
		*ret = copy ? json_object() : NULL;
		if (*ret)
			read_lines(*ret, copy);
		free(copy);
		r = *ret ? 0 : -ENOMEM;
	}
	nft_ctx_free(nft);
	return r;
}
