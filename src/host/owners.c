/* SPDX-License-Identifier: GPL-2.0-only */
/* One walk through /proc for all the sockets that are asked for. */
#include "host/owners.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/inside.h"

static void read_comm(struct socket_row *s)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/comm", s->pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%16[^\n]", s->comm) != 1)
		s->comm[0] = 0;
	if (f)
		fclose(f);
}

/* The sockets among the open files of one process; returns how many were found. */
static size_t look_into(struct sockets *s, long pid)
{
	char path[PATH_MAX], link[64];
	unsigned long long inode;
	size_t found = 0;
	struct dirent *e;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
	fds = opendir(path);
	while (fds && (e = readdir(fds))) {
		ssize_t n = readlinkat(dirfd(fds), e->d_name, link, sizeof(link) - 1);

		link[n > 0 ? n : 0] = 0;
		if (sscanf(link, "socket:[%llu]", &inode) != 1)
			continue;
		for (size_t i = 0; i < s->n; i++) {
			if (s->rows[i].inode != inode || s->rows[i].pid)
				continue;
			s->rows[i].pid = pid;
			read_comm(&s->rows[i]);
			found++;
		}
	}
	if (fds)
		closedir(fds);
	return found;
}

static size_t count_missing(const struct sockets *s)
{
	size_t missing = 0;

	for (size_t i = 0; i < s->n; i++)
		missing += !s->rows[i].pid && s->rows[i].inode;
	return missing;
}

static int look(void *arg)
{
	struct sockets *s = arg;
	size_t missing = count_missing(s);
	struct dirent *p;
	DIR *proc;

	proc = missing ? opendir("/proc") : NULL;
	while (proc && missing && (p = readdir(proc)))
		if (isdigit((unsigned char)p->d_name[0]))
			missing -= look_into(s, atol(p->d_name));
	if (proc)
		closedir(proc);
	return 0;
}

const struct host_row owners_row = {look, sizeof(struct sockets), HOST_PROCESSES, false};

void owners_of(struct names *n, struct sockets *s)
{
	if (count_missing(s))
		names_inside(n, 0, look, s);
}
