/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds what the BPF programs read of the kernel (their CO-RE relocations) and what vmlinux.h
 * declares against the BTF of kernels, as TAP:
 *
 *     btf_check FIRST PROGRAMS.o[,MORE.o...] TYPES.o NAME=FOLDER...
 *
 * FIRST is the number of the first test, TYPES.o has a variable of each type of vmlinux.h, each
 * kernel is a folder like /sys/kernel/btf: vmlinux and one file a module. It follows libbpf's rules
 * for finding a field, but not the control flow: a read counts as guarded if its program asks
 * whether something of that type exists. Whether the programs really load is shown by loading them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <fcntl.h>
#include <gelf.h>
#include <linux/bpf.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define MODULES_MAX    512
#define PATH_MAX_ELEMS 16
#define ANY_INDEX      "[]"

struct kernel {
	char name[64];
	struct btf *btf[MODULES_MAX]; /* vmlinux, then the modules */
	size_t n;
};

struct path {				   /* a field from its outermost type on */
	char type[64];			   /* with its flavour */
	__u32 kind;			   /* BTF_KIND_* of that type */
	const char *elems[PATH_MAX_ELEMS]; /* member names and ANY_INDEX */
	size_t n;
	__u32 leaf; /* BTF_KIND_* of the field; 0: the type itself is meant */
};

struct relocation {
	const char *program; /* its ELF section */
	struct path path;
	enum bpf_core_relo_kind how;
};

static struct relocation *relocations; /* each once */
static size_t n_relocations;

#define KERNELS_MAX 16
static struct kernel kernels[KERNELS_MAX];
static size_t n_kernels;

/* What was found out already, by the text of a path or the name of a program. */
struct answer {
	char text[192];
	bool known[KERNELS_MAX], yes[KERNELS_MAX];
};

static struct answer *answers;
static size_t n_answers;

/* The fields of vmlinux.h that a relocation passes through, as "type.member". */
static char (*touched)[192];
static size_t n_touched;

static void die(const char *what, const char *which)
{
	fprintf(stderr, "btf_check: %s: %s\n", which, what);
	exit(1);
}

static void *grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1)) /* room for the next power of two is there */
		return array;
	array = realloc(array, (n ? 2 * n : 1) * size);
	if (!array)
		die("no memory", "array");
	return array;
}

static const char *name_of(const struct btf *btf, const struct btf_type *t)
{
	return btf__name_by_offset(btf, t->name_off);
}

/* The type behind modifiers and typedefs; the last typedef's name is left in *name if there is one.
 */
static const struct btf_type *plain(const struct btf *btf, __u32 id, const char **name)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (btf_is_mod(t) || btf_is_typedef(t)) {
		if (btf_is_typedef(t) && name)
			*name = name_of(btf, t);
		t = btf__type_by_id(btf, t->type);
	}
	return t;
}

/* Enums, whole numbers and their sizes may change from kernel to kernel, nothing else. */
static __u32 leaf_kind(const struct btf_type *t)
{
	__u32 kind = btf_kind(t);

	return kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64 ? BTF_KIND_INT : kind;
}

static size_t without_flavour(const char *type)
{
	const char *flavour = strstr(type, "___");

	return flavour ? (size_t)(flavour - type) : strlen(type);
}

static bool same_type(const char *a, const char *b)
{
	size_t n = without_flavour(a);

	return n == without_flavour(b) && !strncmp(a, b, n);
}

static void path_text(const struct path *p, char *text, size_t size)
{
	size_t at = snprintf(text, size, "%s", p->type);

	for (size_t i = 0; i < p->n && at < size; i++)
		at += snprintf(text + at, size - at, "%s%s",
			       strcmp(p->elems[i], ANY_INDEX) ? "." : "", p->elems[i]);
}

static struct answer *answer(const char *text)
{
	for (size_t i = 0; i < n_answers; i++)
		if (!strcmp(answers[i].text, text))
			return &answers[i];
	answers = grow(answers, n_answers, sizeof(*answers));
	memset(&answers[n_answers], 0, sizeof(*answers));
	snprintf(answers[n_answers].text, sizeof(answers->text), "%s", text);
	return &answers[n_answers++];
}

static bool is_touched(const char *field)
{
	for (size_t i = 0; i < n_touched; i++)
		if (!strcmp(touched[i], field))
			return true;
	return false;
}

static void touch(const char *type, const char *member)
{
	char field[192];

	snprintf(field, sizeof(field), "%s.%s", type, member);
	if (is_touched(field))
		return;
	touched = grow(touched, n_touched, sizeof(*touched));
	strcpy(touched[n_touched++], field);
}

/* Member types without a name of their own are called by the member that has them. */
static void enter(char *type, size_t size, const struct btf *btf, const struct btf_type *t,
		  const char *typedef_name, const char *member)
{
	const char *own = name_of(btf, t);

	if (*own)
		snprintf(type, size, "%s", own);
	else if (typedef_name)
		snprintf(type, size, "%s", typedef_name);
	else if (*member)
		snprintf(type + strlen(type), size - strlen(type), ".%s", member);
}

/* A relocation's field in names: access is "0:3:1", the first index always 0. */
static void path_of_access(struct path *p, const struct btf *btf, __u32 id, const char *access)
{
	const struct btf_type *root = btf__type_by_id(btf, id), *t;
	const char *typedef_name = NULL;
	char type[96];

	memset(p, 0, sizeof(*p));
	p->kind = btf_kind(root);
	snprintf(p->type, sizeof(p->type), "%s", name_of(btf, root));
	snprintf(type, sizeof(type), "%s", p->type);
	t = plain(btf, id, NULL);
	strtoul(access, (char **)&access, 10);
	while (*access == ':' && p->n < PATH_MAX_ELEMS) {
		unsigned long i = strtoul(access + 1, (char **)&access, 10);

		typedef_name = NULL;
		if (btf_is_array(t)) {
			p->elems[p->n++] = ANY_INDEX;
			t = plain(btf, btf_array(t)->type, NULL);
		} else if (btf_is_composite(t)) {
			const struct btf_member *m = &btf_members(t)[i];
			const char *name = btf__name_by_offset(btf, m->name_off);

			if (*name) {
				p->elems[p->n++] = name;
				touch(type, name);
			}
			t = plain(btf, m->type, &typedef_name);
			if (btf_is_composite(t))
				enter(type, sizeof(type), btf, t, typedef_name, name);
		} else {
			die("an access that leads nowhere", p->type);
		}
		p->leaf = leaf_kind(t);
	}
	if (p->n && btf_is_composite(t)) /* taken as a whole */
		touch(type, "");
}

static void keep_relocation(const struct relocation *r)
{
	char text[192], other[192];

	path_text(&r->path, text, sizeof(text));
	for (size_t i = 0; i < n_relocations; i++) {
		if (relocations[i].how != r->how || strcmp(relocations[i].program, r->program))
			continue;
		path_text(&relocations[i].path, other, sizeof(other));
		if (!strcmp(text, other))
			return;
	}
	relocations = grow(relocations, n_relocations, sizeof(*relocations));
	relocations[n_relocations++] = *r;
}

/* libbpf has a reader for this section, but not every version hands out what it read. */
static const void *section(const char *file, const char *name)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	Elf *elf = elf_version(EV_CURRENT) ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
	Elf_Scn *scn = NULL;
	Elf64_Shdr *head;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		head = elf64_getshdr(scn);
		if (head && !strcmp(elf_strptr(elf, names, head->sh_name), name))
			return elf_getdata(scn, NULL)->d_buf;
	}
	return NULL;
}

static void read_relocations(const char *file)
{
	const struct {
		__u16 magic;
		__u8 version, flags;
		__u32 hdr_len, func_info_off, func_info_len, line_info_off, line_info_len;
		__u32 core_relo_off, core_relo_len;
	} * head;
	struct btf *btf = btf__parse_elf(file, NULL);
	const __u8 *at, *end;
	__u32 size;

	head = section(file, ".BTF.ext");
	if (!btf || !head)
		die("no BTF", file);
	at = (const __u8 *)head + head->hdr_len + head->core_relo_off;
	end = at + head->core_relo_len;
	size = *(const __u32 *)at;
	at += sizeof(__u32);
	while (at < end) {
		const struct {
			__u32 name, n;
		} *sec = (const void *)at;

		at += sizeof(*sec);
		for (__u32 i = 0; i < sec->n; i++, at += size) {
			const struct bpf_core_relo *from = (const void *)at;
			struct relocation r = {
				.program = btf__name_by_offset(btf, sec->name),
				.how = from->kind,
			};

			path_of_access(&r.path, btf, from->type_id,
				       r.how <= BPF_CORE_FIELD_RSHIFT_U64
					       ? btf__name_by_offset(btf, from->access_str_off)
					       : "0");
			keep_relocation(&r);
		}
	}
}

static const struct btf_type *find_member(const struct btf *btf, const struct btf_type *t,
					  const char *name)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; i < btf_vlen(t); i++, m++) {
		const char *own = btf__name_by_offset(btf, m->name_off);
		const struct btf_type *inner = plain(btf, m->type, NULL);

		if (*own && !strcmp(own, name))
			return inner;
		if (!*own && btf_is_composite(inner)) {
			inner = find_member(btf, inner, name);
			if (inner)
				return inner;
		}
	}
	return NULL;
}

static bool resolves_from(const struct btf *btf, const struct btf_type *t, const struct path *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!strcmp(p->elems[i], ANY_INDEX))
			t = btf_is_array(t) ? plain(btf, btf_array(t)->type, NULL) : NULL;
		else
			t = btf_is_composite(t) ? find_member(btf, t, p->elems[i]) : NULL;
		if (!t)
			return false;
	}
	return !p->leaf || leaf_kind(t) == p->leaf;
}

/* A module's types begin where those of vmlinux end. */
static __u32 first_own(const struct btf *btf)
{
	const struct btf *base = btf__base_btf(btf);

	return base ? btf__type_cnt(base) : 1;
}

/* Modules are asked only about types that vmlinux does not have, as libbpf does it. */
static bool look_for(const struct kernel *k, const struct path *p)
{
	size_t length = without_flavour(p->type);
	char type[64];

	snprintf(type, sizeof(type), "%.*s", (int)length, p->type);
	for (size_t i = 0; i < k->n; i++) {
		const struct btf *btf = k->btf[i];
		bool known = false;

		for (__u32 id = first_own(btf); id < btf__type_cnt(btf); id++) {
			const struct btf_type *t = btf__type_by_id(btf, id);

			if (btf_kind(t) != p->kind || strcmp(name_of(btf, t), type))
				continue;
			if (resolves_from(btf, plain(btf, id, NULL), p))
				return true;
			known = true;
		}
		if (known && i == 0)
			return false;
	}
	return false;
}

static bool resolves(const struct kernel *k, const struct path *p)
{
	size_t i = k - kernels;
	struct answer *a;
	char text[192];

	path_text(p, text, sizeof(text));
	a = answer(text);
	if (!a->known[i]) {
		a->yes[i] = look_for(k, p);
		a->known[i] = true;
	}
	return a->yes[i];
}

static bool has_type(const struct kernel *k, const char *name, __u32 kind)
{
	for (size_t i = 0; i < k->n; i++) {
		for (__u32 id = first_own(k->btf[i]); id < btf__type_cnt(k->btf[i]); id++) {
			const struct btf_type *t = btf__type_by_id(k->btf[i], id);

			if (btf_kind(t) == kind && !strcmp(name_of(k->btf[i], t), name))
				return true;
		}
	}
	return false;
}

static bool has_target(const struct kernel *k, const char *program)
{
	const char *target = strrchr(program, '/');
	char trace[96];

	if (strstr(program, "netfilter"))
		return has_type(k, "bpf_nf_ctx", BTF_KIND_STRUCT);
	if (!target)
		return true;
	if (strstr(program, "tp_btf/")) {
		snprintf(trace, sizeof(trace), "btf_trace_%s", target + 1);
		return has_type(k, trace, BTF_KIND_TYPEDEF);
	}
	return has_type(k, target + 1, BTF_KIND_FUNC);
}

/* Would waybill load the programs of this section on that kernel at all? */
static bool loads(const struct kernel *k, const char *program)
{
	struct answer *a = answer(program);
	size_t i = k - kernels;

	if (!a->known[i]) {
		a->yes[i] = has_target(k, program);
		a->known[i] = true;
	}
	return a->yes[i];
}

static bool asks(const struct relocation *r)
{
	return r->how == BPF_CORE_FIELD_EXISTS || r->how == BPF_CORE_TYPE_EXISTS ||
	       r->how == BPF_CORE_ENUMVAL_EXISTS;
}

static bool guarded(const struct relocation *r)
{
	for (size_t i = 0; i < n_relocations; i++) {
		const struct relocation *g = &relocations[i];

		if (asks(g) && !strcmp(g->program, r->program) &&
		    same_type(g->path.type, r->path.type))
			return true;
	}
	return false;
}

/* --- the tests --- */

static int test_number;
static bool failed;

struct findings {
	char text[65536];
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void find(struct findings *f, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (strstr(f->text, line) || f->n + strlen(line) + 4 > sizeof(f->text))
		return;
	f->n += sprintf(f->text + f->n, "# %s\n", line);
}

static void report(const struct findings *f, const char *what)
{
	printf("%sok %d - %s\n%s", f->n ? "not " : "", test_number++, what, f->text);
	failed |= f->n != 0;
}

static void test_kernel(const struct kernel *k)
{
	struct findings f = {0};
	char what[256], field[256];
	size_t held = 0;

	for (size_t i = 0; i < n_relocations; i++) {
		const struct relocation *r = &relocations[i];

		if (asks(r) || !loads(k, r->program))
			continue;
		held++;
		path_text(&r->path, field, sizeof(field));
		if (!resolves(k, &r->path) && !guarded(r))
			find(&f, "%s is read by %s and not there", field, r->program);
	}
	if (!held)
		find(&f, "no program loads on it");
	snprintf(what, sizeof(what), "every field that is read is there on %s (%zu reads)", k->name,
		 held);
	report(&f, what);
}

static bool some_kernel_has(const struct path *p)
{
	for (size_t i = 0; i < n_kernels; i++)
		if (resolves(&kernels[i], p))
			return true;
	return false;
}

static void test_relocations(void)
{
	struct findings f = {0};
	char field[256];

	for (size_t i = 0; i < n_relocations; i++) {
		path_text(&relocations[i].path, field, sizeof(field));
		if (!some_kernel_has(&relocations[i].path))
			find(&f, "%s: no kernel has it", field);
	}
	report(&f, "every relocation resolves on some kernel");
}

/* All members of a type of vmlinux.h, those of nested types without a name included. */
static void test_members(const struct btf *btf, const struct btf_type *t, const char *type,
			 struct path *p, struct findings *missing, struct findings *unread)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; i < btf_vlen(t); i++, m++) {
		const char *name = btf__name_by_offset(btf, m->name_off), *typedef_name = NULL;
		const struct btf_type *inner = plain(btf, m->type, &typedef_name);
		char field[192], whole[192], text[256], inner_type[128];
		size_t n = p->n;

		p->leaf = leaf_kind(inner);
		if (*name) {
			p->elems[p->n++] = name;
			snprintf(field, sizeof(field), "%s.%s", type, name);
			path_text(p, text, sizeof(text));
			if (!some_kernel_has(p))
				find(missing, "%s: no kernel has it", text);
			snprintf(whole, sizeof(whole), "%s.", p->type);
			if (!is_touched(field) && !is_touched(whole))
				find(unread, "%s: no program reads it", text);
		}
		snprintf(inner_type, sizeof(inner_type), "%s", type);
		if (btf_is_composite(inner) && !*name_of(btf, inner) && !typedef_name) {
			enter(inner_type, sizeof(inner_type), btf, inner, NULL, name);
			test_members(btf, inner, inner_type, p, missing, unread);
		}
		p->n = n;
	}
}

static void test_types(const char *file)
{
	struct btf *btf = btf__parse_elf(file, NULL);
	struct findings missing = {0}, unread = {0};
	size_t n = 0;

	if (!btf)
		die("no BTF", file);
	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = name_of(btf, t);
		struct path p = {.kind = btf_kind(t)};

		if (btf_is_typedef(t))
			t = plain(btf, id, NULL);
		else if (!*name)
			continue;
		if (!btf_is_composite(t) || (p.kind == BTF_KIND_TYPEDEF && *name_of(btf, t)))
			continue;
		snprintf(p.type, sizeof(p.type), "%s", name);
		test_members(btf, t, name, &p, &missing, &unread);
		n++;
	}
	if (!n)
		find(&missing, "%s has no types", file);
	report(&missing, "every field of vmlinux.h is there on some kernel");
	report(&unread, "every field of vmlinux.h is read by some program");
	btf__free(btf);
}

static void kernel_load(struct kernel *k, const char *name)
{
	const char *dir = strchr(name, '=');
	struct dirent **entries;
	char file[4096];
	int n;

	if (!dir)
		die("wants NAME=FOLDER", name);
	n = scandir(++dir, &entries, NULL, alphasort);
	snprintf(k->name, sizeof(k->name), "%.*s", (int)(dir - name - 1), name);
	snprintf(file, sizeof(file), "%s/vmlinux", dir);
	k->btf[0] = btf__parse(file, NULL);
	if (!k->btf[0] || n < 0)
		die("no BTF", file);
	k->n = 1;
	for (int i = 0; i < n; i++) {
		const char *module = entries[i]->d_name;

		snprintf(file, sizeof(file), "%s/%s", dir, module);
		if (*module != '.' && strcmp(module, "vmlinux") && k->n < MODULES_MAX) {
			k->btf[k->n] = btf__parse_split(file, k->btf[0]);
			if (!k->btf[k->n++])
				die("no BTF of a module", file);
		}
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	if (argc < 5)
		die("wants FIRST PROGRAMS TYPES NAME=FOLDER...", "arguments");
	test_number = atoi(argv[1]);
	for (char *object = strtok(argv[2], ","); object; object = strtok(NULL, ","))
		read_relocations(object);
	for (int i = 4; i < argc && n_kernels < KERNELS_MAX; i++)
		kernel_load(&kernels[n_kernels++], argv[i]);
	for (size_t i = 0; i < n_kernels; i++)
		test_kernel(&kernels[i]);
	test_relocations();
	test_types(argv[3]);
	printf("1..%d\n", test_number - 1);
	return failed;
}
