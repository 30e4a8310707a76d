/* SPDX-License-Identifier: GPL-2.0-only */
/* A plan's programs, by their names; what libbpf says while they load; once more without a culprit.
 */
#include "collect/load.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collect/object.h"
#include "collect/verify.h"
#include "waybill/config.h" /* before the skeleton, which needs its struct */
#include "waybill.skel.h"

#define LOAD_TRIES 8

bool load_is_built(void *obj, const char *program)
{
	return bpf_object__find_program_by_name(obj, program) != NULL;
}

struct bpf_program *load_program(const struct waybill_bpf *skel, const char *prefix,
				 const char *name)
{
	char full[96];

	snprintf(full, sizeof(full), "%s%s", prefix, name);
	return bpf_object__find_program_by_name(skel->obj, full);
}

int load_choose(const struct waybill_bpf *skel, const struct plan *plan,
		const struct collect_opts *o)
{
	bool multi = false;
	int r = 0;

	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX && !r; i++) {
		const struct plan_row *row = &plan->rows[i];

		switch (row->how) {
		case HOW_NONE:
			break;
		case HOW_TRACEPOINT:
			r = object_enable(load_program(skel, "", row->program), o);
			break;
		case HOW_FENTRY:
		case HOW_KPROBE:
			r = object_enable(
				load_program(skel, plan_entry_prefix(row->how), row->name), o);
			if (!r)
				r = object_enable(
					load_program(skel, plan_exit_prefix(row->how), row->name),
					o);
			break;
		case HOW_KPROBE_MULTI:
			if (!multi)
				r = object_enable(load_program(skel, "", "km_generic"), o);
			multi = true;
			break;
		case HOW_OBSERVER:
			r = object_enable(load_program(skel, "", row->program), o);
			if (!r && i == WB_PROBE_OWN_nf) {
				r = object_enable(load_program(skel, "", "own_nf_last"), o);
				if (!r)
					r = object_enable(load_program(skel, "", "busy_hooks"), o);
			}
			break;
		case HOW_FEXIT: /* by programs.c */
			break;
		}
	}
	return r;
}

/* What libbpf said last of a program that could not be loaded: its callback gets no argument. */
static __thread char failed_program[64];
static bool verbose;

__attribute__((format(printf, 2, 0))) static int
listen_for_culprit(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[256], *q;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	q = strstr(line, "prog '");
	if (q && strstr(line, "BPF program load failed"))
		sscanf(q, "prog '%63[^']", failed_program);
	return 0;
}

__attribute__((format(printf, 2, 0))) static int print_all(enum libbpf_print_level level,
							   const char *format, va_list args)
{
	va_list copy;

	va_copy(copy, args);
	listen_for_culprit(level, format, copy);
	va_end(copy);
	return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, format, args);
}

/* Removes the row whose program did not load. False: none of the rows, nothing to try again. */
static bool drop_culprit(struct plan *plan)
{
	const char *name = failed_program;

	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++) {
		const struct plan_row *row = &plan->rows[i];
		bool own = i == WB_PROBE_OWN_nf && !strncmp(name, "own_nf", 6);

		if (row->how == HOW_NONE)
			continue;
		if (own || !strcmp(name, row->program) ||
		    (strlen(name) > 3 && name[2] == '_' && !strcmp(name + 3, row->name) &&
		     row->kind != PROBE_TRACEPOINT)) {
			plan_refuse(plan, i);
			return true;
		}
	}
	return false;
}

void load_listen(bool all)
{
	verbose = all;
	libbpf_set_print(verbose ? print_all : listen_for_culprit);
}

const char *load_refused(void)
{
	return failed_program;
}

/* Also maps the variables. */
static int load_gathered(struct waybill_bpf *skel)
{
	int r, loaded;

	verify_gather(verbose);
	loaded = waybill_bpf__load(skel);
	r = verify_all(loaded < 0, failed_program, sizeof(failed_program));
	return loaded < 0 ? loaded : r;
}

static int load_once(struct waybill_bpf *skel, const struct plan *plan,
		     const struct collect_opts *o, size_t n_cpus)
{
	int r;

	object_configure(skel, plan, o, n_cpus);
	r = load_choose(skel, plan, o);
	return r ? r : load_gathered(skel);
}

void load_say(const struct collect_opts *o, const char *what)
{
	if (o->doing)
		o->doing(o->doing_arg, what);
}

int load_plan(struct waybill_bpf **skel, struct plan *plan, const struct collect_opts *o,
	      size_t n_cpus)
{
	int r = 0;

	load_say(o, "the kernel checks the programs");
	for (int i = 0; i < LOAD_TRIES; i++) {
		failed_program[0] = 0;
		if (!*skel)
			*skel = object_open();
		r = *skel ? load_once(*skel, plan, o, n_cpus) : -errno;
		if (!r || i + 1 == LOAD_TRIES)
			break;
		/* whatever it was, libbpf's own way may do; a filter that does not verify fails
		 * everywhere: then there is nothing left to drop */
		if (!verify_leave() && (!failed_program[0] || !drop_culprit(plan)))
			break;
		waybill_bpf__destroy(*skel);
		*skel = NULL;
	}
	object_settle();
	load_say(o, "the probes are attached");
	return r;
}
