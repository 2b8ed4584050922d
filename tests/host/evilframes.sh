#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# evilframes.sh - a broken message ends its sender's edge and nothing else: on the sockets between our programs, and
# on the control socket of a running supervisor.
. "$(dirname "$0")/lib/tap.sh"
scope_enter "evil.$$" || { skip evil.all "no cgroup of its own can be made here"; done_testing; exit; }

# The spawner's part of the tree, version 2: below our own current directory.
cg=$(scope_hierarchies | awk 'NF == 1 { print $1 }')$(sed -n 's/^0:://p' /proc/self/cgroup)
cg=${cg%/}/cloister-evil.$$
mkdir "$cg" && trap 'rc=$?; rmdir "$cg/own"/* "$cg/own" "$cg" 2>/dev/null; scope_kill; scope_leave; (exit $rc); at_end' EXIT
# Plans for a taken-over engine: compiled under a ceiling of its own, wider than the tenant's.
mkdir "$RUN_DIR/plans"
{
	printf 'cloister 1\n\nceiling wide {\n  include ceiling.syscalls\n  allow syscall mlockall\n'
	sed -n '/^  feature/p; /^  set missing/p' profiles/std/host.default.profile
	printf '  feature jit on\n  mount "/usr/" from host "/usr/" ro exec\n}\n'
	for p in 'good:' 'memory:limit memory 16GiB' 'jit:feature jit on' 'call:allow syscall mlockall' \
		'host:mount "/usr/" from host "/usr/" ro exec'; do
		memory='limit memory 64MiB'
		[ "${p%%:*}" = memory ] && memory=
		printf '\nprofile %s {\n  include runtime.glibc\n  %s\n  %s\n}\n' "${p%%:*}" "$memory" "${p#*:}"
	done
} >"$RUN_DIR/plans/all.profile"
lib=()
for f in profiles/std/*.profile; do lib+=(-l "$f"); done
"$BIN/compile_text" ceiling -p host.default "${lib[@]}" -o "$RUN_DIR/plans/ceiling" || not_ok "evil.plans: the ceiling compiles"
for p in good memory jit call host; do
	for abi in 1 2 3 4 5 6; do
		"$BIN/compile_text" plan -p $p -c wide -a $abi "${lib[@]}" -o "$RUN_DIR/plans/$p.$abi" "$RUN_DIR/plans/all.profile" ||
			not_ok "evil.plans: $p compiles for Landlock ABI $abi"
	done
done

for s in netd volumed spawn; do
	dir=$RUN_DIR/$s
	mkdir -p "$dir"
	plans=
	[ $s = spawn ] && mkdir "$cg/own" "$cg/own/t" "$cg/own/helper" "$cg/own/supervisor" && plans=$RUN_DIR/plans
	"$B/tests/evil-frames" $s "$BIN/cloister-$s" "$dir" "$cg/own" ${plans:+"$plans"} >"$dir.tap" 2>"$dir.err"
	tap_from <"$dir.tap"
	grep -q '^1\.\.' "$dir.tap" || not_ok "evil.$s went to its end"
	rm -rf "$dir"
done
rmdir "$cg/own"/* "$cg/own" "$cg" 2>/dev/null

if supervisor_up; then
	"$B/tests/evil-client" "$STATE/control.sock" "$(worker_pid engine)" >"$RUN_DIR/client.tap"
	tap_from <"$RUN_DIR/client.tap"
	grep -q '^1\.\.' "$RUN_DIR/client.tap" || not_ok "evil.client went to its end"
	check "evil.client: the supervisor ends as usual" supervisor_down
else
	not_ok "a private supervisor starts"
fi
done_testing
