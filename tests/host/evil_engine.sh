#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# evil_engine.sh - a taken-over engine, netd or volumed gains nothing: the table of tries, swapped fields, wrong
# offers, each beside the right one, on the real spawn, netd and volumed. By hand: SEED=N COUNT=N TRIES=N.
# seconds: 240
. "$(dirname "$0")/lib/tap.sh"
SEED=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')} COUNT=${COUNT:-3000} TRIES=${TRIES:-10000}
scope_enter "evil.$$" || { not_ok "evil.engine: a cgroup of its own"; done_testing; exit; }

# Our directory in each hierarchy, as cloisterd makes them: t/ and helper/, and in version 2 supervisor/.
declare -A ctl=([memory]=1 [cpu]=2 [pids]=4 [hugetlb]=32)
trees=() dirs=()
remove() {
	local d i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		for d in "${dirs[@]}"; do find "$d" -depth -type d -exec rmdir {} \; 2>/dev/null; done
		for d in "${dirs[@]}"; do [ -d "$d" ] && { sleep 0.1; continue 2; }; done
		return
	done
}
trap 'rc=$?; remove; scope_kill; scope_leave; (exit $rc); at_end' EXIT
while read -r mount controllers; do
	controllers=${controllers#rw,}
	own=$(awk -F: -v o="$controllers" '$2 == o { print $3 }' /proc/self/cgroup)
	dir=${mount}${own%/}/cloister-evil.$$ mask=0 version=1
	[ -n "$controllers" ] || { version=2 controllers=; [ -n "${SCOPE_V2:-}" ] && dir=$SCOPE_V2/evil; }
	[ $version = 2 ] || [ -n "${ctl[$controllers]:-}" ] || continue
	mkdir "$dir" && dirs+=("$dir")
	[ $version = 2 ] && mkdir "$dir/supervisor"
	mkdir "$dir/t" "$dir/helper"
	if [ $version = 2 ]; then
		for c in $(cat "$dir/cgroup.controllers"); do
			[ -n "${ctl[$c]:-}" ] || continue
			echo "+$c" >"$dir/cgroup.subtree_control" && echo "+$c" >"$dir/t/cgroup.subtree_control" &&
				echo "+$c" >"$dir/helper/cgroup.subtree_control" && mask=$((mask | ctl[$c]))
		done
		trees=("2 $mask $dir" "${trees[@]}")
	else
		trees+=("1 ${ctl[$controllers]} $dir")
	fi
done < <(scope_hierarchies)

# Ceilings and plans: what this operator allows, what it allowed before, and what it never did.
P=$RUN_DIR/plans
mkdir "$P" "$RUN_DIR/own"
chmod 0711 "$RUN_DIR/own"
ceiling() { # NAME MEMORY
	printf '\nceiling %s {\n  include ceiling.syscalls\n' "$1"
	sed -n '/^  feature/p; /^  set missing/p; /^  limit/p' profiles/std/host.default.profile | sed "s/limit memory .*/limit memory $2/"
	printf '  mount "/usr/" from host "/usr/" ro exec\n}\n'
}
profile() { # NAME MEMORY MORE
	printf '\nprofile %s {\n  include runtime.glibc\n  feature fork on\n  feature exec on\n  limit memory %s\n  limit pids 16\n' "$1" "$2"
	printf '  mount "/usr/" from host "/usr/" ro exec\n  allow path "/usr/" read, list, exec\n%s}\n' "$3"
}
{
	printf 'cloister 1\n'
	ceiling wide 8GiB
	ceiling tight 128MiB
	profile run 256MiB ''
	profile mild 64MiB ''
	profile tight 64MiB ''
	profile image 64MiB '  mount "/opt/evil/" from image "root" ro
'
} >"$P/all.profile"
for n in made other; do
	printf 'cloister 1\n\ntenant a {\n  workload %s {\n    profile mild\n    run "/usr/bin/id" "%s"\n  }\n}\n' web $n >"$P/$n.tenant"
done
printf 'cloister 1\n\ntenant a {\n  workload web {\n    profile image\n    run "/usr/bin/id"\n    image root as root\n  }\n}\n' >"$P/imaged.tenant"
lib=(-l "$P/all.profile")
for f in profiles/std/*.profile; do lib+=(-l "$f"); done
make_plan() { "$BIN/compile_text" "$@" >"$RUN_DIR/compile.out" 2>&1 || { not_ok "evil.engine: $* compiles"; sed 's/^/# /' "$RUN_DIR/compile.out"; }; }
for c in wide tight; do make_plan ceiling -p $c "${lib[@]}" -o "$P/ceiling.$c"; done
# For the Landlock of this kernel; where that is not known here, for each.
for abi in ${LANDLOCK:-1 2 3 4 5 6}; do
	for p in run mild image; do make_plan plan -p $p -c wide -a $abi -i root "${lib[@]}" -o "$P/$p.$abi"; done
	make_plan plan -p tight -c tight -a $abi "${lib[@]}" -o "$P/tight.$abi"
	make_plan make -p a/web -c wide -a $abi -r "$P/request.made.$abi" -o "$P/made.$abi" "${lib[@]}" "$P/made.tenant"
	make_plan make -p a/web -c wide -a $abi -r "$P/request.other.$abi" "${lib[@]}" "$P/other.tenant"
	make_plan make -p a/web -c wide -a $abi -i root -r "$P/request.imaged.$abi" -o "$P/imaged.$abi" "${lib[@]}" "$P/imaged.tenant"
done

note "SEED=$SEED COUNT=$COUNT TRIES=$TRIES"
"$B/tests/evil-engine" "$SEED" "$COUNT" "$TRIES" "$BIN" "$RUN_DIR/own" "$P" "${trees[@]}" >"$RUN_DIR/engine.tap" 2>"$RUN_DIR/engine.err"
tap_from <"$RUN_DIR/engine.tap"
grep -q '^1\.\.' "$RUN_DIR/engine.tap" || not_ok "evil.engine went to its end"
[ "$tap_bad" -eq 0 ] || sed "s/^/# /" "$RUN_DIR/engine.err" | head -20
rm -rf "$RUN_DIR/own"
done_testing
