# SPDX-License-Identifier: GPL-2.0-only
# One row of a table of scenarios: its network, its traffic, and whether waybill's journeys say what
# the row expects. Sourced after lib.sh; P, CG and DIR are the scenario's own. Who starts waybill, and
# for how many rows: one.sh, together.sh.

# The table that has the row.
table_of() { grep -lx "id: $1" ${TABLES:-tests/scenarios/*.txt} | head -1; }

# shellcheck disable=SC2034 # who sources this reads them
read_row() { # TABLE ID
	table=$1
	id=$2
	topology=$(field topology)
	setup=$(field setup)
	traffic=$(field traffic)
	read -r outcome layer station decider text sender <<<"$(field expect)"
	text=${text//\\s/ }
	never=$(field never)
	untrue=$(field untrue)
	only=$(field only)
	needs=" $(field needs) "
}
field() { awk -v id="$id" -v f="$1" '
	/^id: /{on = $2 == id} on && index($0, f ": ") == 1 {print substr($0, length(f) + 3)}' "$table"; }

# Several rows in one run, each with a network of its own: what own_place made ($all, $place) is for all,
# what is set here for one of them; the last "-", so that no name begins with another.
# shellcheck disable=SC2154 # who sources this sets them
enter() { # ID
	P=$all-$1-
	CG=$(cgroup_root)/$P
	DIR=$place/$1
	export P CG DIR
	read_row "$(table_of "$1")" "$1"
}
# shellcheck disable=SC2154
leave_all() { # the rows are in $ids
	local i
	[ -n "${KEEP:-}" ] || for i in "${ids[@]}"; do
		P=$all-$i- CG=$(cgroup_root)/$all-$i- clean_network
	done
	P=$all DIR=$place leave
}

# The network and what is wrong with it. If that can't be had, prints the TAP line and returns 1 if it
# should have been possible, else 2.
set_up() {
	local i # a row's own: who calls this counts with it, too

	if [[ $needs == *" cgroup "* ]] && [ -z "$(cgroup_root)" ]; then
		echo "ok - $id # SKIP no cgroup v2 here"
		return 2
	fi
	network "${topology:-router}" || { echo "not ok - $id: no network"; return 1; }
	eval "$setup" >"$DIR/setup" 2>&1 && return
	echo "ok - $id # SKIP the set-up is not possible here: $(grep -m1 -i error "$DIR/setup" || tail -1 "$DIR/setup")"
	return 2
}

# Whether the waybill that runs can tell it; else prints the TAP line. Its output is in FILE.
can_tell() { # FILE
	[[ $needs != *" fentry "* ]] || [ "$(head -1 "$1" | jq -r .mode)" = fentry ] && return
	echo "ok - $id # SKIP only fexit programs tell it, and there are none here"
	return 1
}

act() { eval "$traffic" >"$DIR/traffic" 2>&1; }

# one of several: a/b; - any
one() { [ "$1" = - ] && echo 'true' || echo "(($2) as \$v | \"$1\" | split(\"/\") | index(\$v) != null)"; }
kinds='[(.drop.decider // .steps[0].decider // {}) | .kind, (.candidates // [] | .[].kind)] | map(select(. != null))'
mine() { echo "select(.type == \"journey\" and any((.steps[], .drop // {}) | .netns // \"\"; startswith(\"$P\")))"; }
count() { jq -c --arg text "$text" "$(mine) | select($1)" "$DIR/out" | wc -l; }

# The TAP line, from what waybill said in $DIR/out. How the journey ends, and that it is told right, are
# left in $ends and $tells, for jq.
judge() {
	local decided lost why=""
	decided=true
	[ "$decider" = - ] || decided="(($kinds) as \$k | \"$decider\" | split(\"/\") | any(. as \$d | \$k | index(\$d) != null))"
	ends="$(one "$outcome" .outcome) and $(one "$layer" .drop.layer) and $(one "$station" .drop.station) and $(one "$sender" .sender_sees)"
	tells="$decided and ($([ "$text" = - ] && echo true || echo "tostring | test(\$text; \"i\")"))"
	lost=$(jq 'select(.type == "summary") | .lost_events' "$DIR/out")
	[ "$(count "$ends")" -gt 0 ] || why="no journey that is $outcome $layer $station, sender $sender"
	[ -n "$why" ] || [ "$(count "$ends and $tells")" -gt 0 ] || why="the decider is not $decider ~ $text"
	[ -z "$never" ] || [ "$(count "$(one "$never" .outcome)")" -eq 0 ] || why="there is a journey that is $never"
	[ -z "$untrue" ] || [ "$(count "$untrue")" -eq 0 ] || why="of a journey it holds that $untrue"
	[ "${lost:-1}" = 0 ] || why="lost events: $lost"
	if [ -z "$why" ]; then
		echo "ok - $id"
		return
	fi
	echo "not ok - $id: $why"
	jq -c "$(mine) | {outcome, layer: .drop.layer, station: .drop.station, reason: .drop.reason, location: .drop.location, sender_sees, decider: .drop.decider, last: (.steps[-1] // {} | .station)}" "$DIR/out" | head -5 | sed 's/^/# /'
	return 1
}
