/* SPDX-License-Identifier: GPL-2.0-only */
/* See sysctl.h. */
#include "host/sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/inside.h"

struct question {
	char path[160];
	int value;
};

/* /proc/sys/net shows the namespace of the thread that opens it. */
static int ask(void *arg)
{
	struct question *q = arg;
	char path[192];
	FILE *f;

	if (strstr(q->path, ".."))
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/sys/net/%s", q->path);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	if (fscanf(f, "%d", &q->value) != 1)
		q->value = -1;
	fclose(f);
	return 0;
}

const struct host_row sysctl_row = {ask, sizeof(struct question), HOST_FILES, true};

int sysctl_number(struct names *n, uint32_t inum, const char *path)
{
	struct question q = {.value = -1};

	snprintf(q.path, sizeof(q.path), "%s", path);
	return names_inside(n, inum, ask, &q) ? -1 : q.value;
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
