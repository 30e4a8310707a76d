/* SPDX-License-Identifier: GPL-2.0-only */
/* How a model comes into being: its memory, and the readers of the kernel's messages. */
#ifndef WAYBILL_FIREWALL_BUILD_H
#define WAYBILL_FIREWALL_BUILD_H

#include <libmnl/libmnl.h>

#include "firewall/firewall.h"

/* Zeroed, freed with f; aborts without memory. */
void *fw_alloc(struct firewall *f, size_t n, size_t size);
/* What was not read, in words; the first stays. */
void fw_unread(struct firewall *f, const char *what);

/* The bytes of hexadecimal digits; NULL: they are none. */
uint8_t *fw_bytes(struct firewall *f, const char *hex, size_t *ret_n);

/* Is there a whole message? libmnl's own takes a length above INT_MAX for a negative one. */
static inline bool fw_message_ok(const struct nlmsghdr *h, int left)
{
	return left >= (int)sizeof(*h) && h->nlmsg_len >= sizeof(*h) &&
	       h->nlmsg_len <= (unsigned)left;
}

/* Attributes by their type; those above max are left out. False: they are damaged. */
bool fw_attrs(const void *from, size_t n, const struct nlattr **ret, size_t max);
bool fw_nested(const struct nlattr *a, const struct nlattr **ret, size_t max);
/* 0 and NULL where there is no such attribute, or of another size. */
uint32_t fw_u32(const struct nlattr *a);
uint64_t fw_u64(const struct nlattr *a);
const char *fw_string(const struct nlattr *a);
/* The value in NFTA_*_DATA: its bytes and their number, or a verdict. */
bool fw_data(const struct nlattr *a, const uint8_t **ret, size_t *ret_n);
bool fw_verdict(const struct nlattr *a, struct fw_verdict *ret);

/* The offset of a register in bytes, -1: no such register, or len reaches beyond the last. */
int fw_register(uint32_t number, size_t len);

/* The expressions in NFTA_RULE_EXPRESSIONS. Names of sets and chains are resolved later. */
void fw_read_exprs(struct firewall *f, const struct nlattr *list, struct fw_rule *rule);

/* Fills f->sets; answer as in host/ask_ruleset.h. False: could not be read. */
bool fw_read_sets(struct firewall *f, const json_t *answer);
/* Room for so many more chains; those that are there move. */
void fw_more_chains(struct firewall *f, size_t n);
/* Adds to f->chains, which are in no order yet. */
bool fw_read_legacy(struct firewall *f, const json_t *answer);

/* Sorted now: where names lead. */
const struct fw_set *fw_find_set(const struct firewall *f, uint8_t family, const char *table,
				 const char *name);

#endif
