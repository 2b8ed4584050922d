# SPDX-License-Identifier: Apache-2.0
# scope.sh - puts the caller into cgroups of its own, so that all it starts can be told from what others run on
# this machine. Sourced by bash. It makes one directory below the current one in each hierarchy, no more.
scope_dirs=()
scope_cgroup=

# "MOUNT CONTROLLERS" per hierarchy, controllers empty for v2.
scope_hierarchies() {
	awk '{ for (i = 7; $i != "-"; i++); t = $(i + 1) } t == "cgroup2" { print $5, "" } t == "cgroup" { print $5, $(i + 3) }' /proc/self/mountinfo
}

# scope_enter NAME
scope_enter() {
	local mount options own dir
	while read -r mount options; do
		own=$(awk -F: -v o="$options" '
			$2 == "" && o == "" { p = $3; hit = 1 }
			$2 != "" && o != "" { n = $2; sub(/^name=/, "", n); if (index("," o ",", "," n ",") || index(o, $2)) { p = $3; hit = 1 } }
			END { if (hit) print p }' /proc/self/cgroup)
		[ -n "$own" ] || continue
		[ "$own" = / ] && own=
		dir=$mount$own/$1
		mkdir "$dir" 2>/dev/null || continue
		if [ -e "$dir/cpuset.mems" ]; then # v1: empty ones admit nobody
			cat "$mount$own/cpuset.cpus" >"$dir/cpuset.cpus" 2>/dev/null
			cat "$mount$own/cpuset.mems" >"$dir/cpuset.mems" 2>/dev/null
		fi
		if ! echo $$ >"$dir/cgroup.procs" 2>/dev/null; then
			rmdir "$dir"
			continue
		fi
		scope_dirs+=("$dir")
		[ -z "$options" ] && scope_cgroup=$own/$1
	done < <(scope_hierarchies)
	[ -n "$scope_cgroup" ]
}

# Ends what is left, deepest first; the caller and its own directory stay. Only what the caller started is there.
scope_kill() {
	local dir i sub left
	left=$(grep -hvx "$$" "${scope_dirs[@]/%//cgroup.procs}" 2>/dev/null | sort -u)
	kill -KILL $left 2>/dev/null
	for dir in "${scope_dirs[@]}"; do
		for i in 1 2 3 4 5; do
			find "$dir" -mindepth 1 -depth -type d 2>/dev/null | while read -r sub; do
				[ -e "$sub/cgroup.kill" ] && echo 1 >"$sub/cgroup.kill" 2>/dev/null
				[ -e "$sub/freezer.state" ] && echo THAWED >"$sub/freezer.state" 2>/dev/null
				xargs -r kill -KILL <"$sub/cgroup.procs" 2>/dev/null
				rmdir "$sub" 2>/dev/null
			done
			[ -z "$(find "$dir" -mindepth 1 -type d 2>/dev/null)" ] && break
			sleep 0.2
		done
	done
}

scope_leave() {
	local dir
	for dir in "${scope_dirs[@]}"; do
		echo $$ >"${dir%/*}/cgroup.procs" 2>/dev/null
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			rmdir "$dir" 2>/dev/null && break
			sleep 0.1
		done
	done
	scope_dirs=()
}
