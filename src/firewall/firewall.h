/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firewall of a network namespace as it stands, read from what the kernel answered: chains at
 * hooks, their rules as expressions, sets with their elements. Plain data that others walk.
 * Whatever could not be read or is not understood says so, and is never taken for "not there".
 */
#ifndef WAYBILL_FIREWALL_FIREWALL_H
#define WAYBILL_FIREWALL_FIREWALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FW_NAME 256 /* bytes of a name in the kernel, with the last 0 */

/* Registers are bytes; of each bit a walk knows whether it is known. */
#define FW_REGS 64

/* X(ID): what an expression does. UNKNOWN may do anything. */
enum fw_op {
	FW_UNKNOWN,
	FW_NOTHING,	   /* counts, logs, remembers: the rule goes on */
	FW_MAY_STOP,	   /* the rule goes on or not, which can't be told: limit, quota, ... */
	FW_ADD,		   /* the same: it adds to a set, unless that is full */
	FW_CANT_TELL,	   /* puts into dreg what can't be told */
	FW_CANT_TELL_STOP, /* the same, or stops the rule */
	FW_IMMEDIATE,
	FW_VERDICT,
	FW_PAYLOAD,
	FW_PAYLOAD_SET,
	FW_META,
	FW_META_SET,
	FW_CT,
	FW_CT_SET,
	FW_FIB,
	FW_CMP,
	FW_RANGE,
	FW_BITWISE,
	FW_BYTEORDER,
	FW_LOOKUP,
	FW_REJECT,
	FW_QUEUE,
	FW_NAT,
	FW_SYNPROXY,
	FW_NOTRACK,
	FW_STEAL, /* the packet goes another way from here: fwd */
	FW_XT_MATCH,
	FW_XT_TARGET
};

/* What FW_CT asks of: the connection, or one of its directions. */
enum { FW_CT_BOTH, FW_CT_ORIGINAL, FW_CT_REPLY };

/* Verdicts as the kernel numbers them. */
enum {
	FW_DROP = 0,
	FW_ACCEPT = 1,
	FW_CONTINUE = -1,
	FW_BREAK = -2,
	FW_JUMP = -3,
	FW_GOTO = -4,
	FW_RETURN = -5
};

struct fw_chain;
struct fw_set;

struct fw_verdict {
	int32_t code;
	const char *name;	      /* of the chain; NULL */
	const struct fw_chain *chain; /* NULL: none, or it is not there */
};

struct fw_expr {
	uint8_t op;	    /* enum fw_op */
	uint8_t dreg, sreg; /* offset in the registers' bytes */
	uint8_t len;	    /* bytes in registers */
	uint8_t how;	    /* the expression's own op, base, or kind */
	bool inverted;
	uint32_t key;	     /* meta's and conntrack's key, an offset, a size, a queue */
	const uint8_t *data; /* len bytes, or what the extension was told */
	const uint8_t *more; /* len bytes */
	size_t data_len;
	const char *name; /* of an extension, a set, or of what is not understood */
	const struct fw_set *set;
	struct fw_verdict verdict;
};

struct fw_rule {
	uint64_t handle; /* nft */
	unsigned number; /* legacy: 1.. in its chain */
	bool has_counter;
	uint64_t packets;
	const struct fw_expr *exprs;
	size_t n_exprs;
};

enum fw_type { FW_TYPE_FILTER, FW_TYPE_NAT, FW_TYPE_ROUTE };

struct fw_chain {
	bool legacy;
	uint8_t family; /* NFPROTO_* of the table */
	const char *table, *name;
	uint64_t table_handle; /* nft */
	bool base;	       /* stands at a hook */
	bool dormant;
	uint32_t hook;
	int32_t priority;
	enum fw_type type;
	int32_t policy; /* FW_ACCEPT or FW_DROP */
	bool policy_counted;
	uint64_t policy_packets;
	const char *devices[16]; /* none: all */
	size_t n_devices;
	bool more_devices; /* than there is room for */
	struct fw_rule *rules;
	size_t n_rules;
};

struct fw_elem {
	const uint8_t *key, *end; /* end NULL: the key itself */
	const uint8_t *data;
	struct fw_verdict verdict;
	bool interval_end, catch_all;
	bool passing;  /* it has a time to live */
	bool stateful; /* an expression of its own may refuse it */
};

#define FW_FIELDS 16
struct fw_set {
	uint8_t family;
	const char *table, *name;
	uint32_t flags;
	uint32_t size; /* the most elements that it takes, 0: no such limit */
	uint8_t klen, dlen;
	bool verdicts;		   /* a map of verdicts */
	bool readable;		   /* false: its elements are not known */
	bool concat_ranges;	   /* each field by itself */
	uint8_t fields[FW_FIELDS]; /* bytes of each */
	size_t n_fields;
	struct fw_elem *elems; /* by key; those without a key last */
	size_t n_elems, n_keyed;
};

struct firewall {
	struct fw_chain *chains; /* by family, table, name; legacy last */
	size_t n_chains;
	struct fw_set *sets;
	size_t n_sets;
	struct fw_rule *rules;
	size_t n_rules;
	uint64_t generation;
	bool nft_read, legacy_read[2]; /* completely; legacy: IPv4, IPv6 */
	char unread[96];	       /* what was not, "" all was */
	/* what the above points into */
	void **owned;
	size_t n_owned;
};

/* ruleset, legacy: the answers of the host, NULL: there is none, nothing is known of it. */
int firewall_new(const json_t *ruleset, const json_t *legacy, struct firewall **ret);
void firewall_free(struct firewall *f);

/* NULL: there is none. */
const struct fw_chain *firewall_chain(const struct firewall *f, bool legacy, uint8_t family,
				      const char *table, const char *name);
/* By handle (nft) or number (legacy); NULL: there is none. */
const struct fw_rule *firewall_rule(const struct fw_chain *c, uint64_t id);

/* Do its rules translate addresses, do they look at connections (which brings tracking in)? */
bool firewall_has_nat(const struct firewall *f);
bool firewall_has_ct(const struct firewall *f);
/* Are they the same rules, whatever they have counted? */
bool firewall_same(const struct firewall *a, const struct firewall *b);
/* Does a rule ask what kind of address one is? */
bool firewall_has_types(const struct firewall *f);
/* Does it ask for the group that a device is in? */
bool firewall_has_groups(const struct firewall *f);
/* The name of a rule's first expression that can't be judged, whatever the packet; NULL: none. */
const char *firewall_unjudged(const struct fw_rule *r);
/* A full set that a rule of the chain before this one (NULL: any) would have added to; NULL: none.
 */
const struct fw_set *firewall_full_set(const struct fw_chain *c, const struct fw_rule *before);
/* The bits of a packet's mark that this chain's own rules may change. */
uint32_t firewall_marks(const struct fw_chain *c);

/* "ip", "ip6", "inet", "arp", "bridge", "netdev", as nft says it; "" for another number. */
const char *firewall_family(uint8_t family);
/* 0: no such family. */
uint8_t firewall_family_by_name(const char *name);

#endif
