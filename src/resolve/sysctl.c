/* SPDX-License-Identifier: GPL-2.0-only */
/* See sysctl.h. */
#include "resolve/sysctl.h"

#include <stdio.h>

struct question {
	const char *path;
	int value;
};

/* /proc/sys/net shows the namespace of the thread that opens it. */
static int ask(void *arg)
{
	struct question *q = arg;
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", q->path);
	f = fopen(path, "re");
	if (f && fscanf(f, "%d", &q->value) != 1)
		q->value = -1;
	if (f)
		fclose(f);
	return 0;
}

int sysctl_number(struct names *n, uint32_t inum, const char *path)
{
	struct question q = {.path = path, .value = -1};

	names_inside(n, inum, ask, &q);
	return q.value;
}

struct decider *sysctl_decider(const char *name, int value)
{
	struct decider *d = value < 0 ? NULL : decider_new(DECIDER_SYSCTL);

	if (d) {
		decider_set_text(d, "name", name);
		decider_set_number(d, "value", value);
	}
	return d;
}
