#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# batch.sh - a batch job under job.batch: 100 MB from an image through awk, sort and gzip into /tmp, its limits, and its
# exit code told.
# seconds: 240
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }

if ! timeout 120 "$BIN/cloister" image build tools --package dash coreutils mawk gzip >"$RUN_DIR/build" 2>&1; then
	if grep -qiE 'could not resolve|unable to fetch|temporary failure|unable to locate' "$RUN_DIR/build"; then
		skip batch.packages "no package mirror can be reached"
	else
		not_ok "an image of tools is built"
		sed 's/^/# /' "$RUN_DIR/build" | tail -20
	fi
	done_testing
	exit
fi
ok "an image of tools is built"
# 100 MB of records: a number that is not in order, and something to add up.
mkdir -p "$RUN_DIR/inbox/in"
awk 'BEGIN { for (i = 0; i < 2000000; i++) printf "%010d %05d %032d\n", (i * 7919) % 2000003, i % 1000, i }' >"$RUN_DIR/inbox/in/records"
printf '#!/usr/bin/dash\necho ran\n' >"$RUN_DIR/inbox/in/run"
chmod 0755 "$RUN_DIR/inbox/in/run"
size=$(stat -c %s "$RUN_DIR/inbox/in/records")
check "the input is 100 MB" test "$size" -ge 98000000
want=$(LC_ALL=C sort "$RUN_DIR/inbox/in/records" | sha256sum)
check "an image of the input is built" timeout 120 "$BIN/cloister" image build inbox --dir "$RUN_DIR/inbox"
rm -rf "$RUN_DIR/inbox"
job() { cli run --profile job.batch -- /usr/bin/dash -c "$1"; }

start=$SECONDS
got=$(job 'set -e
	/usr/bin/mawk "{ sum += \$2 } END { print \"sum\", sum }" /in/records
	LC_ALL=C /usr/bin/sort -S 64M -T /tmp /in/records -o /tmp/sorted
	/usr/bin/sha256sum </tmp/sorted
	/usr/bin/gzip -1 </tmp/sorted >/tmp/sorted.gz
	/usr/bin/gzip -dc /tmp/sorted.gz | /usr/bin/sha256sum' 2>"$RUN_DIR/job.err")
same "the job ends well" 0 $?
same "it complains of nothing" "" "$(cat "$RUN_DIR/job.err")"
note "100 MB added up, sorted, packed and unpacked in $((SECONDS - start)) s"
same "awk's sum is right" "sum 999000000" "$(sed -n 1p <<<"$got")"
same "the order is what sort makes of it outside" "$want" "$(sed -n 2p <<<"$got")"
same "and survives gzip" "$want" "$(sed -n 3p <<<"$got")"

# ---- what it may not ----
job 'exit 7'
same "its exit code is told" 7 $?
job 'kill -9 $$'
same "and a signal" 137 $?
has "its input cannot be written" "annot create" "$(job ': >/in/records' 2>&1)"
has "a program of its input cannot be run" "/in/run: Permission denied" "$(job /in/run 2>&1)"
same "but read, by the shell that is named (control)" "ran" "$(job '. /in/run' 2>&1)"
has "what it wrote cannot be made a program" "chmod: Permission denied" "$(job 'echo "echo ran" >/tmp/x; /usr/bin/chmod 700 /tmp/x' 2>&1)"
has "nor be run" "/tmp/x: Permission denied" "$(job 'echo "echo ran" >/tmp/x; . /tmp/x; /tmp/x' 2>&1)"
has "no tool but those named" "/usr/bin/ls: Permission denied" "$(job '/usr/bin/ls /' 2>&1)"
# 16 tasks: the shell and fifteen more; the last ones find no room.
has "limit pids holds" "annot fork" "$(job 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do /usr/bin/sort /dev/zero 2>/dev/null & done; kill -9 -1' 2>&1)"
out=$(job '/usr/bin/sort -S 32M /in/records /in/records /in/records /in/records /in/records /in/records -o /tmp/x' 2>&1)
same "limit tmp holds: 512MiB and not more" 2 $?
has "and says so" "No space left" "$out"
job '/usr/bin/mawk "BEGIN { for (i = 0; ; i++) a[i] = i \"x\" }"' >/dev/null 2>&1
same "limit memory holds: the job is killed" 137 $?
check "the supervisor ends" supervisor_down
done_testing
