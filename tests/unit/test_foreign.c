/* SPDX-License-Identifier: GPL-2.0-only */
/* Foreign strings in each form, against readers of those forms: jansson, shells, a strict one here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/foreign.h"

static const struct {
	const char *in, *out[FOREIGN_FORMS]; /* NULL: as it is */
} rows[] = {
	{"eth0", {NULL}},
	{"a-b_c.1@x:2/3", {NULL}},
	{"", {[FOREIGN_SHELL] = "''"}},
	{"a b", {[FOREIGN_SHELL] = "'a b'"}},
	{"$(reboot)", {[FOREIGN_SHELL] = "'$(reboot)'"}},
	{"it's", {[FOREIGN_HTML] = "it&#39;s", [FOREIGN_SHELL] = "'it'\\''s'"}},
	{"<b>&\"",
	 {[FOREIGN_JSON] = "<b>&\\\"",
	  [FOREIGN_LABEL] = "<b>&\\\"",
	  [FOREIGN_HTML] = "&lt;b&gt;&amp;&quot;",
	  [FOREIGN_SHELL] = "'<b>&\"'"}},
	{"a\\b",
	 {[FOREIGN_JSON] = "a\\\\b", [FOREIGN_LABEL] = "a\\\\b", [FOREIGN_SHELL] = "'a\\b'"}},
	{"a\nb", {"a\\x0ab", "a\\u000ab", "a\\nb", "a\\x0ab", "\"$(printf 'a\\012b')\""}},
	{"\x1b[2J",
	 {"\\x1b[2J", "\\u001b[2J", "\\\\x1b[2J", "\\x1b[2J", "\"$(printf '\\033\\1332J')\""}},
	{"\x9b"
	 "2J",
	 {"\\x9b2J", "\\\\x9b2J", "\\\\x9b2J", "\\x9b2J", "\"$(printf '\\2332J')\""}},
	/* the same byte as it travels within strings */
	{"\xee\xbe\x9b"
	 "2J",
	 {"\\x9b2J", "\\\\x9b2J", "\\\\x9b2J", "\\x9b2J", "\"$(printf '\\2332J')\""}},
	{"\xc2\x9b", {"\\u{9b}", "\\u009b", "\\\\u{9b}", "\\u{9b}", "\"$(printf '\\302\\233')\""}},
	{"\xe2\x80\xaegro",
	 {"\\u{202e}gro", "\\u202egro", "\\\\u{202e}gro", "\\u{202e}gro",
	  "\"$(printf '\\342\\200\\256gro')\""}},
	{"a\xe2\x80\x8b"
	 "b",
	 {"a\\u{200b}b", "a\\u200bb", "a\\\\u{200b}b", "a\\u{200b}b",
	  "\"$(printf 'a\\342\\200\\213b')\""}},
	{"\xf3\xa0\x80\xa0",
	 {"\\u{e0020}", "\\udb40\\udc20", "\\\\u{e0020}", "\\u{e0020}",
	  "\"$(printf '\\363\\240\\200\\240')\""}},
	{"a\n", {"a\\x0a", "a\\u000a", "a\\n", "a\\x0a", "''$'a\\012'"}},
	{"-%s\x7f",
	 {"-%s\\x7f", "-%s\\u007f", "-%s\\\\x7f", "-%s\\x7f", "\"$(printf '\\055\\045s\\177')\""}},
	{"gr\xc3\xbcn\xf0\x9f\x98\x80",
	 {[FOREIGN_SHELL] = "\"$(printf 'gr\\303\\274n\\360\\237\\230\\200')\""}},
	{"\xed\xa0\x80",
	 {"\\xed\\xa0\\x80", "\\\\xed\\\\xa0\\\\x80", "\\\\xed\\\\xa0\\\\x80", "\\xed\\xa0\\x80",
	  "\"$(printf '\\355\\240\\200')\""}},
};

static void forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int f = 0; f < FOREIGN_FORMS; f++) {
			struct text t = {0};

			foreign_put(&t, f, rows[i].in);
			assert_string_equal(t.s ? t.s : "",
					    rows[i].out[f] ? rows[i].out[f] : rows[i].in);
			text_free(&t);
		}
}

/* All strings of two bytes, and of a lead byte of three with each pair that may follow. */
static void each_string(void (*look)(const char *s))
{
	char s[4] = "";

	for (unsigned a = 1; a < 256; a++)
		for (unsigned b = 1; b < 256; b++) {
			s[0] = a;
			s[1] = b;
			s[2] = 0;
			look(s);
		}
	for (unsigned b = 0x80; b < 0xc0; b++)
		for (unsigned c = 0x80; c < 0xc0; c++) {
			s[0] = 0xe2;
			s[1] = b;
			s[2] = c;
			look(s);
			s[0] = 0xee;
			look(s);
		}
}

/* Nothing that comes out is unsafe, a lone byte, or one that travels. */
static void assert_clean(const struct text *t)
{
	for (size_t i = 0, n; i < t->n; i += n) {
		uint32_t c = foreign_char(t->s + i, t->n - i, &n);

		assert_false(foreign_is_unsafe(c));
		assert_false(c >= FOREIGN_BYTE(0x80) && c <= FOREIGN_BYTE(0xff));
	}
}

/* What a parser of the exposition format takes between the quotes, and nothing else. */
static void assert_label(const char *s)
{
	for (; *s; s++) {
		assert_true(*s != '"' && *s != '\n');
		if (*s == '\\')
			assert_non_null(strchr("\\\"n", *++s));
	}
}

static void look(const char *s)
{
	struct text t = {0};
	json_t *v;

	for (int f = 0; f < FOREIGN_FORMS; f++) {
		text_reset(&t);
		foreign_put(&t, f, s);
		assert_clean(&t);
		if (f == FOREIGN_LABEL)
			assert_label(t.s);
		if (f == FOREIGN_HTML)
			assert_null(strpbrk(t.s, "<>\"'"));
	}
	text_reset(&t);
	text_put(&t, "\"", 1);
	foreign_put(&t, FOREIGN_JSON, s);
	text_put(&t, "\"", 1);
	v = json_loadb(t.s, t.n, JSON_DECODE_ANY, NULL);
	assert_non_null(v);
	json_decref(v);
	text_free(&t);
}

static void nothing_gets_through(void **state)
{
	(void)state;
	each_string(look);
}

static struct text script, wanted;

static bool any_shell;

/* A byte that some shell treats as no other, or one of each kind that is alike to all. */
static bool is_telling(char c)
{
	return strchr(" '\"\\$`!*0789aZ-_\n\t\033\177\200\233\303\342\356\377", c);
}

static void add_word(const char *s)
{
	/* a byte that travels is the byte again: that is another string */
	if ((uint8_t)s[0] == 0xee && (uint8_t)s[1] >= 0xbe)
		return;
	/* what ends in a newline has no form that each of them knows */
	if (any_shell && *s && s[strlen(s) - 1] == '\n')
		return;
	text_printf(&script, "printf '%%s\\0' ");
	foreign_put(&script, FOREIGN_SHELL, s);
	text_put(&script, "\n", 1);
	text_put(&wanted, s, strlen(s) + 1);
}

/* Of each pair one byte is telling: a shell starts a process for most of them. */
static void add_telling(const char *s)
{
	bool three = s[1] && s[2];

	if (three ? !((uint8_t)s[2] % 8) : is_telling(s[0]) || is_telling(s[1]))
		add_word(s);
}

/* The shell itself reads each word as the string that it was made of. */
static void shell_reads_it(const char *shell)
{
	char path[] = "/tmp/waybill-foreign-XXXXXX", command[64];
	int fd = mkstemp(path);
	char *got;
	size_t n;
	FILE *f;

	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		add_word(rows[i].in);
	each_string(add_telling);
	f = fdopen(fd, "w");
	assert_int_equal(fwrite(script.s, 1, script.n, f), script.n);
	fclose(f);
	snprintf(command, sizeof(command), "%s %s", shell, path);
	f = popen(command, "r");
	assert_non_null(f);
	got = calloc(1, wanted.n + 2);
	n = fread(got, 1, wanted.n + 1, f);
	pclose(f);
	remove(path);
	assert_int_equal(n, wanted.n);
	assert_memory_equal(got, wanted.s, n);
	free(got);
	text_free(&script);
	text_free(&wanted);
}

static void shells_read_it(void **state)
{
	(void)state;
	shell_reads_it("bash");
	any_shell = true;
	shell_reads_it("sh");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(nothing_gets_through),
		cmocka_unit_test(shells_read_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
