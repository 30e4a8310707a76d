/* SPDX-License-Identifier: GPL-2.0-only */
/* See choose.h. A key of --where is a row of the table. */
#include "cmd/choose.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"

static bool has_outcome(const struct journey *j, const char *value)
{
	return !strcmp(outcome_name(j->outcome), value);
}

static bool has_layer(const struct journey *j, const char *value)
{
	return j->outcome == OUTCOME_DROPPED && !strcmp(layer_name(j->drop.layer), value);
}

static bool has_reason(const struct journey *j, const char *value)
{
	return j->has_drop && !strcmp(j->drop.reason, value);
}

static bool has_station(const struct journey *j, const char *value)
{
	enum wb_station s = station_by_name(value);

	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].station == s)
			return true;
	return j->has_drop && j->drop.station == s;
}

static bool is_decider(const struct decider *d, const char *value)
{
	char words[160];

	if (!d)
		return false;
	if (!strcmp(decider_kind_name(d->kind), value) ||
	    strstr(decider_words(d, words, sizeof(words)), value))
		return true;
	for (size_t i = 0; i < d->n_candidates; i++)
		if (is_decider(d->candidates[i], value))
			return true;
	return false;
}

/* Its kind, or some of its words; whoever of several may have been it counts, too. */
static bool has_decider(const struct journey *j, const char *value)
{
	bool found = j->has_drop && is_decider(j->drop.decider, value);

	for (size_t i = 0; i < j->n_steps && !found; i++)
		found = is_decider(j->steps[i].decider, value);
	return found;
}

static bool is_place(const struct place *at, const char *netns, const char *dev)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", at->netns_inum);
	return netns ? !strcmp(at->netns, netns) || !strcmp(number, netns) : !strcmp(at->dev, dev);
}

bool choose_was_at(const struct journey *j, const char *netns, const char *dev)
{
	for (size_t i = 0; i < j->n_steps; i++)
		if (is_place(&j->steps[i].at, netns, dev))
			return true;
	return j->has_drop && is_place(&j->drop.at, netns, dev);
}

static bool has_netns(const struct journey *j, const char *value)
{
	return choose_was_at(j, value, NULL);
}

static bool has_dev(const struct journey *j, const char *value)
{
	return choose_was_at(j, NULL, value);
}

static bool is_outcome(const char *value)
{
	for (int i = 0; i < OUTCOME_MAX; i++)
		if (!strcmp(outcome_name(i), value))
			return true;
	return false;
}

static bool is_layer(const char *value)
{
	for (int i = WB_LAYER_NONE + 1; i < WB_LAYER_MAX; i++)
		if (!strcmp(layer_name(i), value))
			return true;
	return false;
}

static bool is_station(const char *value)
{
	return station_by_name(value) != WB_STATION_NONE;
}

static const struct {
	const char *name;
	bool (*has)(const struct journey *j, const char *value);
	bool (*exists)(const char *value); /* NULL: of no closed set */
} keys[] = {
	{"outcome", has_outcome, is_outcome},
	{"layer", has_layer, is_layer},
	{"reason", has_reason, NULL},
	{"decider", has_decider, NULL},
	{"station", has_station, is_station},
	{"netns", has_netns, NULL},
	{"dev", has_dev, NULL},
};
#define N_KEYS (int)(sizeof(keys) / sizeof(keys[0]))

static int parse_where(struct condition *c, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t n = equals ? (size_t)(equals - word) : 0;

	c->negated = n && word[n - 1] == '!';
	n -= c->negated;
	for (c->key = 0; c->key < N_KEYS; c->key++)
		if (strlen(keys[c->key].name) == n && !strncmp(keys[c->key].name, word, n))
			break;
	if (c->key == N_KEYS)
		return fail(
			EXIT_USAGE,
			"--where %s: not outcome, layer, reason, decider, station, netns or dev, "
			"then = or !=, then a value",
			word);
	c->value = equals + 1;
	if (!*c->value || (keys[c->key].exists && !keys[c->key].exists(c->value)))
		return fail(EXIT_USAGE, "--where %s: no such %s as '%s'", word, keys[c->key].name,
			    c->value);
	return EXIT_DONE;
}

static int parse_mark(struct choose *c, const char *word)
{
	unsigned long long value, mask = UINT32_MAX;
	char *end;

	errno = 0;
	value = strtoull(word, &end, 0);
	if (end != word && *end == '/' && end[1])
		mask = strtoull(end + 1, &end, 0);
	if (errno || end == word || *end || value > UINT32_MAX || mask > UINT32_MAX || *word == '-')
		return fail(EXIT_USAGE, "--mark %s: not VALUE[/MASK], numbers of 32 bits", word);
	c->mark = value;
	c->mask = mask;
	return EXIT_DONE;
}

int choose_parse(struct choose *c, const struct options *o)
{
	int r = EXIT_DONE;

	if (!o->where.n && !o->pid && !o->comm && !o->cgroup && !o->mark)
		return r;
	c->o = o;
	for (size_t i = 0; i < o->where.n && !r; i++)
		r = parse_where(&c->where[i], o->where.word[i]);
	return r || !o->mark ? r : parse_mark(c, o->mark);
}

/* Is the process in the cgroup, or in one below it? It may be gone: then nobody knows. */
static bool in_cgroup(uint64_t pid, const char *path)
{
	char name[64], line[1024];
	bool found = false;
	size_t n = strlen(path);
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%llu/cgroup", (unsigned long long)pid);
	f = fopen(name, "re");
	while (n > 1 && path[n - 1] == '/')
		n--;
	while (f && !found && fgets(line, sizeof(line), f)) {
		const char *is = strncmp(line, "0::", 3) ? NULL : line + 3;

		found = is && (n == 1 || (!strncmp(is, path, n) && strchr("/\n", is[n])));
	}
	if (f)
		fclose(f);
	return found;
}

/* cgroup NULL: in any. */
static bool is_process(const struct options *o, const char *cgroup, uint64_t pid, const char *comm)
{
	return (!o->pid || o->pid == pid) && (!o->comm || !strncmp(comm, o->comm, 15)) &&
	       (!cgroup || in_cgroup(pid, cgroup));
}

static bool is_owner(const struct options *o, const char *cgroup, const struct decider *d)
{
	const char *comm = d ? decider_text(d, "comm") : NULL;
	int64_t pid = d ? decider_number(d, "pid", 0) : 0;

	return d && d->kind == DECIDER_SOCKET && pid > 0 &&
	       is_process(o, cgroup, pid, comm ? comm : "");
}

static bool has_process(const struct options *o, const char *cgroup, const struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];
		char comm[17];

		snprintf(comm, sizeof(comm), "%.16s", s->task.raw.comm);
		if ((s->task.has && is_process(o, cgroup, s->task.raw.pid, comm)) ||
		    is_owner(o, cgroup, s->decider))
			return true;
	}
	return j->has_drop && is_owner(o, cgroup, j->drop.decider);
}

static bool has_mark(const struct choose *c, const struct journey *j)
{
	if (j->has_drop && j->drop.mark_known && j->drop.mark &&
	    (j->drop.mark & c->mask) == c->mark)
		return true;
	if (j->has_packet && (j->packet.mark & c->mask) == c->mark && j->packet.mark)
		return true;
	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];

		if (s->rewritten && s->packet.mark && (s->packet.mark & c->mask) == c->mark)
			return true;
		if (s->ct.has && s->ct.raw.has && (s->ct.raw.mark & c->mask) == c->mark)
			return true;
	}
	return false;
}

bool choose_at_end(const struct choose *c, const struct journey *j)
{
	return !c->o || !c->o->cgroup || has_process(c->o, c->o->cgroup, j);
}

bool choose_passes(const struct choose *c, const struct journey *j)
{
	const struct options *o = c->o;

	if (!o)
		return true;
	for (size_t i = 0; i < o->where.n; i++)
		if (keys[c->where[i].key].has(j, c->where[i].value) == c->where[i].negated)
			return false;
	if ((o->pid || o->comm) && !has_process(o, NULL, j))
		return false;
	return !o->mark || has_mark(c, j);
}
