#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cycles.sh - many starts and stops leave the kernel and the supervisor as they were: objects of each kind, descriptors
# and memory of each process have no slope, first undisturbed, then while its processes are killed at random.
# 200 cycles by default, CYCLES=N others; SEED=N repeats one order.
# seconds: 900
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/walk_ops.sh"
CYCLES=${CYCLES:-200} SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
note "SEED=$SEED, $CYCLES cycles"
RANDOM=$SEED
if [ -n "${RUN_DIR_OWN:-}" ]; then
	scope_enter "cycles.$$" || { not_ok "a cgroup of its own"; done_testing; exit; }
	trap 'scope_kill; scope_leave; at_end' EXIT
fi
write_files
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }
check "a service, and a bystander" before stop
roles=(cloisterd engine spawn netd volumed)
serves() {
	local r
	pids
	for r in "${roles[@]}"; do [ -n "${pid[$r]:-}" ] && [ -d "/proc/${pid[$r]}" ] || return 1; done
}
settled() { tenant_file walk svc; apply && list && [[ $state =~ ^running ]]; }
check "the supervisor serves" until_true 10 serves
list
bystander=$by

one() { # one cycle
	local n
	case $((RANDOM % 3)) in
	0) cli run --tenant walk --root host -- /usr/bin/true ;;
	1) cli workload stop walk/svc && cli workload start walk/svc ;;
	2) tenant_file walk && apply && tenant_file walk svc && apply ;;
	esac >"$RUN_DIR/cycle" 2>&1
}
# Each tenth with a kill at any time meanwhile: what the command says then is its matter, but all works again by itself.
# Not more often: who dies again within ten seconds is started later each time.
one_killed() { # CYCLE
	[ $(($1 % 10)) = 5 ] || { one; return; }
	local victim=${roles[$((RANDOM % 4 + 1))]} job seed=$RANDOM old
	old=${pid[$victim]:-none}
	replaced() { serves && [ "${pid[$victim]}" != "$old" ]; }
	(RANDOM=$seed; one) &
	job=$!
	sleep "0.0$((RANDOM % 10))"
	kill -9 "$old" 2>/dev/null && kills=$((kills + 1))
	wait $job
	until_true 15 replaced && until_true 15 settled
}

# Warm-up: what a process touches once.
for _ in 1 2 3 4 5; do one; done

# One line per thing that is counted: NAME NUMBER. What is on its way out is waited for.
kinds() { "$B/tests/leak-snap" list --cgroup "$SCOPE_CGROUP" --dir "$STATE" | awk '$1 != "setting" && $1 != "file" && $1 != "dying" { n[$1]++ } END { for (k in n) print "objects-" k, n[k] }' | sort; }
measure() { # CYCLE
	local r last= now
	until_true 10 serves
	# a spawner that was begun anew has no run made ahead until there was one
	until_true 5 cli run --tenant walk --root host -- /usr/bin/true >/dev/null 2>&1
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		now=$(kinds)
		[ "$now" = "$last" ] && break
		last=$now
		sleep 0.1
	done
	{
		echo "$now"
		for r in "${roles[@]}"; do
			awk -v r="$r" '/^(VmRSS|RssAnon):/ { sub(":", "", $1); print tolower($1) "-" r, $2 }' "/proc/${pid[$r]}/status"
			echo "fds-$r $(ls "/proc/${pid[$r]}/fd" | wc -l)"
		done
		[ ! -r /proc/slabinfo ] || awk '$1 ~ /^(net_namespace|mnt_cache|nsproxy|pid_namespace|user_namespace|uts_namespace|key_jar|filp|cred_jar)$/ { print "slab-" $1, $2 }' /proc/slabinfo
	} | sed "s/^/$1 /" >>"$measured"
}
# NAME SLOPE FIRST LAST, by least squares; of a kind that was not there at a measurement there were none.
slopes() { awk '{ x = $1; y[$2, x] = $3; sy[$2] += $3; sxy[$2] += x * $3; if (!(x in seen)) { seen[x]; n++; sx += x; sxx += x * x; if (n == 1) from = x; to = x } }
	END { d = n * sxx - sx * sx; for (k in sy) printf "%s %.4f %d %d\n", k, d ? (n * sxy[k] - sx * sy[k]) / d : 0, y[k, from], y[k, to] }' "$1" | sort; }
above() { slopes "$measured" | awk -v p="$1" -v most="$2" '$1 ~ p && $2 >= most' | paste -sd';'; } # PATTERN SLOPE
# half NAME COMMAND FROM: of the cycles, with ten measurements.
half() {
	local i n=$((CYCLES / 2)) bad= began=$SECONDS m
	m=$((n < 10 ? n : 10))
	measured=$RUN_DIR/$1
	for ((i = 1; i <= n; i++)); do
		"$2" $i || bad="$bad cycle $i: $(tail -1 "$RUN_DIR/cycle")"
		((i * 10 % n >= 10)) || measure $i
	done
	same "$1: all $n cycles work ($((SECONDS - began)) s)" "" "$bad"
	same "$1: of each process and of the objects there are $m measurements" "$m $m $m $m $m $m" \
		"$(for r in process "${roles[@]}"; do grep -cE " (objects|fds)-$r [1-9]" "$measured"; done | paste -sd' ')"
	same "$1: objects of each kind have no slope" "" "$(above ^objects- 0.02)"
	same "$1: nor have the descriptors of any process" "" "$(above ^fds- 0.02)"
	list
	same "$1: the bystander is the process it was" "$bystander" "$by"
}
half calm one
# KiB a cycle. The engine's memory has bounds that it has not met yet: rows of finished operations, the last events.
same "calm: the memory of each process has no slope" "" "$(above '^rssanon-(cloisterd|spawn|netd|volumed)$' 0.2)"
same "calm: the engine's grows by what it keeps, within bounds" "" "$(above '^rssanon-engine$' 2)"
kills=0
half killed one_killed
same "killed: each tenth cycle had a kill" $(((CYCLES / 2 + 5) / 10)) $kills
same "killed: the memory of cloisterd has no slope" "" "$(above '^rssanon-cloisterd$' 0.2)"
slab=$(above ^slab- 0.02)
if ! grep -q slab- "$measured"; then
	skip cycles.slab "slabinfo cannot be read"
elif [ "$CYCLES" -lt 1000 ]; then
	note "the kernel's slabs, of the whole machine, too few cycles to judge: ${slab:-no slope}"
else
	same "killed: the kernel's slabs have no slope" "" "$slab"
fi
check "the supervisor ends" supervisor_down
done_testing
