/* SPDX-License-Identifier: GPL-2.0-only */
/* Deciders: making, sharing, reading, and saying them in words. */
#include "model/decider.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/route_table.h"

static const char *const names[DECIDER_MAX] = {
#define X(id, name) [DECIDER_##id] = name,
	DECIDER_KINDS(X)
#undef X
};

const char *decider_kind_name(enum decider_kind kind)
{
	return kind > DECIDER_NONE && kind < DECIDER_MAX ? names[kind] : "";
}

struct decider *decider_new(enum decider_kind kind)
{
	struct decider *d = calloc(1, sizeof(*d));

	if (d) {
		d->refs = 1;
		d->kind = kind;
	}
	return d;
}

struct decider *decider_ref(struct decider *d)
{
	if (d)
		d->refs++;
	return d;
}

void decider_unref(struct decider *d)
{
	if (!d || --d->refs)
		return;
	for (size_t i = 0; i < d->n_attrs; i++)
		free(d->attrs[i].text);
	for (size_t i = 0; i < d->n_candidates; i++)
		decider_unref(d->candidates[i]);
	for (size_t i = 0; i < d->n_evidence; i++)
		free(d->evidence[i]);
	free(d->attrs);
	free(d->candidates);
	free(d->evidence);
	free(d);
}

static struct attr *find(const struct decider *d, const char *key)
{
	for (size_t i = 0; i < d->n_attrs; i++)
		if (!strcmp(d->attrs[i].key, key))
			return &d->attrs[i];
	return NULL;
}

static struct attr *place(struct decider *d, const char *key)
{
	struct attr *a = find(d, key), *more;

	if (a) {
		free(a->text);
		a->text = NULL;
		return a;
	}
	more = realloc(d->attrs, (d->n_attrs + 1) * sizeof(*more));
	if (!more)
		return NULL;
	d->attrs = more;
	a = &more[d->n_attrs++];
	*a = (struct attr){.key = key};
	return a;
}

int decider_set_text(struct decider *d, const char *key, const char *text)
{
	struct attr *a = d ? place(d, key) : NULL;

	if (!a)
		return -ENOMEM;
	a->text = strdup(text);
	return a->text ? 0 : -ENOMEM;
}

int decider_set_number(struct decider *d, const char *key, int64_t number)
{
	struct attr *a = d ? place(d, key) : NULL;

	if (!a)
		return -ENOMEM;
	a->number = number;
	return 0;
}

int decider_add_candidate(struct decider *d, struct decider *candidate)
{
	struct decider **more = realloc(d->candidates, (d->n_candidates + 1) * sizeof(*more));

	if (!more) {
		decider_unref(candidate);
		return -ENOMEM;
	}
	d->candidates = more;
	d->candidates[d->n_candidates++] = candidate;
	return 0;
}

void decider_add_evidence(struct decider *d, const char *format, ...)
{
	char text[128], **more;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (size_t i = 0; d && i < d->n_evidence; i++)
		if (!strcmp(d->evidence[i], text))
			return;
	more = d ? realloc(d->evidence, (d->n_evidence + 1) * sizeof(*more)) : NULL;
	if (!more)
		return;
	d->evidence = more;
	more[d->n_evidence] = strdup(text);
	d->n_evidence += more[d->n_evidence] != NULL;
}

const char *decider_text(const struct decider *d, const char *key)
{
	struct attr *a = d ? find(d, key) : NULL;

	return a ? a->text : NULL;
}

int64_t decider_number(const struct decider *d, const char *key, int64_t otherwise)
{
	struct attr *a = d ? find(d, key) : NULL;

	return a && !a->text ? a->number : otherwise;
}

/*
 * The words of each kind: text with {key} for an attribute, and [...] for a part that is left out
 * where an attribute in it is missing. What stands behind | is how the thing was at that moment.
 */
static const char *const words[DECIDER_MAX] = {
	[DECIDER_XDP_PROGRAM] = "prog[ {id}][ {name}][ ({mode})][ {action}][ failed: {error}]"
				"[, called by {dispatcher_id} {dispatcher}]",
	[DECIDER_TC_PROGRAM] =
		"prog[ {id}][ {name}][ ({mode})][ pref {pref}][, number {order} in order]",
	[DECIDER_TC_FILTER] =
		"tc filter[ {filter}][ pref {pref}][ {name}][, action {action}][ to {to_dev}]"
		"[, {cause}]",
	[DECIDER_NFT_RULE] =
		"nft {family} {table} {chain}[ handle {handle}]|[, invalid: {invalid}]",
	[DECIDER_NFT_POLICY] = "nft {family} {table} {chain}, policy[ {policy}]",
	[DECIDER_IPTABLES_RULE] =
		"iptables {table} {chain}[ rule {rule_number}]|[, invalid: {invalid}]",
	[DECIDER_IPTABLES_POLICY] = "iptables {table} {chain}, policy[ {policy}]",
	[DECIDER_CONNTRACK] = "conntrack[: {cause}]|[, {count} of {max} entries]"
			      "[, {top_entries} of them from {top_source}]",
	[DECIDER_NAT] = "NAT[: {cause}]",
	[DECIDER_NFQUEUE] = "NFQUEUE[ {queue}][: {cause}]",
	[DECIDER_BPF_NETFILTER] = "BPF netfilter program[ {id}][ {name}]",
	[DECIDER_CGROUP_PROGRAM] = "cgroup program[ {id}][ {name}][ at {path}]",
	[DECIDER_SOCKET_FILTER] = "socket filter[ of {comm}][ pid {pid}]",
	[DECIDER_ROUTE] = "route:[ {type}][ {prefix}][ table {table}][ via {via}][ ({cause})]",
	[DECIDER_IP_RULE] = "ip rule[ {priority}][ from {from}][ to {to}][ fwmark {fwmark}]"
			    "[ iif {iif}][ {selector}][ {type}]",
	[DECIDER_SYSCTL] = "{name} = {value}",
	[DECIDER_NEIGHBOUR] = "neighbour {address}[ dev {dev}]|[ {state}][, the gateway to "
			      "{gateway_to}][ by table {table}]",
	[DECIDER_SOCKET] = "socket[ {local}][ {comm}][ pid {pid}][ ({cause})]|"
			   "[, {queued_bytes} of {limit} bytes][, {unread_bytes} bytes unread]"
			   "[, {backlog} of {limit} connections wait]",
	[DECIDER_QDISC] = "qdisc {qdisc}[ {handle}][ parent {parent}][: {cause}]",
	[DECIDER_BRIDGE_PORT] = "bridge port {dev}[: {cause}]",
	[DECIDER_DEVICE] = "device {dev}[, MTU {mtu}][: {cause}]",
	[DECIDER_XFRM_POLICY] = "IPsec policy[ {selector}][ dir {dir}][ {action}][, wants {wants}]",
	[DECIDER_TUNNEL] = "tunnel[ {dev}][: {cause}]",
	[DECIDER_XFRM_STATE] = "IPsec state[ {spi}][: {cause}]",
	[DECIDER_WIREGUARD_PEER] = "WireGuard[ {dev}][: {cause}]",
	[DECIDER_IPVS_SERVICE] = "IPVS service[ {service}][: {cause}]",
	[DECIDER_OVS_FLOW] = "Open vSwitch[ {dev}][: {cause}]",
	[DECIDER_FLOWTABLE] = "flowtable[ {family} {table} {flowtable}]",
	[DECIDER_MROUTE] = "multicast route[ ({source}, {group})][: {cause}]",
	[DECIDER_MPLS_ROUTE] = "MPLS label[ {label}][: {cause}]",
	[DECIDER_VRF] = "VRF[ {dev}][: {cause}]",
};

static const char *words_of(const struct decider *d)
{
	const char *type = decider_text(d, "type");

	if (d->kind == DECIDER_ROUTE && type && !strcmp(type, "no_route"))
		return "no route[ in table {table}][ ({cause})]";
	return words[d->kind];
}

/* Writes one {key}. False: there is no such attribute. */
static bool put_attr(const struct decider *d, const char *key, size_t n, char *buf, size_t size,
		     size_t *at)
{
	char name[32];
	const struct attr *a;
	const char *text;
	int w;

	snprintf(name, sizeof(name), "%.*s", (int)n, key);
	a = find(d, name);
	if (!a)
		return false;
	text = a->text ? a->text : strcmp(name, "table") ? NULL : route_table_name(a->number);
	w = text ? snprintf(buf + *at, size - *at, "%s", text)
		 : snprintf(buf + *at, size - *at, "%lld", (long long)a->number);
	*at += w;
	if (*at >= size)
		*at = size - 1;
	return true;
}

/* now: also how it was at that moment. */
static const char *put_words(const struct decider *d, bool now, char *buf, size_t size)
{
	const char *p = d ? words_of(d) : "";
	size_t at = 0, mark = 0;
	bool missing = false;

	if (d && d->n_candidates > 1) {
		snprintf(buf, size, "one of %zu candidates", d->n_candidates);
		return buf;
	}
	if (d && d->n_candidates) {
		at = snprintf(buf, size, "perhaps ");
		if (at < size)
			put_words(d->candidates[0], now, buf + at, size - at);
		return buf;
	}
	for (; p && *p && (now || *p != '|') && at + 1 < size; p++) {
		if (*p == '|') {
			continue;
		} else if (*p == '[') {
			mark = at;
			missing = false;
		} else if (*p == ']') {
			if (missing)
				at = mark;
		} else if (*p == '{') {
			size_t n = strcspn(p + 1, "}");

			missing |= !put_attr(d, p + 1, n, buf, size, &at);
			p += n + 1;
		} else {
			buf[at++] = *p;
		}
	}
	buf[at] = 0;
	return buf;
}

const char *decider_words(const struct decider *d, char *buf, size_t size)
{
	return put_words(d, true, buf, size);
}

const char *decider_name(const struct decider *d, char *buf, size_t size)
{
	return put_words(d, false, buf, size);
}

bool decider_same(const struct decider *a, const struct decider *b)
{
	char x[160], y[160];

	return a && b && a->kind == b->kind && !a->n_candidates == !b->n_candidates &&
	       !strcmp(decider_name(a, x, sizeof(x)), decider_name(b, y, sizeof(y)));
}
