/* SPDX-License-Identifier: GPL-2.0-only */
/* Standard output, whose reader may be slow, stop, or be gone: a signal ends the waiting. */
#ifndef WAYBILL_CMD_OUTLET_H
#define WAYBILL_CMD_OUTLET_H

/* From here on stdout is a stream that behaves so. */
void outlet_open(void);
/* What the command's exit code becomes when all it printed could, or could not, be written. */
int outlet_close(int code);

#endif
