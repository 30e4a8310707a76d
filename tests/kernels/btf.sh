#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The BTF of a Debian kernel of a series, taken out of its image and its network modules; prints the
# folder, which looks like /sys/kernel/btf: vmlinux and one file a module.
set -eu
cd "$(dirname "$0")/../.."
kernel=$(tests/kernels/fetch.sh "$1")
release=$(ls "$kernel/modules" | head -1)
btf=$kernel/btf
if [ -f "$btf/vmlinux" ] && [ "$btf/vmlinux" -nt "$kernel/vmlinuz" ]; then
	echo "$btf"
	exit 0
fi
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

number() { od -An -tu"$2" -j "$1" -N "$2" "$kernel/vmlinuz" | tr -d ' '; }
unpack() { # by what the file says it is
	case $(head -c 4 "$1" | od -An -tx1 | tr -d ' ') in
	fd377a58) xz -dc "$1" ;;
	28b52ffd) zstd -dcq "$1" ;;
	1f8b*) gzip -dcq "$1" ;;
	02214c18) lz4 -dcq "$1" ;;
	*) cat "$1" ;;
	esac
}
section() { objcopy --dump-section .BTF="$2" "$1" /dev/null 2>/dev/null && [ -s "$2" ]; }

# x86 boot protocol: the payload begins after the set-up sectors, at an offset that the header names.
at=$((($(number 497 1) + 1) * 512 + $(number 584 4)))
tail -c +$((at + 1)) "$kernel/vmlinuz" | head -c "$(number 588 4)" >"$stage/payload"
# what follows the compressed stream is its length, which some programs call garbage
unpack "$stage/payload" >"$stage/vmlinux.elf" 2>/dev/null || true
mkdir "$stage/btf"
section "$stage/vmlinux.elf" "$stage/btf/vmlinux" || { echo "$kernel/vmlinuz: no BTF found in it" >&2; exit 1; }
while read -r module; do
	name=$(basename "${module%%.ko*}")
	unpack "$module" >"$stage/module.ko"
	section "$stage/module.ko" "$stage/btf/${name//-/_}" || rm -f "$stage/btf/${name//-/_}"
done < <(cd "$kernel/modules/$release/kernel" && find "$PWD/net" "$PWD/drivers/net" -maxdepth 3 -name '*.ko*' |
	grep -E '/net/(netfilter|bridge|ipv4|ipv6|sched|core|xfrm)/|/drivers/net/(veth|tun|vxlan|bonding)')
rm -rf "$btf"
mv "$stage/btf" "$btf"
touch "$btf/vmlinux"
echo "$btf"
