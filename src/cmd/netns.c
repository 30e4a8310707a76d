/* SPDX-License-Identifier: GPL-2.0-only */
/* What -N names, as an inode number. */
#include "cmd/netns.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "waybill/config.h"

static int inode(const char *path, uint32_t *ret)
{
	struct stat st;

	if (stat(path, &st))
		return -ENOENT;
	*ret = st.st_ino;
	return 0;
}

int netns_parse(const char *text, uint32_t *ret_inum)
{
	char path[PATH_MAX], *end;
	unsigned long number;

	if (!text || !*text)
		return -ENOENT;
	if (strchr(text, '/'))
		return inode(text, ret_inum);
	snprintf(path, sizeof(path), "/run/netns/%s", text);
	if (!inode(path, ret_inum))
		return 0;
	number = strtoul(text, &end, 10);
	if (*end || end == text || number > UINT32_MAX)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%lu/ns/net", number);
	if (!inode(path, ret_inum))
		return 0;
	if (number < 0xf0000000U) /* namespaces have inode numbers from here on */
		return -ENOENT;
	*ret_inum = number;
	return 0;
}

int netns_parse_all(const struct words *words, uint32_t *ret)
{
	_Static_assert(WORDS_MAX <= WB_NETNS_MAX, "each -N has a place");

	for (size_t i = 0; i < words->n; i++)
		if (netns_parse(words->word[i], &ret[i]))
			return fail(
				EXIT_USAGE,
				"-N %s: no such network namespace (a name of 'ip netns', a path, a "
				"pid or an inode number)",
				words->word[i]);
	return EXIT_DONE;
}
