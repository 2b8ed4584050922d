# SPDX-License-Identifier: Apache-2.0
# walk.sh - for walk.sh and errno.sh: the places of each operation in which something may go wrong, one place hit, and
# what must hold afterwards. A place is OP/PROGRAM/NR:N:PHASE, as tests/fault/walker.c has it. Each has a supervisor and
# a state directory of its own. Sourced after tap.sh and walk_ops.sh.
SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
if [ -n "${RUN_DIR_OWN:-}" ]; then
	scope_enter "walk.$$" || { not_ok "a cgroup of its own"; done_testing; exit; }
	trap 'scope_kill; scope_leave; at_end' EXIT
fi
work=$RUN_DIR/w out=$RUN_DIR/out
mkdir "$work" "$out"
snap() { "$B/tests/leak-snap" "$@" --cgroup "$SCOPE_CGROUP" --dir "$work"; }
now_ms() { local t=${EPOCHREALTIME/./}; echo "${t%???}"; }

# ---- one supervisor: a bystander, the tenant that is operated on, the pids of all ----
begin() { # OP
	supervisor_up "$work/s" 2>"$out/up" || return 1
	before "$1" >"$out/prepare" 2>&1 || return 1
	pids && list || return 1
	bystander=$by service=${state#* }
}
# Ends it, also where it cannot be asked any more: the next one takes over what is left.
end() {
	timeout 20 "$BIN/cloister" down >"$out/down" 2>&1 && STATE= && scope_exec_end && return 0
	local d
	d=$(daemon_pid)
	[ -n "$d" ] && kill -9 "$d" && until_true 10 test ! -e "/proc/$d"
	supervisor_up "$work/s" >>"$out/down" 2>&1 && supervisor_down >>"$out/down" 2>&1
	return 1
}
sweep() {
	rm -rf "$work"/s/{state,log,images,acts,keys,etc,tenants.idx}
	rmdir "$work"/s/run/{exit,w} "$work"/s/run "$work"/s 2>/dev/null
}

# ---- the keys: OP/PROGRAM/NR:N, of three clean runs ----
# walker_for OP PROGRAM: its arguments up to the command; the program may be one that is started in the operation.
walker_for() {
	case $1/$2 in
	adopt-$2/$2) walker=(-n "cloister-$2"); target=${pid[cloisterd]} ;;
	*/spawn) walker=(-c); target=${pid[spawn]} ;;
	*) walker=(); target=${pid[$2]} ;;
	esac
}
trace() { # OP
	local p line=()
	begin "$1" || return 1
	for p in engine spawn netd volumed; do
		walker_for "$1" $p
		line+=("$B/tests/walker" "${walker[@]}" -o "$out/trace.$p" "$target")
	done
	command_of "$1"
	"${line[@]}" "${command[@]}" >"$out/traced" 2>&1 || return 1
	for p in engine spawn netd volumed; do sed "s,^,$1/$p/," "$out/trace.$p"; done | grep -v /219: >>"$out/keys.all" # restart_syscall: of the walker's own interruption
	end && sweep
}
# Into the file keys: with how many of three clean runs made the call.
keys() {
	local op
	: >"$out/keys.all"
	for op in "${operations[@]}"; do for _ in 1 2 3; do trace "$op" || { cat "$out"/{up,prepare,traced,down}; return 1; }; done; done
	sort "$out/keys.all" | uniq -c | awk '{ print $2, $1 }' >"$out/keys"
}
# From lines PLACE TIMES: those of every run first, for others may not be met again; as many of each operation and
# program as of the others, in an order that the seed says.
sample() { # NUMBER
	awk -v seed="$SEED" 'BEGIN { srand(seed) } { print rand(), $0 }' | sort -n |
		awk -F'[ /]' '{ print $NF, ++n[$2 "/" $3 "/" $NF], $0 }' | sort -k1,1nr -k2,2n -k3,3n | awk -v n="$1" 'NR <= n { print $4, $1 }'
}
name_of() { # KEY: with the name of its call
	local nr=${1##*/}
	nr=${nr#c}
	echo "$1 ($(awk -v n="${nr%%:*}" '$3 == n && /^#define __NR_/ { sub(/__NR_/, "", $2); print $2 }' /usr/include/x86_64-linux-gnu/asm/unistd_64.h))"
}

# ---- one place ----
wrong() { # KEY WHAT
	bad=1
	failures+=("$(name_of "$1"): $2")
	note "FAILED ${failures[-1]}"
}
# Everybody is there, and who was killed is another one.
serves() { # PROGRAM OLD
	local p
	pids
	for p in engine spawn netd volumed; do [ -n "${pid[$p]:-}" ] && [ -d "/proc/${pid[$p]}" ] || return 1; done
	[ -z "$2" ] || [ "${pid[$1]}" != "$2" ]
}
state_is() { list && [[ $state =~ ^($1)$ ]]; }
bystands() { list && [ "$by" != - ] && bystander=$by && answers; }
answers() { [ "$(timeout 5 nsenter -t "$bystander" -n bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080; read -ru3 x; echo "$x"')" = here ]; }

again() { # OP
	timeout 20 "${command[@]}" >"$out/again" 2>&1
	code=$?
	[[ $code =~ ^($(again_of "$1"))$ ]]
}

judge() { # OP PROGRAM KEY
	local key=$3 old=${pid[$2]} code t0 t p
	case $1/$2/${key##*/} in adopt-$2/$2/* | */c* | *:E*) old= ;; esac # nobody had to be started again
	t0=$(sed -n 's/^struck //p' "$out/struck")
	grep -q '^hung' "$out/struck" && wrong "$key" "its command hangs"
	code=$(sed -n 's/^ended //p' "$out/struck")
	[ -z "$code" ] || [[ $code =~ ^($(codes_of "$1" "${key##*/}"))$ ]] || wrong "$key" "its command ended with $code: $(tail -1 "$out/said")"
	# An engine that cannot use its state ends the supervisor, workloads stay (EIO, ENOSPC); then it is started again.
	if [[ $key == *:E* ]] && { until_true 1 serves "$2" "$old" || [ ! -d "/proc/${pid[cloisterd]:-none}" ]; } && ! serves "$2" "$old"; then
		[ -n "$(daemon_pid)" ] || supervisor_up "$work/s" 2>>"$out/up" && ended=$((ended + 1)) t0=$(now_ms)
	fi
	until serves "$2" "$old"; do [ $(($(now_ms) - t0)) -lt 10000 ] || { wrong "$key" "does not serve again within 10 s"; return; }; done
	t=$(($(now_ms) - t0))
	times+=("$t")
	[ "$t" -lt 5000 ] || wrong "$key" "serves again after $t ms"
	until_true 5 state_is "$(allowed_after "$1" "${key##*:}")" || wrong "$key" "is neither finished nor undone: $state"
	[ "${state#running }" = "$state" ] || service=${state#* }
	command_of "$1"
	# an engine that found no room looks again after a second
	again "$1" || { [[ $key == *:ENOSPC ]] && until_true 3 again "$1"; } || wrong "$key" "repeated, it ended with $code: $(tail -1 "$out/again")"
	until_true 5 state_is "$(final_of "$1")" || wrong "$key" "repeated, the state is $state"
	# where adopting fails, it may be the bystander that is started anew
	case $1/${key##*:} in adopt-*/E*) until_true 5 bystands ;; esac
	[ "$by" = "$bystander" ] && answers || wrong "$key" "the bystander is not what it was"
}
# With BESIDE, the others are traced as well: slowed down as they were in the clean runs, they make their calls in the
# order of then.
strike() { # KEY [BESIDE]
	local op=${1%%/*} rest=${1#*/} key p line
	local program=${rest%%/*}
	key=${rest#*/} bad=
	begin "$op" || { wrong "$1" "cannot begin: $(cat "$out"/{up,prepare})"; end; sweep; return 1; }
	walker_for "$op" "$program"
	line=("$B/tests/walker" "${walker[@]}" -k "$key" -o "$out/struck" "$target")
	[ -z "${2:-}" ] || for p in engine spawn netd volumed; do
		[ $p != "$program" ] || continue
		walker_for "$op" $p
		line+=("$B/tests/walker" "${walker[@]}" -o "$out/beside" "$target")
	done
	command_of "$op"
	"${line[@]}" "${command[@]}" >"$out/said" 2>&1
	hit=
	grep -q '^struck' "$out/struck" && hit=1
	[ -z "$hit" ] || judge "$op" "$program" "$1"
	[ -z "$bad" ] || cp "$work/s/log/supervisor.log" "$out/log" 2>/dev/null
	end || wrong "$1" "down: $(tail -1 "$out/down")"
	[ "$(sqlite3 "$work/s/state/state.db" 'SELECT count(*) FROM op WHERE phase < 2')" = 0 ] || wrong "$1" "an operation is open at the end"
	sweep
	# the machine's IPC is everybody's; run.sh looks at it once
	snap diff "$out/before" >"$out/diff"
	[ $? -le 1 ] || wrong "$1" "what is left over cannot be told"
	grep -vE '^[+-] (dev-shm|queue|sysv) ' "$out/diff" >"$out/left" && { wrong "$1" "left over: $(head -5 "$out/left" | paste -sd';')"; rm -rf "$work/s"; snap list >"$out/before"; }
	[ -z "$bad" ] || tail -3 "$out/log" | sed 's/^/#    /'
}

# All of a file of lines PLACE TIMES, with a report. Which message comes first is not the same in each run, so a place
# may not be met; it is tried ten times.
walk() { # FILE
	local place seen walked=0 struck=0 try ended=0
	failures=() times=(0) missed=()
	while read -r place seen <&3; do
		walked=$((walked + 1))
		for ((try = 0; try < 10; try++)); do strike "$place" ${try#0}; [ -n "$hit$bad" ] && break; done
		if [ -n "$hit" ]; then struck=$((struck + 1)); elif [ -z "$bad" ]; then missed[$seen]="${missed[$seen]:-} $(name_of "$place")"; fi
		[ ${#failures[@]} -lt "${FAILURES:-30}" ] || { note "no further"; break; }
	done 3<"$1"
	same "nothing goes wrong in any of them ($struck of $walked in $SECONDS s)" "" "$(printf '%s\n' "${failures[@]:-}")"
	[ $ended = 0 ] || note "in $ended of them the supervisor ended with its reason and was started again"
	note "of one or two of the three clean runs, and not met again: $(wc -w <<<"${missed[1]:-} ${missed[2]:-}")"
	# how often a program waits is a matter of time, not of what it does
	same "each place of all three was met, but waits" "" "$(grep -oE '[^ ]+ \([a-z0-9_]+\)' <<<"${missed[3]:-}" | grep -vE '\((p?poll|epoll_p?wait|futex|restart_syscall)\)')"
	check "85 of 100 were met ($struck of $walked)" test $walked -gt 0 -a $((struck * 100)) -ge $((walked * 85))
	mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
	note "ms until it serves again: median ${times[$((${#times[@]} / 2))]}, most ${times[-1]} (the aim: 1000), $(printf '%s\n' "${times[@]}" | awk '$1 > 1000' | wc -l) above it"
}

write_files
snap list >"$out/before"
