#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's newest kernel of a series (5.10 6.1 6.12 7.2) into a cache outside the tree; prints its
# folder, which holds vmlinuz and modules/. Uses package lists of its own, not the machine's.
set -eu
series=$1
cache=${WAYBILL_CACHE:-$HOME/.cache/waybill}/kernels
dir=$cache/$series
if [ -f "$dir/vmlinuz" ] && [ -d "$dir/modules" ]; then
	echo "$dir"
	exit 0
fi
mkdir -p "$cache/lists/partial" "$cache/debs"
mirror=$(awk '/^URIs:/{print $2; exit} /^deb /{print $2; exit}' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true)
[ -n "$mirror" ] || { echo "the machine's own apt sources name no mirror" >&2; exit 1; }
cat >"$cache/sources.list" <<EOF
deb $mirror bookworm main
deb ${mirror%/debian}/debian-security bookworm-security main
deb ${mirror%/debian}/debian-security bullseye-security main
deb $mirror sid main
EOF
opts=(-o "Dir::Etc::sourcelist=$cache/sources.list" -o Dir::Etc::sourceparts=/dev/null
	-o "Dir::State::Lists=$cache/lists" -o "Dir::Cache=$cache" -o APT::Sandbox::User=root)
[ -n "$(find "$cache/lists" -name '*Packages*' -mmin -1440 2>/dev/null | head -1)" ] ||
	apt-get "${opts[@]}" -q update >&2
newest() { apt-cache "${opts[@]}" search --names-only "$1" | awk '{print $1}' | grep -v -e dbg -e unsigned | sort -V | tail -1; }
case $series in
5.10 | 6.1) names=$(newest "^linux-image-${series/./\\.}\.0-[0-9]+-cloud-amd64$") ;;
6.12) names=$(newest '^linux-image-6\.12\..*deb12-cloud-amd64$') ;;
*) names="$(newest "^linux-binary-${series/./\\.}\..*-cloud-amd64$") $(newest "^linux-modules-${series/./\\.}\..*-cloud-amd64$")" ;;
esac
[ -n "${names// /}" ] || { echo "no kernel package of series $series" >&2; exit 1; }
rm -rf "$dir"
mkdir -p "$dir/root"
cd "$cache/debs"
for n in $names; do
	apt-get "${opts[@]}" -q download "$n" >&2
	dpkg-deb -x "$(ls -t "${n}"_*.deb | head -1)" "$dir/root"
done
mv "$(find "$dir/root" -name 'vmlinuz*' -type f | head -1)" "$dir/vmlinuz"
mkdir -p "$dir/modules"
mv "$(find "$dir/root" -type d -path '*lib/modules/*' -prune | head -1)" "$dir/modules/"
rm -rf "$dir/root"
echo "$dir"
