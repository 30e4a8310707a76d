/* SPDX-License-Identifier: GPL-2.0-only */
/* What /etc/protocols calls IP's protocols, read once for a process that can't read it later. */
#ifndef WAYBILL_HOST_PROTOCOL_NAMES_H
#define WAYBILL_HOST_PROTOCOL_NAMES_H

void protocol_names_read(void);

#endif
