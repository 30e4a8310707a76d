/* SPDX-License-Identifier: GPL-2.0-only */
/* What a number was called when: of a namespace, or a device. Who is asked: names.c. */
#ifndef WAYBILL_HOST_NAME_H
#define WAYBILL_HOST_NAME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A number may come to mean another namespace, or device: what it meant before is kept for the
 * journeys from that time. The last name stays when it is gone.
 */
struct name {
	uint64_t until_ns; /* it is asked for again for what happened from then on */
	uint64_t seen_ns;  /* the last time that it was told for */
	uint64_t changed_ns;
	uint64_t sure_ns; /* of a namespace: until then it was that one for certain */
	bool came;	  /* since then others came, one of which may have got the number */
	bool was_gone;	  /* nobody had the number when it was asked for */
	bool has_before;
	char now[64], before[64];
};

/* What was answered; "": nobody has it. True: another has, since the last one was seen. */
bool name_change(struct name *name, const char *now, uint64_t asked_ns);
/* Nobody has the number any more. True: its name is "" from some time on. */
bool name_gone(struct name *name);
/* Until calm_ns no namespace was named, and none lost its name; since then one was, or did. came:
 * others may have been made. */
void name_doubt(struct name *name, uint64_t calm_ns, bool came);
/* What it was called then. */
const char *name_at(struct name *name, uint64_t at_ns);
/* The last one that it had. */
const char *name_last(const struct name *name);
/* name_at(), or for at_ns 0 its last one: of a recording, where nothing is asked. */
const char *name_then(struct name *name, uint64_t at_ns);

#endif
