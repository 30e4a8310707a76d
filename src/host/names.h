/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of namespaces, devices, kernel symbols and drop reasons; asked once, kept. */
#ifndef WAYBILL_HOST_NAMES_H
#define WAYBILL_HOST_NAMES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host.h"

struct facts;
struct names;

int names_new(struct names **ret);
void names_free(struct names *n);

/* From now on every answer is also put there. offline: nobody is asked, all answers come from it.
 */
void names_use_facts(struct names *n, struct facts *f, bool offline);
struct host *names_host(struct names *n);
struct facts *names_facts(struct names *n); /* NULL: none in use */
bool names_offline(const struct names *n);

/*
 * What others made of answers, and would make again and again: a place for each. It is of use only
 * beside the names.
 */
enum names_deriver { DERIVED_RULES, DERIVED_XFRM, DERIVERS };
/*
 * Its memory: size bytes, zeroed when it is first asked for, and freed with n; before that clear,
 * which may be NULL, lets go of what it holds. NULL: there is none.
 */
void *names_derived(struct names *n, enum names_deriver who, size_t size,
		    void (*clear)(void *memory));

/*
 * What the number meant at that time, on the events' clock; 0: last. "R", "host" for the own one,
 * "pid 12 (comm)", "" if it was gone before it could be asked. Never NULL.
 */
const char *names_netns(struct names *n, uint32_t inum, uint64_t at_ns);
/* "" if unknown. */
const char *names_device(struct names *n, uint32_t inum, uint32_t ifindex, uint64_t at_ns);
/* Has the namespace a device of this name, now? */
bool names_device_is_there(struct names *n, uint32_t inum, const char *name);
/* The function around an address, the offset in it, and its module ("": the kernel itself). "" if
 * unknown. */
const char *names_symbol(struct names *n, uint64_t address, uint32_t *ret_offset,
			 const char **ret_module);
/* A little of what names_symbol() will need, for whoever has nothing else to do. False: no more. */
bool names_read_ahead(struct names *n);
/* False: the kernel does not tell (CAP_SYSLOG, kptr_restrict), and no address has a name. */
bool names_tell_symbols(const struct names *n);
/* From the running kernel's BTF, without prefix; "" on a kernel without reasons. Until the next
 * one. */
const char *names_reason(struct names *n, uint32_t reason);

/* host_ask(), where it matters only whether there is an answer: a new reference, or NULL. */
json_t *names_ask(struct names *n, uint32_t inum, enum host_question q, json_t *args);
/* The same about one device. */
json_t *names_ask_device(struct names *n, uint32_t inum, enum host_question q, const char *dev);

#endif
