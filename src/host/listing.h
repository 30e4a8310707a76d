/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of a namespace, with ip's and bridge's names for what is in them. NULL: it could not be
 * read, which is not the same as an empty list. A new reference.
 */
#ifndef WAYBILL_HOST_LISTING_H
#define WAYBILL_HOST_LISTING_H

#include <jansson.h>

#include "model/journey.h"
#include "host/names.h"

json_t *list_links(struct names *n, uint32_t inum);
json_t *list_fdb(struct names *n, uint32_t inum, const char *bridge);
json_t *list_mdb(struct names *n, uint32_t inum, const char *bridge);
json_t *list_rules(struct names *n, uint32_t inum, uint8_t family);
json_t *list_mroutes(struct names *n, uint32_t inum, uint8_t family);
/* The entry of this address among a namespace's; NULL: it has none, or that could not be read. */
json_t *list_address(struct names *n, uint32_t inum, uint8_t family, const char *address);
bool list_has_address(struct names *n, uint32_t inum, uint8_t family, const char *address);
/* The one route to dst, asked as for a packet with this mark; "type" is left out where unicast. */
json_t *list_route_to(struct names *n, uint32_t inum, const char *dst, uint32_t mark);

/* What a list has; "", 0 or NULL where it has none. Borrowed. */
const char *listed_word(const json_t *o, const char *key);
int64_t listed_number(const json_t *o, const char *key, int64_t otherwise);
const json_t *listed_link(const json_t *links, const char *dev);
bool listed_flag(const json_t *link, const char *flag); /* "UP", "NOARP" ... */
const char *listed_kind(const json_t *link);		/* "vlan", "gre", "bridge" ... */
const json_t *listed_data(const json_t *link);		/* of its kind */
const char *listed_port_kind(const json_t *link);	/* of what it is a port: "bridge", "vrf" */
const json_t *listed_port_data(const json_t *link);

/*
 * An end ("local", "remote") of a tunnel's device, by the data of its kind: is it any, or this
 * address; has it a key for what it receives (GRE_KEY)?
 */
bool listed_end_is_any(const json_t *data, const char *end);
bool listed_end_fits(const json_t *data, const char *end, uint8_t family, const uint8_t *addr);
bool listed_key(const json_t *data, int64_t *ret);

/* Notes that this could not be read, for the journey's why. */
void list_failed(struct journey *j, const char *what);

#endif
