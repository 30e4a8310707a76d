/* SPDX-License-Identifier: GPL-2.0-only */
/* What -N names, as an inode number. */
#include "cmd/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "host/all_netns.h"
#include "host/find_netns.h"
#include "host/names.h"
#include "waybill/config.h"

#define NETNS_MAX 64 /* looked through for an interface */

/* Of a file that is a network namespace. Any other is not opened: it might be anything. */
static int inode(const char *path, uint32_t *ret)
{
	struct stat st, own;
	int fd, type;

	if (stat(path, &st))
		return -ENOENT;
	if (stat("/proc/self/ns/net", &own) || st.st_dev != own.st_dev)
		return -ENOENT;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	type = fd < 0 ? CLONE_NEWNET : ioctl(fd, NS_GET_NSTYPE);
	if (fd >= 0)
		close(fd);
	if (type != CLONE_NEWNET)
		return -ENOENT;
	*ret = st.st_ino;
	return 0;
}

int netns_parse(const char *text, uint32_t *ret_inum)
{
	char path[PATH_MAX], *end;
	unsigned long number;

	if (!text || !*text)
		return -ENOENT;
	if (strchr(text, '/'))
		return inode(text, ret_inum);
	snprintf(path, sizeof(path), "/run/netns/%s", text);
	if (!inode(path, ret_inum))
		return 0;
	number = strtoul(text, &end, 10);
	if (*end || end == text || number > UINT32_MAX)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%lu/ns/net", number);
	if (!inode(path, ret_inum))
		return 0;
	if (number < 0xf0000000U) /* namespaces have inode numbers from here on */
		return -ENOENT;
	*ret_inum = number;
	return 0;
}

static int enter_path(const char *path, uint32_t inum)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = -ENOENT;
	struct stat st;

	if (fd < 0)
		return -ENOENT;
	if (!fstat(fd, &st) && st.st_ino == inum)
		r = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return r;
}

int netns_enter(const char *text)
{
	struct host_netns found;
	uint32_t inum;
	int r = netns_parse(text, &inum);

	if (r || strchr(text, '/')) /* it may be found at this path alone */
		return r ? r : enter_path(text, inum);
	return find_netns(inum, &found) ? enter_path(found.path, inum) : -ENOENT;
}

int netns_parse_all(const struct words *words, uint32_t *ret)
{
	_Static_assert(WORDS_MAX <= WB_NETNS_MAX, "each -N has a place");

	for (size_t i = 0; i < words->n; i++)
		if (netns_parse(words->word[i], &ret[i]))
			return fail(
				EXIT_USAGE,
				"-N %s: no such network namespace (a name of 'ip netns', a path, a "
				"pid or an inode number)",
				words->word[i]);
	return EXIT_DONE;
}

bool netns_has_interface(struct names *names, const struct words *words, const uint32_t *netns,
			 const char *interface)
{
	uint32_t all[NETNS_MAX];
	bool found = names_device_is_there(names, 0, interface) && !words->n;
	size_t n;

	if (!words->n) {
		netns = all;
		n = all_netns(names, all, NETNS_MAX);
		if (n == NETNS_MAX)
			return true;
	} else {
		n = words->n;
	}
	for (size_t k = 0; k < n && !found; k++)
		found = names_device_is_there(names, netns[k], interface);
	return found;
}
