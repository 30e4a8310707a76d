/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The filter's regions stand in programs alone: user space writes the filter into programs
 * (src/collect/object.c), not into the subprograms that they share, whose region would then match
 * every packet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> /* needs the four above */

#include <libelf.h>
#include <linux/bpf.h>
#include <string.h>

#include "waybill/config.h" /* before the skeleton, which needs its struct */
#include "waybill.skel.h"
#include "waybill/filter.h"

/* What begins a region, or is left of one. */
static size_t regions_in(const struct bpf_insn *insns, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += (insns[i].code == (BPF_ALU64 | BPF_MOV | BPF_K) ||
			  insns[i].code == (BPF_ALU | BPF_MOV | BPF_K)) &&
			 ((uint32_t)insns[i].imm == WB_FILTER_MAGIC_L2 ||
			  (uint32_t)insns[i].imm == WB_FILTER_MAGIC_L3);
	return found;
}

static void test_regions(void **state)
{
	size_t size, shared = 0, own = 0, strings;
	char *bytes = (char *)waybill_bpf__elf_bytes(&size);
	Elf_Scn *scn = NULL;
	Elf *elf;

	(void)state;
	elf_version(EV_CURRENT);
	elf = elf_memory(bytes, size);
	assert_non_null(elf);
	assert_int_equal(elf_getshdrstrndx(elf, &strings), 0);
	while ((scn = elf_nextscn(elf, scn))) {
		const Elf64_Shdr *h = elf64_getshdr(scn);
		const Elf_Data *data = elf_rawdata(scn, NULL);
		size_t n;

		if (!(h->sh_flags & SHF_EXECINSTR) || !data || !data->d_buf)
			continue;
		n = regions_in(data->d_buf, data->d_size / sizeof(struct bpf_insn));
		if (!strcmp(elf_strptr(elf, strings, h->sh_name), ".text"))
			shared += n;
		else
			own += n;
	}
	elf_end(elf);
	assert_int_equal(shared, 0);
	assert_true(own > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_regions)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
