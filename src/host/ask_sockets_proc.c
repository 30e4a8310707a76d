/* SPDX-License-Identifier: GPL-2.0-only */
/* See ask_sockets.h. */
#include "host/ask_sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_address(const char *hex, uint8_t *ret)
{
	for (size_t i = 0; i < strlen(hex) / 8 && i < 4; i++) {
		char word[9];
		uint32_t v;

		/* the kernel prints host order words of network order */
		snprintf(word, sizeof(word), "%.8s", hex + 8 * i);
		v = strtoul(word, NULL, 16);
		memcpy(ret + 4 * i, &v, 4);
	}
}

static void read_line(struct ask *a, const char *line, bool has_drops)
{
	uint64_t states = ask_number(a->args, "states", UINT64_MAX);
	char local[40], remote[40];
	unsigned port, rport, state, rx;
	unsigned long long inode;
	uint8_t src[16] = {0}, dst[16] = {0};
	const char *tail = strrchr(line, ' ');
	json_t *o;

	if (sscanf(line, " %*d: %39[0-9A-F]:%x %39[0-9A-F]:%x %x %*x:%x %*x:%*x %*x %*u %*u %llu",
		   local, &port, remote, &rport, &state, &rx, &inode) != 7)
		return;
	if (state > 31 || !(states & 1u << state))
		return;
	read_address(local, src);
	read_address(remote, dst);
	o = ask_add_socket(a, &(struct asked_socket){.family = strlen(local) == 8 ? 4 : 6,
						     .state = (uint8_t)state,
						     .src = src,
						     .dst = dst,
						     .sport = (uint16_t)port,
						     .dport = (uint16_t)rport,
						     .rqueue = rx,
						     .inode = inode});
	if (o && has_drops && tail)
		ask_set_number(o, "drops", strtoul(tail, NULL, 10));
}

int ask_sockets_proc(struct ask *a, uint8_t proto, uint64_t family)
{
	static const char *const files[] = {
		"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6",
		"/proc/thread-self/net/udp", "/proc/thread-self/net/udp6",
		"/proc/thread-self/net/raw", "/proc/thread-self/net/raw6",
	};
	int first = proto == IPPROTO_TCP ? 0 : proto == IPPROTO_UDP ? 2 : 4, r = -ENOENT;

	for (int i = 0; i < 2; i++) {
		FILE *f = family == (i ? 4 : 6) ? NULL : fopen(files[first + i], "re");
		char line[512];

		while (f && fgets(line, sizeof(line), f))
			read_line(a, line, proto != IPPROTO_TCP);
		if (f)
			r = fclose(f) ? -EIO : 0;
	}
	return r;
}
