#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scale.sh BIN OUT - many tenants on one private supervisor: what the last of them costs beside one of the first, what an
# idle one holds, how fast what runs is found again; and what the database costs a run. Appends to OUT. Root; judges
# nothing. TENANTS (500), SERVICES (200) and ROUNDS (200) make it shorter.
set -eu
BIN=$(cd "$1" && pwd) OUT=$2
TENANTS=${TENANTS:-500} SERVICES=${SERVICES:-200} ROUNDS=${ROUNDS:-200}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d /var/tmp/cloister-scale.XXXXXX)
mem=$(mktemp -d /dev/shm/cloister-scale.XXXXXX)
sockets=()
finish() {
	local s
	for s in "${sockets[@]}"; do CLOISTER_SOCKET=$s "$BIN/cloister" down >/dev/null 2>&1; done
	rm -rf "$work" "$mem"
}
trap finish EXIT
cli() { "$BIN/cloister" "$@"; }
up() { eval "$("$BIN/cloister" up --state "$1" 2>/dev/null)"; export CLOISTER_SOCKET; sockets+=("$CLOISTER_SOCKET"); }
sed -e 's/^profile shell/profile scale.idle/' -e 's|from image "root"|from host "/usr/"|' \
	"$here/profiles/std/shell.profile" >"$work/scale.profile"

# files KIND FIRST LAST: tenants tFIRST … tLAST, KIND service with a program that sleeps
files() {
	local i
	echo "cloister 1"
	for ((i = $2; i <= $3; i++)); do
		printf '\ntenant t%d {\n  about "of a measurement"\n' "$i"
		[ "$1" = none ] || printf '  workload s {\n    profile scale.idle\n    run "/usr/bin/sleep" "100000"\n    restart never\n  }\n'
		echo "}"
	done
}
apply() { # KIND LAST, in files of 100 tenants
	local from to
	for ((from = 1; from <= $2; from += 100)); do
		to=$((from + 99 < $2 ? from + 99 : $2))
		files "$1" $from $to >"$work/$from.tenant"
		cli apply "$work/scale.profile" "$work/$from.tenant" >/dev/null
	done
}
# us COMMAND…: how long it took, by perl, whose clock is as near as a shell's can be
us() { perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e 'my $t = clock_gettime(CLOCK_MONOTONIC); open STDOUT, ">", "/dev/null"; system(@ARGV) == 0 or exit 1; printf STDERR "%d\n", 1e6 * (clock_gettime(CLOCK_MONOTONIC) - $t)' "$@" 2>&1; }
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : int((v[NR / 2] + v[NR / 2 + 1]) / 2) }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
run_in() { us "$BIN/cloister" run --tenant "$1" --root host -- /bin/true; }
daemon() { pgrep -f "^cloisterd --state $1" || pgrep -f "cloisterd --state $1"; }
# KiB that belong to a supervisor alone and its share of the rest: cloisterd, its workers, and what waits in spawn
pss() { local d; d=$(daemon "$1" | head -1); for p in $d $(cat /proc/"$d"/task/"$d"/children); do echo "$p"; cat /proc/"$p"/task/"$p"/children; done |
	tr ' ' '\n' | grep . | sort -u | while read -r p; do sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$p/smaps_rollup" 2>/dev/null; done | awk '{ s += $1 } END { print s + 0 }'; }

# ---- tenants ----
up "$work/many"
before=$(pss "$work/many")
apply none "$TENANTS"
declared=$(pss "$work/many")
first=$(for i in $(seq 2 9); do run_in "t$i"; done | median) # each the first run of its tenant
cold10=$(for i in 10 11 12 13 14; do run_in "t$i"; done | median)
hot10=$(for i in $(seq "$ROUNDS"); do run_in t10; done | median)
for ((i = 15; i <= TENANTS - 5; i++)); do run_in "t$i" >/dev/null; done
coldlast=$(for ((i = TENANTS - 4; i <= TENANTS; i++)); do run_in "t$i"; done | median)
pairs=$(for i in $(seq "$ROUNDS"); do a=$(run_in "t$TENANTS"); b=$(run_in t10); echo "$a $b"; done)
hotlast=$(cut -d' ' -f1 <<<"$pairs" | median)
hotten=$(cut -d' ' -f2 <<<"$pairs" | median)
pairratio=$(awk '{ printf "%d\n", 1000 * $1 / $2 }' <<<"$pairs" | median)
used=$(pss "$work/many")
cli down >/dev/null

# ---- services, found again ----
up "$work/services"
apply one "$SERVICES"
again() { # WORKER: kills it; ms until status says that all services run and it is there
	local d p start
	d=$(daemon "$work/services" | head -1)
	for p in $(cat /proc/"$d"/task/"$d"/children); do
		case $(tr '\0' ' ' <"/proc/$p/cmdline") in "cloister-$1 "*) break ;; esac
	done
	start=$(date +%s%N)
	kill -9 "$p"
	until [ "$(timeout 5 "$BIN/cloister" workload list --json 2>/dev/null | jq '[.workloads[] | select(.state == "running")] | length' 2>/dev/null)" = "$SERVICES" ] &&
		cli status --json | jq -e --argjson old "$p" 'all(.processes[]; .pid != null and .pid != $old)' >/dev/null 2>&1; do :; done
	echo $((($(date +%s%N) - start) / 1000000))
}
engine=$(for _ in 1 2 3; do again engine; sleep 11; done | median) # 11 s: the pause before a restart begins anew
spawn=$(for _ in 1 2 3; do again spawn; sleep 11; done | median)
cli down >/dev/null

# ---- the database: on disk, and on a tmpfs where its fsync costs nothing ----
up "$work/disk"; disk=$CLOISTER_SOCKET
up "$mem/state"; tmp=$CLOISTER_SOCKET
on() { CLOISTER_SOCKET=$1 us "$BIN/cloister" run --root host -- /bin/true; }
for s in "$disk" "$tmp" "$disk" "$tmp"; do on "$s" >/dev/null; done
pairs=$(for i in $(seq "$ROUNDS"); do echo "$(on "$disk") $(on "$tmp")"; done)
ondisk=$(cut -d' ' -f1 <<<"$pairs" | median)
onmem=$(cut -d' ' -f2 <<<"$pairs" | median)
dbratio=$(awk '{ printf "%d\n", 1000 * $1 / $2 }' <<<"$pairs" | median)

{
	printf '\n## Many of them\n\nWritten by `bench/scale.sh`; `cloister run -- /bin/true`, the whole process, microseconds, medians. %s tenants, %s services, %s rounds in pairs.\n\n' \
		"$TENANTS" "$SERVICES" "$ROUNDS"
	printf '| what | figure | aim |\n|---|--:|--:|\n'
	printf '| first run of tenants 2-9; of the 10th; of the last five | %s; %s; %s | |\n' "$first" "$cold10" "$coldlast"
	printf '| first run, last tenants / 10th | %s | 1.2 |\n' "$(ratio "$coldlast" "$cold10")"
	printf '| hot run of the 10th while 14 are in use; while all are; of the last | %s; %s; %s | |\n' "$hot10" "$hotten" "$hotlast"
	printf '| hot run, last tenant / 10th, in pairs | %s | 1.2 |\n' "$(awk -v r="$pairratio" 'BEGIN { printf "%.2f", r / 1000 }')"
	printf '| supervisor memory (PSS of all its processes), no tenant; a declared one; one with a run made ahead | %s KiB; %s KiB; %s KiB | |\n' \
		"$before" "$(ratio $((declared - before)) "$TENANTS")" "$(ratio $((used - before)) "$TENANTS")"
	printf '| engine killed: all %s services known again | %s ms | 1000 |\n' "$SERVICES" "$engine"
	printf '| spawn killed: all %s services adopted | %s ms | 1000 |\n' "$SERVICES" "$spawn"
	printf '| run with state.db on disk; on tmpfs | %s; %s | |\n' "$ondisk" "$onmem"
	printf '| the same, in pairs | %s | 1.1 |\n' "$(awk -v r="$dbratio" 'BEGIN { printf "%.2f", r / 1000 }')"
} >>"$OUT"
