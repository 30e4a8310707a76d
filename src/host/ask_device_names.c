/* SPDX-License-Identifier: GPL-2.0-only */
/* What devices are called, many at once: the cheapest way, because it is asked all the time. */
#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/ask_core.h"
#include "util/foreign_json.h"

/* if_indextoname() wants a socket that a worker may not have. */
int host_ask_device_names(const json_t *args, json_t **ret)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const json_t *number;
	size_t i;

	if (fd < 0)
		return -errno;
	*ret = json_array();
	json_array_foreach(json_object_get(args, "ifindexes"), i, number)
	{
		struct ifreq r = {.ifr_ifindex = (int)json_integer_value(number)};

		if (ioctl(fd, SIOCGIFNAME, &r))
			r.ifr_name[0] = 0;
		json_array_append_new(*ret, foreign_json(r.ifr_name, sizeof(r.ifr_name)));
	}
	close(fd);
	return 0;
}
