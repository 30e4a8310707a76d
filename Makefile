# SPDX-License-Identifier: GPL-2.0-only
# Builds waybill, its BPF programs and its tests. One file, no recursion: O=DIR elsewhere, V=1 verbose.

O       ?= build
# one name for one place, or what was built under the other is not rebuilt when a header changes
override O := $(patsubst $(CURDIR)/%,%,$(O))
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
CLANG   ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
LLVM_OBJCOPY ?= llvm-objcopy
PKG_CONFIG ?= pkg-config
VERSION := 0.1

V ?= 0
Q := $(if $(filter 1,$(V)),,@)
msg = @$(if $(filter 1,$(V)),true,printf '  %-5s %s\n' "$(1)" "$(patsubst $(O)/%,%,$(2))")

# The packages that a Debian 12 needs to build, to show and to test.
DEPS := gcc libc6-dev make clang llvm pkg-config bpftool libbpf-dev libelf-dev zlib1g-dev libpcap-dev \
	libnftables-dev libmnl-dev libjansson-dev libncurses-dev libcap-ng-dev libseccomp-dev uthash-dev \
	libmicrohttpd-dev libcmocka-dev scdoc
TEST_DEPS := iproute2 iputils-ping netcat-openbsd nftables iptables tcpdump ethtool conntrack jq perl \
	procps kmod curl tmux cpio zstd lz4 xz-utils binutils qemu-system-x86 shellcheck clang-format \
	libclang-rt-14-dev xdp-tools openssl strace tshark wireguard-tools \
	chromium-headless-shell

LIBS := libbpf libpcap libmnl jansson libcap-ng libseccomp libnftables libmicrohttpd ncursesw
# demo and test install what is missing first and call make again
ifeq ($(filter clean deps demo test,$(MAKECMDGOALS)),)
MISSING := $(strip $(foreach l,$(LIBS),$(shell $(PKG_CONFIG) --exists $(l) || echo $(l))))
ifneq ($(MISSING),)
$(error missing: $(MISSING). Run 'make deps' as root to install what is needed)
endif
endif

WARN     := -Wall -Wextra -Werror -Wformat=2 -Wmissing-prototypes -Wstrict-prototypes -Wundef
CPPFLAGS := -D_GNU_SOURCE -DWAYBILL_VERSION='"$(VERSION)"' -Iinclude -Isrc -I$(O)
CFLAGS   ?= -O2 -g
CFLAGS   += -std=gnu11 $(WARN) $(SAN) $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null)
LDLIBS   := $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null) -lelf -lz -lpthread
BPFFLAGS := -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -Ivmlinux -Iinclude -Ibpf -Wall -Werror

SRCS  := $(wildcard src/*/*.c)
OBJS  := $(SRCS:%.c=$(O)/%.o)
# the maps first: bpftool links in this order, and a map must be defined before it is used
BPFC  := bpf/maps.bpf.c $(filter-out bpf/maps.bpf.c,$(wildcard bpf/*.bpf.c))
BPFS  := $(BPFC:bpf/%.bpf.c=$(O)/bpf/%.bpf.o)
LIBOBJS := $(filter-out $(O)/src/cmd/main.o,$(OBJS))
UNITS := $(patsubst tests/unit/%.c,$(O)/tests/unit/%,$(wildcard tests/unit/test_*.c))
TOOLS := $(patsubst tests/tools/%.c,$(O)/tests/%,$(filter-out %.bpf.c,$(wildcard tests/tools/*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,$(O)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
TOOLBPF := $(patsubst tests/tools/%.bpf.c,$(O)/tests/%.o,$(wildcard tests/tools/*.bpf.c))

.PHONY: all bpf unit check check-btf asan fuzz fuzzers test demo bench bench-kernel deps install clean tools test-kernels \
	test-installed test-send-scenarios soak clang
.DELETE_ON_ERROR:
.SECONDARY:

all: $(O)/waybill

bpf: $(O)/waybill.skel.h

tools: $(TOOLS) $(TOOLBPF)

$(O)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call msg,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

# without the labels of jumps: libbpf looks through all symbols once a section, at each start
$(O)/waybill.bpf.o: $(BPFS)
	$(call msg,LINK,$@)
	$(Q)$(BPFTOOL) gen object $@.all $^
	$(Q)$(LLVM_OBJCOPY) --wildcard --strip-symbol='LBB*' $@.all $@
	$(Q)rm $@.all

$(O)/waybill.skel.h: $(O)/waybill.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name waybill_bpf > $@

# of waybill send alone, so an object of its own
$(O)/send.bpf.o: bpf/send/swallow.bpf.c
	$(call msg,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

$(O)/send.skel.h: $(O)/send.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name send_bpf > $@

$(O)/src/%.o: src/%.c | $(O)/waybill.skel.h $(O)/send.skel.h
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(O)/src/collect/attach.o: $(O)/waybill.skel.h
$(O)/src/collect/swallow.o: $(O)/send.skel.h

# which are part of it
$(O)/src/cmd/schema.o: $(wildcard tests/schema/*.json)

$(O)/waybill: $(OBJS)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

$(O)/tests/unit/%: tests/unit/%.c $(LIBOBJS)
	$(call msg,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $< $(LIBOBJS) $(LDLIBS) -lcmocka -o $@

$(O)/tests/property/%: tests/property/%.c $(LIBOBJS)
	$(call msg,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $< $(LIBOBJS) $(LDLIBS) -o $@

$(O)/tests/fuzz/%: tests/fuzz/%.c $(LIBOBJS)
	$(call msg,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(FUZZLIBS) -fsanitize=fuzzer $< $(LIBOBJS) $(LDLIBS) -o $@

# the fuzzer is the kernel that answers
comma := ,
$(O)/tests/fuzz/fuzz_ask: FUZZLIBS := $(addprefix -Wl$(comma)--wrap=,netlink_open netlink_ask \
	mnl_socket_close mnl_socket_setsockopt open fopen ioctl)
$(O)/tests/fuzz/fuzz_ask_bpf: FUZZLIBS := $(addprefix -Wl$(comma)--wrap=,netlink_open netlink_ask \
	mnl_socket_close open fopen bpf_prog_get_fd_by_id bpf_link_get_fd_by_id bpf_link_get_next_id \
	bpf_obj_get_info_by_fd btf__load_from_kernel_by_id bpf_prog_query_opts bpf_prog_query nftw \
	opendir readdir closedir dirfd readlinkat stat)

$(O)/tests/%: tests/tools/%.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE $(CFLAGS) $< $(TOOLLIBS) -o $@

# asks as waybill does, so with its objects
$(O)/tests/ask: tests/tools/ask.c $(LIBOBJS)
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $< $(LIBOBJS) $(LDLIBS) -o $@

$(O)/tests/btf_check: TOOLLIBS := -lbpf -lelf
$(O)/tests/hostile_nft $(O)/tests/hostile_rules: TOOLLIBS := -lmnl
$(O)/tests/hostile_nft $(O)/tests/hostile_rules: tests/tools/hostile.h

$(O)/tests/%.o: tests/tools/%.bpf.c
	$(call msg,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -c $< -o $@

unit: $(UNITS)
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP prove -e '' $(UNITS)

check: all unit
	$(Q)tests/check.sh

check-btf: all $(O)/tests/btf_check
	$(Q)O=$(O) prove -e '' tests/check_btf.sh

asan:
	$(Q)$(MAKE) --no-print-directory O=$(O)/asan SAN="-fsanitize=address,undefined -fno-omit-frame-pointer" unit

# FUZZ_SECONDS for each of them; tests/fuzz/run.sh says with what they are built
fuzz:
	$(Q)O=$(O) FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) prove -v -e '' tests/fuzz/run.sh

fuzzers: $(FUZZERS)

clang:
	$(Q)$(MAKE) --no-print-directory O=$(O)/clang CC=clang all

deps:
	$(Q)tests/deps.sh $(DEPS) $(TEST_DEPS)

demo: deps
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all tools
	$(Q)O=$(O) tests/demo.sh

test: deps
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all tools
	$(Q)O=$(O) tests/run.sh

test-kernels: all tools
	$(Q)O=$(O) tests/kernels/run.sh $(KERNELS)

# the unit as it is installed, under systemd in a machine
test-installed: all tools
	$(Q)O=$(O) tests/kernels/installed.sh $(KERNEL)

test-send-scenarios: all tools
	$(Q)O=$(O) tests/scenarios/again.sh $(IDS)

# SOAK_SECONDS of mixed traffic (20), in which every sum must be the kernel's
soak: all tools
	$(Q)O=$(O) prove -v -e '' tests/soak.sh

bench: all tools
	$(Q)O=$(O) tests/bench/run.sh

# the same where functions can be probed: in a machine with Debian's kernel of this series, emulated, so
# that only the ratios of one run mean something
KERNEL ?= 6.12
bench-kernel: all tools
	$(Q)O=$(O) tests/kernels/boot.sh $(KERNEL) env ROUNDS=$(or $(ROUNDS),5) SECONDS_EACH=2 \
		START_TENTHS=1200 STOP_TENTHS=600 tests/bench/run.sh start untraced untraced_floor peers drops_nft

install: all
	install -D -m 755 $(O)/waybill $(DESTDIR)$(PREFIX)/sbin/waybill
	install -d $(DESTDIR)$(PREFIX)/share/man/man8
	scdoc < man/waybill.8.scd > $(DESTDIR)$(PREFIX)/share/man/man8/waybill.8
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's,/usr/local/,$(PREFIX)/,' man/waybill-export.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/waybill-export.service
	install -d $(DESTDIR)$(PREFIX)/share/waybill/schema
	install -m 644 tests/schema/*.json $(DESTDIR)$(PREFIX)/share/waybill/schema
	install -D -m 644 man/waybill.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/waybill

clean:
	rm -rf $(O)

-include $(OBJS:.o=.d) $(BPFS:.o=.d) $(O)/send.bpf.d $(UNITS:=.d)
