#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# limits.sh - limits read back from the kernel's own files, in whichever hierarchy has the controller, and reached.
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }

# profile NAME LIMIT…: one that has these limits.
profile() {
	local name=$1
	shift
	cat >"$RUN_DIR/$name.profile" <<-END
		cloister 1
		profile limits.$name {
		  about "Of a test"
		  include runtime.glibc
		  feature fork on
		  feature tmp on
		  $(printf '\n  limit %s' "$@")
		  mount "/usr/" from image "root" ro exec
		  allow path "/usr/" read, list, exec
		}
	END
}
profile most "memory 48MiB" "memory.high 40MiB" "swap 0" "cpu 50%" "cpu.weight 300" "pids 7" "files 99"
profile preset "memory 48MiB" "pids 7"
run() { local name=$1; shift; cli run --root host --profile "$RUN_DIR/$name.profile" -- "$@"; }
# The pid of the program that a run executes, by its arguments.
sleeper() { pgrep -xf "/usr/bin/sleep $1"; }
# Where a process is in the hierarchy that has a controller: "v1 DIR" or "v2 DIR".
group() {
	local pid=$1 controller=$2 path top
	path=$(grep -E "^[0-9]+:([^:]*,)?$controller(,[^:]*)?:" "/proc/$pid/cgroup" | cut -d: -f3-)
	if [ -n "$path" ] && [ -d "/sys/fs/cgroup/$controller$path" ]; then
		echo "v1 /sys/fs/cgroup/$controller$path"
		return
	fi
	top=$(findmnt -nt cgroup2 -o TARGET | head -n 1)
	echo "v2 $top$(sed -n 's/^0:://p' "/proc/$pid/cgroup")"
}
# told WHAT PID CONTROLLER V2-FILE V2-VALUE V1-FILE V1-VALUE [UP]: UP is "/.." for the tenant's own group.
told() {
	local version dir
	read -r version dir <<<"$(group "$2" "$3")${8:-}"
	case $version in
	v2) same "$1 (v2 $4)" "$5" "$(cat "$dir/$4")" ;;
	v1) same "$1 (v1 $6)" "$7" "$(cat "$dir/$6")" ;;
	esac
}
read_back() {
	local pid=$1
	shift
	told "memory" "$pid" memory memory.max 50331648 memory.limit_in_bytes 50331648
	told "pids" "$pid" pids pids.max 7 pids.max 7
	told "cpu" "$pid" cpu cpu.max "$1 100000" cpu.cfs_quota_us "$1"
	told "cpu.weight" "$pid" cpu cpu.weight "$2" cpu.shares "$3"
}

# A preset is a limit too: 100 percent of one CPU, and of the CPUs the share that a cgroup begins with.
for given in "most 31.4 50000 300 3072" "preset 31.5 100000 100 1024"; do
	read -r name time quota weight shares <<<"$given"
	run "$name" /usr/bin/sleep "$time" &
	check "a run under $name" until_true 10 sleeper "$time"
	pid=$(sleeper "$time")
	read_back "$pid" "$quota" "$weight" "$shares"
	if [ "$name" = most ]; then
		told "memory.high" "$pid" memory memory.high 41943040 memory.soft_limit_in_bytes 41943040
		same "files" "99 99" "$(awk '/^Max open files/ { print $4, $5 }' "/proc/$pid/limits")"
	fi
	kill "$pid" # the host may; the run ends with it
done
wait

out=$(run most /usr/bin/python3 -c 'import os
n = 0
try:
    while n < 64:
        if os.fork() == 0: os._exit(os.read(0, 1) == b"")
        n += 1
except BlockingIOError:
    print("stopped at", n)' 2>&1 < <(sleep 2))
same "five processes fit beside init and the first, and no sixth" "stopped at 5" "$out"

out=$(run most /usr/bin/python3 -c 'b"x" * (16 << 20); print("16 MiB")' 2>&1)
same "memory below the bound is had" "16 MiB" "$out"
out=$(run most /usr/bin/python3 -c 'b"x" * (256 << 20); print("256 MiB")' 2>&1)
same "memory beyond the bound ends the run" 137 $?
has "and the reason is told" "out of memory" "$out"

# A tenant's own bounds, over all that it runs; raised and lowered while something runs.
limited() {
	printf 'cloister 1\n\ntenant bounded {\n  about "of a test"\n  limit memory %s\n  limit swap %s\n  limit pids 40\n}\n' "$1" "$2" \
		>"$RUN_DIR/bounded.tenant"
	cli apply "$RUN_DIR/bounded.tenant"
}
both() {
	told "$1: memory" "$pid" memory memory.max "$2" memory.limit_in_bytes "$2" /..
	told "$1: swap" "$pid" memory memory.swap.max "$3" memory.memsw.limit_in_bytes $(($2 + $3)) /..
}
check "a tenant with limits" limited 64MiB 0
run_as_bounded() { cli run --tenant bounded --root host --profile "$RUN_DIR/preset.profile" -- "$@"; }
run_as_bounded /usr/bin/sleep 31.6 &
check "a run of it" until_true 10 sleeper 31.6
pid=$(sleeper 31.6)
both "as applied" 67108864 0
told "as applied: pids" "$pid" pids pids.max 40 pids.max 40 /..
check "raised" limited 128MiB 1MiB
both "raised" 134217728 1048576
check "lowered" limited 50MiB 0
both "lowered" 52428800 0
printf 'cloister 1\n\ntenant bounded {\n  about "of a test"\n}\n' >"$RUN_DIR/bounded.tenant"
check "lifted" cli apply "$RUN_DIR/bounded.tenant"
told "lifted: memory" "$pid" memory memory.max max memory.limit_in_bytes 9223372036854771712 /..
told "lifted: pids" "$pid" pids pids.max max pids.max max /..
kill "$pid"
wait

# What is built for the host is bounded too, and has a filter of its own: half of the memory for all of it.
mkdir "$RUN_DIR/heap"
head -c 400000000 /dev/zero >"$RUN_DIR/heap/zero"
cli image build heap --dir "$RUN_DIR/heap" >"$RUN_DIR/heap.out" 2>&1 &
build=$!
builder() { pgrep -f ^cloister-mkimage -P "$(worker_pid spawn)" | grep -m 1 .; }
check "an image is being built" until_true 20 builder
pid=$(builder)
kill -STOP "$pid"
half=$(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) * 512 / 4096 * 4096))
read -r version dir <<<"$(group "$pid" memory)"
case $version in # v1: it sits in helper/ itself
v2) got=$(cat "$dir/../memory.max") ;;
v1) got=$(cat "$dir/memory.limit_in_bytes") ;;
esac
same "builders together: half of the memory ($version)" "$half" "$got"
same "its filter and no_new_privs" "2 1" "$(awk '/^Seccomp:/ { s = $2 } /^NoNewPrivs:/ { n = $2 } END { print s, n }' "/proc/$pid/status")"
kill -CONT "$pid"
check "and the image is made under them" wait "$build"
done_testing
