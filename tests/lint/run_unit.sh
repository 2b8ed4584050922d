#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants programs that fail in every way a test can and expects run-unit to say so.
. tests/lint/plant.sh

prog() { # NAME SCRIPT: a program that behaves so
	printf '#!/bin/bash\n%s\n' "$2" >"$PLANT/$1"
	chmod +x "$PLANT/$1"
}
prog good 'echo "[  PASSED  ] 3 test(s)."'
prog two_groups 'echo "[  PASSED  ] 3 test(s)."; echo "[  PASSED  ] 2 test(s)."'
prog summary 'echo "7 passed, 0 failed, 1 skipped"'
prog red 'echo "[  PASSED  ] 3 test(s)."; echo "[  FAILED  ] 2 test(s), listed below:"; exit 2'
prog lies 'echo "[  PASSED  ] 3 test(s)."; echo "[  FAILED  ] 2 test(s), listed below:"; exit 0'
prog crash 'echo "[  PASSED  ] 3 test(s)."; kill -SEGV $$'
prog silent 'exit 0'
prog skipper 'echo "SKIP x: no such thing here"; echo "[  PASSED  ] 0 test(s)."; echo "[  SKIPPED ] 1 test(s), listed below:"'
prog nameless 'echo "[  PASSED  ] 1 test(s)."; echo "[  SKIPPED ] 1 test(s), listed below:"'
printf '# why\nx  of this test\n' >"$PLANT/skips"
printf 'y\n' >"$PLANT/others"
export SKIPS=$PLANT/skips

expect 0 '3 passed, 0 failed, 0 skipped' tools/run-unit "$PLANT/good"
expect 0 '5 passed, 0 failed, 0 skipped' tools/run-unit "$PLANT/two_groups"
expect 1 '7 passed, 1 failed, 1 skipped' tools/run-unit "$PLANT/summary"
expect 1 '3 passed, 2 failed, 0 skipped' tools/run-unit "$PLANT/red"
expect 1 '3 passed, 2 failed, 0 skipped' tools/run-unit "$PLANT/lies"
expect 1 '3 passed, 1 failed, 0 skipped' tools/run-unit "$PLANT/crash"
expect 1 'it counted no test' tools/run-unit "$PLANT/silent"
expect 0 'SKIP x: no such thing here' tools/run-unit "$PLANT/skipper"
expect 1 'skipped and not in' env SKIPS="$PLANT/others" tools/run-unit "$PLANT/skipper"
expect 1 '1 without a name' tools/run-unit "$PLANT/nameless"
expect 1 '0 passed, 0 failed, 0 skipped' tools/run-unit
expect 1 '6 passed, 2 failed, 0 skipped' tools/run-unit "$PLANT/good" "$PLANT/red"

printf 'a:\n\t@echo "2 passed, 0 failed, 1 skipped"\nb:\n\t@echo "1 passed, 4 failed, 0 skipped"; false\nc:\n\t@false\n' >"$PLANT/Makefile"
expect 0 '2 passed, 0 failed, 1 skipped' env MAKE="make -f $PLANT/Makefile" tools/run-levels a
expect 1 '3 passed, 4 failed, 1 skipped' env MAKE="make -f $PLANT/Makefile" tools/run-levels a b
expect 1 'it ended without a summary' env MAKE="make -f $PLANT/Makefile" tools/run-levels c a
verdict
