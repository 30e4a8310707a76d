#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What src/firewall/ says of random rulesets against what the kernel's counters say, as TAP.
# RULESETS=N SEED=N for more, or for others.
set -u
cd "$(dirname "$0")/.." || exit 1
O=${O:-build}
make -s O="$O" "$O/tests/property/rules" || exit 1
exec "$O/tests/property/rules" "${RULESETS:-300}" "${SEED:-$((RANDOM * 32768 + RANDOM))}"
