/* SPDX-License-Identifier: GPL-2.0-only */
/* See ask_core.h. The tables of attributes: attrs.c. */
#include "host/ask_core.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "host/ask_links.h"
#include "util/foreign_json.h"

#define ATTEMPTS 5 /* at a dump that is disturbed */
#define SINGLE	 4 /* devices are asked for one by one; who needs more gets all at once */

struct ask_device {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	UT_hash_handle hh;
};

static struct mnl_socket *open_bus(int bus)
{
	struct mnl_socket *s = netlink_open(bus);
	int on = 1;

	/* the kernel then filters dumps itself; before 4.20 it does not know how */
	if (s && bus == NETLINK_ROUTE)
		(void)mnl_socket_setsockopt(s, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return s;
}

int ask_open(struct ask *a, int bus, const json_t *args)
{
	*a = (struct ask){.s = open_bus(bus), .args = args};
	if (!a->s)
		return -errno;
	a->ret = json_array();
	return a->ret ? 0 : -ENOMEM;
}

int ask_close(struct ask *a, int r, json_t **ret)
{
	struct ask_device *d, *tmp;

	if (a->s)
		mnl_socket_close(a->s);
	if (a->names)
		mnl_socket_close(a->names);
	HASH_ITER(hh, a->devices, d, tmp)
	{
		HASH_DEL(a->devices, d);
		free(d);
	}
	if (r)
		json_decref(a->ret);
	else
		*ret = a->ret;
	return r;
}

struct run {
	struct ask *a;
	size_t header;
	ask_row row;
};

static int on_message(const struct nlmsghdr *nlh, void *arg)
{
	struct run *run = arg;

	if (mnl_nlmsg_get_payload_len(nlh) >= MNL_ALIGN(run->header))
		run->row(run->a, nlh);
	return MNL_CB_OK;
}

int ask_run(struct ask *a, struct nlmsghdr *request, size_t header, ask_row row)
{
	struct run run = {a, header, row};
	size_t before = json_array_size(a->ret);
	int r = 0;

	for (unsigned i = 0; i < ATTEMPTS; i++) {
		r = netlink_ask(a->s, request, on_message, &run);
		if (r != -EINTR)
			break;
		while (json_array_size(a->ret) > before)
			json_array_remove(a->ret, json_array_size(a->ret) - 1);
	}
	return r;
}

static struct ask_device *known(struct ask *a, uint32_t ifindex)
{
	struct ask_device *d;

	HASH_FIND(hh, a->devices, &ifindex, sizeof(ifindex), d);
	return d;
}

static struct ask_device *learn(struct ask *a, uint32_t ifindex, const struct nlattr *name)
{
	struct ask_device *d = known(a, ifindex);

	if (d || !(d = calloc(1, sizeof(*d))))
		return d;
	d->ifindex = ifindex;
	if (name)
		snprintf(d->name, sizeof(d->name), "%.*s", (int)mnl_attr_get_payload_len(name),
			 mnl_attr_get_str(name));
	HASH_ADD(hh, a->devices, ifindex, sizeof(d->ifindex), d);
	return d;
}

void ask_learn_device(struct ask *a, uint32_t ifindex, const struct nlattr *name)
{
	learn(a, ifindex, name);
}

void ask_knows_devices(struct ask *a)
{
	a->knows_all = true;
}

static int on_device(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type == RTM_NEWLINK && mnl_nlmsg_get_payload_len(nlh) >= sizeof(*i))
		learn(arg, (uint32_t)i->ifi_index, attr_of_message(nlh, sizeof(*i), IFLA_IFNAME));
	return MNL_CB_OK;
}

static void ask_names(struct ask *a, uint32_t ifindex)
{
	bool all = a->n_asked++ >= SINGLE;
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETLINK, all ? NLM_F_DUMP : 0);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(nlh, sizeof(*i));

	i->ifi_index = all ? 0 : (int)ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (!a->names)
		a->names = open_bus(NETLINK_ROUTE);
	if (!a->names)
		return;
	/* a dump that is disturbed may lack some: those are asked for again */
	a->knows_all = !netlink_ask(a->names, nlh, on_device, a) && all;
}

const char *ask_device_name(struct ask *a, uint32_t ifindex)
{
	struct ask_device *d = known(a, ifindex);

	if (!d && ifindex && !a->knows_all) {
		ask_names(a, ifindex);
		d = known(a, ifindex);
	}
	if (!d)
		d = learn(a, ifindex, NULL); /* nobody asks twice for one that is not there */
	return d ? d->name : "";
}

struct named {
	struct ask *a;
	uint32_t ifindex;
};

static int on_named(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(nlh);
	struct named *n = arg;

	if (nlh->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(nlh) < sizeof(*i))
		return MNL_CB_OK;
	n->ifindex = (uint32_t)i->ifi_index;
	return on_device(nlh, n->a);
}

int ask_device_arg(struct ask *a, uint32_t *ret)
{
	const char *utf8 = json_string_value(json_object_get(a->args, "ifname"));
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETLINK, 0);
	struct named n = {.a = a};
	char name[IFNAMSIZ];
	int r;

	*ret = ask_number(a->args, "ifindex", 0);
	if (*ret || !utf8)
		return 0;
	if (!foreign_bytes(utf8, name, sizeof(name)) || !*name)
		return -ENODEV;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (!a->names)
		a->names = open_bus(NETLINK_ROUTE);
	if (!a->names)
		return -errno;
	r = netlink_ask(a->names, nlh, on_named, &n);
	*ret = n.ifindex;
	return r ? r : n.ifindex ? 0 : -ENODEV;
}

uint64_t ask_number(const json_t *args, const char *key, uint64_t otherwise)
{
	const json_t *v = json_object_get(args, key);

	return json_is_integer(v) ? (uint64_t)json_integer_value(v) : otherwise;
}

size_t ask_address(const json_t *args, const char *key, uint8_t ret[16])
{
	const char *s = json_string_value(json_object_get(args, key));

	if (s && inet_pton(AF_INET, s, ret) == 1)
		return 4;
	return s && inet_pton(AF_INET6, s, ret) == 1 ? 16 : 0;
}

json_t *ask_new(struct ask *a)
{
	json_t *o = json_object();

	json_array_append_new(a->ret, o);
	return o;
}

void ask_set(json_t *to, const char *key, json_t *value)
{
	json_object_set_new(to, key, value);
}

void ask_set_number(json_t *to, const char *key, uint64_t value)
{
	ask_set(to, key, json_integer((json_int_t)value));
}

void ask_set_device(struct ask *a, json_t *to, const char *key, const char *index_key,
		    uint32_t ifindex)
{
	const char *name = ask_device_name(a, ifindex);

	if (*name)
		ask_set(to, key, foreign_json(name, IFNAMSIZ));
	ask_set_number(to, index_key, ifindex);
}

void ask_set_address(json_t *to, const char *key, const void *bytes, size_t n)
{
	char text[INET6_ADDRSTRLEN];

	if ((n == 4 || n == 16) &&
	    inet_ntop(n == 4 ? AF_INET : AF_INET6, bytes, text, sizeof(text)))
		ask_set(to, key, json_string(text));
}

void ask_set_prefix(json_t *to, const char *key, const void *bytes, size_t n, unsigned len)
{
	char addr[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 16];

	if ((n != 4 && n != 16) ||
	    !inet_ntop(n == 4 ? AF_INET : AF_INET6, bytes, addr, sizeof(addr)))
		return;
	snprintf(text, sizeof(text), len == 8 * n ? "%s" : "%s/%u", addr, len);
	ask_set(to, key, json_string(text));
}

void ask_set_handle(json_t *to, const char *key, uint32_t handle)
{
	char text[16];

	if (handle & 0xffff)
		snprintf(text, sizeof(text), "%x:%x", handle >> 16, handle & 0xffff);
	else
		snprintf(text, sizeof(text), "%x:", handle >> 16);
	ask_set(to, key, json_string(text));
}

json_t *ask_flags(uint32_t bits, const char *const names[], size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < 32; i++) {
		if (!(bits & 1u << i))
			continue;
		json_array_append_new(list, i < n && names[i]
						    ? json_string(names[i])
						    : json_integer((json_int_t)(1u << i)));
	}
	return list;
}
