#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# servers.sh - nginx and redis under real load, confined: reload, background save, no refused call; then every process
# of the supervisor is killed while redis works, and no connection is lost.
# seconds: 400
. "$(dirname "$0")/lib/tap.sh"
. "$TOP/tests/host/lib/traced.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }

out=$RUN_DIR/apply.out
if ! timeout 240 "$BIN/cloister" apply "$TOP/examples/two-tenants" >"$out" 2>&1; then
	# Packages come from a mirror; everything below needs them.
	if grep -qiE 'could not resolve|unable to fetch|temporary failure|unable to locate' "$out"; then
		skip servers.packages "no package mirror can be reached"
	else
		not_ok "apply of examples/two-tenants"
		sed 's/^/# /' "$out" | tail -20
	fi
	done_testing
	exit
fi
ok "apply of examples/two-tenants"
check "an image of client tools is built" cli image build tools --package dash coreutils curl wrk redis-tools
shop() { cli run --tenant shop --net-of shop/web --root tools -- "$@"; }
ledger() { cli run --tenant ledger --net-of ledger/cache --root tools -- "$@"; }
running() { cli workload list --json | jq -e --arg w "$1" '.workloads[] | select(.tenant + "/" + .name == $w and .state == "running")'; }
check "shop/web runs" until_true 30 running shop/web
check "ledger/cache runs" until_true 30 running ledger/cache
check "nginx answers" until_true 20 shop /usr/bin/curl -sf http://127.0.0.1/
check "redis answers" until_true 20 ledger /usr/bin/redis-cli ping
same "both are ready, as their profiles say: listen and notify" "yes yes" "$(cli workload list --json | jq -r '[.workloads[] | select(.name == "web" or .name == "cache") | .ready] | join(" ")')"
has "the page is the customer's" "<html" "$(shop /usr/bin/curl -s http://127.0.0.1/ | tr 'A-Z' 'a-z')"

# ---- their log relays: a filter each, no capability ----
same "log relays: filter, no_new_privs, capabilities" "2 1 0000000000000000" "$(for p in $(pgrep -f ^cloister-relay -P "$(worker_pid spawn)"); do
	awk '/^Seccomp:/ { s = $2 } /^NoNewPrivs:/ { n = $2 } /^CapPrm:/ { c = $2 } END { print s, n, c }' "/proc/$p/status"; done | sort -u)"

# ---- nginx: load, and a reload in the middle ----
web=$(program_pid shop/web)
workers() { cat "/proc/$web/task/$web/children" 2>/dev/null; }
old=$(workers)
shop /usr/bin/wrk -t 2 -c 32 -d 6s http://127.0.0.1:80/ >"$RUN_DIR/wrk" 2>&1 &
load=$!
# The old workers go when their connections end: with the load, at the latest.
until_true 5 shop /usr/bin/curl -sf http://127.0.0.1/
check "HUP reaches nginx" kill -HUP "$web"
changed() { local w; for w in $(workers); do case " $old " in *" $w "*) return 1 ;; esac; done; [ -n "$(workers)" ]; }
wait "$load"
same "wrk ends well" 0 $?
check "nginx has new workers after HUP" until_true 15 changed
note "$(grep -E 'Requests/sec|Latency' "$RUN_DIR/wrk" | tr -s ' ' | paste -sd';')"
# A worker that is replaced closes its kept connections, which wrk counts as read errors: one each at most.
same "wrk saw no error but the reload's" "" "$(grep -E 'Socket errors|Non-2xx' "$RUN_DIR/wrk" |
	grep -vE 'Socket errors: connect 0, read ([0-9]|[12][0-9]|3[0-2]), write 0, timeout 0')"
check "wrk had answers" awk '/Requests\/sec/ && $2 > 100 { good = 1 } END { exit !good }' "$RUN_DIR/wrk"
same "nginx is the process it was" "$web" "$(program_pid shop/web)"

# ---- redis: load, background save, rewrite ----
info() { ledger /usr/bin/redis-cli info persistence | tr -d '\r' | sed -n "s/^$1://p"; }
ledger /usr/bin/redis-benchmark -q -c 20 -n 60000 -r 10000 -t set,get,incr,lpush,rpop,sadd,hset,spop,zadd,lrange_100,mset >"$RUN_DIR/bench" 2>&1 &
load=$!
has "BGSAVE starts" "Background saving started" "$(ledger /usr/bin/redis-cli bgsave)"
saved() { [ "$(info rdb_bgsave_in_progress)" = 0 ] && [ "$(info rdb_last_bgsave_status)" = ok ] && [ "$(info rdb_last_bgsave_time_sec)" != -1 ]; }
check "BGSAVE ends well" until_true 30 saved
has "BGREWRITEAOF starts" "rewriting started" "$(ledger /usr/bin/redis-cli bgrewriteaof)"
rewritten() { [ "$(info aof_rewrite_in_progress)" = 0 ] && [ "$(info aof_last_bgrewrite_status)" = ok ]; }
check "BGREWRITEAOF ends well" until_true 30 rewritten
wait "$load"
same "redis-benchmark ends well" 0 $?
note "$(tr '\r' '\n' <"$RUN_DIR/bench" | grep -E '^(SET|GET):.*requests per second' | tail -2 | paste -sd';')"
same "redis-benchmark saw no error" "" "$(grep -iE 'error|-ERR|refused' "$RUN_DIR/bench" | head -3)"

# ---- no refused call: what the servers say, and what the kernel told them ----
refusals='Operation not permitted|Function not implemented|Bad system call|Permission denied|Protocol not supported|signal 31'
for w in shop/web ledger/cache; do
	check "$w: its log can be read" cli workload logs "$w"
	same "$w: its log tells of no refused call" "" "$(cli workload logs "$w" 2>&1 | grep -E "$refusals" | head -5)"
done
same "no restart of either" "0 0" "$(cli workload list --json | jq -r '[.workloads[] | select(.name == "web" or .name == "cache") | .restarts] | join(" ")')"
if command -v strace >/dev/null; then
	same "shop/web: no call is refused while it works" "" "$(traced shop/web shop /usr/bin/wrk -t 1 -c 8 -d 2s http://127.0.0.1:80/)"
	same "ledger/cache: no call is refused while it works" "" "$(traced ledger/cache ledger /usr/bin/redis-benchmark -q -c 8 -n 2000 -t set,get)"
else
	skip servers.strace "strace is not installed"
fi

# ---- each process of the supervisor is killed while redis works ----
# The client is no `run`: the engine's death may end those. It counts over one connection and never connects again.
cache=$(program_pid ledger/cache)
# shellcheck disable=SC2016
nsenter -t "$cache" -n -- bash -c '
	exec 3<>/dev/tcp/127.0.0.1/6379 || exit 1
	while printf "INCR alive\r\n" >&3 && IFS= read -r -t 5 line <&3; do case $line in :*) echo "${line#:}" ;; *) exit 2 ;; esac; done' \
	>"$RUN_DIR/alive" 2>&1 &
pinger=$!
count() { wc -l <"$RUN_DIR/alive"; }
grew() { [ "$(count)" -gt "$1" ]; }
until_true 5 grew 10
for name in netd volumed spawn engine; do
	pid=$(worker_pid $name)
	before=$(count)
	case $pid in ''|null) not_ok "$name has a pid in status"; continue ;; esac
	kill -9 "$pid"
	again() { local p; p=$(worker_pid $name 2>/dev/null); [ -n "$p" ] && [ "$p" != null ] && [ "$p" != "$pid" ]; }
	check "$name is started again" until_true 15 again
	settled() { [ "$(cli status --json | jq -r .state)" = running ]; }
	check "$name: the supervisor settles" until_true 15 settled
	same "$name: redis is the process it was" "$cache" "$(program_pid ledger/cache)"
	check "$name: the connection goes on" until_true 5 grew $((before + 10))
	same "$name: the client never lost it" 0 "$(kill -0 $pinger 2>/dev/null; echo $?)"
	has "$name: a run joins redis' network as before" PONG "$(ledger /usr/bin/redis-cli ping 2>&1)"
	tenants "new-$name" >/dev/null 2>&1
	same "$name: a new tenant's run works" 0 "$(cli run --tenant "new-$name" --root tools -- /usr/bin/true >"$RUN_DIR/new" 2>&1; echo $?)"
done
kill "$pinger" 2>/dev/null
wait "$pinger" 2>/dev/null
# The engine cannot remember what it saw before its own end.
same "status counts the restart of the last" "1" "$(cli status --json | jq -r '[.processes[] | select(.name | test("engine$")) | .restarts] | join(" ")')"

# ---- a gentle end ----
check "redis is stopped" cli workload stop ledger/cache
has "redis saved and said good-bye" "Redis is now ready to exit" "$(cli workload logs ledger/cache | tail -20)"
check "nginx is stopped" cli workload stop shop/web
check "the supervisor ends" supervisor_down
done_testing
