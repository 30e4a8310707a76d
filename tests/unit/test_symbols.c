/* SPDX-License-Identifier: GPL-2.0-only */
/* Which function an address is in, by texts in the form of /proc/kallsyms and /proc/modules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/symbols.h"
#include "util/clock.h"

#define KERNEL                                                                                     \
	"0000000000000000 A fixed_percpu_data\n"                                                   \
	"ffffffff81000000 T _stext\n"                                                              \
	"ffffffff81a00000 T kfree_skb_reason\n"                                                    \
	"ffffffff81a00100 T ip_rcv\n"                                                              \
	"ffffffff82000000 T _etext\n"                                                              \
	"ffffffff83000000 D init_task\n"
#define UDP_DIAG                                                                                   \
	"ffffffffc0100000 t udp_diag_dump\t[udp_diag]\n"                                           \
	"ffffffffc0100200 t udp_diag_init\t[udp_diag]\n"
#define UDP_DIAG_LISTED "udp_diag 4096 0 - Live 0xffffffffc0100000\n"
#define GRE                                                                                        \
	"ffffffffc0100000 t gre_err\t[gre]\n"                                                      \
	"ffffffffc0100300 t gre_rcv\t[gre]\n"

struct fixture {
	char kallsyms[64], modules[64];
	struct symbols *s;
};

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w"); /* the same file, which is open already */

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	fclose(f);
}

/* The kernel's lists become these. */
static void list(struct fixture *f, const char *kallsyms, const char *modules)
{
	put(f->kallsyms, kallsyms);
	put(f->modules, modules);
}

static int begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->kallsyms, "/tmp/kallsyms.XXXXXX");
	strcpy(f->modules, "/tmp/modules.XXXXXX");
	close(mkstemp(f->kallsyms));
	close(mkstemp(f->modules));
	list(f, KERNEL UDP_DIAG, UDP_DIAG_LISTED);
	f->s = symbols_open(f->kallsyms, f->modules);
	*state = f;
	return !f->s;
}

static int end(void **state)
{
	struct fixture *f = *state;

	symbols_free(f->s);
	unlink(f->kallsyms);
	unlink(f->modules);
	free(f);
	return 0;
}

/* "function+0xoffset [module]", "": not known. */
static const char *told(struct fixture *f, uint64_t address)
{
	static char text[160];
	const char *name, *module;
	uint32_t offset;

	name = symbols_around(f->s, address, &offset, &module);
	text[0] = 0;
	if (name)
		snprintf(text, sizeof(text), "%s+0x%x [%s]", name, offset, module);
	return text;
}

/* The lists are looked at again, but not all the time. */
static void becomes(struct fixture *f, uint64_t address, const char *wanted)
{
	uint64_t until = clock_now_ns() + 10 * SECOND_NS;

	while (strcmp(told(f, address), wanted) && clock_now_ns() < until)
		usleep(1000);
	assert_string_equal(told(f, address), wanted);
}

static void test_found(void **state)
{
	struct fixture *f = *state;

	assert_true(symbols_told(f->s));
	assert_string_equal(told(f, 0xffffffff81a00000), "kfree_skb_reason+0x0 []");
	assert_string_equal(told(f, 0xffffffff81a000ff), "kfree_skb_reason+0xff []");
	assert_string_equal(told(f, 0xffffffff81a00100), "ip_rcv+0x0 []");
	assert_string_equal(told(f, 0xffffffffc01001ff), "udp_diag_dump+0x1ff [udp_diag]");
	assert_string_equal(told(f, 0xffffffffc0100210), "udp_diag_init+0x10 [udp_diag]");
}

/* Where nothing says what lies there, the function before it is not taken for it. */
static void test_not_beyond_the_end(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(told(f, 0xffffffffc0101000), ""); /* behind the module */
	assert_string_equal(told(f, 0xffffffffc00ff000), ""); /* between kernel and module */
	assert_string_equal(told(f, 0xffffffff82000010), ""); /* behind the kernel's last one */
	assert_string_equal(told(f, 0x1000), "");	      /* before the first */
	assert_string_equal(told(f, 0xfffffffffffffff0), "");
}

static void test_module_comes(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(told(f, 0xffffffffc0200304), "");
	list(f,
	     KERNEL UDP_DIAG "ffffffffc0200000 t gre_err\t[gre]\n"
			     "ffffffffc0200300 t gre_rcv\t[gre]\n",
	     "gre 8192 1 ip_gre, Live 0xffffffffc0200000 (E)\n" UDP_DIAG_LISTED);
	becomes(f, 0xffffffffc0200304, "gre_rcv+0x4 [gre]");
	assert_string_equal(told(f, 0xffffffffc0100210), "udp_diag_init+0x10 [udp_diag]");
}

/* Its place may be that of one which went. */
static void test_module_takes_the_place(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(told(f, 0xffffffffc0100304), "udp_diag_init+0x104 [udp_diag]");
	list(f, KERNEL GRE, "gre 8192 0 - Live 0xffffffffc0100000\n");
	becomes(f, 0xffffffffc0100304, "gre_rcv+0x4 [gre]");
}

/* From Linux 6.4 on its size is more than that of its code, behind which another's may lie. */
static void test_module_behind(void **state)
{
	struct fixture *f = *state;

	list(f, KERNEL UDP_DIAG, "udp_diag 65536 0 - Live 0xffffffffc0100000\n");
	assert_string_equal(told(f, 0xffffffffc0102004), "udp_diag_init+0x1e04 [udp_diag]");
	list(f, KERNEL UDP_DIAG "ffffffffc0102000 t gre_rcv\t[gre]\n",
	     "gre 8192 0 - Live 0xffffffffc0102000\nudp_diag 65536 0 - Live 0xffffffffc0100000\n");
	becomes(f, 0xffffffffc0102004, "gre_rcv+0x4 [gre]");
}

/* BPF programs have symbols of a module that is in no list. */
static void test_not_listed(void **state)
{
	struct fixture *f = *state;

	list(f,
	     KERNEL UDP_DIAG "ffffffffc0300000 t bpf_prog_one\t[bpf]\n"
			     "ffffffffc0300080 t bpf_prog_two\t[bpf]\n",
	     UDP_DIAG_LISTED);
	assert_string_equal(told(f, 0xffffffffc0300010), "bpf_prog_one+0x10 [bpf]");
	assert_string_equal(told(f, 0xffffffffc0300090), "");
}

static void test_not_told(void **state)
{
	struct fixture *f = *state;
	struct symbols *s;

	list(f, "0000000000000000 T _stext\n0000000000000000 T ip_rcv\n", "");
	s = symbols_open(f->kallsyms, f->modules);
	assert_non_null(s);
	assert_false(symbols_told(s));
	symbols_free(s);
	assert_string_equal(told(f, 0xffffffff81a00100), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found, begin, end),
		cmocka_unit_test_setup_teardown(test_not_beyond_the_end, begin, end),
		cmocka_unit_test_setup_teardown(test_module_comes, begin, end),
		cmocka_unit_test_setup_teardown(test_module_takes_the_place, begin, end),
		cmocka_unit_test_setup_teardown(test_module_behind, begin, end),
		cmocka_unit_test_setup_teardown(test_not_listed, begin, end),
		cmocka_unit_test_setup_teardown(test_not_told, begin, end),
	};

	return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
