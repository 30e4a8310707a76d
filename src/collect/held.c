/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors of maps and programs, by name. */
#include "collect/held.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int add(struct held_fd **list, size_t *n, const char *name, int fd)
{
	struct held_fd *more;

	if (fd < 0) /* not loaded */
		return 0;
	more = realloc(*list, (*n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	*list = more;
	more += *n;
	snprintf(more->name, sizeof(more->name), "%s", name);
	more->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (more->fd < 0)
		return -errno;
	(*n)++;
	return 0;
}

int held_take(struct held *h, const struct bpf_object *obj)
{
	struct bpf_program *p;
	struct bpf_map *m;
	int r = 0;

	bpf_object__for_each_program(p, obj)
	{
		r = add(&h->programs, &h->n_programs, bpf_program__name(p), bpf_program__fd(p));
		if (r)
			return r;
	}
	bpf_object__for_each_map(m, obj)
	{
		r = add(&h->maps, &h->n_maps, bpf_map__name(m), bpf_map__fd(m));
		if (r)
			return r;
	}
	return 0;
}

static void close_all(struct held_fd *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(list[i].fd);
	free(list);
}

void held_close(struct held *h)
{
	close_all(h->programs, h->n_programs);
	close_all(h->maps, h->n_maps);
	*h = (struct held){0};
}

static int find(const struct held_fd *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, name))
			return list[i].fd;
	return -ENOENT;
}

int held_program(const struct held *h, const char *name)
{
	return find(h->programs, h->n_programs, name);
}

int held_map(const struct held *h, const char *name)
{
	return find(h->maps, h->n_maps, name);
}

/* Adds up what the kernel says of all programs. */
static struct bpf_prog_info sum_up(const struct held *h)
{
	struct bpf_prog_info sum = {0};

	for (size_t i = 0; i < h->n_programs; i++) {
		struct bpf_prog_info info = {0};
		uint32_t len = sizeof(info);

		if (bpf_obj_get_info_by_fd(h->programs[i].fd, &info, &len))
			continue;
		/* preempted in it, it passes by other tasks' calls: next to none is a connect() */
		if (strcmp(info.name, "tp_sys_exit"))
			sum.recursion_misses += info.recursion_misses;
		sum.run_time_ns += info.run_time_ns;
	}
	return sum;
}

uint64_t held_misses(const struct held *h)
{
	return sum_up(h).recursion_misses;
}

uint64_t held_run_ns(const struct held *h)
{
	return sum_up(h).run_time_ns;
}
