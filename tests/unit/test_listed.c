/* SPDX-License-Identifier: GPL-2.0-only */
/* How often functions are listed, from files of kallsyms' form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "collect/listed.h"

static char path[] = "/tmp/waybill.listed.XXXXXX";
static struct listed *l;

/* The text, and n functions more. */
static void list(const char *text, int n)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	for (int i = 0; i < n; i++)
		fprintf(f, "ffffffff81000000 t a_function_with_a_name_of_usual_length_%d\n", i);
	fclose(f);
	l = listed_of(path);
}

static int make_file(void **state)
{
	(void)state;
	return close(mkstemp(path));
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void only_functions_count(void **state)
{
	(void)state;
	list("ffffffff81000000 T ip_rcv\n"
	     "ffffffff81000010 D ip_local_deliver\n"
	     "ffffffffc0000000 t nft_do_chain\t[nf_tables]\n"
	     "ffffffff81000020 t drop.isra.0\n"
	     "ffffffff81000030 t drop.isra.0.cold\n"
	     "ffffffff81000040 t twice\n"
	     "ffffffffc0000040 t twice\t[other]\n",
	     0);
	assert_int_equal(listed_times(l, "ip_rcv"), 1);
	assert_int_equal(listed_times(l, "ip_local_deliver"), 0);
	assert_int_equal(listed_times(l, "nft_do_chain"), 1);
	assert_int_equal(listed_times(l, "twice"), 2);
	assert_int_equal(listed_times(l, "drop"), 0);
	assert_string_equal(listed_variant(l, "drop"), "drop.isra.0");
	assert_null(listed_variant(l, "twice"));
	assert_null(listed_variant(l, "dro"));
	listed_free(l);
}

/* More than a block of the file, than the memory at first, and than the slots at first. */
static void many(void **state)
{
	(void)state;
	list("", 200000);
	assert_int_equal(listed_times(l, "a_function_with_a_name_of_usual_length_0"), 1);
	assert_int_equal(listed_times(l, "a_function_with_a_name_of_usual_length_77777"), 1);
	assert_int_equal(listed_times(l, "a_function_with_a_name_of_usual_length_199999"), 1);
	assert_int_equal(listed_times(l, "a_function_with_a_name_of_usual_length_200000"), 0);
	listed_free(l);
}

static void no_such_file(void **state)
{
	(void)state;
	l = listed_of("/nowhere");
	assert_int_equal(listed_times(l, "ip_rcv"), 0);
	assert_null(listed_variant(l, "ip_rcv"));
	listed_free(l);
}

static void lines_of_no_use(void **state)
{
	(void)state;
	list("\n \nabc\nffff t\nffff t \nffff t x", 0);
	assert_int_equal(listed_times(l, "x"), 0);
	listed_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_functions_count),
		cmocka_unit_test(many),
		cmocka_unit_test(no_such_file),
		cmocka_unit_test(lines_of_no_use),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
