/* SPDX-License-Identifier: GPL-2.0-only */
/* The names that ip gave first, then the processes. What is remembered of it: broker.c, names.c. */
#include "host/find_netns.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool find_netns_at(const char *path, uint32_t inum)
{
	struct stat st;

	return !stat(path, &st) && st.st_ino == inum;
}

static bool by_name(uint32_t inum, struct host_netns *ret)
{
	DIR *d = opendir("/run/netns");
	struct dirent *e;
	char path[PATH_MAX];
	bool found = false;

	while (d && !found && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/run/netns/%s", e->d_name);
		if (!find_netns_at(path, inum))
			continue;
		found = true;
		snprintf(ret->name, sizeof(ret->name), "%.63s", e->d_name);
		if (strlen(path) < sizeof(ret->path))
			memcpy(ret->path, path, strlen(path) + 1);
	}
	if (d)
		closedir(d);
	return found;
}

static void name_process(const char *pid, char *name, size_t size)
{
	char path[PATH_MAX], comm[17] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%16[^\n]", comm) != 1)
			comm[0] = 0;
		fclose(f);
	}
	snprintf(name, size, "pid %.10s (%s)", pid, comm);
}

/* One that was sent there by this process, to answer a question: nobody's name. */
static bool is_mine(const char *pid)
{
	char path[PATH_MAX], line[256];
	long parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "PPid: %ld", &parent) != 1)
		;
	if (f)
		fclose(f);
	return parent == getpid();
}

static bool by_process(uint32_t inum, struct host_netns *ret)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	char path[PATH_MAX];
	bool found = false;

	while (d && !found && (e = readdir(d))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", e->d_name);
		if (!find_netns_at(path, inum) || is_mine(e->d_name))
			continue;
		found = true;
		snprintf(ret->path, sizeof(ret->path), "%.127s", path);
		name_process(e->d_name, ret->name, sizeof(ret->name));
	}
	if (d)
		closedir(d);
	return found;
}

bool find_netns(uint32_t inum, struct host_netns *ret)
{
	*ret = (struct host_netns){0};
	return by_name(inum, ret) || by_process(inum, ret);
}
