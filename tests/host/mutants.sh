#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mutants.sh - some of the checks behind security-model.md 3.4, taken out one at a time: a test misses each. Another
# sample each time, by the seed that is printed; `make test-mutants` runs all.
# seconds: 240
. "$(dirname "$0")/lib/tap.sh"
while read -r verdict rest; do
	case $verdict in
	ok) ok "mutants: $rest" ;;
	FAIL) not_ok "mutants: $rest" ;;
	*) note "$verdict $rest" ;;
	esac
done < <(cd "$TOP" && B=$B tools/run-mutants --sample 5 ${SEED:+--seed "$SEED"} 2>&1)
[ "$tap_n" -ge 5 ] || not_ok "mutants: five were tried"
done_testing
