/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions about the loopback device, which every network namespace has with the same number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/rtnetlink.h>

#include "util/netlink.h"

#define LOOPBACK 1

struct seen {
	int calls, loopbacks;
	int then; /* what the callback returns */
};

static int on_link(const struct nlmsghdr *h, void *arg)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(h);
	struct seen *seen = arg;

	seen->calls++;
	seen->loopbacks += h->nlmsg_type == RTM_NEWLINK && i->ifi_index == LOOPBACK;
	errno = ECANCELED;
	return seen->then;
}

static int ask(struct mnl_socket *s, uint16_t flags, int ifindex, struct seen *seen)
{
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_GETLINK, flags);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	i->ifi_index = ifindex;
	return netlink_ask(s, h, on_link, seen);
}

static void one_answer_is_the_end(void **state)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	struct seen seen = {.then = MNL_CB_OK};

	(void)state;
	assert_non_null(s);
	assert_int_equal(ask(s, 0, LOOPBACK, &seen), 0);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.loopbacks, 1);
	mnl_socket_close(s);
}

static void a_dump_is_read_to_its_end(void **state)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	struct seen seen = {.then = MNL_CB_OK};

	(void)state;
	assert_non_null(s);
	assert_int_equal(ask(s, NLM_F_DUMP, 0, &seen), 0);
	assert_int_equal(seen.loopbacks, 1);
	mnl_socket_close(s);
}

static void the_kernels_error_is_returned(void **state)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	struct seen seen = {.then = MNL_CB_OK};

	(void)state;
	assert_non_null(s);
	assert_int_equal(ask(s, 0, INT32_MAX, &seen), -ENODEV);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(ask(s, 0, LOOPBACK, &seen), 0);
	assert_int_equal(seen.loopbacks, 1);
	mnl_socket_close(s);
}

static void a_dump_broken_off_leaves_nothing(void **state)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	struct seen first = {.then = MNL_CB_ERROR}, second = {.then = MNL_CB_OK};

	(void)state;
	assert_non_null(s);
	assert_int_equal(ask(s, NLM_F_DUMP, 0, &first), -ECANCELED);
	assert_int_equal(first.calls, 1);
	assert_int_equal(ask(s, NLM_F_DUMP, 0, &second), 0);
	assert_int_equal(second.loopbacks, 1);
	mnl_socket_close(s);
}

/* Whoever has CAP_NET_ADMIN in a namespace may send to any netlink socket there. */
static void what_the_kernel_did_not_say_is_no_answer(void **state)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE), *other = netlink_open(NETLINK_ROUTE);
	struct seen seen = {.then = MNL_CB_OK};
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_NEWLINK, 0);
	struct sockaddr_nl to = {.nl_family = AF_NETLINK};
	ssize_t n;

	(void)state;
	assert_non_null(s);
	assert_non_null(other);
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	to.nl_pid = mnl_socket_get_portid(s);
	n = sendto(mnl_socket_get_fd(other), h, h->nlmsg_len, 0, (struct sockaddr *)&to,
		   sizeof(to));
	if (n < 0 && errno == EPERM)
		skip(); /* not as root */
	assert_int_equal(n, h->nlmsg_len);
	assert_int_equal(ask(s, 0, LOOPBACK, &seen), 0);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.loopbacks, 1);
	mnl_socket_close(other);
	mnl_socket_close(s);
}

static void a_question_ends_at_its_deadline(void **state)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	struct seen seen = {.then = MNL_CB_OK};

	(void)state;
	assert_non_null(s);
	netlink_set_deadline(1); /* long ago */
	assert_int_equal(ask(s, NLM_F_DUMP, 0, &seen), -ETIMEDOUT);
	assert_int_equal(seen.calls, 0);
	netlink_set_deadline(0);
	assert_int_equal(ask(s, NLM_F_DUMP, 0, &seen), 0);
	assert_int_equal(seen.loopbacks, 1);
	mnl_socket_close(s);
}

static void no_such_bus(void **state)
{
	(void)state;
	assert_null(netlink_open(-1));
	assert_int_equal(errno, EPROTONOSUPPORT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_answer_is_the_end),
		cmocka_unit_test(a_dump_is_read_to_its_end),
		cmocka_unit_test(the_kernels_error_is_returned),
		cmocka_unit_test(a_dump_broken_off_leaves_nothing),
		cmocka_unit_test(what_the_kernel_did_not_say_is_no_answer),
		cmocka_unit_test(a_question_ends_at_its_deadline),
		cmocka_unit_test(no_such_bus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
