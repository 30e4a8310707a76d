/* SPDX-License-Identifier: GPL-2.0-only */
/* A walk through the names that ip gave and through all processes. What they are called: names.c.
 */
#include "resolve/all_netns.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
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

size_t all_netns(uint32_t *ret, size_t max)
{
	return walk(ret, walk(ret, 0, max, "/run/netns", ""), max, "/proc", "/ns/net");
}
