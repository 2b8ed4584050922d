#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# state.sh - a host that remembers: services outlive each program of the supervisor and come back after it, a stopped
# one stays stopped, what was begun is finished or undone, and a state that cannot be used is refused with its reason.
# seconds: 240
. "$(dirname "$0")/lib/tap.sh"
sed -e 's/^profile shell/profile test.keep/; s/from image "root"/from host "\/usr\/"/' "$TOP/profiles/std/shell.profile" >"$RUN_DIR/keep.profile"
services() { # NAME…: the file of tenant shop with these services
	local n
	{
		printf 'cloister 1\n\ntenant shop under host.try {\n  limit memory 512MiB\n'
		for n; do printf '  workload %s {\n    profile test.keep\n    run "/usr/bin/sleep" "1000"\n    restart always\n  }\n' "$n"; done
		printf '}\n'
	} >"$RUN_DIR/shop.tenant"
}
apply() { cli apply "$RUN_DIR/shop.tenant" "$RUN_DIR/keep.profile"; }
state_of() { cli workload list --json | jq -r --arg w "$1" '.workloads[] | select(.tenant + "/" + .name == $w) | .state'; }
is() { [ "$(state_of "$1")" = "$2" ]; }
serves() { [ "$(cli status --json 2>/dev/null | jq -r .state)" = running ]; }
db() { sqlite3 "$STATE/state/state.db" "$1"; } # while no engine has it
open_ops() { db 'SELECT count(*) FROM op WHERE phase < 2'; }
kill_cloisterd() { local d; d=$(daemon_pid); kill -9 "$d"; until_true 10 test ! -e "/proc/$d"; }

services web db
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }
check "two services" apply
check "one of them is stopped" cli workload stop shop/db
web=$(workload_pid shop/web)
has "control: it runs" 1000 "$(tr '\0' ' ' <"/proc/$(program_pid shop/web)/cmdline")"

# Each program dies: the service is the same process, what was stopped stays so, the next operation works.
for who in engine spawn cloisterd; do
	if [ $who = cloisterd ]; then
		kill_cloisterd
		check "$who: another one starts" supervisor_up "$STATE"
	else
		pid=$(worker_pid $who)
		kill -9 "$pid"
		until_true 10 test ! -e "/proc/$pid"
	fi
	check "$who: the supervisor serves again" until_true 15 serves
	same "$who: the service is the same process" "$web" "$(workload_pid shop/web)"
	check "$who: what was stopped stays stopped" is shop/db exited
	check "$who: a run works" cli run --tenant shop --root host -- true
done
index=$(cli tenant list --json | jq -r '.tenants[] | select(.name == "shop").index')
same "a run shares the network of the adopted one" "$(readlink "/proc/$web/ns/net")" \
	"$(cli run --tenant shop --root host --net-of shop/web -- readlink /proc/self/ns/net 2>&1)"

# In the middle of an apply: each program once, at a different time.
n=0
for who in engine spawn cloisterd engine cloisterd; do
	n=$((n + 1))
	services web db "new$n"
	apply >"$RUN_DIR/apply.out" 2>&1 &
	job=$!
	sleep 0.0$((n * 2)) # a different place each time, whatever it is
	if [ $who = cloisterd ]; then kill_cloisterd; wait $job; supervisor_up "$STATE" || not_ok "it starts after a cut apply"; else kill -9 "$(worker_pid $who)"; wait $job; fi
	check "apply cut by the end of $who: it serves again" until_true 15 serves
	same "  the service is the same process" "$web" "$(workload_pid shop/web)"
	check "  the same files again" until_true 15 apply
	check "  make it so" until_true 10 is shop/db running
	check "  and the new one runs" until_true 10 is shop/new$n running
	cli workload stop shop/db >/dev/null
done
same "a cut apply gave the tenant no other range" "$index" "$(cli tenant list --json | jq -r '.tenants[] | select(.name == "shop").index')"

# Down and up: what is wanted is there again, as another process.
index_of() { cli tenant list --json | jq -r --arg t "$1" '.tenants[] | select(.name == $t).index'; }
run_in() { cli tenant add "$1" >/dev/null && cli run --tenant "$1" --root host -- /usr/bin/true; }
check "a run in a tenant that has nothing else" run_in gone
gone=$(index_of gone)
check "down" cli down
scope_exec_end
same "no operation is left open" 0 "$(open_ops)"
same "no start is thought to be there" 0 "$(db 'SELECT count(*) FROM kobj')"
check "up again" supervisor_up "$STATE"
check "the service is there again" until_true 10 is shop/web running
check "what was stopped is not" is shop/db exited
# Its uid range goes with the tenant, though nothing of it came up in this life; it rests before it is another's.
left() { [ "$(od -An -tu4 -j$((gone * 64 + 32)) -N4 "$STATE/tenants.idx" | tr -d ' ')" = 2 ]; }
check "the tenant that ran before is removed" cli tenant remove gone
check "  and its uid range let go of" until_true 5 left
check "  a run in one of its name" run_in gone
check "  has another range" test "$(index_of gone)" -ne "$gone"
check "  and goes" cli tenant remove gone
same "  nor any run" 0 "$(cli workload list --json | jq '[.workloads[] | select(.kind == "run")] | length')"
out=$("$BIN/cloisterd" --state "$STATE" 2>&1)
same "a second supervisor is refused" 1 $?
has "  and says why" "a supervisor is running on $STATE" "$out"
services web
check "what the file does not name any more goes" apply
check "down" cli down
scope_exec_end
same "  for good" web "$(db 'SELECT group_concat(name) FROM workload')"
same "  with its plan kept once" 1 "$(db 'SELECT count(*) FROM plan')"

# A boot later: nothing is looked for, what is wanted starts.
db "UPDATE workload SET wanted = 1; INSERT INTO kobj SELECT 1, CAST(id || X'07000000' AS BLOB), X'00000000000000000000000000000000', op FROM workload"
check "after another boot it starts" supervisor_up "$STATE"
check "  and the service is there" until_true 10 is shop/web running
check "down" cli down
scope_exec_end

# What cannot be used: up says why, at once, and nothing is left running.
refused() { # WHAT CODE WORDS
	local out rc
	out=$(scope_exec "$BIN/cloister" up --state "$STATE" 2>&1)
	rc=$?
	same "$1: refused" "$2" "$rc"
	has "  and says why" "$3" "$out"
	same "  in one line" 1 "$(printf '%s\n' "$out" | wc -l)"
	scope_exec_end
}
good=$RUN_DIR/good.db
cp "$STATE/state/state.db" "$good"
restore() { rm -f "$STATE"/state/state.db*; cat "$good" >"$STATE/state/state.db"; chown --reference="$STATE/state" "$STATE/state/state.db"; chmod 0600 "$STATE/state/state.db"; }
db 'PRAGMA user_version = 99' >/dev/null; refused "a newer schema" 4 "schema 99"; restore
db 'PRAGMA application_id = 1' >/dev/null; refused "another program's" 4 "another program"; restore
chmod 0644 "$STATE/state/state.db"; refused "a file that others can read" 4 "mode 0644"; restore
chown 0:0 "$STATE/state/state.db"; refused "a file of root's" 4 "belongs to uid 0"; restore
page=$(db "SELECT rootpage FROM sqlite_schema WHERE name = 'workload'")
printf '\377' | dd of="$STATE/state/state.db" bs=1 seek=$(((page - 1) * 4096)) conv=notrunc 2>/dev/null
refused "a byte that was changed" 4 "damaged"; restore
check "control: as it was, it starts" supervisor_up "$STATE"
check "  with its service" until_true 10 is shop/web running

# Damaged while it runs, and the engine dies: it is not started over and over, workloads stay.
web=$(workload_pid shop/web)
daemon=$(daemon_pid)
pid=$(worker_pid engine)
kill -STOP "$pid"
dd if=/dev/zero of="$STATE/state/state.db" bs=4096 seek=$((page - 1)) count=1 conv=notrunc 2>/dev/null
rm -f "$STATE"/state/state.db-wal
kill -9 "$pid"
check "an engine that can never serve ends the supervisor" until_true 10 test ! -e "/proc/$daemon"
check "  workloads stay" kill -0 "$web"
restore
check "  with an older copy put back it starts" supervisor_up "$STATE"
# the copy is of before that start: it knows that the service is wanted, not that process
check "  the service runs, as the copy wants it" until_true 10 is shop/web running
check "  and what the copy does not know is ended" until_true 10 test ! -e "/proc/$web"
check "down" cli down
scope_exec_end
rm -f "$good"

# Where state may be: a private mount namespace per case.
on() { # FSTYPE-SETUP…: runs the rest there
	unshare -m --propagation private bash -c "$1"
}
out=$(on "mkdir -p '$RUN_DIR/mem' && mount -t tmpfs none '$RUN_DIR/mem' && '$BIN/cloisterd' --state '$RUN_DIR/mem/s' 2>&1; echo \$?")
has "tmpfs is refused without --volatile" 78 "$out"
has "  and says why" "ext4, xfs or btrfs" "$out"

# A full disk: a small file system of its own, in a mount namespace of its own.
truncate -s 48M "$RUN_DIR/small.img"
mkfs.ext4 -q -F -m 0 "$RUN_DIR/small.img"
mkdir -p "$RUN_DIR/small"
export RUN_DIR BIN TOP B
cat >"$RUN_DIR/full.sh" <<'END'
. "$TOP/tests/host/lib/tap.sh"
mount -o loop "$RUN_DIR/small.img" "$RUN_DIR/small" || { skip state.loop "no loop device can be mounted here"; done_testing; exit; }
chmod 0755 "$RUN_DIR/small"
supervisor_up "$RUN_DIR/small/s" || not_ok "a supervisor on a small file system starts"
apply() { cli apply "$RUN_DIR/shop.tenant" "$RUN_DIR/keep.profile"; }
check "a service on a small disk" apply
ballast=$STATE/state/ballast
check "the ballast is laid" until_true 20 test -s "$ballast"
settled() { local a; a=$(stat -c %s "$ballast"); sleep 1.2; [ "$(stat -c %s "$ballast")" = "$a" ]; }
until_true 20 settled
dd if=/dev/zero of="$RUN_DIR/small/fill" bs=64k 2>/dev/null
dd if=/dev/zero of="$RUN_DIR/small/fill2" bs=1k 2>/dev/null
# the log is as large as it is now: what is new needs room
refuses() { out=$(cli run --tenant shop --root host -- true 2>&1); [[ $out == *no-space* ]]; }
check "runs are refused when it is full" until_true 40 refuses
out=$(cli apply "$RUN_DIR/shop.tenant" "$RUN_DIR/keep.profile" 2>&1)
has "so is an apply" no-space "$out"
check "a stop works" cli workload stop shop/web
check "and is done" bash -c "[ \"\$('$BIN/cloister' workload list --json | jq -r '.workloads[0].state')\" = exited ]"
rm -f "$RUN_DIR/small/fill" "$RUN_DIR/small/fill2"
runs() { cli run --tenant shop --root host -- true; }
check "with room again it goes on" until_true 30 runs
check "down" supervisor_down
same "the stop was kept" 0 "$(sqlite3 "$RUN_DIR/small/s/state/state.db" 'SELECT wanted FROM workload')"
umount "$RUN_DIR/small"
done_testing
END
tap_from < <(unshare -m --propagation private bash "$RUN_DIR/full.sh" 2>"$RUN_DIR/full.err")
[ "$tap_bad" = 0 ] || sed 's/^/# /' "$RUN_DIR/full.err" | tail -5
rm -f "$RUN_DIR/small.img"
rmdir "$RUN_DIR/small" "$RUN_DIR/mem" 2>/dev/null
STATE=
done_testing
