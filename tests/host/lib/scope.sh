# SPDX-License-Identifier: Apache-2.0
# scope.sh - puts the caller into cgroups of its own, so that all it starts can be told from what others run on
# this machine. Sourced by bash. It makes one directory below the current one in each hierarchy, no more.
#
# Version 2 lets no directory but the top have both processes and controllers. Where there are version 1 hierarchies
# too they are enough to tell processes apart, and version 2 is left alone. Else the caller sits in NAME/runner, and a
# supervisor is started in a directory beside it (scope_exec).
scope_dirs=()
scope_lent=
scope_cgroup= # "/NAME"

# "MOUNT CONTROLLERS" per hierarchy, controllers empty for v2.
scope_hierarchies() {
	awk '{ for (i = 7; $i != "-"; i++); t = $(i + 1) } t == "cgroup2" { print $5, "" } t == "cgroup" { print $5, $(i + 3) }' /proc/self/mountinfo
}

# Enables in DIR what it has and its directories lack; prints what that was.
scope_enable() {
	local c
	for c in $(cat "$1/cgroup.controllers"); do
		grep -qw "$c" "$1/cgroup.subtree_control" && continue
		echo "+$c" >"$1/cgroup.subtree_control" 2>/dev/null && echo "$c"
	done
}

# scope_enter NAME
scope_enter() {
	local mount options own dir hybrid
	hybrid=$(scope_hierarchies | awk 'NF == 2' | wc -l)
	scope_cgroup=/$1
	export SCOPE_CGROUP=$scope_cgroup # for a script that does not enter one of its own
	while read -r mount options; do
		own=$(awk -F: -v o="$options" '
			$2 == "" && o == "" { p = $3; hit = 1 }
			$2 != "" && o != "" { n = $2; sub(/^name=/, "", n); if (index("," o ",", "," n ",") || index(o, $2)) { p = $3; hit = 1 } }
			END { if (hit) print p }' /proc/self/cgroup)
		[ -n "$own" ] || continue
		[ "$hybrid" != 0 ] && [ -z "$options" ] && continue
		[ "$own" = / ] && own=
		dir=$mount$own/$1
		mkdir "$dir" 2>/dev/null || continue
		if [ -z "$options" ]; then
			scope_lent=$(scope_enable "$mount$own")
			scope_enable "$dir" >/dev/null
			mkdir "$dir/runner"
			echo $$ >"$dir/runner/cgroup.procs" || { rmdir "$dir/runner" "$dir"; continue; }
			export SCOPE_V2=${SCOPE_V2:-$dir}
		else
			if [ -e "$dir/cpuset.mems" ]; then # empty ones admit nobody
				cat "$mount$own/cpuset.cpus" >"$dir/cpuset.cpus" 2>/dev/null
				cat "$mount$own/cpuset.mems" >"$dir/cpuset.mems" 2>/dev/null
			fi
			echo $$ >"$dir/cgroup.procs" 2>/dev/null || { rmdir "$dir"; continue; }
		fi
		scope_dirs+=("$dir")
	done < <(scope_hierarchies)
	[ ${#scope_dirs[@]} -gt 0 ]
}

# Runs a command in an empty cgroup beside the runner. In a subshell: it does not come back.
scope_exec() {
	if [ -n "${SCOPE_V2:-}" ]; then
		mkdir -p "$SCOPE_V2/up" && echo "$BASHPID" >"$SCOPE_V2/up/cgroup.procs"
	fi
	exec "$@"
}

# Removes that cgroup when its last process is gone.
scope_exec_end() {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		[ -d "${SCOPE_V2:-/nowhere}/up" ] || return 0
		rmdir "$SCOPE_V2/up" 2>/dev/null || sleep 0.1
	done
}

# Ends what is left, deepest first; the caller and its own directories stay. Only what the caller started is there.
scope_kill() {
	local dir i sub left
	left=$(grep -hvx "$$" "${scope_dirs[@]/%//cgroup.procs}" 2>/dev/null | sort -u)
	kill -KILL $left 2>/dev/null
	for dir in "${scope_dirs[@]}"; do
		for i in 1 2 3 4 5; do
			find "$dir" -mindepth 1 -depth -type d 2>/dev/null | while read -r sub; do
				[ "$sub" = "$dir/runner" ] && continue
				[ -e "$sub/cgroup.kill" ] && echo 1 >"$sub/cgroup.kill" 2>/dev/null
				left=$(cat "$sub/cgroup.procs" 2>/dev/null) && kill -KILL $left 2>/dev/null
				rmdir "$sub" 2>/dev/null
			done
			[ -z "$(find "$dir" -mindepth 1 -type d ! -path "$dir/runner" 2>/dev/null)" ] && break
			sleep 0.2
		done
	done
}

scope_leave() {
	local dir c up
	for dir in "${scope_dirs[@]}"; do
		up=${dir%/*}
		echo $$ >"$up/cgroup.procs" 2>/dev/null
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			[ -d "$dir/runner" ] && rmdir "$dir/runner" 2>/dev/null
			rmdir "$dir" 2>/dev/null && break
			sleep 0.1
		done
		# EBUSY: somebody else uses it by now, and keeps it.
		[ -e "$up/cgroup.subtree_control" ] && for c in $scope_lent; do echo "-$c" >"$up/cgroup.subtree_control" 2>/dev/null; done
	done
	scope_dirs=()
}
