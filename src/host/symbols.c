/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/kallsyms, sorted by address. It is opened while this process has its rights, which is when
 * the kernel decides whether addresses are told (kallsyms_open(), 5.10 to 7.2), and read in parts
 * while there is nothing else to do, or at once when a name is asked for before. For an address
 * that is not the kernel's own it is read again if there are other modules than before: one may lie
 * where another lay.
 */
#include "host/symbols.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/kallsyms.h"

#define ROOM_AT_FIRST 256
#define LOOK_NS	      (10 * MS_NS) /* between two looks at the modules, which are a short list */
#define AGAIN_NS      SECOND_NS	   /* between two readings for what no module explains */

struct symbol {
	uint64_t address;
	char *name;
	uint32_t module; /* its number in modules, 0: the kernel itself */
};

struct module {
	uint64_t start, end; /* 0: not listed, as what BPF programs are called */
	char name[56];
};

struct symbols {
	int symbols_fd, modules_fd;
	bool told; /* their addresses */
	struct symbol *list;
	size_t n, room;
	/* the first is the kernel itself, then those that are listed */
	struct module *modules;
	size_t n_modules, n_listed, modules_room;
	uint64_t read_ns; /* 0: not yet */
	uint64_t looked_ns;
	FILE *reading; /* NULL: all has been read, or nothing yet */
	char last[56]; /* module of the last symbol, and its number */
	uint32_t last_number;
};

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* A stream of its own over what was opened before: read from the beginning. */
static FILE *stream(int fd)
{
	int copy = fd >= 0 && !lseek(fd, 0, SEEK_SET) ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
	FILE *f = copy >= 0 ? fdopen(copy, "r") : NULL;

	if (!f && copy >= 0)
		close(copy);
	return f;
}

/* Makes room for one more element; its length doubles. */
static void *grow(void *list, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : ROOM_AT_FIRST;
	void *ret = list;

	if (n == *room) {
		ret = realloc(list, more * size);
		if (ret)
			*room = more;
	}
	return ret;
}

static bool add_module(struct symbols *s, const char *name, uint64_t start, uint64_t size)
{
	struct module *more = grow(s->modules, s->n_modules, &s->modules_room, sizeof(*more));

	if (!more)
		return false;
	s->modules = more;
	more += s->n_modules++;
	*more = (struct module){.start = start, .end = start + size};
	snprintf(more->name, sizeof(more->name), "%s", name);
	return true;
}

/* Lines: "nf_tables 372736 61 - Live 0xffffffffc0a00000". True: they are others than before. */
static bool read_modules(struct symbols *s)
{
	const struct symbols old = *s;
	FILE *f = stream(s->modules_fd);
	unsigned long long start, size;
	char line[4096], name[56];
	bool same;

	s->modules = NULL;
	s->n_modules = s->modules_room = 0;
	add_module(s, "", 0, 0);
	while (f && fgets(line, sizeof(line), f)) {
		const char *address = strstr(line, " 0x");

		if (address && sscanf(line, "%55s %llu", name, &size) == 2 &&
		    sscanf(address, " %llx", &start) == 1 && !add_module(s, name, start, size))
			break;
	}
	if (f)
		fclose(f);
	s->n_listed = s->n_modules;
	same = old.n_listed == s->n_listed &&
	       !memcmp(old.modules, s->modules, s->n_listed * sizeof(*s->modules));
	if (same) {
		free(s->modules);
		*s = old;
	} else {
		free(old.modules);
	}
	return !same;
}

/* Those whose name is no module's are one. */
static uint32_t module_of(struct symbols *s, const char *name)
{
	for (size_t i = 1; i < s->n_modules; i++)
		if (!strcmp(s->modules[i].name, name))
			return i;
	return add_module(s, name, 0, 0) ? s->n_modules - 1 : 0;
}

static void clear(struct symbols *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i].name);
	s->n = 0;
	s->n_modules = s->n_listed;
}

static void begin_to_read(struct symbols *s)
{
	clear(s);
	s->read_ns = clock_now_ns();
	s->last[0] = 0;
	s->last_number = 0;
	s->reading = stream(s->symbols_fd);
}

/* False: no room for it. */
static bool add_line(struct symbols *s, const char *line)
{
	uint64_t address = strtoull(line, NULL, 16);
	struct kallsyms_line k;
	struct symbol *more;
	char module[56];

	if (!kallsyms_read(line, strlen(line), &k) || !strchr("tTwW", k.type) || !address)
		return true;
	snprintf(module, sizeof(module), "%.*s", (int)k.module_len, k.module_len ? k.module : "");
	if (strcmp(module, s->last)) {
		s->last_number = module[0] ? module_of(s, module) : 0;
		memcpy(s->last, module, sizeof(s->last));
	}
	more = grow(s->list, s->n, &s->room, sizeof(*more));
	if (!more)
		return false;
	s->list = more;
	s->list[s->n++] = (struct symbol){address, strndup(k.name, k.name_len), s->last_number};
	return true;
}

/* So many lines more. */
static void read_on(struct symbols *s, size_t lines)
{
	char line[512];

	for (; s->reading && lines; lines--) {
		if (fgets(line, sizeof(line), s->reading) && add_line(s, line))
			continue;
		fclose(s->reading);
		s->reading = NULL;
		if (s->n)
			qsort(s->list, s->n, sizeof(*s->list), by_address);
	}
}

static void read_symbols(struct symbols *s)
{
	if (!s->reading)
		begin_to_read(s);
	read_on(s, SIZE_MAX);
}

/* Where the kernel does not tell them, all addresses are 0 (kallsyms_show_value(), 5.10 to 7.2). */
static bool are_told(int fd)
{
	char text[4096], *save, *line;
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = 0;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strtoull(line, NULL, 16))
			return true;
	return false;
}

struct symbols *symbols_open(const char *kallsyms, const char *modules)
{
	struct symbols *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->symbols_fd = open(kallsyms, O_RDONLY | O_CLOEXEC);
	s->modules_fd = open(modules, O_RDONLY | O_CLOEXEC);
	s->told = are_told(s->symbols_fd);
	return s;
}

bool symbols_told(const struct symbols *s)
{
	return s && s->told;
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	if (s->reading)
		fclose(s->reading);
	clear(s);
	free(s->list);
	free(s->modules);
	if (s->symbols_fd >= 0)
		close(s->symbols_fd);
	if (s->modules_fd >= 0)
		close(s->modules_fd);
	free(s);
}

/* The last symbol that does not begin behind the address. */
static const struct symbol *before(const struct symbols *s, uint64_t address)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s->list[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &s->list[low - 1] : NULL;
}

/*
 * It ends where the next one of the kernel, or of its module, begins; the last one of a module with
 * that. Where the kernel's last one ends is not told.
 */
static bool contains(const struct symbols *s, const struct symbol *f, uint64_t address)
{
	uint64_t end = s->modules[f->module].end;
	bool is_last = f + 1 == s->list + s->n || f[1].module != f->module;

	return end ? address < end : !is_last;
}

static const struct symbol *around(const struct symbols *s, uint64_t address)
{
	const struct symbol *f = before(s, address);

	return f && f->name && contains(s, f, address) ? f : NULL;
}

/* True: read once more. */
static bool look_again(struct symbols *s, bool unknown)
{
	uint64_t now = clock_now_ns();

	if (now - s->looked_ns < LOOK_NS)
		return false;
	s->looked_ns = now;
	if (!read_modules(s) && (!unknown || now - s->read_ns < AGAIN_NS))
		return false;
	read_symbols(s);
	return true;
}

bool symbols_read_ahead(struct symbols *s, size_t lines)
{
	if (!s->read_ns) {
		read_modules(s);
		begin_to_read(s);
		s->looked_ns = s->read_ns;
	}
	read_on(s, lines);
	return s->reading;
}

const char *symbols_around(struct symbols *s, uint64_t address, uint32_t *ret_offset,
			   const char **ret_module)
{
	const struct symbol *f;

	symbols_read_ahead(s, SIZE_MAX);
	f = around(s, address);
	if ((!f || f->module) && look_again(s, !f))
		f = around(s, address);
	if (!f)
		return NULL;
	*ret_offset = address - f->address;
	*ret_module = s->modules[f->module].name;
	return f->name;
}
