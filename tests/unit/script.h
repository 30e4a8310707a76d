/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Journey scripts (tests/journeys): a line an event, then lines of what is expected; the language
 * is told in tests/journeys/README. Makes events of a script; names of reasons and functions are
 * kept by number, as a resolver would answer. The bodies of events are in script_body.h.
 */
#ifndef WAYBILL_TESTS_SCRIPT_H
#define WAYBILL_TESTS_SCRIPT_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script_body.h"

/* "10.1.0.1:40222", "fd02::2", "[fd02::2]:53" */
static bool parse_end(const char *text, uint8_t *family, uint8_t addr[16], uint16_t *port)
{
	char copy[96], *colon;

	snprintf(copy, sizeof(copy), "%s", text + (text[0] == '['));
	colon = strrchr(copy, ':');
	if (text[0] == '[' || (colon && strchr(copy, ':') == colon)) {
		*port = colon ? atoi(colon + 1) : 0;
		if (colon)
			*colon = 0;
		copy[strcspn(copy, "]")] = 0;
	}
	*family = strchr(copy, ':') ? 6 : 4;
	return inet_pton(*family == 6 ? AF_INET6 : AF_INET, copy, addr) == 1;
}

static const struct {
	const char *name;
	uint8_t proto;
} script_protos[] = {{"tcp", 6}, {"udp", 17}, {"icmp", 1}, {"icmpv6", 58}, {"sctp", 132}, {"arp", 0}};

/* A packet: "udp FROM > TO". False: the word is none. */
static bool parse_packet(struct line *l, const char *word, char **rest)
{
	struct wb_packet *p = &l->packet;
	const char *from, *to;

	for (size_t i = 0; i < sizeof(script_protos) / sizeof(script_protos[0]); i++) {
		if (strcmp(word, script_protos[i].name))
			continue;
		from = strtok_r(NULL, " \t>", rest);
		to = strtok_r(NULL, " \t>", rest);
		p->proto = script_protos[i].proto;
		p->segments = 1;
		l->e.ev.flags |= WB_EV_PACKET;
		if (!from || !to || !parse_end(from, &p->family, p->saddr, &p->sport) ||
		    !parse_end(to, &p->family, p->daddr, &p->dport))
			l->bad = true;
		p->ethertype = p->family == 6 ? 0x86dd : 0x0800;
		if (!p->proto) {
			p->family = 0;
			p->ethertype = 0x0806;
		}
		return true;
	}
	return false;
}

/* Words that any line may have. */
static bool common_word(struct line *l, const char *word, char **rest)
{
	static const struct {
		const char *name;
		uint8_t flag;
	} flags[] = {{"first", WB_EV_FIRST},
		     {"last", WB_EV_LAST},
		     {"adopted", WB_EV_ADOPTED},
		     {"tx", WB_EV_TX}};
	struct wb_event *ev = &l->e.ev;
	const char *v;

	for (size_t i = 0; i < 4; i++)
		if (!strcmp(word, flags[i].name)) {
			ev->flags |= flags[i].flag;
			return true;
		}
	if ((v = key_of(word, "id")))
		ev->id = strtoull(v, NULL, 0);
	else if ((v = key_of(word, "skb")))
		ev->skb = 0xffff888000000000ULL + 256 * v[0];
	else if ((v = key_of(word, "dev")))
		ev->ifindex = atoi(v);
	else if ((v = key_of(word, "ns")))
		ev->netns = 4026530000U + atoi(v);
	else if ((v = key_of(word, "cpu")))
		ev->cpu = atoi(v);
	else if ((v = key_of(word, "len")))
		ev->len = atoi(v);
	else if ((v = key_of(word, "icmp_type")))
		l->packet.icmp_type = atoi(v);
	else if ((v = key_of(word, "payload")))
		l->packet.payload = atoi(v);
	else if ((v = key_of(word, "flags")))
		l->packet.tcp_flags = strtoul(v, NULL, 0);
	else if ((v = key_of(word, "seq")))
		l->packet.tcp_seq = strtoul(v, NULL, 0);
	else if ((v = key_of(word, "task"))) {
		ev->flags |= WB_EV_TASK;
		l->task.pid = l->task.tid = 70 + strlen(v); /* one a name */
		snprintf(l->task.comm, sizeof(l->task.comm), "%s", v);
	} else
		return parse_packet(l, word, rest);
	return true;
}

/* The sections and the body behind the header. */
static void finish_line(struct line *l)
{
	struct script *s = l->s;
	struct wb_event *ev = &l->e.ev;
	uint8_t *p = (uint8_t *)(ev + 1);

	if (ev->flags & WB_EV_PACKET) {
		memcpy(p, &l->packet, sizeof(l->packet));
		p += sizeof(l->packet);
	}
	if (ev->flags & WB_EV_TASK) {
		memcpy(p, &l->task, sizeof(l->task));
		p += sizeof(l->task);
	}
	memcpy(p, l->body, l->body_size);
	p += l->body_size;
	ev->size = p - (uint8_t *)ev;
	ev->seq = s->n_events;
	s->events[s->n_events] = malloc(ev->size);
	memcpy(s->events[s->n_events++], ev, ev->size);
}

static bool event_line(struct script *s, char *text)
{
	struct line l = {.s = s};
	char *words[16], *rest, *word = strtok_r(text, " \t", &rest);
	size_t n = 0;

	l.e.ev.ts_ns = 1000000000ULL + strtoull(word + 1, NULL, 10);
	l.e.ev.id = 1;
	l.e.ev.skb = 0xffff888000000000ULL + 256 * 'a';
	l.e.ev.netns = 4026530001U;
	l.e.ev.ifindex = 2;
	l.e.ev.len = 60;
	l.packet.ttl = 64;
	while ((word = strtok_r(NULL, " \t", &rest)))
		if (!n || !common_word(&l, word, &rest)) {
			if (n == 16)
				return false;
			words[n++] = word;
		}
	if (!n || s->n_events == SCRIPT_EVENTS)
		return false;
	for (size_t i = 0; i < sizeof(script_verbs) / sizeof(script_verbs[0]); i++)
		if (!strcmp(script_verbs[i].verb, words[0])) {
			l.e.ev.kind = script_verbs[i].kind;
			script_verbs[i].fn(&l, words, n);
			number_words(&l, words, n);
		}
	if (!l.e.ev.kind) {
		l.e.ev.kind = WB_KIND_STEP;
		l.e.ev.probe = probe_by_name(words[0]);
		l.body_size = sizeof(struct wb_step_body);
		number_words(&l, words, n);
	}
	if (l.bad || !l.e.ev.probe)
		return false;
	finish_line(&l);
	return true;
}

/* 0, or -1 with the line in s->error. */
static int script_read(struct script *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char text[512], copy[512];
	int number = 0;

	*s = (struct script){0};
	while (f && fgets(text, sizeof(text), f)) {
		bool ok = true;

		number++;
		text[strcspn(text, "#\n")] = 0;
		snprintf(copy, sizeof(copy), "%s", text);
		if (text[0] == '+')
			ok = event_line(s, copy);
		else if (!strncmp(text, "expect ", 7) && s->n_expects < SCRIPT_EXPECTS)
			s->expects[s->n_expects++] = strdup(text + 7);
		else if (!strcmp(text, "lost"))
			s->lost = true;
		else if (text[strspn(text, " \t")])
			ok = false;
		if (!ok) {
			snprintf(s->error, sizeof(s->error), "%.100s:%d: %.100s", path, number,
				 text);
			fclose(f);
			return -1;
		}
	}
	if (f)
		fclose(f);
	return f ? 0 : -1;
}

__attribute__((unused)) static void script_clear(struct script *s)
{
	for (size_t i = 0; i < s->n_events; i++)
		free(s->events[i]);
	for (size_t i = 0; i < s->n_expects; i++)
		free(s->expects[i]);
	for (size_t i = 0; i < s->n_names; i++)
		free(s->names[i]);
}

#endif
