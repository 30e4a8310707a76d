/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the single questions have in common: a socket, the names of the namespace's devices, the
 * list that is the answer, and tables that turn a message's attributes into its fields.
 */
#ifndef WAYBILL_HOST_ASK_CORE_H
#define WAYBILL_HOST_ASK_CORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/ask.h"
#include "util/netlink.h"

struct ask_device;

struct ask {
	struct mnl_socket *s, *names; /* names: a second one, for in the middle of a dump */
	struct ask_device *devices;   /* by ifindex */
	unsigned n_asked;
	bool knows_all;
	json_t *ret;	    /* an array */
	const json_t *args; /* the question's */
	uint32_t ifindex;   /* what rows are kept of, 0: all */
	uint32_t number;    /* the question's own use */
};

/* bus: NETLINK_*. 0 or -errno. */
int ask_open(struct ask *a, int bus, const json_t *args);
/* Gives the list away if r is 0. Returns r. */
int ask_close(struct ask *a, int r, json_t **ret);

/* Calls row for each message of the answer; that one is at least header bytes long behind nlh. */
typedef void (*ask_row)(struct ask *a, const struct nlmsghdr *nlh);
/*
 * A dump that was disturbed is asked again, and its list begun anew from where it was before.
 * -EINTR: it was disturbed each time. types: the low byte and the high one of what may answer, 0:
 * the same.
 */
int ask_run(struct ask *a, struct nlmsghdr *request, size_t header, ask_row row);

/* "" if there is none. Stays as long as a. */
const char *ask_device_name(struct ask *a, uint32_t ifindex);
/* The device of args, by "ifindex" or "ifname"; 0 if args name none. -ENODEV: not there. */
int ask_device_arg(struct ask *a, uint32_t *ret);

/* What args say, else otherwise. */
uint64_t ask_number(const json_t *args, const char *key, uint64_t otherwise);
/* 4, 16, or 0: args have no such address. */
size_t ask_address(const json_t *args, const char *key, uint8_t ret[16]);

/* A new object at the list's end, which the list owns. Never NULL: an object that nobody sees. */
json_t *ask_new(struct ask *a);
void ask_set(json_t *to, const char *key, json_t *value); /* takes the reference */
void ask_set_number(json_t *to, const char *key, uint64_t value);
void ask_set_device(struct ask *a, json_t *to, const char *key, const char *index_key,
		    uint32_t ifindex);
void ask_set_address(json_t *to, const char *key, const void *bytes, size_t n);
/* "10.1.0.0/16", a single host without a length, "default" for everything if any is NULL. */
void ask_set_prefix(json_t *to, const char *key, const void *bytes, size_t n, unsigned len);
/* "1:10", as tc writes handles. */
void ask_set_handle(json_t *to, const char *key, uint32_t handle);

/* names[i] for bit i; those without a name stand as numbers. */
json_t *ask_flags(uint32_t bits, const char *const names[], size_t n);

/* An attribute's form, by which it becomes a field. Numbers are of the length they have. */
enum attr_form {
	ATTR_UINT,
	ATTR_SINT,
	ATTR_BE,       /* of network order */
	ATTR_ON,       /* not 0: true */
	ATTR_FLAG,     /* that it is there: true */
	ATTR_TEXT,     /* foreign bytes */
	ATTR_HARDWARE, /* 02:00:00:00:00:01; 4 and 16 bytes are addresses */
	ATTR_ADDRESS,  /* 4 or 16 bytes */
	ATTR_DEVICE,   /* the name, and the number as KEY_index */
	ATTR_WORD,     /* a number that has a name */
	ATTR_NEST,     /* an object */
	ATTR_INTO,     /* its attributes become fields here */
	ATTR_LIST,     /* an array of objects, one for each attribute in it */
	ATTR_CALL,
};

struct attr_words {
	const char *const *names;
	size_t n;
};

struct attr_row {
	uint16_t type;
	uint8_t form;
	const char *key;
	union {
		const struct attr_table *table;
		const struct attr_words *words;
		void (*call)(struct ask *a, json_t *to, const struct nlattr *attr);
	};
};

struct attr_table {
	const struct attr_row *rows;
	size_t n;
};

#define ATTR_TABLE(rows)                                                                           \
	{                                                                                          \
		(rows), sizeof(rows) / sizeof((rows)[0])                                           \
	}
#define ATTR_WORDS(names)                                                                          \
	{                                                                                          \
		(names), sizeof(names) / sizeof((names)[0])                                        \
	}

/* What has no row, or is too short for its form, is no field. */
void attrs_read(struct ask *a, json_t *to, const struct attr_table *t, const void *first, int len);
void attrs_message(struct ask *a, json_t *to, const struct attr_table *t,
		   const struct nlmsghdr *nlh, size_t header);
void attrs_nested(struct ask *a, json_t *to, const struct attr_table *t, const struct nlattr *in);
/* The attribute of this type, NULL: none. */
const struct nlattr *attr_find(const void *first, int len, uint16_t type);
const struct nlattr *attr_of_message(const struct nlmsghdr *nlh, size_t header, uint16_t type);
const struct nlattr *attr_in(const struct nlattr *in, uint16_t type); /* in may be NULL */
/* A number of host order, otherwise if a is NULL or of no such length. */
uint64_t attr_number(const struct nlattr *a, uint64_t otherwise);
uint64_t attr_be(const struct nlattr *a, uint64_t otherwise);

#endif
