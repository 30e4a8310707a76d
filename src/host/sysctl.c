/* SPDX-License-Identifier: GPL-2.0-only */
/* See sysctl.h. */
#include "host/sysctl.h"

#include <stdio.h>
#include <string.h>

#include "util/foreign_json.h"

/* A device's name, which may hold any byte but '/', goes beside the path: "ipv4/conf/%/leaf". */
static json_t *question(const char *path)
{
	static const char *const of_devices[] = {"/conf/", "/neigh/"};
	const char *dev = NULL, *end;
	char name[160];

	for (size_t i = 0; i < 2 && !dev; i++)
		if ((dev = strstr(path, of_devices[i])))
			dev += strlen(of_devices[i]);
	end = dev ? strrchr(dev, '/') : NULL;
	if (!end)
		return json_pack("{s:s}", "name", path);
	snprintf(name, sizeof(name), "%.*s%%%s", (int)(dev - path), path, end);
	return json_pack("{s:s, s:o}", "name", name, "ifname",
			 foreign_json(dev, (size_t)(end - dev)));
}

int sysctl_number(struct names *n, uint32_t inum, const char *path)
{
	json_t *args = question(path),
	       *value = args ? names_ask(n, inum, HOST_ASK_sysctl, args) : NULL;
	int v = json_is_integer(value) ? (int)json_integer_value(value) : -1;

	json_decref(value);
	return v;
}

struct decider *sysctl_decider(const char *name, int value)
{
	struct decider *d = value < 0 ? NULL : decider_new(DECIDER_SYSCTL);

	if (d) {
		decider_set_text(d, "name", name);
		decider_set_number(d, "value", value);
	}
	return d;
}
