/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs attach to, by name: each function and each typed tracepoint that the type
 * information of the kernel and its modules knows. One walk over it all, instead of one for each
 * question.
 */
#ifndef WAYBILL_COLLECT_TARGETS_H
#define WAYBILL_COLLECT_TARGETS_H

#include <stddef.h>
#include <stdint.h>

struct btf;
struct targets;

#define TARGETS_TRACEPOINT "btf_trace_" /* stands before a tracepoint's name */

/* Keeps both, and NULL where memory is short, which the others take for nothing known. */
struct targets *targets_make(const struct btf *vmlinux, struct btf *const *modules,
			     size_t n_modules);
void targets_free(struct targets *t);
/*
 * A function's number, or with its prefix a tracepoint's; *module: -1 for the kernel itself, or
 * which one of the modules. The first where several have that name; -ENOENT: none.
 */
int targets_find(const struct targets *t, const char *name, int *module);

#endif
