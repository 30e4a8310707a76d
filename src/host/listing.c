/* SPDX-License-Identifier: GPL-2.0-only */
/* See listing.h. Which of it matters for a packet is not known here. */
#include "host/listing.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static json_t *about_family(uint8_t family)
{
	return json_pack("{s:i}", "family", family == 6 ? 6 : 4);
}

json_t *list_links(struct names *n, uint32_t inum)
{
	return names_ask(n, inum, HOST_ASK_links, NULL);
}

/* The kernel lists those of all bridges. */
json_t *list_fdb(struct names *n, uint32_t inum, const char *bridge)
{
	json_t *all = names_ask(n, inum, HOST_ASK_fdb, NULL), *ret = all ? json_array() : NULL, *e;
	size_t i;

	json_array_foreach(all, i, e)
	{
		if (!strcmp(listed_word(e, "master"), bridge) ||
		    !strcmp(listed_word(e, "ifname"), bridge))
			json_array_append(ret, e);
	}
	json_decref(all);
	return ret;
}

json_t *list_mdb(struct names *n, uint32_t inum, const char *bridge)
{
	json_t *all = names_ask_device(n, inum, HOST_ASK_mdb, bridge);

	/* the kernel says nothing of a bridge that has none, which is an answer, too */
	if (all && !json_array_size(all))
		json_array_append_new(all, json_object());
	return all;
}

json_t *list_rules(struct names *n, uint32_t inum, uint8_t family)
{
	return names_ask(n, inum, HOST_ASK_rules, about_family(family));
}

json_t *list_mroutes(struct names *n, uint32_t inum, uint8_t family)
{
	return names_ask(n, inum, HOST_ASK_mroutes, about_family(family));
}

json_t *list_address(struct names *n, uint32_t inum, uint8_t family, const char *address)
{
	json_t *all = names_ask(n, inum, HOST_ASK_addresses,
				json_pack("{s:i}", "family", family == 6 ? 6 : 4));
	json_t *a, *found = NULL;
	size_t i;

	json_array_foreach(all, i, a)
	{
		const char *local = listed_word(a, "local");

		if (!found && !strcmp(local[0] ? local : listed_word(a, "address"), address))
			found = json_incref(a);
	}
	json_decref(all);
	return found;
}

bool list_has_address(struct names *n, uint32_t inum, uint8_t family, const char *address)
{
	json_t *entry = list_address(n, inum, family, address);
	bool has = entry;

	json_decref(entry);
	return has;
}

json_t *list_route_to(struct names *n, uint32_t inum, const char *dst, uint32_t mark)
{
	json_t *route = names_ask(n, inum, HOST_ASK_route,
				  json_pack("{s:s, s:I}", "dst", dst, "mark", (json_int_t)mark));

	return route ? json_pack("[o]", route) : NULL;
}

const char *listed_word(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

int64_t listed_number(const json_t *o, const char *key, int64_t otherwise)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

const json_t *listed_link(const json_t *links, const char *dev)
{
	const json_t *l;
	size_t i;

	json_array_foreach(links, i, l)
	{
		if (!strcmp(listed_word(l, "ifname"), dev))
			return l;
	}
	return NULL;
}

bool listed_flag(const json_t *link, const char *flag)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(link, "flags"), i, one)
	{
		if (json_is_string(one) && !strcmp(json_string_value(one), flag))
			return true;
	}
	return false;
}

const char *listed_kind(const json_t *link)
{
	return listed_word(json_object_get(link, "linkinfo"), "info_kind");
}

const json_t *listed_data(const json_t *link)
{
	return json_object_get(json_object_get(link, "linkinfo"), "info_data");
}

const char *listed_port_kind(const json_t *link)
{
	return listed_word(json_object_get(link, "linkinfo"), "info_slave_kind");
}

const json_t *listed_port_data(const json_t *link)
{
	return json_object_get(json_object_get(link, "linkinfo"), "info_slave_data");
}

bool listed_end_is_any(const json_t *data, const char *end)
{
	const char *addr = listed_word(data, end);

	return !addr[0] || !strcmp(addr, "any") || !strcmp(addr, "0.0.0.0") || !strcmp(addr, "::");
}

bool listed_end_fits(const json_t *data, const char *end, uint8_t family, const uint8_t *addr)
{
	uint8_t want[16];

	if (listed_end_is_any(data, end))
		return true;
	return inet_pton(family == 6 ? AF_INET6 : AF_INET, listed_word(data, end), want) == 1 &&
	       !memcmp(want, addr, family == 6 ? 16 : 4);
}

#define GRE_HAS_KEY 0x2000

bool listed_key(const json_t *data, int64_t *ret)
{
	*ret = listed_number(data, "ikey", 0);
	return listed_number(data, "iflags", 0) & GRE_HAS_KEY;
}

void list_failed(struct journey *j, const char *what)
{
	if (!j->drop.not_read[0])
		snprintf(j->drop.not_read, sizeof(j->drop.not_read), "%s", what);
}
