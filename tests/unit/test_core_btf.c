/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's types in short, and the index of what can be attached to, from type information that
 * is made here: a kernel's, a module's on top of it, and a program's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "collect/core_btf.h"
#include "collect/targets.h"

static struct btf *kernel, *module, *local;
static int kernel_function, module_function, kernel_tracepoint;

static int add_function(struct btf *b, const char *name)
{
	int proto = btf__add_func_proto(b, 0);

	return btf__add_func(b, name, BTF_FUNC_GLOBAL, proto);
}

/* struct packet { struct part { int a, b; } part; struct packet *next; int :3, len:5; }; */
static void make_kernel(void)
{
	int number, part, pointer, packet;

	kernel = btf__new_empty();
	number = btf__add_int(kernel, "int", 4, BTF_INT_SIGNED);
	btf__add_struct(kernel, "nobody_asks", 4);
	btf__add_field(kernel, "x", number, 0, 0);
	part = btf__add_struct(kernel, "part", 8);
	btf__add_field(kernel, "a", number, 0, 0);
	btf__add_field(kernel, "b", number, 32, 0);
	packet = part + 1;
	pointer = part + 2;
	assert_int_equal(btf__add_struct(kernel, "packet", 24), packet);
	btf__add_field(kernel, "part", part, 0, 0);
	btf__add_field(kernel, "next", pointer, 64, 0);
	btf__add_field(kernel, "len", number, 131, 5);
	assert_int_equal(btf__add_ptr(kernel, packet), pointer);
	kernel_function = add_function(kernel, "receive");
	kernel_tracepoint = btf__add_typedef(kernel, TARGETS_TRACEPOINT "receive", pointer);
}

/* Has one type that the kernel has not, one that it has in another form, one function each. */
static void make_module(void)
{
	module = btf__new_empty_split(kernel);
	btf__add_struct(module, "rule", 4);
	btf__add_field(module, "handle", 1, 0, 0);
	btf__add_struct(module, "packet", 4);
	btf__add_field(module, "other", 1, 0, 0);
	module_function = add_function(module, "walk");
	add_function(module, "receive");
}

static void make_local(void)
{
	local = btf__new_empty();
	btf__add_struct(local, "packet___old", 0);
	btf__add_struct(local, "rule", 0);
	btf__add_struct(local, "in_no_kernel", 0);
}

static int make_all(void **state)
{
	(void)state;
	make_kernel();
	make_module();
	make_local();
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	btf__free(module);
	btf__free(kernel);
	btf__free(local);
	return 0;
}

static struct btf *made(void)
{
	int fd = memfd_create("types", MFD_CLOEXEC);
	char path[32];
	struct btf *b;

	assert_int_equal(core_btf_make(fd, local, kernel, &module, 1), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	b = btf__parse(path, NULL);
	assert_non_null(b);
	close(fd);
	return b;
}

static void test_what_is_asked_for_is_there(void **state)
{
	struct btf *b = made();
	int id = btf__find_by_name_kind(b, "packet", BTF_KIND_STRUCT);
	const struct btf_type *t = btf__type_by_id(b, id);
	const struct btf_type *part;

	(void)state;
	assert_true(id > 0);
	assert_int_equal(t->size, 24);
	assert_int_equal(btf_vlen(t), 3);
	assert_string_equal(btf__name_by_offset(b, btf_members(t)[2].name_off), "len");
	assert_int_equal(btf_member_bit_offset(t, 2), 131);
	assert_int_equal(btf_member_bitfield_size(t, 2), 5);
	part = btf__type_by_id(b, btf_members(t)[0].type);
	assert_string_equal(btf__name_by_offset(b, part->name_off), "part");
	assert_int_equal(btf_member_bit_offset(part, 1), 32);
	assert_true(btf_is_ptr(btf__type_by_id(b, btf_members(t)[1].type)));
	btf__free(b);
}

static void test_modules_fill_what_the_kernel_lacks(void **state)
{
	struct btf *b = made();
	int n = 0;

	(void)state;
	assert_true(btf__find_by_name_kind(b, "rule", BTF_KIND_STRUCT) > 0);
	assert_true(btf__find_by_name_kind(b, "in_no_kernel", BTF_KIND_STRUCT) < 0);
	assert_true(btf__find_by_name_kind(b, "nobody_asks", BTF_KIND_STRUCT) < 0);
	for (uint32_t id = 1; id < btf__type_cnt(b); id++) {
		const struct btf_type *t = btf__type_by_id(b, id);

		n += btf_is_struct(t) && !strcmp(btf__name_by_offset(b, t->name_off), "packet");
	}
	assert_int_equal(n, 1);
	btf__free(b);
}

static void test_targets_by_name(void **state)
{
	struct targets *t = targets_make(kernel, &module, 1);
	int where = -2;

	(void)state;
	assert_non_null(t);
	assert_int_equal(targets_find(t, "receive", &where), kernel_function);
	assert_int_equal(where, -1);
	assert_int_equal(targets_find(t, "walk", &where), module_function);
	assert_int_equal(where, 0);
	assert_int_equal(targets_find(t, TARGETS_TRACEPOINT "receive", &where), kernel_tracepoint);
	assert_true(targets_find(t, "packet", &where) < 0);
	assert_true(targets_find(t, "", &where) < 0);
	targets_free(t);
	assert_true(targets_find(NULL, "receive", &where) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_asked_for_is_there),
		cmocka_unit_test(test_modules_fill_what_the_kernel_lacks),
		cmocka_unit_test(test_targets_by_name),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
