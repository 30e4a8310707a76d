#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The unit as "make install" leaves it, under the real systemd, in a virtual machine whose init that is:
# with all its hardening it starts, counts, names rules, and writes its file. As TAP; its own target,
# because it starts waybill three times under emulation: make test-installed. Usage: installed.sh [SERIES]
set -u
cd "$(dirname "$0")/../.." || exit 1
UNIT=waybill-export
FILE=/var/lib/collector/waybill.prom
SYSTEMD=/usr/lib/systemd

outside() { # SERIES
	local add units status=1

	[ -x $SYSTEMD/systemd ] || { echo "1..0 # SKIP no systemd to put into the machine"; return 0; }
	add=$(mktemp -d)
	make --no-print-directory -s install DESTDIR="$add" || return 1
	units=$add/etc/systemd/system
	mkdir -p "$units"
	(cd / && tar -c ${SYSTEMD#/}/system/{*.target,*.slice}) |
		tar -C "$add" -x
	cat >"$units/default.target" <<-E
		[Unit]
		Requires=basic.target
		Wants=inside.service
		AllowIsolate=yes
	E
	cat >"$units/inside.service" <<-E
		[Service]
		Environment=PATH=/sbin:/bin HOME=/root LANG=C.UTF-8 O=build START_TENTHS=3000
		ExecStart=/bin/bash /tree/tests/kernels/installed.sh --inside
		StandardOutput=tty
		StandardError=inherit
		TTYPath=/dev/console
		TTYReset=no
		LimitNOFILE=1048576
	E
	BOOT_SECONDS=${BOOT_SECONDS:-1200} BOOT_ADD=$add \
		BOOT_FILES="$SYSTEMD/systemd /usr/bin/systemctl /usr/bin/curl /usr/bin/chown" \
		tests/kernels/boot.sh "$1" exec $SYSTEMD/systemd
	status=$?
	rm -rf "$add"
	return $status
}

# --- in the machine ---
traces() { grep -q '^waybill: tracing' "$DIR/unit"; }
starts() { # with what is in the drop-in, on standard input
	systemctl stop $UNIT
	rm -f "$DIR/unit"
	mkdir -p /etc/systemd/system/$UNIT.service.d
	# there is no journal here
	(printf '[Service]\nStandardError=append:%s\n' "$DIR/unit"; cat) >/etc/systemd/system/$UNIT.service.d/test.conf
	systemctl daemon-reload
	systemctl start $UNIT && within 1500 traces && return
	tail -4 "$DIR/unit"
	systemctl status --no-pager --full $UNIT
	return 1
}
main() { systemctl show -P MainPID $UNIT; }
scrape() { curl -sf --max-time "$1" http://127.0.0.1:9137/metrics >"$DIR/metrics"; }
sends() { # PORT COUNT
	for _ in $(seq "$2"); do A bash -c "echo x >/dev/udp/10.2.0.2/$1"; done
}
has() { # PATTERN VALUE
	grep -qE "^waybill_drops_total\{$1\} $2\$" "$DIR/metrics" || { grep ^waybill_drops "$DIR/metrics"; return 1; }
}
on_page() { scrape 5 && has "$@"; }
named() { # PORT: by the rule that drops there
	echo ".*rule=\"nft ip f w handle $(R nft -a list table ip f | sed -n "s/.*udp dport $1 drop.*handle //p")\".*"
}
in_file() { cp $FILE "$DIR/metrics" && has "$@"; }
still_the_same() { systemctl -q is-active $UNIT && equal "$(systemctl show -P NRestarts $UNIT)" 0; }
let_go() { ! ip -n "${P}A" link show c1 >/dev/null 2>&1; }
one_process() { # all that the unit started
	# shellcheck disable=SC2046 # words
	holds_no_more $(threads $(below "$(main)"))
}
alike() { # the plain start has nothing to say that the unit has not, and the other way round
	diff <(grep ^waybill "$DIR/first" | sed 's/[0-9.]* s$//' | sort) <(grep ^waybill "$DIR/err" | sed 's/[0-9.]* s$//' | sort)
}

inside() {
	. tests/lib.sh
	own_place wbi
	network router
	host W 1
	ip link add c1 netns "${P}A" type veth peer name w0 netns "${P}W"
	R nft -f - <<-E
		table ip f {
			chain w { type filter hook forward priority 0; udp dport 9001 drop; udp dport 9002 drop; }
		}
	E
	check "the unit as installed can be enabled" systemctl enable $UNIT
	check "... starts" starts </dev/null
	sed 's/^/# /' "$DIR/unit"
	sends 9001 5
	check "... its page has the drops of a rule, and where" within 300 \
		on_page "netns=\"${P}R\",interface=\"r[01]\",layer=\"netfilter\",station=\"nf.forward\",reason=\"[A-Z_]+\"" 5
	check "... a page takes less than a second" scrape 1
	check "... no process has more rights than its task" one_process
	ip netns del "${P}W"
	check "... a namespace that was there before is let go" within 10 let_go
	check "... it was never started again" still_the_same
	systemctl stop $UNIT
	check "... and ends when it is stopped" equal "$(systemctl show -P Result $UNIT)" success
	cp "$DIR/unit" "$DIR/first"

	# the folder is its collector's; a call that is refused would be the unit's end
	mkdir -p /var/lib/collector
	chown 65534:65534 /var/lib/collector
	check "nothing that it calls is refused" starts <<-E
		SystemCallErrorNumber=kill
		ExecStart=
		ExecStart=/usr/local/sbin/waybill export --labels rule,program --textfile $FILE
		ReadWritePaths=/var/lib/collector
		CapabilityBoundingSet=CAP_SETUID CAP_SETGID
	E
	sends 9001 3
	sends 9002 2
	check "... its file is written" within 900 test -e $FILE
	sed 's/^/# /' "$DIR/unit"
	systemctl show -p ActiveState -p Result -p NRestarts $UNIT | sed 's/^/# /'
	check "... its file has the drops of one rule" within 300 in_file "$(named 9001)" 3
	check "... and of the other" within 300 in_file "$(named 9002)" 2
	check "... of the folder's owner" equal "$(stat -c %u $FILE)" 65534
	check "... no process has more rights than its task" one_process
	check "... it was never started again" still_the_same
	systemctl stop $UNIT
	check "... and ends when it is stopped" equal "$(systemctl show -P Result $UNIT)" success

	start_waybill export --listen 9138
	check "without the unit it has the same to say" alike
	kill_waybill
	end_of_checks
}

case ${1:-} in
--inside)
	(inside)
	echo "--- end $?"
	sleep 1 # the console needs a moment to drain
	echo b >/proc/sysrq-trigger
	;;
*) outside "${1:-6.12}" ;;
esac
