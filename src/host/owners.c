/* SPDX-License-Identifier: GPL-2.0-only */
/* See owners.h. One question for all the sockets that are asked for. */
#include "host/owners.h"

#include "host/listing.h"
#include "util/foreign_json.h"

static void name_owner(struct sockets *s, const json_t *owner)
{
	for (size_t i = 0; i < s->n; i++) {
		struct socket_row *r = &s->rows[i];

		if (r->inode != (uint64_t)listed_number(owner, "inode", 0))
			continue;
		r->pid = (long)listed_number(owner, "pid", 0);
		if (!foreign_bytes(listed_word(owner, "comm"), r->comm, sizeof(r->comm)))
			r->comm[0] = 0;
	}
}

static void name_owners(struct names *n, struct sockets *s, bool noted)
{
	json_t *inodes = json_array(), *owners = NULL, *owner;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!s->rows[i].pid && s->rows[i].inode)
			json_array_append_new(inodes, json_integer((json_int_t)s->rows[i].inode));
	if (json_array_size(inodes))
		(noted ? host_last : host_ask)(names_host(n), HOST_ASK_owners, 0,
					       json_pack("{s:O}", "inodes", inodes), &owners);
	json_array_foreach(owners, i, owner) name_owner(s, owner);
	json_decref(owners);
	json_decref(inodes);
}

void owners_of(struct names *n, struct sockets *s)
{
	name_owners(n, s, false);
}

void owners_noted(struct names *n, struct sockets *s)
{
	name_owners(n, s, true);
}
