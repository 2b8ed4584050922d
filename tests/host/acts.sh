#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# acts.sh - the acts journal: every act with its tenant, op_id and tag; a full segment is followed by the next one
# while all runs, few are kept, and what is not as it was written is told.
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }
A=$STATE/acts
acts() { "$BIN/cloister-acts" --json "$@" | jq -s -c "$jq"; }
log_has() { grep -q "$1" "$STATE/log/supervisor.log"; }
records() { stat -c %s "$1" | awk '{ print int($1 / 64) }'; }

cli run -- true || not_ok "a workload runs"
jq='map(select(.op == "run")) | length > 0 and all(.gen > 0 and (.op_id | length == 32)) and any(.phase == "before") and any(.phase == "after" and .code == 0 and (.tag | length == 32))'
same "acts: a start is there with its tenant, op_id and plan, before and after" true "$(acts "$A/spawn")"
jq='map(select(.op == "plan.load" and .phase == "after")) | length > 0 and all(.tag | length == 32)'
same "acts: a plan is there by its hash" true "$(acts "$A/spawn")"
jq='map(select(.op == "net.assign")) | length > 0 and all(.gen > 0)'
same "acts: a network is there with its tenant" true "$(acts "$A/netd")"
jq='length'
before=$(acts "$A/spawn")
cli run -- true
check "acts: and the next start behind it" test "$(acts "$A/spawn")" -gt "$before"
same "acts: only root reads it" "600 0 700" "$(stat -c '%a %u' "$A/spawn") $(stat -c %a "$A")"

# ---- the next segment ----
for i in 1 2 3 4 5 6 7; do printf 'old %d' $i >"$A/spawn.$i"; done
cp "$A/spawn" "$RUN_DIR/kept"
head -c $((16 << 20)) /dev/zero >>"$A/spawn"
check "acts: a full segment is renamed" until_true 12 cmp -s -n "$(stat -c %s "$RUN_DIR/kept")" "$RUN_DIR/kept" "$A/spawn.1"
same "acts: as many as are kept" "spawn spawn.1 spawn.2 spawn.3 spawn.4 spawn.5 spawn.6 spawn.7" "$(cd "$A" && echo spawn*)"
same "acts: and the oldest went" "old 6" "$(cat "$A/spawn.7")"
rm -f "$A"/spawn.[2-7]
until_true 5 test -s "$A/spawn"
jq='.[0] | [.seq, .op, .phase]'
same "acts: the next one begins with the hand-over" '[0,"parent.acts","after"]' "$(acts "$A/spawn")"
check "acts: the same spawner goes on" cli run -- true
jq='map(select(.op == "run" and .phase == "after" and .code == 0)) | length'
same "acts: into the new segment" 1 "$(acts "$A/spawn")"
size=$(records "$A/spawn.1")
cli run -- true
same "acts: and never again into the one before" "$size" "$(records "$A/spawn.1")"
# our zeros were no acts of the spawner's: it counts its own
"$BIN/cloister-acts" "$A/spawn.1" "$A/spawn" >/dev/null 2>"$RUN_DIR/said"
same "acts: records that it did not write are told" 1 $?
truncate -s "$(($(stat -c %s "$RUN_DIR/kept") + 64))" "$A/spawn.1"
cp "$RUN_DIR/kept" "$A/spawn.1"
jq=.
check "acts: a segment as it was written is right" "$BIN/cloister-acts" "$A/spawn.1"
dd if="$A/netd" of="$RUN_DIR/netd" bs=64 skip=1 2>/dev/null
"$BIN/cloister-acts" "$RUN_DIR/netd" >/dev/null 2>&1
same "acts: one whose beginning is gone is not" 1 $?

# ---- cut ----
truncate -s 64 "$A/netd"
check "acts: a journal that became shorter is told" until_true 12 log_has 'places.cut: acts/netd'
check "acts: the supervisor ends as usual" supervisor_down
rm -f "$RUN_DIR"/{kept,said,netd}
done_testing
