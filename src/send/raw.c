/* SPDX-License-Identifier: GPL-2.0-only */
/* See raw.h. */
#include "send/raw.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <unistd.h>

#define V4_HEADER 20
#define V6_HEADER 40

/* With this protocol the packet brings its header, in both families (raw_create() and rawv6's). */
static int open_one(int family)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	int on = 1;

	if (fd < 0)
		return -errno;
	/* a broadcast is no mistake here */
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	return fd;
}

void raw_open(struct raw *r, uint32_t uid)
{
	/* a socket is the user's by whose fsuid it is made: sock_alloc() takes it from there */
	uid_t before = (uid_t)setfsuid(uid);
	bool is_user = (uid_t)setfsuid((uid_t)-1) == uid; /* it tells no errors, only who it is */

	r->fd4 = is_user ? open_one(AF_INET) : -EPERM;
	r->fd6 = is_user ? open_one(AF_INET6) : -EPERM;
	setfsuid(before);
}

void raw_close(struct raw *r)
{
	if (r->fd4 > 0)
		close(r->fd4);
	if (r->fd6 > 0)
		close(r->fd6);
	*r = (struct raw){.fd4 = -EBADF, .fd6 = -EBADF};
}

int raw_send(const struct raw *r, const uint8_t *packet, size_t n, uint32_t mark)
{
	struct sockaddr_in to4 = {.sin_family = AF_INET};
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6};
	bool is4 = n >= V4_HEADER && packet[0] >> 4 == 4;
	int fd = is4 ? r->fd4 : r->fd6;
	ssize_t sent;

	if (!is4 && (n < V6_HEADER || packet[0] >> 4 != 6))
		return -EINVAL;
	if (fd < 0)
		return fd;
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) && mark)
		return -errno;
	memcpy(&to4.sin_addr, packet + 16, sizeof(to4.sin_addr));
	memcpy(&to6.sin6_addr, packet + 24, is4 ? 0 : sizeof(to6.sin6_addr));
	sent = sendto(fd, packet, n, MSG_DONTWAIT, is4 ? (void *)&to4 : (void *)&to6,
		      is4 ? sizeof(to4) : sizeof(to6));
	return sent < 0 ? -errno : 0;
}
