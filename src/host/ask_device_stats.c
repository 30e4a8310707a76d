/* SPDX-License-Identifier: GPL-2.0-only */
/* A driver's own statistics (ethtool -S). There is no netlink for these: an INET socket's ioctl. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/ask_core.h"
#include "util/foreign_json.h"

#define STATS_MAX 65536 /* of one device: a driver that says more is not believed */

static int call(int fd, const char *name, void *data)
{
	struct ifreq r = {.ifr_data = data};

	memcpy(r.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	return ioctl(fd, SIOCETHTOOL, &r) ? -errno : 0;
}

/* How many there are. */
static int count(int fd, const char *name, uint32_t *ret)
{
	_Alignas(struct ethtool_sset_info) char
		room[sizeof(struct ethtool_sset_info) + sizeof(uint32_t)] = {0};
	struct ethtool_sset_info *q = (struct ethtool_sset_info *)room;
	int r;

	q->cmd = ETHTOOL_GSSET_INFO;
	q->sset_mask = 1u << ETH_SS_STATS;
	r = call(fd, name, q);
	/* of a set that a driver lacks the bit is cleared */
	*ret = !r && q->sset_mask ? q->data[0] : 0;
	return r;
}

static int read_stats(int fd, const char *name, uint32_t n, json_t *list)
{
	struct ethtool_gstrings *names = calloc(1, sizeof(*names) + (size_t)n * ETH_GSTRING_LEN);
	struct ethtool_stats *values = calloc(1, sizeof(*values) + (size_t)n * sizeof(uint64_t));
	int r = names && values ? 0 : -ENOMEM;

	if (!r) {
		*names = (struct ethtool_gstrings){
			.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_STATS, .len = n};
		*values = (struct ethtool_stats){.cmd = ETHTOOL_GSTATS, .n_stats = n};
		r = call(fd, name, names);
	}
	if (!r)
		r = call(fd, name, values);
	/* they may have become fewer between the calls */
	for (uint32_t i = 0; !r && i < n && i < names->len && i < values->n_stats; i++)
		json_array_append_new(list, json_pack("{s:o, s:I}", "name",
						      foreign_json((const char *)names->data +
									   i * ETH_GSTRING_LEN,
								   ETH_GSTRING_LEN),
						      "value", (json_int_t)values->data[i]));
	free(names);
	free(values);
	return r;
}

static int add_device(struct ask *a, int fd, uint32_t ifindex, const char *name)
{
	json_t *o, *list;
	uint32_t n = 0;
	int r = count(fd, name, &n);

	if (r || !n || n > STATS_MAX)
		return r;
	list = json_array();
	r = read_stats(fd, name, n, list);
	if (r) {
		json_decref(list);
		return r;
	}
	o = ask_new(a);
	ask_set_device(a, o, "ifname", "ifindex", ifindex);
	ask_set(o, "stats", list);
	return 0;
}

static int add_all(struct ask *a, int fd)
{
	json_t *links = NULL, *link;
	size_t i;
	int r = host_ask_links(NULL, &links);

	json_array_foreach(links, i, link)
	{
		uint32_t ifindex = ask_number(link, "ifindex", 0);
		char name[IFNAMSIZ];

		/* what has none, or went meanwhile, has no row */
		if (foreign_bytes(json_string_value(json_object_get(link, "ifname")), name,
				  sizeof(name)))
			add_device(a, fd, ifindex, name);
	}
	json_decref(links);
	return r;
}

/* {"ifindex", "ifname", "stats": [{"name", "value"}]}; a device without any has no row. */
int host_ask_device_stats(const json_t *args, json_t **ret)
{
	struct ask a;
	uint32_t ifindex = 0;
	int fd = -1, r = ask_open(&a, NETLINK_ROUTE, args);

	if (!r)
		r = ask_device_arg(&a, &ifindex);
	if (!r) {
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		r = fd < 0 ? -errno : 0;
	}
	if (!r && ifindex) {
		const char *name = ask_device_name(&a, ifindex);

		r = *name ? add_device(&a, fd, ifindex, name) : -ENODEV;
		r = r == -EOPNOTSUPP ? 0 : r;
	} else if (!r) {
		r = add_all(&a, fd);
	}
	if (fd >= 0)
		close(fd);
	return ask_close(&a, r, ret);
}
