#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs one scenario of a table and prints its TAP line without number: ok|not ok|skip.
# Usage: one.sh TABLE ID; MODE chooses waybill's mode, ONLY the namespaces that it looks at where the
# row does not, KEEP=1 leaves the network and the output.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
table=$1
id=$2
own_place wb "$id"
CG=$(cgroup_root)/$P
export CG

field() { awk -v id="$id" -v f="$1" '
	/^id: /{on = $2 == id} on && index($0, f ": ") == 1 {print substr($0, length(f) + 3)}' "$table"; }

topology=$(field topology)
setup=$(field setup)
traffic=$(field traffic)
read -r outcome layer station decider text sender <<<"$(field expect)"
text=${text//\\s/ }
never=$(field never)
untrue=$(field untrue)
only=$(field only)

needs=" $(field needs) "
if [[ $needs == *" cgroup "* ]] && [ -z "$(cgroup_root)" ]; then
	echo "ok - $id # SKIP no cgroup v2 here"
	exit 0
fi
network "${topology:-router}" || { echo "not ok - $id: no network"; exit 1; }
if ! eval "$setup" >"$DIR/setup" 2>&1; then
	echo "ok - $id # SKIP the set-up is not possible here: $(tail -1 "$DIR/setup")"
	exit 0
fi
# only this network: another test's traffic on the same machine is not for us to follow
own=()
for netns in ${only:-${ONLY:-A R B}}; do
	own+=(-N "$P$netns")
done
start_waybill trace -j ${MODE:+--mode $MODE} "${own[@]}" -- 'not arp' || { echo "not ok - $id"; exit 1; }
if [[ $needs == *" fentry "* ]] && [ "$(head -1 "$DIR/out" | jq -r .mode)" != fentry ]; then
	echo "ok - $id # SKIP only fexit programs tell it, and there are none here"
	exit 0
fi
eval "$traffic" >"$DIR/traffic" 2>&1
sleep "${SETTLE:-0.3}"
stop_waybill

# one of several: a/b; - any
one() { [ "$1" = - ] && echo 'true' || echo "(($2) as \$v | \"$1\" | split(\"/\") | index(\$v) != null)"; }
kinds='[(.drop.decider // .steps[0].decider // {}) | .kind, (.candidates // [] | .[].kind)] | map(select(. != null))'
decided=true
[ "$decider" = - ] || decided="(($kinds) as \$k | \"$decider\" | split(\"/\") | any(. as \$d | \$k | index(\$d) != null))"
mine="select(.type == \"journey\" and any((.steps[], .drop // {}) | .netns // \"\"; startswith(\"$P\")))"
count() { jq -c --arg text "$text" "$mine | select($1)" "$DIR/out" | wc -l; }

all="$(one "$outcome" .outcome) and $(one "$layer" .drop.layer) and $(one "$station" .drop.station) and $(one "$sender" .sender_sees)"
told="$decided and ($([ "$text" = - ] && echo true || echo "tostring | test(\$text; \"i\")"))"
lost=$(jq 'select(.type == "summary") | .lost_events' "$DIR/out")
why=""
[ "$(count "$all")" -gt 0 ] || why="no journey that is $outcome $layer $station, sender $sender"
[ -n "$why" ] || [ "$(count "$all and $told")" -gt 0 ] || why="the decider is not $decider ~ $text"
[ -z "$never" ] || [ "$(count "$(one "$never" .outcome)")" -eq 0 ] || why="there is a journey that is $never"
[ -z "$untrue" ] || [ "$(count "$untrue")" -eq 0 ] || why="of a journey it holds that $untrue"
[ "${lost:-1}" = 0 ] || why="lost events: $lost"
if [ -z "$why" ]; then
	echo "ok - $id"
	exit 0
fi
echo "not ok - $id: $why"
jq -c "$mine | {outcome, layer: .drop.layer, station: .drop.station, reason: .drop.reason, location: .drop.location, sender_sees, decider: .drop.decider, last: (.steps[-1] // {} | .station)}" "$DIR/out" | head -5 | sed 's/^/# /'
exit 1
