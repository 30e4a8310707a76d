/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside the filter's room: where in an expression the mistake is. */
#ifndef WAYBILL_FILTER_LOCATE_H
#define WAYBILL_FILTER_LOCATE_H

#include "filter/filter.h"

/* libpcap's compiler; *ret is freed by pcap_freecode(). */
int filter_classic(int linktype, const char *expr, struct bpf_program *ret, char *err, size_t size);

/* libpcap's message, and the word at which expr goes wrong where the message does not name it. */
void filter_locate(const char *expr, const char *message, char *err, size_t err_size);

#endif
