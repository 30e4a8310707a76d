/* SPDX-License-Identifier: GPL-2.0-only */
/* The routing tables that have a name everywhere. */
#ifndef WAYBILL_MODEL_ROUTE_TABLE_H
#define WAYBILL_MODEL_ROUTE_TABLE_H

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

/* As ip prints it; NULL: it has none. */
static inline const char *route_table_name(int64_t table)
{
	return table == RT_TABLE_LOCAL	   ? "local"
	       : table == RT_TABLE_MAIN	   ? "main"
	       : table == RT_TABLE_DEFAULT ? "default"
					   : NULL;
}

#endif
