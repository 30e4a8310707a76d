/* SPDX-License-Identifier: GPL-2.0-only */
/* See listing.h. Which of it matters for a packet is not known here. */
#include "resolve/listing.h"

#include <stdio.h>
#include <string.h>

#include "resolve/child.h"

static json_t *list(struct names *n, uint32_t inum, const char *const argv[])
{
	json_t *ret = child_json(names_netns_fd(n, inum), argv);

	if (ret && !json_is_array(ret)) {
		json_decref(ret);
		return NULL;
	}
	return ret;
}

json_t *list_links(struct names *n, uint32_t inum)
{
	const char *const argv[] = {"ip", "-j", "-d", "link", "show", NULL};

	return list(n, inum, argv);
}

json_t *list_fdb(struct names *n, uint32_t inum, const char *bridge)
{
	const char *const argv[] = {"bridge", "-j", "fdb", "show", "br", bridge, NULL};

	return list(n, inum, argv);
}

json_t *list_mdb(struct names *n, uint32_t inum, const char *bridge)
{
	const char *const argv[] = {"bridge", "-j", "-d", "mdb", "show", "dev", bridge, NULL};

	return list(n, inum, argv);
}

json_t *list_rules(struct names *n, uint32_t inum, uint8_t family)
{
	const char *const argv[] = {"ip", family == 6 ? "-6" : "-4", "-j", "rule", "show", NULL};

	return list(n, inum, argv);
}

json_t *list_mroutes(struct names *n, uint32_t inum, uint8_t family)
{
	const char *const argv[] = {"ip", family == 6 ? "-6" : "-4", "-j", "mroute", "show", NULL};

	return list(n, inum, argv);
}

json_t *list_route_to(struct names *n, uint32_t inum, const char *dst, uint32_t mark)
{
	char number[16];
	const char *const argv[] = {"ip", "-j", "-d", "route", "get", dst, "mark", number, NULL};

	snprintf(number, sizeof(number), "%u", mark);
	return list(n, inum, argv);
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

const char *listed_kind(const json_t *link)
{
	return listed_word(json_object_get(link, "linkinfo"), "info_kind");
}

const json_t *listed_data(const json_t *link)
{
	return json_object_get(json_object_get(link, "linkinfo"), "info_data");
}

void list_failed(struct journey *j, const char *what)
{
	if (!j->drop.not_read[0])
		snprintf(j->drop.not_read, sizeof(j->drop.not_read), "%s", what);
}
