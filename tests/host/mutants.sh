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
same "mutants: each of all can be applied" "" "$(cd "$TOP" && for p in tests/fault/mutants/*.patch; do patch -s -F0 --dry-run -p1 <"$p" >/dev/null 2>&1 || echo "${p##*/}"; done)"

# What takes nothing out lives, and is told; so is a patch of what is no more there.
mkdir "$RUN_DIR/planted"
cat >"$RUN_DIR/planted/nothing.patch" <<'P'
test: evil_engine
--- a/sandbox/verdict.c
+++ b/sandbox/verdict.c
@@ -1,2 +1,3 @@
 /* SPDX-License-Identifier: Apache-2.0 */
+/* a mutant that is none */
 /*
P
sed 's/^ .*/ no such line/' "$RUN_DIR/planted/nothing.patch" >"$RUN_DIR/planted/stale.patch"
said=$(cd "$TOP" && B=$B MUTANTS=$RUN_DIR/planted tools/run-mutants 2>&1)
has "mutants: one that takes nothing out lives" "FAIL nothing                  evil_engine  lives" "$said"
has "mutants: one that does not apply is told" "FAIL stale                    evil_engine  the patch does not apply" "$said"
has "mutants: neither passes" "0 passed, 2 failed, 0 skipped" "$said"
rm -r "$RUN_DIR/planted"
done_testing
