/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the kernel for programs and hooks, and tc and ip for the rest, in their own words. */
#include "resolve/obstacle.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolve/child.h"
#include "resolve/hooks.h"
#include "util/xdp_chain.h"

#define DEVICES_MAX  256
#define PROGRAMS_MAX 32

/* Attach types of TCX, which older headers lack. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS  ((enum bpf_attach_type)47)

__attribute__((format(printf, 4, 5))) static struct obstacle *
add(struct obstacles *o, enum wb_station station, const char *kind, const char *format, ...)
{
	struct obstacle *more = realloc(o->rows, (o->n + 1) * sizeof(*more));
	va_list ap;

	if (!more)
		return NULL;
	o->rows = more;
	more += o->n++;
	*more = (struct obstacle){.station = station, .kind = kind};
	va_start(ap, format);
	vsnprintf(more->text, sizeof(more->text), format, ap);
	va_end(ap);
	return more;
}

static void set_dev(struct obstacle *r, const char *dev)
{
	if (r && dev)
		snprintf(r->dev, sizeof(r->dev), "%s", dev);
}

static void add_program(struct obstacles *o, enum wb_station station, const char *kind,
			const char *dev, uint32_t id, const char *mode)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);
	struct obstacle *r;

	if (fd >= 0) {
		bpf_obj_get_info_by_fd(fd, &info, &len);
		close(fd);
	}
	r = add(o, station, kind, "prog %u %s (%s)", id, info.name, mode);
	set_dev(r, dev);
	if (r)
		r->prog_id = id;
}

/* A dispatcher's components follow it, in the order in which it calls them. */
static void add_xdp(struct obstacles *o, const char *dev, uint32_t id, const char *mode)
{
	struct xdp_component chain[XDP_CHAIN_MAX];
	size_t n;

	if (!id)
		return;
	add_program(o, WB_STATION_XDP, "xdp_program", dev, id, mode);
	n = xdp_chain_read(id, chain);
	for (size_t i = 0; i < n; i++) {
		char how[48];

		snprintf(how, sizeof(how), "%s, called by %u", mode, id);
		add_program(o, WB_STATION_XDP, "xdp_program", dev, chain[i].id, how);
	}
}

static void read_xdp(struct obstacles *o, const char *dev, unsigned ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);

	if (bpf_xdp_query(ifindex, 0, &q))
		return;
	add_xdp(o, dev, q.hw_prog_id, "offloaded");
	add_xdp(o, dev, q.drv_prog_id, "native");
	add_xdp(o, dev, q.skb_prog_id, "generic");
}

static void read_tcx(struct obstacles *o, const char *dev, unsigned ifindex, bool in)
{
	uint32_t ids[PROGRAMS_MAX];
	LIBBPF_OPTS(bpf_prog_query_opts, q, .prog_ids = ids, .prog_cnt = PROGRAMS_MAX);

	if (bpf_prog_query_opts(ifindex, in ? TCX_INGRESS : TCX_EGRESS, &q))
		return;
	for (uint32_t i = 0; i < q.prog_cnt && i < PROGRAMS_MAX; i++)
		add_program(o, in ? WB_STATION_TC_IN : WB_STATION_TC_OUT, "tc_program", dev, ids[i],
			    "tcx");
}

/* The lines of a tool's output that begin with start and, if it is given, contain with. */
static void read_lines(struct obstacles *o, enum wb_station station, const char *kind,
		       const char *dev, const char *const argv[], const char *start,
		       const char *with)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct text t = {0};
	char *save, *end;

	if (fd < 0)
		return;
	if (!child_output(fd, argv, &t) && t.n)
		for (char *p = strtok_r(t.s, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
			if (strncmp(p, start, strlen(start)) || (with && !strstr(p, with)))
				continue;
			for (end = p + strlen(p); end > p && isspace((unsigned char)end[-1]);)
				*--end = 0;
			for (char *tab = strchr(p, '\t'); tab; tab = strchr(tab, '\t'))
				*tab = ' ';
			set_dev(add(o, station, kind, "%s", p + strlen(start)), dev);
		}
	text_free(&t);
	close(fd);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void read_filters(struct obstacles *o, const char *dev, bool in)
{
	/* the first line of each filter only names its priority; the second has a handle */
	read_lines(o, in ? WB_STATION_TC_IN : WB_STATION_TC_OUT, "tc_filter", dev,
		   WORDS("tc", "filter", "show", "dev", dev, in ? "ingress" : "egress"), "filter ",
		   "handle");
}

static void add_hook(struct obstacles *o, const struct hook_row *h)
{
	struct obstacle *r;

	if (h->prog_id) {
		add_program(o, h->station, "bpf_netfilter", h->dev, h->prog_id, "netfilter link");
		r = &o->rows[o->n - 1];
	} else if (!strcmp(h->nft_family, "legacy")) {
		r = add(o, h->station, "iptables_chain", "iptables-legacy %s %s", h->table,
			h->chain);
	} else if (h->chain[0]) {
		r = add(o, h->station, "nft_chain", "nft %s %s %s", h->nft_family, h->table,
			h->chain);
	} else {
		r = add(o, h->station, "kernel", "%s%s%s%s", h->function, h->module[0] ? " [" : "",
			h->module, h->module[0] ? "]" : "");
	}
	if (!r)
		return;
	set_dev(r, h->dev);
	r->family = h->family;
	r->has_priority = true;
	r->priority = h->priority;
}

static void read_sysctl(struct obstacles *o, enum wb_station station, const char *dev,
			const char *name)
{
	char path[128], value[32] = "";
	FILE *f;

	/* a device's name may have a dot in it, so the name has slashes */
	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(value, sizeof(value), f)) {
		value[strcspn(value, "\n")] = 0;
		set_dev(add(o, station, "sysctl", "net/%s = %s", name, value), dev);
	}
	fclose(f);
}

static void read_device(struct obstacles *o, const char *dev)
{
	unsigned ifindex = if_nametoindex(dev);
	char name[64];

	read_xdp(o, dev, ifindex);
	read_tcx(o, dev, ifindex, true);
	read_filters(o, dev, true);
	read_tcx(o, dev, ifindex, false);
	read_filters(o, dev, false);
	read_lines(o, WB_STATION_QDISC, "qdisc", dev, WORDS("tc", "qdisc", "show", "dev", dev),
		   "qdisc ", NULL);
	snprintf(name, sizeof(name), "ipv4/conf/%s/rp_filter", dev);
	read_sysctl(o, WB_STATION_ROUTE_IN, dev, name);
}

static void read_rules(struct obstacles *o)
{
	size_t first;

	read_sysctl(o, WB_STATION_ROUTE_IN, NULL, "ipv4/ip_forward");
	read_sysctl(o, WB_STATION_ROUTE_IN, NULL, "ipv4/conf/all/rp_filter");
	read_sysctl(o, WB_STATION_ROUTE_IN, NULL, "ipv6/conf/all/forwarding");
	first = o->n;
	read_lines(o, WB_STATION_ROUTE_IN, "ip_rule", NULL, WORDS("ip", "-4", "rule", "show"), "",
		   NULL);
	for (size_t i = first; i < o->n; i++)
		o->rows[i].family = "ip";
	first = o->n;
	read_lines(o, WB_STATION_ROUTE_IN, "ip_rule", NULL, WORDS("ip", "-6", "rule", "show"), "",
		   NULL);
	for (size_t i = first; i < o->n; i++)
		o->rows[i].family = "ip6";
}

/* Insertion: what was found first of a station stays first, for that is the running order. */
static void sort(struct obstacles *o)
{
	for (size_t i = 1; i < o->n; i++) {
		struct obstacle x = o->rows[i];
		size_t k = i;

		for (; k && o->rows[k - 1].station > x.station; k--)
			o->rows[k] = o->rows[k - 1];
		o->rows[k] = x;
	}
}

int obstacles_read(struct obstacles *o, const char *dev)
{
	const char *devices[DEVICES_MAX];
	struct if_nameindex *all = if_nameindex();
	struct hooks hooks;
	size_t n = 0;
	int r = 0;

	*o = (struct obstacles){0};
	if (!all)
		return -errno;
	for (size_t i = 0; all[i].if_index && n < DEVICES_MAX; i++)
		if (!dev || !strcmp(dev, all[i].if_name))
			devices[n++] = all[i].if_name;
	if (dev && !n) {
		r = -ENODEV;
		goto out;
	}
	for (size_t i = 0; i < n; i++)
		read_device(o, devices[i]);
	read_rules(o);
	r = hooks_read(&hooks, devices, n);
	if (r)
		goto out;
	o->hooks_from_kernel = hooks.from_kernel;
	for (size_t i = 0; i < hooks.n; i++)
		add_hook(o, &hooks.rows[i]);
	hooks_free(&hooks);
	sort(o);
out:
	if_freenameindex(all);
	if (r)
		obstacles_free(o);
	return r;
}

void obstacles_free(struct obstacles *o)
{
	free(o->rows);
	*o = (struct obstacles){0};
}
