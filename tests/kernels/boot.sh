#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Boots a kernel of Debian under qemu (no KVM needed) with this tree's build in it and runs a command
# there; its output is printed. Usage: boot.sh SERIES COMMAND...   e.g. boot.sh 6.12 build/waybill check
# BOOT_FILES are more programs of this machine, BOOT_ADD is a folder that is laid over the other's root.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
series=$1
shift
kernel=$(tests/kernels/fetch.sh "$series")
release=$(ls "$kernel/modules" | head -1)
stage=$(mktemp -d)
chmod 755 "$stage" # or nobody but root may look into anything there
trap 'rm -rf "$stage"' EXIT

programs="bash sh cat ls mkdir rm sleep seq head tail grep egrep sed awk gawk mawk tr cut sort uniq wc date mktemp
	dirname basename realpath readlink diff od kill ps mount umount env timeout xargs find stat tee true false test expr id
	echo printf chmod cp mv ln touch dmesg uname ip tc bridge ss nft iptables ip6tables iptables-legacy ip6tables-legacy
	iptables-legacy-save ip6tables-legacy-save iptables-save xtables-nft-multi xtables-legacy-multi ping nc
	ethtool conntrack jq bpftool modprobe rmmod insmod sysctl setpriv nsenter nstat rmdir comm paste strings pgrep
	xdp-loader tcpdump wg pwru nettrace"
PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$stage"/{bin,sbin,usr,proc,sys,dev,tmp,run/netns,etc,root,tree,lib/modules}
ln -s ../bin "$stage/usr/bin"
ln -s ../sbin "$stage/usr/sbin"
copy() { # a file with the libraries it needs
	local f=$1
	cp -L --parents "$f" "$stage" 2>/dev/null || true
	ldd "$f" 2>/dev/null | grep -oE '/[^ ]+' | while read -r lib; do
		[ -e "$stage$lib" ] || cp -L --parents "$lib" "$stage"
	done
}
for p in $programs; do
	f=$(command -v "$p" 2>/dev/null) || continue
	case $f in /*) ;; *) continue ;; esac
	real=$(realpath "$f")
	copy "$real"
	for d in bin sbin; do
		[ -e "$stage/$d/$p" ] || ln -sf "$real" "$stage/$d/$p"
	done
done
for d in /usr/lib/x86_64-linux-gnu/xtables /usr/lib/x86_64-linux-gnu/bpf /usr/lib/tc /etc/protocols /etc/services /etc/iproute2 /etc/nsswitch.conf; do
	[ -e "$d" ] && cp -rL --parents "$d" "$stage"
done
find "$stage/usr/lib/x86_64-linux-gnu/xtables" -name '*.so' -size +0 2>/dev/null | head -3 | while read -r f; do copy "${f#"$stage"}"; done
printf 'root:x:0:0:root:/root:/bin/bash\ntcpdump:x:100:100::/:/bin/false\n' >"$stage/etc/passwd"
printf 'root:x:0:\ntcpdump:x:100:\n' >"$stage/etc/group"
mkdir -p "$stage/lib/modules/$release/kernel/drivers"
for d in net lib crypto arch drivers/net; do
	[ -d "$kernel/modules/$release/kernel/$d" ] || continue
	mkdir -p "$stage/lib/modules/$release/kernel/$(dirname $d)"
	cp -r "$kernel/modules/$release/kernel/$d" "$stage/lib/modules/$release/kernel/$d"
done
rm -rf "$stage/lib/modules/$release/kernel/drivers/net/"{ethernet,wireless,usb,phy,can,fddi,hamradio,wan}
cp "$kernel/modules/$release/modules.builtin"* "$kernel/modules/$release/modules.order" "$stage/lib/modules/$release/" 2>/dev/null || true
depmod -b "$stage" "$release"
mkdir -p "$stage/tree/build"
cp -r tests "$stage/tree/"
cp "$O/waybill" "$stage/tree/build/"
copy "$(realpath "$O/waybill")"
cp -r "$O/tests" "$stage/tree/build/" 2>/dev/null || true
rm -rf "$stage/tree/build/tests/unit"
for f in ${BOOT_FILES:-}; do copy "$f"; done
[ -z "${BOOT_ADD:-}" ] || cp -r "$BOOT_ADD/." "$stage"
printf '%q ' "$@" >"$stage/command"
cat >"$stage/init" <<'EOF'
#!/bin/bash
export PATH=/sbin:/bin HOME=/root LANG=C.UTF-8 O=build TERM=dumb
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mkdir -p /run/netns
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cg /sys/fs/cgroup
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
ln -sf /proc/self/fd /dev/fd
ip link set lo up
for m in veth bridge br_netfilter nf_tables nf_conntrack nf_nat ip_tables iptable_filter iptable_raw vxlan cls_bpf sch_ingress sch_tbf; do
	modprobe $m 2>/dev/null
done
cd /tree
echo "--- begin"
eval "$(cat /command)" </dev/null 2>&1
echo "--- end $?"
sleep 1 # the console needs a moment to drain
echo b >/proc/sysrq-trigger
sleep 9
EOF
chmod +x "$stage/init"
(cd "$stage" && find . | cpio -o -H newc --quiet | gzip -1) >"$stage.cpio"
trap 'rm -rf "$stage" "$stage.cpio"' EXIT
log=$(mktemp)
# emulated beside a busy machine, 5.10's two CPUs have been seen to wait for each other for ever
cpus=2
[ "$series" != 5.10 ] || cpus=1
timeout "${BOOT_SECONDS:-2700}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp "$cpus" -m 2048 -nographic \
	-no-reboot -net none -kernel "$kernel/vmlinuz" -initrd "$stage.cpio" \
	-append "console=ttyS0 panic=-1 mitigations=off quiet sysctl.kernel.printk=1" </dev/null >"$log" 2>&1 || true
tr -d '\r' <"$log" | sed -n '/--- begin$/,/--- end [0-9]*$/p' | grep -vE -- '--- (begin|end [0-9]+)$' || true
status=$(tr -d '\r' <"$log" | sed -n 's/.*--- end //p' | tail -1)
if [ -z "$status" ]; then
	echo "the kernel did not come to the end of the command; its last lines:"
	tail -5 "$log"
	status=1
fi
rm -f "$log"
exit "$status"
