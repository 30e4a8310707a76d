#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs one test for prove, and appends what failed in it, with what it said of that, to the file FAILED:
# prove prints the numbers of failures alone. Usage: FAILED=FILE prove -e tests/kept.sh TEST ...
"$@" | awk -v test="$1" '{ print; fflush() }
	/^(not )?ok / { bad = /^not ok/ }
	bad { print test ": " substr($0, 1, 600) >>ENVIRON["FAILED"] }'
exit "${PIPESTATUS[0]}"
