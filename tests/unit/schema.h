/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of JSON Schema (draft 7) as tests/schema/ uses: type, enum, required, properties,
 * additionalProperties, items, minItems, minimum, maximum, and $ref into the same file.
 */
#ifndef WAYBILL_TESTS_SCHEMA_H
#define WAYBILL_TESTS_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool schema_type(const char *type, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return !strcmp(type, "object");
	case JSON_ARRAY:
		return !strcmp(type, "array");
	case JSON_STRING:
		return !strcmp(type, "string");
	case JSON_INTEGER:
		return !strcmp(type, "integer") || !strcmp(type, "number");
	case JSON_REAL:
		return !strcmp(type, "number");
	case JSON_TRUE:
	case JSON_FALSE:
		return !strcmp(type, "boolean");
	default:
		return false; /* null stands nowhere */
	}
}

static bool schema_scalar(json_t *schema, json_t *v)
{
	json_t *type = json_object_get(schema, "type"), *list = json_object_get(schema, "enum"), *x;
	bool ok = !type && !json_is_null(v);
	size_t i;

	if (json_is_string(type))
		ok = schema_type(json_string_value(type), v);
	json_array_foreach(type, i, x) ok |= schema_type(json_string_value(x), v);
	if (list)
		ok = false;
	json_array_foreach(list, i, x) ok |= json_equal(x, v);
	x = json_object_get(schema, "minimum");
	if (x && json_is_integer(v))
		ok &= json_integer_value(v) >= json_integer_value(x);
	x = json_object_get(schema, "maximum");
	if (x && json_is_integer(v))
		ok &= json_integer_value(v) <= json_integer_value(x);
	x = json_object_get(schema, "minItems");
	if (x && json_is_array(v))
		ok &= (json_int_t)json_array_size(v) >= json_integer_value(x);
	return ok;
}

/* Is v as schema says? where gets the place that is not. */
static bool schema_valid(json_t *root, json_t *schema, json_t *v, char *where, size_t size)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref")), *key;
	json_t *props, *rest, *x;
	size_t i, at = strlen(where);

	if (ref)
		schema = json_object_get(json_object_get(root, "definitions"),
					 strrchr(ref, '/') + 1);
	if (!schema || !schema_scalar(schema, v))
		return false;
	json_array_foreach(json_object_get(schema, "required"), i, x)
	{
		if (json_object_get(v, json_string_value(x)))
			continue;
		snprintf(where + at, size - at, ": no %s", json_string_value(x));
		return false;
	}
	props = json_object_get(schema, "properties");
	rest = json_object_get(schema, "additionalProperties");
	json_object_foreach(v, key, x)
	{
		json_t *s = json_object_get(props, key);

		snprintf(where + at, size - at, ".%s", key);
		if ((!s && json_is_false(rest)) || json_is_null(x))
			return false;
		if (!s && json_is_object(rest))
			s = rest;
		if (s && !schema_valid(root, s, x, where, size))
			return false;
		where[at] = 0;
	}
	props = json_object_get(schema, "items");
	for (i = 0; props && i < json_array_size(v); i++) {
		snprintf(where + at, size - at, "[%zu]", i);
		if (!schema_valid(root, props, json_array_get(v, i), where, size))
			return false;
		where[at] = 0;
	}
	return true;
}

#endif
