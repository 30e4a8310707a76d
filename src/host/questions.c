/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of questions with JSON answers, made of the rows in ask.h. */
#include "host/worker.h"

const struct host_question_row host_questions[HOST_QUESTION_MAX] = {
#define HOST_QUESTION(question, args, keeps, fresh, deadline, ...)                                 \
	[HOST_ASK_##question] = {.name = #question,                                                \
				 .ask = host_ask_##question,                                       \
				 .rights = keeps,                                                  \
				 .fresh_ms = fresh,                                                \
				 .deadline_ms = deadline,                                          \
				 ##__VA_ARGS__},
	HOST_QUESTIONS(HOST_QUESTION)
#undef HOST_QUESTION
};
