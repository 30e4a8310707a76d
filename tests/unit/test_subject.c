/* SPDX-License-Identifier: GPL-2.0-only */
/* Which hooks a packet can have been at: IP's rules are never accused of an ARP request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>

#include "causes/decide_subject.h"

/* How many hooks of IP, or of ARP, a packet of this kind meets. */
static int met(uint8_t family, uint16_t ethertype, bool arp)
{
	struct journey j = {.packet = {.family = family, .ethertype = ethertype}};
	int n = 0;

	for (const struct subject_hook *h = subject_hooks; h->station; h++)
		if (h->pf == (arp ? NFPROTO_ARP : 0))
			n += subject_meets(&j, h);
	return n;
}

static void test_arp_meets_its_own(void **state)
{
	(void)state;
	assert_int_equal(met(0, ETH_P_ARP, true), 2);
	assert_int_equal(met(0, ETH_P_ARP, false), 0);
}

static void test_ip_meets_its_own(void **state)
{
	(void)state;
	assert_int_equal(met(4, ETH_P_IP, true), 0);
	assert_int_equal(met(4, ETH_P_IP, false), 5);
}

/* What is flooded goes up to the bridge's own device, too: neither of both is known to be the port.
 */
static void test_flooded(void **state)
{
	struct step steps[] = {
		{.station = WB_STATION_RX, .at = {.netns_inum = 1, .ifindex = 2, .dev = "p0"}},
		{.station = WB_STATION_RX, .at = {.netns_inum = 1, .ifindex = 4, .dev = "br0"}},
	};
	struct journey j = {.packet = {.family = 4},
			    .steps = steps,
			    .n_steps = 2,
			    .drop = {.station = WB_STATION_NF_BRIDGE_FORWARD,
				     .at = {.netns_inum = 1, .ifindex = 3, .dev = "p1"}}};
	const struct subject_hook *h = subject_hooks;
	struct fw_subject of;

	(void)state;
	while (h->station != WB_STATION_NF_BRIDGE_FORWARD)
		h++;
	subject_at(&j, h, &of);
	assert_string_equal(of.in.name, "br0");
	assert_string_equal(of.in.other, "p0");
	assert_string_equal(of.out.name, "p1");
	assert_null(of.out.other);

	j.n_steps = 1;
	subject_at(&j, h, &of);
	assert_string_equal(of.in.name, "p0");
	assert_null(of.in.other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arp_meets_its_own),
		cmocka_unit_test(test_ip_meets_its_own),
		cmocka_unit_test(test_flooded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
