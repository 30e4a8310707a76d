/* SPDX-License-Identifier: GPL-2.0-only */
/* See prefix.h. */
#include "util/prefix.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The address in front of the slash, and the length behind it; -1: it is no prefix. */
static int parse(const char *prefix, uint8_t family, uint8_t ret[16])
{
	int most = family == 6 ? 128 : 32;
	const char *slash;
	char text[64], *end;
	long bits;

	if (!strcmp(prefix, "default") || !strcmp(prefix, "any")) {
		memset(ret, 0, 16);
		return 0;
	}
	slash = strchr(prefix, '/');
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(prefix, "/"), prefix);
	if (inet_pton(family == 6 ? AF_INET6 : AF_INET, text, ret) != 1)
		return -1;
	if (!slash)
		return most;
	bits = strtol(slash + 1, &end, 10);
	return end != slash + 1 && !*end && bits >= 0 && bits <= most ? (int)bits : -1;
}

int prefix_length(const char *prefix, uint8_t family)
{
	uint8_t addr[16];

	return parse(prefix, family, addr);
}

bool prefix_holds(const char *prefix, uint8_t family, const uint8_t *addr)
{
	uint8_t want[16];
	int bits = parse(prefix, family, want);

	for (int i = 0; i < bits; i++)
		if ((want[i / 8] ^ addr[i / 8]) & (0x80 >> (i & 7)))
			return false;
	return bits >= 0;
}
