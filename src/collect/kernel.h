/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the running kernel allows, found by looking at its BTF and by trying, never by its version.
 * What waybill makes of it is in plan.h.
 */
#ifndef WAYBILL_COLLECT_KERNEL_H
#define WAYBILL_COLLECT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(ID, name) */
#define KERNEL_FEATURES(X)                                                                         \
	X(TP_BTF, "tp_btf")		    /* typed raw tracepoints */                            \
	X(FENTRY, "fentry")		    /* trampolines at function entry and exit */           \
	X(KPROBE, "kprobe")		    /* breakpoints in functions */                         \
	X(KPROBE_MULTI, "kprobe.multi")	    /* one program at many functions */                    \
	X(NETFILTER_LINK, "netfilter link") /* BPF programs at netfilter hooks */                  \
	X(TCX, "tcx")			    /* tc programs as links */

enum kernel_feature {
#define X(id, name) KERNEL_##id,
	KERNEL_FEATURES(X)
#undef X
		KERNEL_FEATURE_MAX
};

struct btf;
struct kernel;

/*
 * What the programs, whose own types are local, know by name, as the kernel and its modules have
 * it, into fd (core_btf_make()). *hook_state: the number of struct nf_hook_state in the kernel, 0:
 * it has none. 0 or -errno.
 */
int kernel_types(const struct kernel *k, const struct btf *local, int fd, uint32_t *hook_state);

/* Where the kernel has kprobes; holds the number of their kind. */
#define KERNEL_KPROBES "/sys/bus/event_source/devices/kprobe/type"

/*
 * Reads BTF, and begins to try the features: whoever asks for one waits for it. functions: it will
 * be asked which there are. 0, or -errno with a sentence in err.
 */
int kernel_open(struct kernel **ret, bool functions, char *err, size_t err_size);
/* Changes whenever a module is loaded or unloaded. */
uint64_t kernel_modules(void);
void kernel_close(struct kernel *k);
/* The plan is made: lets go of BTF and symbols, megabytes that only the questions about them need.
 */
void kernel_settle(struct kernel *k);

bool kernel_has(const struct kernel *k, enum kernel_feature f);
/* Why not: static or k's own text, "" if it has it. */
const char *kernel_why_not(const struct kernel *k, enum kernel_feature f);
const char *kernel_feature_name(enum kernel_feature f);
const char *kernel_release(const struct kernel *k);

/*
 * The number that fentry and typed tracepoints attach by, of a function or, with btf_trace_ before
 * its name, of a tracepoint; *btf_fd: 0, or of the module that has it, k's own. -ENOENT: not known,
 * or nothing that this process may attach to.
 */
int kernel_target(const struct kernel *k, const char *name, int *btf_fd);
/* Number of arguments a tracepoint hands to its programs, -ENOENT: no such tracepoint. */
int kernel_tracepoint_args(const struct kernel *k, const char *name);
/*
 * Number of arguments of a function that BTF knows (in the kernel or a loaded module), which fentry
 * needs; -ENOENT: it doesn't.
 */
int kernel_function_args(const struct kernel *k, const char *name);
/* Is it a symbol that a kprobe can name, exactly once? Returns how often it is listed. */
int kernel_function_symbols(const struct kernel *k, const char *name);
/*
 * What the compiler made of a function in its stead, "NAME.isra.0" or the like; NULL: nothing. Such
 * a one may lack arguments, so that none of them is certain.
 */
const char *kernel_function_variant(const struct kernel *k, const char *name);

#endif
