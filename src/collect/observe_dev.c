/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill's own observers at devices: what --attach says, and the links at XDP and tc. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/compat.h"
#include "collect/observe.h"

bool observe_parse(const char *arg, struct observe_what *ret)
{
	static const struct {
		const char *name;
		uint32_t flags;
	} modes[] = {{"", 0}, {":native", XDP_FLAGS_DRV_MODE}, {":generic", XDP_FLAGS_SKB_MODE}};
	const char *dev = strchr(arg, ':');
	size_t n;

	*ret = (struct observe_what){0};
	if (!strcmp(arg, "nf"))
		return true;
	if (!dev++)
		return false;
	n = strcspn(dev, ":");
	if (!n || n >= sizeof(ret->dev))
		return false;
	memcpy(ret->dev, dev, n);
	if (!strncmp(arg, "tc:", 3)) {
		ret->at = OBSERVE_TC;
		return !dev[n];
	}
	if (strncmp(arg, "xdp:", 4))
		return false;
	ret->at = OBSERVE_XDP;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(dev + n, modes[i].name))
			continue;
		ret->xdp_flags = modes[i].flags;
		return true;
	}
	return false;
}

static uint32_t find_device(const char *what, const char *dev, char *err, size_t size)
{
	uint32_t ifindex = if_nametoindex(dev);

	if (!ifindex)
		snprintf(err, size, "--attach %s:%s: there is no such interface in this namespace",
			 what, dev);
	return ifindex;
}

int observe_tc(struct observe *o, int in_fd, int out_fd, const struct observe_what *w, char *err,
	       size_t size)
{
	uint32_t ifindex = find_device("tc", w->dev, err, size);
	int a, b;

	if (!ifindex)
		return -ENODEV;
	a = compat_tcx_link(in_fd, ifindex, true, false);
	b = compat_tcx_link(out_fd, ifindex, false, false);
	if (a < 0 || b < 0) {
		snprintf(err, size, "--attach tc:%s: the kernel refuses it: %s", w->dev,
			 strerror(a < 0 ? -a : -b));
		if (a >= 0)
			close(a);
		if (b >= 0)
			close(b);
		return a < 0 ? a : b;
	}
	return observe_keep(o, a) || observe_keep(o, b) ? -ENOMEM : 0;
}

int observe_tc_filters(struct observe *o, int in_fd, int out_fd, const struct observe_what *w,
		       char *err, size_t size)
{
	struct clsact_place at = {find_device("tc", w->dev, err, size), in_fd, out_fd};
	char why[240];
	struct clsact c;
	size_t place;
	int r;

	if (!at.ifindex)
		return -ENODEV;
	r = clsact_attach(&c, &at, 1, &place);
	if (r) {
		clsact_explain(r, w->dev, why, sizeof(why));
		snprintf(err, size, "--attach tc:%s: %s", w->dev, why);
		return r;
	}
	r = observe_keep_filters(o, &c);
	if (r)
		clsact_detach(&c);
	return r;
}

/* Why a link could not be made: mostly because somebody else's program is there. */
static void explain_xdp(const struct observe_what *w, uint32_t ifindex, int r, char *err,
			size_t size)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);
	uint32_t id = 0;

	if (!bpf_xdp_query(ifindex, 0, &q))
		id = q.drv_prog_id ? q.drv_prog_id : q.skb_prog_id ? q.skb_prog_id : q.hw_prog_id;
	if (id)
		snprintf(err, size,
			 "--attach xdp:%s: XDP program %u is there already, and waybill replaces "
			 "nobody's (bpftool prog show id %u)",
			 w->dev, id, id);
	else if (w->xdp_flags == XDP_FLAGS_DRV_MODE && (r == -EOPNOTSUPP || r == -EINVAL))
		snprintf(err, size,
			 "--attach xdp:%s:native: its driver can't run XDP programs: %s (try "
			 "xdp:%s:generic)",
			 w->dev, strerror(-r), w->dev);
	else
		snprintf(err, size, "--attach xdp:%s: the kernel refuses it: %s", w->dev,
			 strerror(-r));
}

int observe_xdp(struct observe *o, int prog_fd, const struct observe_what *w, char *err,
		size_t size)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = w->xdp_flags);
	uint32_t ifindex = find_device("xdp", w->dev, err, size);
	int fd;

	if (!ifindex)
		return -ENODEV;
	fd = prog_fd < 0 ? prog_fd : bpf_link_create(prog_fd, ifindex, BPF_XDP, &opts);
	if (fd < 0) {
		explain_xdp(w, ifindex, fd, err, size);
		return fd;
	}
	return observe_keep(o, fd);
}
