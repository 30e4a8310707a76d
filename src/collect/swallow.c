/* SPDX-License-Identifier: GPL-2.0-only */
/* See swallow.h. What a link needs of the kernel is in compat.h. */
#include "collect/swallow.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/compat.h"
#include "util/netlink.h"
#include "waybill/hooks.h"
#include "waybill/send.h" /* before the skeleton, which needs its structs */
#include "send.skel.h"

#define LINKS_MAX 4096
#define LOCAL_IN  1
#define LIVE	  (1U << 1) /* BPF_F_TEST_XDP_LIVE_FRAMES */

struct swallow {
	struct send_bpf *skel;
	int *links;
	size_t n_links;
};

static int quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	(void)level;
	(void)format;
	(void)ap;
	return 0;
}

int swallow_open(struct swallow **ret, char *err, size_t size)
{
	struct swallow *s = calloc(1, sizeof(*s));
	struct bpf_program *p;
	int r = -ENOMEM;

	if (!s)
		return r;
	libbpf_set_print(quiet);
	s->skel = send_bpf__open();
	if (!s->skel) {
		r = -errno;
		goto fail;
	}
	bpf_object__for_each_program(p, s->skel->obj) bpf_program__set_autoload(p, true);
	bpf_program__set_type(s->skel->progs.swallow_local_in, COMPAT_PROG_TYPE_NETFILTER);
	bpf_program__set_expected_attach_type(s->skel->progs.swallow_local_in,
					      COMPAT_ATTACH_NETFILTER);
	r = send_bpf__load(s->skel);
	if (!r) {
		*ret = s;
		return 0;
	}
fail:
	snprintf(err, size,
		 "what keeps a made packet from getting out can't be loaded: %s (it takes kernel "
		 "6.6 or later: links at tc and netfilter)",
		 strerror(-r));
	swallow_close(s);
	return r;
}

void swallow_close(struct swallow *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_links; i++)
		close(s->links[i]);
	free(s->links);
	send_bpf__destroy(s->skel);
	free(s);
}

static int keep(struct swallow *s, int fd)
{
	int *more;

	if (fd < 0)
		return fd;
	more = s->n_links < LINKS_MAX ? realloc(s->links, (s->n_links + 1) * sizeof(*more)) : NULL;
	if (!more) {
		close(fd);
		return -ENOMEM;
	}
	s->links = more;
	s->links[s->n_links++] = fd;
	return 0;
}

/* --- which devices lead out --- */

struct device {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	bool passes; /* what it sends goes on through another device of the namespace */
};

struct devices {
	struct device *rows;
	size_t n;
	int r;
};

/* Kinds whose packets go on through a device below that is looked at, too, or come back in. */
static bool passes_on(const char *kind, bool loops)
{
	static const char *const kinds[] = {"bridge", "vlan", "bond", "team", "vrf"};

	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return loops;
}

static const char *kind_of(const struct nlattr *info)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, info) if (mnl_attr_get_type(a) ==
					      IFLA_INFO_KIND) return mnl_attr_get_str(a);
	return NULL;
}

static int on_link(const struct nlmsghdr *h, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(h);
	struct devices *d = arg;
	struct device *more = realloc(d->rows, (d->n + 1) * sizeof(*more)), *dev;
	const struct nlattr *a;
	const char *kind = NULL;
	bool elsewhere = false;

	if (!more) {
		d->r = -ENOMEM;
		return MNL_CB_STOP;
	}
	d->rows = more;
	dev = &more[d->n++];
	*dev = (struct device){.ifindex = ifi->ifi_index};
	mnl_attr_for_each(a, h, sizeof(*ifi))
	{
		if (mnl_attr_get_type(a) == IFLA_IFNAME)
			snprintf(dev->name, sizeof(dev->name), "%s", mnl_attr_get_str(a));
		else if (mnl_attr_get_type(a) == IFLA_LINKINFO)
			kind = kind_of(a);
		else if (mnl_attr_get_type(a) == IFLA_LINK_NETNSID)
			elsewhere = true; /* the one below is another namespace's */
	}
	dev->passes = !elsewhere && passes_on(kind, ifi->ifi_flags & IFF_LOOPBACK);
	return MNL_CB_OK;
}

static int list_devices(struct devices *ret)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_GETLINK, NLM_F_DUMP);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(h, sizeof(*ifi));
	int r;

	if (!s)
		return -errno;
	ifi->ifi_family = AF_UNSPEC;
	r = netlink_ask(s, h, on_link, ret);
	mnl_socket_close(s);
	return r ? r : ret->r;
}

int swallow_egress(struct swallow *s, char *err, size_t size)
{
	int fd = bpf_program__fd(s->skel->progs.swallow_egress);
	struct devices d = {0};
	int r = list_devices(&d);

	if (r)
		snprintf(err, size, "the devices can't be listed: %s", strerror(-r));
	for (size_t i = 0; i < d.n && !r; i++) {
		if (d.rows[i].passes)
			continue;
		r = keep(s, compat_tcx_link(fd, d.rows[i].ifindex, false));
		if (r == -ENODEV)
			r = 0; /* it is gone already */
		if (r)
			snprintf(err, size,
				 "nothing is sent: what would leave through %s can't be stopped "
				 "there: %s (it takes kernel 6.6 or later)",
				 d.rows[i].name, strerror(-r));
	}
	free(d.rows);
	return r;
}

int swallow_local_in(struct swallow *s, char *err, size_t size)
{
	static const uint32_t families[NF_FAMILIES] = {2 /* NFPROTO_IPV4 */, 10 /* NFPROTO_IPV6 */};
	int fd = bpf_program__fd(s->skel->progs.swallow_local_in), r = 0;

	for (int f = 0; f < NF_FAMILIES && !r; f++) {
		int link = -EBUSY;

		for (int i = 0; i < NF_NEIGHBOURS && link == -EBUSY; i++)
			link = compat_netfilter_link(fd, families[f], LOCAL_IN, NF_LAST - i);
		r = keep(s, link);
	}
	if (r)
		snprintf(err, size,
			 "nothing is sent: what would reach a socket here can't be stopped before "
			 "it: %s (it takes kernel 6.4 or later)",
			 strerror(-r));
	return r;
}

/* --- the packet --- */

void swallow_arm(struct swallow *s, const struct wb_made *made)
{
	struct wb_made *to = &s->skel->bss->made;

	*(volatile uint8_t *)&to->armed = 0;
	s->skel->bss->swallowed = (struct wb_swallow_log){0};
	*to = *made;
	__atomic_store_n(&to->armed, 1, __ATOMIC_SEQ_CST);
}

void swallow_disarm(struct swallow *s)
{
	__atomic_store_n(&s->skel->bss->made.armed, 0, __ATOMIC_SEQ_CST);
}

void swallow_read(const struct swallow *s, struct wb_swallow_log *ret)
{
	*ret = s->skel->bss->swallowed;
}

static void explain_inject(int r, char *err, size_t size)
{
	if (r == -EINVAL || r == -ENOTSUP)
		snprintf(
			err, size,
			"this kernel can't put a frame in at a device: %s (it takes 5.18 or later)",
			strerror(-r));
	else
		snprintf(err, size, "the frame was not taken: %s", strerror(-r));
}

int swallow_inject(struct swallow *s, uint32_t ifindex, const void *frame, size_t n, char *err,
		   size_t size)
{
	struct xdp_md ctx = {.data_end = n, .ingress_ifindex = ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = n, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1, .flags = LIVE);
	int r = bpf_prog_test_run_opts(bpf_program__fd(s->skel->progs.send_pass), &o);

	if (r)
		explain_inject(r, err, size);
	return r;
}

/* Its program, and whether it runs in the driver. 0: none. */
static int xdp_at(uint32_t ifindex, struct swallow_xdp *ret)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);
	int r = bpf_xdp_query(ifindex, 0, &q);

	if (r)
		return r;
	ret->generic = q.attach_mode == XDP_ATTACHED_SKB || (!q.drv_prog_id && q.skb_prog_id);
	ret->id = q.drv_prog_id ? q.drv_prog_id : q.skb_prog_id ? q.skb_prog_id : q.prog_id;
	return 0;
}

int swallow_try_xdp(uint32_t ifindex, void *frame, size_t *n, size_t room, struct swallow_xdp *ret,
		    char *err, size_t size)
{
	struct xdp_md ctx = {.data_end = *n, .ingress_ifindex = ifindex};
	unsigned char *out = malloc(room);
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = *n, .data_out = out,
		    .data_size_out = room, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);
	struct bpf_prog_info info = {0};
	uint32_t info_size = sizeof(info);
	int fd = -1, r;

	*ret = (struct swallow_xdp){0};
	r = out ? xdp_at(ifindex, ret) : -ENOMEM;
	if (!r && ret->id) {
		fd = bpf_prog_get_fd_by_id(ret->id);
		r = fd < 0 ? -errno : 0;
	}
	if (fd >= 0) {
		if (!bpf_obj_get_info_by_fd(fd, &info, &info_size))
			memcpy(ret->name, info.name, sizeof(ret->name) - 1);
		r = bpf_prog_test_run_opts(fd, &o);
		if (!r) {
			ret->verdict = o.retval;
			memcpy(frame, out, o.data_size_out);
			*n = o.data_size_out;
		}
		close(fd);
	}
	if (r)
		snprintf(err, size, "the XDP program of the device can't be run on the frame: %s",
			 strerror(-r));
	free(out);
	return r;
}
