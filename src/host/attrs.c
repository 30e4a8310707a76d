/* SPDX-License-Identifier: GPL-2.0-only */
/* A message's attributes as fields, by tables. Nothing here trusts a length. */
#include <stdio.h>
#include <string.h>

#include "host/ask_core.h"
#include "util/foreign_json.h"

uint64_t attr_number(const struct nlattr *a, uint64_t otherwise)
{
	uint64_t wide;
	uint32_t word;
	uint16_t half;

	switch (a ? mnl_attr_get_payload_len(a) : 0) {
	case 1:
		return *(const uint8_t *)mnl_attr_get_payload(a);
	case 2:
		memcpy(&half, mnl_attr_get_payload(a), sizeof(half));
		return half;
	case 4:
		memcpy(&word, mnl_attr_get_payload(a), sizeof(word));
		return word;
	case 8:
		memcpy(&wide, mnl_attr_get_payload(a), sizeof(wide));
		return wide;
	}
	return otherwise;
}

uint64_t attr_be(const struct nlattr *a, uint64_t otherwise)
{
	uint16_t n = a ? mnl_attr_get_payload_len(a) : 0;
	const uint8_t *p = n ? mnl_attr_get_payload(a) : NULL;
	uint64_t v = 0;

	if (!n || n > 8)
		return otherwise;
	for (uint16_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static json_int_t signed_number(const struct nlattr *a)
{
	uint16_t n = mnl_attr_get_payload_len(a);
	uint64_t v = attr_number(a, 0);

	return n == 4 ? (int32_t)v : n == 2 ? (int16_t)v : n == 1 ? (int8_t)v : (json_int_t)v;
}

static bool is_number(const struct nlattr *a)
{
	uint16_t n = mnl_attr_get_payload_len(a);

	return n == 1 || n == 2 || n == 4 || n == 8;
}

static json_t *hardware(const struct nlattr *a)
{
	const uint8_t *p = mnl_attr_get_payload(a);
	uint16_t n = mnl_attr_get_payload_len(a);
	char text[3 * 32 + 1] = "";

	for (uint16_t i = 0; i < n && i < 32; i++)
		snprintf(text + (i ? 3 * i - 1 : 0), 4, "%s%02x", i ? ":" : "", p[i]);
	return json_string(text);
}

static void put_number(json_t *to, const struct attr_row *row, const struct nlattr *a)
{
	uint64_t v = attr_number(a, 0);

	if (!is_number(a))
		return;
	switch (row->form) {
	case ATTR_UINT:
		ask_set(to, row->key, json_integer((json_int_t)v));
		break;
	case ATTR_SINT:
		ask_set(to, row->key, json_integer(signed_number(a)));
		break;
	case ATTR_BE:
		ask_set(to, row->key, json_integer((json_int_t)attr_be(a, 0)));
		break;
	case ATTR_ON:
		ask_set(to, row->key, json_boolean(v));
		break;
	case ATTR_WORD:
		ask_set(to, row->key,
			v < row->words->n && row->words->names[v]
				? json_string(row->words->names[v])
				: json_integer((json_int_t)v));
		break;
	}
}

static void put_device(struct ask *a, json_t *to, const char *key, const struct nlattr *attr)
{
	char index[32];

	snprintf(index, sizeof(index), "%s_index", key);
	if (mnl_attr_get_payload_len(attr) == 4 && attr_number(attr, 0))
		ask_set_device(a, to, key, index, attr_number(attr, 0));
}

static void put_list(struct ask *a, json_t *to, const struct attr_row *row, const struct nlattr *in)
{
	json_t *list = json_array();
	const struct nlattr *e;

	mnl_attr_for_each_nested(e, in)
	{
		json_t *o = json_object();

		attrs_nested(a, o, row->table, e);
		json_array_append_new(list, o);
	}
	ask_set(to, row->key, list);
}

static void put(struct ask *a, json_t *to, const struct attr_row *row, const struct nlattr *attr)
{
	uint16_t n = mnl_attr_get_payload_len(attr);
	json_t *o;

	switch (row->form) {
	case ATTR_FLAG:
		ask_set(to, row->key, json_true());
		break;
	case ATTR_TEXT:
		ask_set(to, row->key, foreign_json(mnl_attr_get_payload(attr), n));
		break;
	case ATTR_HARDWARE:
		if (n != 4 && n != 16) {
			ask_set(to, row->key, hardware(attr));
			break;
		} /* fallthrough */
	case ATTR_ADDRESS:
		ask_set_address(to, row->key, mnl_attr_get_payload(attr), n);
		break;
	case ATTR_DEVICE:
		put_device(a, to, row->key, attr);
		break;
	case ATTR_NEST:
		o = json_object();
		attrs_nested(a, o, row->table, attr);
		ask_set(to, row->key, o);
		break;
	case ATTR_INTO:
		attrs_nested(a, to, row->table, attr);
		break;
	case ATTR_LIST:
		put_list(a, to, row, attr);
		break;
	case ATTR_CALL:
		row->call(a, to, attr);
		break;
	default:
		put_number(to, row, attr);
	}
}

void attrs_read(struct ask *a, json_t *to, const struct attr_table *t, const void *first, int len)
{
	const struct nlattr *attr = first;

	for (; mnl_attr_ok(attr, len); attr = mnl_attr_next(attr)) {
		uint16_t type = mnl_attr_get_type(attr);

		for (size_t i = 0; i < t->n; i++)
			if (t->rows[i].type == type)
				put(a, to, &t->rows[i], attr);
		len -= MNL_ALIGN(attr->nla_len);
	}
}

void attrs_nested(struct ask *a, json_t *to, const struct attr_table *t, const struct nlattr *in)
{
	attrs_read(a, to, t, mnl_attr_get_payload(in), mnl_attr_get_payload_len(in));
}

static int behind(const struct nlmsghdr *nlh, size_t header)
{
	return (int)mnl_nlmsg_get_payload_len(nlh) - (int)MNL_ALIGN(header);
}

void attrs_message(struct ask *a, json_t *to, const struct attr_table *t,
		   const struct nlmsghdr *nlh, size_t header)
{
	attrs_read(a, to, t, mnl_nlmsg_get_payload_offset(nlh, header), behind(nlh, header));
}

const struct nlattr *attr_find(const void *first, int len, uint16_t type)
{
	const struct nlattr *attr = first;

	for (; mnl_attr_ok(attr, len); attr = mnl_attr_next(attr)) {
		if (mnl_attr_get_type(attr) == type)
			return attr;
		len -= MNL_ALIGN(attr->nla_len);
	}
	return NULL;
}

const struct nlattr *attr_of_message(const struct nlmsghdr *nlh, size_t header, uint16_t type)
{
	return attr_find(mnl_nlmsg_get_payload_offset(nlh, header), behind(nlh, header), type);
}

const struct nlattr *attr_in(const struct nlattr *in, uint16_t type)
{
	return in ? attr_find(mnl_attr_get_payload(in), mnl_attr_get_payload_len(in), type) : NULL;
}
