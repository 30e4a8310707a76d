/* SPDX-License-Identifier: GPL-2.0-only */
/* What iptables' extensions match and do: one row each. One that has none may do anything. */
#include "firewall/xt.h"

enum tri fw_xt_match(const struct fw_expr *e, const struct fw_state *s, const struct fw_subject *of)
{
	(void)e;
	(void)s;
	(void)of;
	return UNKNOWN;
}

enum tri fw_xt_target(const struct fw_expr *e, struct fw_state *s, enum fw_kind *ret_kind)
{
	(void)e;
	(void)s;
	*ret_kind = FW_END_UNKNOWN;
	return UNKNOWN;
}
