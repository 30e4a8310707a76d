/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * getprotobynumber() for this whole program, libraries included: libnftables names protocols with
 * it while its process may open no file any more. The C library's own opens one for each call.
 */
#include "host/protocol_names.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 256

static struct protoent rows[NUMBERS];
static bool is_read;

void protocol_names_read(void)
{
	static char *no_aliases[] = {NULL};
	struct protoent *p;

	setprotoent(0);
	while (!is_read && (p = getprotoent()))
		if (p->p_proto >= 0 && p->p_proto < NUMBERS && !rows[p->p_proto].p_name)
			rows[p->p_proto] =
				(struct protoent){strdup(p->p_name), no_aliases, p->p_proto};
	endprotoent();
	is_read = true;
}

struct protoent *getprotobynumber(int proto)
{
	if (!is_read)
		protocol_names_read();
	return proto >= 0 && proto < NUMBERS && rows[proto].p_name ? &rows[proto] : NULL;
}
