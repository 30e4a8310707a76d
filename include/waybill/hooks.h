/* SPDX-License-Identifier: GPL-2.0-only */
/* Where waybill's own observers stand at the netfilter hooks; for BPF and user space. */
#ifndef WAYBILL_HOOKS_H
#define WAYBILL_HOOKS_H

#define NF_FAMILIES 2 /* IPv4, IPv6 */
#define NF_HOOKS    5
#define NF_ALL	    ((1U << NF_FAMILIES * NF_HOOKS) - 1)
/* A set of hooks has a bit for each of both families. */
#define nf_bit(family, hook) (1U << ((family)*NF_HOOKS + (hook)))

/* At the two ends, and so many more as can trace at the same time; the very ends are the kernel's.
 */
#define NF_FIRST      (-2147483647)
#define NF_LAST	      2147483646
#define NF_NEIGHBOURS 8

#endif
