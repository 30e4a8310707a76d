/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stays of the BPF object once everything is attached: descriptors of its maps and programs.
 * The object itself (all programs' instructions, BTF, relocations: more than ten megabytes) can go.
 */
#ifndef WAYBILL_COLLECT_HELD_H
#define WAYBILL_COLLECT_HELD_H

#include <stddef.h>
#include <stdint.h>

struct bpf_object;

struct held_fd {
	char name[64];
	int fd;
};

struct held {
	struct held_fd *programs, *maps;
	size_t n_programs, n_maps;
};

/* Copies the descriptors of what is loaded. 0 or -errno; held_close() in both cases. */
int held_take(struct held *h, const struct bpf_object *obj);
void held_close(struct held *h);

int held_program(const struct held *h, const char *name); /* -ENOENT: not loaded */
int held_map(const struct held *h, const char *name);
/* How often the kernel skipped a program because it interrupted itself, all together. */
uint64_t held_misses(const struct held *h);
/* For how long they ran, while the kernel kept statistics of it. */
uint64_t held_run_ns(const struct held *h);

#endif
