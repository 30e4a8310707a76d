/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How typed programs go into the kernel, in libbpf's place: by the number of what they are attached
 * to, which libbpf would look for by name in all of the kernel's types for each of them; and
 * several at a time, because the verifier takes one CPU for each. What is loaded is up to load.c.
 */
#ifndef WAYBILL_COLLECT_VERIFY_H
#define WAYBILL_COLLECT_VERIFY_H

#include <stdbool.h>
#include <stddef.h>

struct bpf_link;
struct bpf_program;
struct kernel;

/* Before an object is opened; again is harmless. False: libbpf does it all by itself. */
bool verify_handle(void);
/*
 * From now on libbpf does it by itself, for a kernel on which this way fails. No object may be open
 * that was opened since verify_handle(). False: so it was already.
 */
bool verify_leave(void);
/* What can be attached to is asked of k, the caller's, until the next call. NULL: of none. */
void verify_know(const struct kernel *k);

/* Attaches a loaded program to what its section names. NULL: not, errno says why. */
struct bpf_link *verify_attach(const struct bpf_program *p);

/*
 * From now on a program that libbpf loads is one that does nothing, and the real one is noted.
 * lines: with its source lines, for who reads the verifier's log.
 */
void verify_gather(bool lines);
/*
 * Loads what was noted, and puts each in the place of the one that does nothing, so that libbpf's
 * descriptors are its. Returns 0 or the error of the first that the kernel refuses, by its name in
 * refused. Ends the gathering, also where libbpf failed: then drop is true, and nothing is loaded.
 */
int verify_all(bool drop, char *refused, size_t size);

#endif
