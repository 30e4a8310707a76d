/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as the kernel's answers about a firewall: read into a model and walked for a packet at
 * each hook. No crash, no endless walk; what is damaged is not taken for whole.
 */
#include <stdlib.h>
#include <string.h>

#include "firewall/walk.h"
#include "util/hex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const parts[] = {"tables", "chains", "rules", "sets"};
#define N_PARTS 4

/* The input: five lengths of two bytes, then the parts and one set's elements; else legacy's. */
static json_t *cut(const uint8_t **data, size_t *size)
{
	size_t n = *size < 2 ? 0 : (size_t)((*data)[0] | (*data)[1] << 8);
	json_t *j;
	char *hex;

	if (*size < 2)
		return json_string("");
	*data += 2;
	*size -= 2;
	if (n > *size)
		n = *size;
	hex = hex_new(*data, n);
	j = json_string(hex);
	free(hex);
	*data += n;
	*size -= n;
	return j;
}

static void walk(const struct firewall *f)
{
	struct wb_packet p = {.family = 4, .proto = 6, .ethertype = 0x0800, .dport = 80};

	for (uint8_t pf = 2; pf <= 10; pf++)
		for (uint8_t hook = 0; hook < 5; hook++) {
			struct fw_subject of = {.packet = &p, .pf = pf, .hook = hook};
			struct fw_result r;

			fw_walk(f, &of, &r);
			if (r.n_ends && !r.ends[0].base)
				abort();
			fw_result_free(&r);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *ruleset = json_object(), *elements = json_array(), *legacy, *info, *entries;
	struct firewall *f;

	for (size_t i = 0; i < N_PARTS; i++)
		json_object_set_new(ruleset, parts[i], cut(&data, &size));
	json_array_append_new(elements, cut(&data, &size));
	json_object_set_new(ruleset, "elements", elements);
	info = cut(&data, &size);
	entries = cut(&data, &size);
	legacy = json_pack("{s:{s:{s:o, s:o}}, s:{}}", "ip", "filter", "info", info, "entries",
			   entries, "ip6");
	if (!firewall_new(ruleset, legacy, &f)) {
		walk(f);
		firewall_free(f);
	}
	json_decref(ruleset);
	json_decref(legacy);
	return 0;
}
