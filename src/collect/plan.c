/* SPDX-License-Identifier: GPL-2.0-only */
/* For each probe: how it will be observed, or why not. */
#include "collect/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct plan_row table[WB_PROBE_MAX] = {
#define X(n, group, s)                                                                             \
	[WB_PROBE_TP_##n] = {.name = #n, .kind = PROBE_TRACEPOINT, .station = WB_STATION_##s},
	WB_TRACEPOINTS(X)
#undef X
#define X(n, arg, nargs, s)                                                                        \
	[WB_PROBE_FN_##n] = {                                                                      \
		.name = #n, .kind = PROBE_FUNCTION, .station = WB_STATION_##s, .skb_arg = arg},
		WB_FUNCTIONS(X)
#undef X
#define X(n, s)                                                                                    \
	[WB_PROBE_FN_##n] = {.name = #n, .kind = PROBE_OWN_FUNCTION, .station = WB_STATION_##s},
			WB_OWN_FUNCTIONS(X)
#undef X
#define X(n, s)                                                                                    \
	[WB_PROBE_OWN_##n] = {.name = #n, .kind = PROBE_OBSERVER, .station = WB_STATION_##s},
				WB_OBSERVERS(X)
#undef X
};

static const char *const mode_names[MODE_MAX] = {
#define X(id, name) [MODE_##id] = name,
	COLLECT_MODES(X)
#undef X
};

static const char *const how_names[] = {
	[HOW_NONE] = "none",
	[HOW_TRACEPOINT] = "tracepoint",
	[HOW_FENTRY] = "fentry",
	[HOW_KPROBE] = "kprobe",
	[HOW_KPROBE_MULTI] = "kprobe.multi",
	[HOW_OBSERVER] = "own observer",
	[HOW_FEXIT] = "fexit of each program",
};

const char *collect_mode_name(enum collect_mode m)
{
	return mode_names[m];
}

enum collect_mode collect_mode_by_name(const char *name)
{
	enum collect_mode m;

	for (m = 0; m < MODE_MAX; m++)
		if (!strcmp(mode_names[m], name))
			break;
	return m;
}

const char *plan_how_name(enum plan_how how)
{
	return how_names[how];
}

const char *plan_entry_prefix(enum plan_how how)
{
	return how == HOW_FENTRY ? "fe_" : "kp_";
}

const char *plan_exit_prefix(enum plan_how how)
{
	return how == HOW_FENTRY ? "fx_" : "kr_";
}

struct chooser {
	const struct kernel *k;
	enum collect_mode mode;
	const struct plan_ask *ask;
	const struct plan_row *rows; /* those before are chosen */
};

static bool built(const struct chooser *c, struct plan_row *row, const char *prefix)
{
	snprintf(row->program, sizeof(row->program), "%s%s", prefix, row->name);
	return c->ask->built(c->ask->arg, row->program);
}

/* A tracepoint's program may come in forms that read more or fewer arguments: NAME__COUNT. */
static void choose_tracepoint(const struct chooser *c, struct plan_row *row)
{
	int args = kernel_tracepoint_args(c->k, row->name);

	if (args < 0) {
		snprintf(row->why, sizeof(row->why), "this kernel has no such tracepoint");
		return;
	}
	row->how = HOW_TRACEPOINT;
	for (; args > 0; args--) {
		snprintf(row->program, sizeof(row->program), "tp_%s__%d", row->name, args);
		if (c->ask->built(c->ask->arg, row->program))
			return;
	}
	if (built(c, row, "tp_"))
		return;
	row->how = HOW_NONE;
	snprintf(row->why, sizeof(row->why), "the tracepoint hands out no packet on this kernel");
}

/* n: how often the kernel lists it, not once. */
static void say_why_no_kprobe(const struct chooser *c, struct plan_row *row, int n)
{
	const char *variant = n ? NULL : kernel_function_variant(c->k, row->name);

	if (variant)
		snprintf(row->why, sizeof(row->why),
			 "only as %.48s, whose arguments are not certain", variant);
	else if (n)
		snprintf(row->why, sizeof(row->why), "listed %d times: none is certain", n);
	else
		snprintf(row->why, sizeof(row->why), "no such function on this kernel");
}

static bool try_how(const struct chooser *c, struct plan_row *row, enum plan_how how)
{
	int n;

	if (how == HOW_FENTRY) {
		n = kernel_has(c->k, KERNEL_FENTRY) ? kernel_function_args(c->k, row->name) : -1;
		if (n < 0)
			return false;
		row->args = n;
	} else {
		if (!kernel_has(c->k, KERNEL_KPROBE))
			return false;
		n = kernel_function_symbols(c->k, row->name);
		if (n != 1) {
			say_why_no_kprobe(c, row, n);
			return false;
		}
	}
	/* a row may have an exit program only */
	if (!built(c, row, plan_exit_prefix(how)) && !built(c, row, plan_entry_prefix(how))) {
		snprintf(row->why, sizeof(row->why), "observed by %s only",
			 how == HOW_KPROBE ? "fentry and fexit" : "kprobe");
		return false;
	}
	row->how = how;
	row->why[0] = 0;
	return true;
}

/* Functions that are needed only where a tracepoint of later kernels is missing. */
static const struct {
	const char *function, *tracepoint;
} stand_ins[] = {
	{"skb_consume_udp", "sock_recv_length"},
	{"udp_sendmsg", "sock_send_length"},
	{"udpv6_sendmsg", "sock_send_length"},
	{"raw_sendmsg", "sock_send_length"},
	{"__icmp_send", "icmp_send"},
	{"icmp_push_reply", "icmp_send"},
};

/*
 * Functions that see less than one that they call, which the compiler may have left no function:
 * packets that a device hands up in lists don't pass them. The other's row stands before.
 */
static const struct {
	const char *function;
	enum wb_probe other;
} callers[] = {
	{"ip_rcv", WB_PROBE_FN_ip_rcv_core},
	{"ipv6_rcv", WB_PROBE_FN_ip6_rcv_core},
};

static bool is_needless(const struct chooser *c, struct plan_row *row)
{
	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++) {
		const struct plan_row *other = &c->rows[callers[i].other];

		if (strcmp(row->name, callers[i].function) || other->how == HOW_NONE)
			continue;
		snprintf(row->why, sizeof(row->why), "%s tells it", other->name);
		return true;
	}
	for (size_t i = 0; i < sizeof(stand_ins) / sizeof(stand_ins[0]); i++) {
		if (strcmp(row->name, stand_ins[i].function) ||
		    kernel_tracepoint_args(c->k, stand_ins[i].tracepoint) < 0)
			continue;
		snprintf(row->why, sizeof(row->why), "tracepoint %s tells it",
			 stand_ins[i].tracepoint);
		return true;
	}
	return false;
}

static void choose_function(const struct chooser *c, struct plan_row *row)
{
	if (is_needless(c, row))
		return;
	if (c->mode == MODE_TRACEPOINT) {
		snprintf(row->why, sizeof(row->why), "functions are not probed in tracepoint mode");
		return;
	}
	if (c->mode != MODE_FENTRY && row->kind == PROBE_FUNCTION &&
	    kernel_has(c->k, KERNEL_KPROBE_MULTI) &&
	    kernel_function_symbols(c->k, row->name) == 1) {
		row->how = HOW_KPROBE_MULTI;
		snprintf(row->program, sizeof(row->program), "km_generic");
		return;
	}
	if (c->mode != MODE_KPROBE && try_how(c, row, HOW_FENTRY))
		return;
	if (c->mode != MODE_FENTRY && try_how(c, row, HOW_KPROBE))
		return;
	if (!row->why[0])
		snprintf(row->why, sizeof(row->why), "no such function on this kernel");
}

/* Other people's programs, each observed at its exit. */
static void choose_programs(const struct chooser *c, struct plan_row *row)
{
	if (c->mode == MODE_TRACEPOINT || c->mode == MODE_KPROBE)
		snprintf(row->why, sizeof(row->why), "programs are observed by fexit only");
	else if (!kernel_has(c->k, KERNEL_FENTRY))
		snprintf(row->why, sizeof(row->why), "%s", kernel_why_not(c->k, KERNEL_FENTRY));
	else
		row->how = HOW_FEXIT;
}

/* What costs each system call of the machine gives way to a function that tells the same. */
static void spare_system_calls(struct plan *p)
{
	if (p->rows[WB_PROBE_FN___sys_connect].how != HOW_NONE &&
	    p->rows[WB_PROBE_TP_sys_exit].how != HOW_NONE)
		plan_drop(p, WB_PROBE_TP_sys_exit, "__sys_connect tells it");
}

static void choose_observer(const struct chooser *c, struct plan_row *row, enum wb_probe probe)
{
	if (probe == WB_PROBE_OWN_xdp_program || probe == WB_PROBE_OWN_tc_program) {
		choose_programs(c, row);
	} else if (probe != WB_PROBE_OWN_nf) {
		snprintf(row->why, sizeof(row->why), "only with --attach");
	} else if (!c->ask->want_nf) {
		snprintf(row->why, sizeof(row->why), "functions tell more, or --read-only");
	} else if (!kernel_has(c->k, KERNEL_NETFILTER_LINK)) {
		snprintf(row->why, sizeof(row->why), "%s",
			 kernel_why_not(c->k, KERNEL_NETFILTER_LINK));
	} else {
		row->how = HOW_OBSERVER;
		snprintf(row->program, sizeof(row->program), "own_nf_first");
	}
}

static int choose_mode(struct plan *p, const struct kernel *k, char *err, size_t err_size)
{
	enum kernel_feature f = p->asked == MODE_FENTRY ? KERNEL_FENTRY : KERNEL_KPROBE;

	p->mode = p->asked;
	if (p->asked == MODE_AUTO)
		p->mode = kernel_has(k, KERNEL_FENTRY)	 ? MODE_FENTRY
			  : kernel_has(k, KERNEL_KPROBE) ? MODE_KPROBE
							 : MODE_TRACEPOINT;
	if (!kernel_has(k, KERNEL_TP_BTF)) {
		snprintf(err, err_size,
			 "this kernel has no typed tracepoints (%s): nothing can be seen",
			 kernel_why_not(k, KERNEL_TP_BTF));
		return -EOPNOTSUPP;
	}
	if ((p->asked == MODE_FENTRY || p->asked == MODE_KPROBE) && !kernel_has(k, f)) {
		snprintf(err, err_size, "--mode %s does not work here: %s; try --mode tracepoint",
			 collect_mode_name(p->asked), kernel_why_not(k, f));
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Not what it could be observed with, but whether anybody asks. */
static bool is_unasked(const struct plan_ask *ask, enum wb_probe probe, struct plan_row *row)
{
	bool connect = probe == WB_PROBE_TP_sys_exit || probe == WB_PROBE_FN___sys_connect;
	const char *why = NULL;

	if (ask->drops && probe != WB_PROBE_TP_kfree_skb)
		why = "only drops are counted";
	else if (ask->count && connect)
		why = "no packet is lost where a connect() fails";
	if (why)
		snprintf(row->why, sizeof(row->why), "%s", why);
	return why;
}

int plan_make(struct plan *p, const struct kernel *k, const struct plan_ask *ask, char *err,
	      size_t err_size)
{
	struct chooser c = {.k = k, .ask = ask, .rows = p->rows};
	int r;

	*p = (struct plan){.asked = ask->mode};
	r = choose_mode(p, k, err, err_size);
	if (r)
		return r;
	/* auto may mix: kprobe.multi where the generic body serves, fentry for the rest */
	c.mode = ask->mode == MODE_AUTO && p->mode != MODE_TRACEPOINT ? MODE_AUTO : p->mode;
	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++) {
		struct plan_row *row = &p->rows[i];

		*row = table[i];
		if (is_unasked(ask, i, row))
			continue;
		if (row->kind == PROBE_TRACEPOINT)
			choose_tracepoint(&c, row);
		else if (row->kind == PROBE_OBSERVER)
			choose_observer(&c, row, i);
		else
			choose_function(&c, row);
		p->n_probes += row->how != HOW_NONE;
	}
	spare_system_calls(p);
	return 0;
}

void plan_drop(struct plan *p, enum wb_probe probe, const char *why)
{
	struct plan_row *row = &p->rows[probe];

	if (row->how != HOW_NONE)
		p->n_probes--;
	row->how = HOW_NONE;
	snprintf(row->why, sizeof(row->why), "%s", why);
}

void plan_refuse(struct plan *p, enum wb_probe probe)
{
	plan_drop(p, probe, "the kernel's verifier refuses the program");
	p->rows[probe].refused = true;
}

void plan_observe(struct plan *p, enum wb_probe probe, const char *program)
{
	struct plan_row *row = &p->rows[probe];

	if (row->how == HOW_NONE)
		p->n_probes++;
	row->how = HOW_OBSERVER;
	row->why[0] = 0;
	snprintf(row->program, sizeof(row->program), "%s", program);
}
