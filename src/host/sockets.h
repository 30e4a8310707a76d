/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets of a namespace that could take a packet, by their port, and who has them open. */
#ifndef WAYBILL_HOST_SOCKETS_H
#define WAYBILL_HOST_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/names.h"
#include "waybill/event.h"

#define SOCKETS_MAX 64

struct socket_row {
	uint8_t proto, family; /* 4 or 6 */
	bool listens, any, v6only;
	uint16_t port,
		peer_port; /* peer_port 0: not connected; raw sockets: port is the protocol */
	uint8_t addr[16], peer[16];
	uint32_t ifindex; /* bound to this device, 0: to none */
	char dev[16];
	uint64_t inode;
	/* bytes in the receive queue and its limit; a listener: connections that wait, and how many
	 * may. room 0: unknown */
	uint32_t used, room;
	uint32_t drops;
	long pid; /* 0: unknown */
	char comm[17];
};

struct sockets {
	struct socket_row rows[SOCKETS_MAX];
	size_t n;
	bool unread; /* they could not be asked for: there may be others, or any */
};

/*
 * Sockets of the namespace with this local port: TCP listeners, UDP sockets, or, for any other
 * proto, raw sockets of that protocol. If there are none now, those that sockets_note() saw.
 */
void sockets_find(struct names *n, uint32_t inum, uint8_t proto, uint16_t port,
		  struct sockets *ret);
/* The same as they are after after_ns; sockets_find()'s may be a moment older. */
void sockets_find_after(struct names *n, uint32_t inum, uint8_t proto, uint16_t port,
			uint64_t after_ns, struct sockets *ret);

/*
 * The same for who comes with many ports that nobody has open (a scan), and to many namespaces:
 * such a port is not asked for by itself. since_ns: when the packet was seen.
 */
void sockets_find_since(struct names *n, uint32_t inum, uint8_t proto, uint16_t port,
			uint64_t since_ns, struct sockets *ret);

/* TCP connections of this local port and peer, in any state, after after_ns. Returns how many. */
size_t sockets_connections(struct names *n, uint32_t inum, const struct socket_row *like,
			   uint64_t after_ns, struct sockets *ret);
/*
 * TCP connections of this local port with any peer, in any state. If there are none now, those that
 * sockets_note() saw in the making.
 */
void sockets_with_peers(struct names *n, uint32_t inum, uint16_t port, struct sockets *ret);
/* How many connections of this local port are half open: their SYN came, and no ACK yet. */
size_t sockets_half_open(struct names *n, uint32_t inum, uint16_t port);

/* A packet just found no socket: who listens there may be gone when the journey is finished. */
void sockets_note(struct names *n, uint32_t inum);

/* Is it there for this packet: by family, address, device and peer? */
bool socket_fits(const struct socket_row *s, const struct wb_packet *p, uint32_t ifindex);

/* "10.1.0.254:80", "[::]:80". Returns buf. */
const char *socket_local(const struct socket_row *s, char *buf, size_t size);

#endif
