#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants harnesses that crash, hang, do nothing or miss their bug, and expects run-fuzz to say so.
. tests/lint/plant.sh
top=$PWD

harness() { # NAME SCRIPT
	printf '#!/bin/bash\n%s\n' "$2" >"$PLANT/$1"
	chmod +x "$PLANT/$1"
}
run() { (cd "$PLANT" && "$top/tools/run-fuzz" "$@"); }

harness fuzz_good 'echo "stat::number_of_executed_units: 5000" >&2'
harness fuzz_crash 'echo "ERROR: AddressSanitizer: heap-buffer-overflow"; exit 77'
harness fuzz_idle 'exit 0'
harness fuzz_bug.bug 'echo "seeded bug" >&2; exit 77'
harness fuzz_other.bug 'echo "ERROR: AddressSanitizer: something else" >&2; exit 77'
harness fuzz_shallow.bug 'echo "stat::number_of_executed_units: 5000" >&2'
harness fuzz_share 'printf "%s\n" "$@" | grep -q -- "-max_total_time=3$" && echo "stat::number_of_executed_units: 1"'

expect 0 'ok   good: 9 s, 5000 runs' run smoke 9 ./fuzz_good
expect 1 'FAIL crash: 9 s, no runs' run smoke 9 ./fuzz_crash
expect 1 'AddressSanitizer: heap-buffer-overflow' run smoke 9 ./fuzz_crash
expect 1 'FAIL idle' run smoke 9 ./fuzz_idle
expect 1 '1 passed, 1 failed, 0 skipped' run smoke 9 ./fuzz_good ./fuzz_crash
expect 0 '3 passed, 0 failed, 0 skipped' run smoke 9 ./fuzz_share ./fuzz_share ./fuzz_share
expect 0 'ok   bug: seeded bug found' run seeded 1 ./fuzz_bug.bug
expect 1 'FAIL other: seeded bug NOT found' run seeded 1 ./fuzz_other.bug
expect 1 'FAIL shallow: seeded bug NOT found' run seeded 1 ./fuzz_shallow.bug
expect 1 '0 passed, 0 failed, 0 skipped' run smoke 9
verdict
