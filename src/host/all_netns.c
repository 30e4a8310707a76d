/* SPDX-License-Identifier: GPL-2.0-only */
/* A walk through the names that ip gave and through all processes. What they are called: names.c.
 */
#include "host/all_netns.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static size_t add(uint32_t *ret, size_t n, size_t max, const char *path)
{
	struct stat st;

	if (n == max || stat(path, &st))
		return n;
	for (size_t i = 0; i < n; i++)
		if (ret[i] == st.st_ino)
			return n;
	ret[n] = st.st_ino;
	return n + 1;
}

static size_t walk(uint32_t *ret, size_t n, size_t max, const char *dir, const char *below)
{
	DIR *d = opendir(dir);
	char path[PATH_MAX];
	struct dirent *e;

	while (d && n < max && (e = readdir(d))) {
		if (e->d_name[0] == '.' || (*below && (e->d_name[0] < '0' || e->d_name[0] > '9')))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir, e->d_name, below);
		n = add(ret, n, max, path);
	}
	if (d)
		closedir(d);
	return n;
}

size_t all_netns_seen(uint32_t *ret, size_t max)
{
	size_t n = walk(ret, 0, max, "/run/netns", "");

	return walk(ret, n, max, "/proc", "/ns/net");
}

size_t all_netns(struct names *n, uint32_t *ret, size_t max)
{
	json_t *all = names_ask(n, 0, HOST_ASK_namespaces, NULL), *inum;
	size_t i, n_all = 0;

	json_array_foreach(all, i, inum)
	{
		if (n_all < max)
			ret[n_all++] = (uint32_t)json_integer_value(inum);
	}
	json_decref(all);
	return n_all;
}
