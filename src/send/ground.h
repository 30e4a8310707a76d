/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a packet is put in: the device, what it would be addressed by there, and what the packet
 * leaves behind in the namespace's tables, which is taken away again. Asked by netlink, in the
 * current network namespace.
 */
#ifndef WAYBILL_SEND_GROUND_H
#define WAYBILL_SEND_GROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "send/packet.h"
#include "waybill/send.h"

struct mnl_socket;

struct ground {
	uint32_t ifindex;
	bool up, ethernet;
	bool is_port;	      /* of a bridge */
	uint8_t mac[6];	      /* of the device */
	uint8_t neighbour[6]; /* of whom such a packet would come from */
	bool has_neighbour;
};

/* 0, -ENODEV: there is no such device, or -errno. */
int ground_read(const char *dev, struct ground *ret);
/* The MAC of who would hand a packet from this address to the device, if the kernel knows it. */
void ground_neighbour(struct ground *g, uint8_t family, const uint8_t *addr);
/* Made up, for who hands a packet over and has no address that the kernel knows. */
extern const uint8_t ground_stranger[6];
/* The MAC addresses that were not given. made_up: what stands for an unknown neighbour. */
void ground_fill(const struct ground *g, struct send_packet *p, bool *ret_made_up);

/* Neighbours whose state a packet may change. */
struct ground_neighbours {
	struct ground_neighbour *rows;
	size_t n;
};
int ground_neighbours_read(struct ground_neighbours *ret);
void ground_neighbours_clear(struct ground_neighbours *n);

/* A packet's connection, as its sender sees it. */
struct ground_connection {
	struct wb_made made;
	uint8_t icmp_type, icmp_code;
	uint16_t zone; /* 0: the usual one */
};
/*
 * Is there a conntrack entry of it? 0, and whether an answer was seen; -ENOENT: no; else it is not
 * known. s: of NETLINK_NETFILTER, in whose namespace is asked.
 */
int ground_find_conntrack(struct mnl_socket *s, const struct ground_connection *c,
			  bool *ret_answered);
/* 0: it was there, and is gone. */
int ground_delete_conntrack(struct mnl_socket *s, const struct ground_connection *c);

/*
 * Neighbours that were asked for because of the packet are forgotten, if they were not there
 * before, so that the kernel does not ask again; those that it made the kernel doubt are as before.
 */
void ground_restore_neighbours(const struct ground_neighbours *before,
			       const struct wb_swallow_log *log);
/*
 * Who was heard of by a made ARP packet from this IPv4 address is known as before, or forgotten: no
 * hook at which a link can stand is before arp_process().
 */
void ground_unlearn_neighbour(const struct ground_neighbours *before, const uint8_t *addr);

#endif
