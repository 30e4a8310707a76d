/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small copy of the kernel's type information: the types that the BPF programs know by name, with
 * what stands in them, from vmlinux or the modules that have them. libbpf looks for each type by
 * walking all that it is given, and for what it does not find there, all of every module's; in this
 * that takes no time.
 */
#ifndef WAYBILL_COLLECT_CORE_BTF_H
#define WAYBILL_COLLECT_CORE_BTF_H

#include <stddef.h>

struct btf;

/*
 * local: the programs' own type information. What is made is written into fd from its beginning,
 * where btf__parse() can read it by its path in /proc/self/fd. 0 or -errno.
 */
int core_btf_make(int fd, const struct btf *local, const struct btf *vmlinux,
		  struct btf *const *modules, size_t n_modules);

#endif
