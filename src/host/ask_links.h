/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of a link's message that have files of their own. */
#ifndef WAYBILL_HOST_ASK_LINKS_H
#define WAYBILL_HOST_ASK_LINKS_H

#include "host/ask_core.h"

#define LINK_FLAGS 19
extern const char *const link_flags[LINK_FLAGS];
json_t *link_flags_json(uint32_t flags);

extern const struct attr_words link_operstates;
/* A bridge port's IFLA_PROTINFO, or a slave's data. */
extern const struct attr_table bridge_port_table;

/* IFLA_LINKINFO */
void link_put_info(struct ask *a, json_t *to, const struct nlattr *attr);
/* IFLA_STATS64 */
void link_put_stats(struct ask *a, json_t *to, const struct nlattr *attr);
/* IFLA_AF_SPEC: what the device's sysctls say */
void link_put_conf(struct ask *a, json_t *to, const struct nlattr *attr);
/* IFLA_XDP */
void link_put_xdp(struct ask *a, json_t *to, const struct nlattr *attr);

/* For a dump of all links, which brings all names along. */
void ask_learn_device(struct ask *a, uint32_t ifindex, const struct nlattr *name);
void ask_knows_devices(struct ask *a);

#endif
