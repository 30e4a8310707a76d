/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only /proc tells, and uname(). Files are opened from a closed table, sysctls below
 * /proc/sys/net by a name without anything that could lead elsewhere; foreign in a path is a
 * device's name at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host/ask.h"
#include "util/foreign_json.h"
#include "util/text.h"

#define FILE_MAX (1 << 20)
#define NET	 "/proc/thread-self/net/"

enum form {
	PAIRS, /* "Udp: InDatagrams NoPorts", "Udp: 12 3": {"Udp NoPorts": 3} */
	WORDS, /* "Udp6NoPorts 3": {"Udp6NoPorts": 3} */
	LINES, /* ["...", ...] */
};

static const struct {
	const char *name;
	enum form form;
} files[] = {
	{"snmp", PAIRS},
	{"netstat", PAIRS},
	{"snmp6", WORDS},
	{"dev_snmp6/%", WORDS},
	{"xfrm_stat", WORDS},
	{"sctp/snmp", WORDS},
	{"softnet_stat", LINES},
	{"sockstat", LINES},
	{"sockstat6", LINES},
	{"ip_tables_names", LINES},
	{"ip6_tables_names", LINES},
	{"arp_tables_names", LINES},
	{"ip_mr_vif", LINES},
	{"ip_mr_cache", LINES},
	{"ip6_mr_vif", LINES},
	{"ip6_mr_cache", LINES},
	{"igmp", LINES},
	{"igmp6", LINES},
	{"mcfilter", LINES},
	{"mcfilter6", LINES},
	{"netfilter/nfnetlink_queue", LINES},
	{"netfilter/nfnetlink_log", LINES},
	{"stat/nf_conntrack", LINES},
	{"sctp/eps", LINES},
	{"sctp/assocs", LINES},
	{"tcp", LINES},
	{"tcp6", LINES},
	{"udp", LINES},
	{"udp6", LINES},
	{"udplite", LINES},
	{"udplite6", LINES},
	{"raw", LINES},
	{"raw6", LINES},
	{"icmp", LINES},
	{"icmp6", LINES},
};

/* A device's name as one part of a path. */
static bool is_part(const char *s)
{
	return *s && !strchr(s, '/') && strcmp(s, ".") && strcmp(s, "..");
}

/* Puts template with the device of args for '%'. */
static bool put_path(struct text *path, const char *template, const json_t *args)
{
	const char *mark = strchr(template, '%');
	char dev[IFNAMSIZ];

	if (!mark) {
		text_put(path, template, strlen(template));
		return true;
	}
	if (!foreign_bytes(json_string_value(json_object_get(args, "ifname")), dev, sizeof(dev)) ||
	    !is_part(dev))
		return false;
	text_put(path, template, (size_t)(mark - template));
	text_put(path, dev, strlen(dev));
	text_put(path, mark + 1, strlen(mark + 1));
	return true;
}

/* -EFBIG: more than anybody should have to read. */
static int read_file(const char *path, struct text *t)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), r = 0;
	char buf[4096];
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf, sizeof(buf))) > 0 && t->n <= FILE_MAX)
		text_put(t, buf, (size_t)n);
	if (n < 0)
		r = -errno;
	else if (t->n > FILE_MAX)
		r = -EFBIG;
	close(fd);
	return r;
}

static void set_number(json_t *o, const char *group, const char *name, const char *value)
{
	char key[128];

	snprintf(key, sizeof(key), "%s%s%s", group, *group ? " " : "", name);
	json_object_set_new(o, key, json_integer((json_int_t)strtoull(value, NULL, 10)));
}

static json_t *pairs(char *text)
{
	char *save, *head = strtok_r(text, "\n", &save), *values;
	json_t *o = json_object();

	while (head && (values = strtok_r(NULL, "\n", &save))) {
		char *a, *b, *name = strtok_r(head, " ", &a), *value = strtok_r(values, " ", &b);
		char group[32];

		if (!name || !value || strcmp(name, value)) {
			head = values;
			continue;
		}
		snprintf(group, sizeof(group), "%.*s", (int)strcspn(name, ":"), name);
		while ((name = strtok_r(NULL, " ", &a)) && (value = strtok_r(NULL, " ", &b)))
			set_number(o, group, name, value);
		head = strtok_r(NULL, "\n", &save);
	}
	return o;
}

static json_t *words(char *text)
{
	char *save, *inner;
	json_t *o = json_object();

	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		char *name = strtok_r(p, " \t", &inner), *value = strtok_r(NULL, " \t", &inner);

		if (name && value)
			set_number(o, "", name, value);
	}
	return o;
}

static json_t *lines(char *text)
{
	json_t *list = json_array();
	char *save;

	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save))
		json_array_append_new(list, foreign_json(p, strlen(p)));
	return list;
}

static json_t *parse(enum form form, char *text)
{
	return form == PAIRS ? pairs(text) : form == WORDS ? words(text) : lines(text);
}

int host_ask_file(const json_t *args, json_t **ret)
{
	const char *name = json_string_value(json_object_get(args, "name"));
	struct text path = {0}, t = {0};
	char empty[1] = "";
	int r = -EINVAL;

	for (size_t i = 0; name && i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(name, files[i].name))
			continue;
		text_put(&path, NET, strlen(NET));
		if (put_path(&path, files[i].name, args))
			r = read_file(path.s, &t);
		if (!r)
			*ret = parse(files[i].form, t.n ? t.s : empty);
	}
	text_free(&path);
	text_free(&t);
	return r;
}

/* Parts of small letters, digits, '_' and '-', or one '%'. */
static bool is_sysctl(const char *name)
{
	size_t part = 0, marks = 0;

	for (; *name; name++) {
		if (*name == '/') {
			if (!part)
				return false;
			part = 0;
			continue;
		}
		if (*name == '%' && (part || (name[1] && name[1] != '/') || marks++))
			return false;
		if (*name != '%' && !strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", *name))
			return false;
		part++;
	}
	return part > 0;
}

/* A number where it is one, else its text without the line's end. */
static json_t *sysctl_value(char *text)
{
	char *end;
	long long v;

	text[strcspn(text, "\n")] = 0;
	errno = 0;
	v = strtoll(text, &end, 10);
	return *text && !*end && !errno ? json_integer(v) : foreign_json(text, strlen(text));
}

int host_ask_sysctl(const json_t *args, json_t **ret)
{
	static const char below[] = "/proc/sys/net/";
	const char *name = json_string_value(json_object_get(args, "name"));
	struct text path = {0}, t = {0};
	char empty[1] = "";
	int r = -EINVAL;

	text_put(&path, below, strlen(below));
	if (name && is_sysctl(name) && put_path(&path, name, args))
		r = read_file(path.s, &t);
	if (!r)
		*ret = sysctl_value(t.n ? t.s : empty);
	text_free(&path);
	text_free(&t);
	return r;
}

int host_ask_kernel(const json_t *args, json_t **ret)
{
	struct utsname u;

	(void)args;
	if (uname(&u))
		return -errno;
	*ret = foreign_json(u.release, strlen(u.release));
	return 0;
}
