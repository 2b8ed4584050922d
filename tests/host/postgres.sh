#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# postgres.sh - PostgreSQL under its two profiles: initdb, load, VACUUM FULL, parallel query, reload, fast stop; no
# refused call; its memory bounded; then the server's own profile on a data directory that is there.
# seconds: 400
. "$(dirname "$0")/lib/tap.sh"
. "$TOP/tests/host/lib/traced.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }

bin=/usr/lib/postgresql/15/bin
out=$RUN_DIR/apply.out
if ! timeout 240 "$BIN/cloister" apply "$TOP/examples/postgres" >"$out" 2>&1; then
	# Packages come from a mirror; everything below needs them.
	if grep -qiE 'could not resolve|unable to fetch|temporary failure|unable to locate' "$out"; then
		skip postgres.packages "no package mirror can be reached"
	else
		not_ok "apply of examples/postgres"
		sed 's/^/# /' "$out" | tail -20
	fi
	done_testing
	exit
fi
ok "apply of examples/postgres"
client() { local w=$1; shift; cli run --tenant books --net-of "books/$w" --root postgres15 -- "$@"; }
sql() { local w=$1 q=(); shift; for s; do q+=(-c "$s"); done; client "$w" $bin/psql -h 127.0.0.1 -U postgres -v ON_ERROR_STOP=1 -qAt "${q[@]}"; }
bench() { local w=$1; shift; client "$w" $bin/pgbench -h 127.0.0.1 -U postgres "$@" postgres; }
listed() { cli workload list --json | jq -e --arg w "$1" ".workloads[] | select(.tenant + \"/\" + .name == \$w) | $2"; }
ready() { listed "$1" '.ready == "yes"'; }

check "books/db tells that it is ready" until_true 60 ready books/db
same "the server answers" 15 "$(sql db 'show server_version' | cut -d. -f1)"
has "initdb's own shell and locale ran" "Success. You can now start" "$(cli workload logs books/db)"
same "locale -a was answered" "" "$(cli workload logs books/db | grep -E 'no usable system locales|not found')"

# ---- load ----
check "pgbench fills its tables" bench db -i -q -s 5
bench db -c 4 -j 2 -T 5 >"$RUN_DIR/bench" 2>&1
same "pgbench ends well" 0 $?
note "$(grep -E '^(tps|latency average)' "$RUN_DIR/bench" | paste -sd';')"
same "no transaction of it failed" "0 (0.000%)" "$(sed -n 's/^number of failed transactions: //p' "$RUN_DIR/bench")"
check "VACUUM FULL" sql db "vacuum full"
parallel="set max_parallel_workers_per_gather = 4; set min_parallel_table_scan_size = 0; set parallel_setup_cost = 0; set parallel_tuple_cost = 0"
has "a query is planned in parallel" Gather "$(sql db "$parallel" "explain select count(*) from pgbench_accounts where aid > 0")"
same "and counts right" 500000 "$(sql db "$parallel" "select count(*) from pgbench_accounts where aid > 0")"
check "a database is made and dropped" sql db "create database other" "drop database other"

# ---- reload, asked from inside and from outside ----
server=$(program_pid books/db)
work_mem() { [ "$(sql db 'show work_mem')" = "$1" ]; }
check "a setting is changed and reloaded" sql db "alter system set work_mem = '5MB'" "select pg_reload_conf()"
check "it is in force" until_true 10 work_mem 5MB
check "another is changed" sql db "alter system set work_mem = '6MB'"
check "HUP reaches the server" kill -HUP "$server"
check "and is obeyed" until_true 10 work_mem 6MB
same "the server is the process it was" "$server" "$(program_pid books/db)"

# ---- no refused call ----
same "the log tells of no refused call" "" "$(cli workload logs books/db 2>&1 |
	grep -E 'Operation not permitted|Function not implemented|Bad system call|Permission denied|signal 31' | head -5)"
if command -v strace >/dev/null; then
	load() { bench db -c 4 -T 2 && sql db "vacuum full" checkpoint && sql db "$parallel" "select count(*) from pgbench_accounts where aid > 0"; }
	same "no call is refused while it works" "" "$(traced books/db load)"
else
	skip postgres.strace "strace is not installed"
fi

# initdb's shell is still there to be executed (its answers are in the log above); the phase for it is over.
has "COPY TO PROGRAM starts no shell any more" "could not execute command" "$(sql db "copy (select 1) to program 'read line'" 2>&1)"

# ---- a copy of it, for the server's own profile below ----
client db $bin/pg_basebackup -h 127.0.0.1 -U postgres -D - -Ft -X fetch -c fast >"$RUN_DIR/base.tar" 2>"$RUN_DIR/base.err"
same "pg_basebackup ends well" 0 $?

# ---- a fast stop: a client that never leaves does not hold it up ----
sql db "select pg_sleep(300)" >/dev/null 2>&1 &
sleeper=$!
sleeps() { [ "$(sql db "select count(*) from pg_stat_activity where query like 'select pg_sleep%'")" = 1 ]; }
check "a client is busy" until_true 10 sleeps
start=$SECONDS
check "the workload is stopped" cli workload stop books/db
same "in a few seconds, not after the grace of 90" 1 $((SECONDS - start < 20))
wait $sleeper
log=$(cli workload logs books/db)
has "by its profile's stop signal" "received fast shutdown request" "$log"
has "the server ended as it should" "database system is shut down" "$log"
same "and its exit code is told" 0 "$(listed books/db '.exit.code')"

# ---- memory: more than the limit is the end of this workload and of no other ----
sed -e 's/workload db {/workload small {\n    limit memory 160MiB/' -e '/^image/,/^}/d' "$TOP/examples/postgres/db.tenant" >"$RUN_DIR/small.tenant"
sed -i 's/restart on-failure/restart never/' "$RUN_DIR/small.tenant"
check "a server with 160MiB for 256MiB of buffers" cli apply "$RUN_DIR/small.tenant"
check "it is ready" until_true 60 ready books/small
bench small -i -q -s 20 >"$RUN_DIR/small" 2>&1
same "more data than its limit does not fit" 1 $(($? != 0))
ended() { listed books/small '.state != "running" and .state != "starting"'; }
check "it ends" until_true 30 ended
has "out of memory, says its end" "out of memory" "$(cli workload list)"

# ---- the server's own profile ----
# It may run what lies beside the server and nothing else; so the test brings its own shell there, which is
# none that the server knows of.
dir=$RUN_DIR/own
mkdir -p "$dir/$bin" "$dir/usr/share/postgresql/main"
cp /usr/bin/dash /usr/bin/perl "$dir/$bin/"
tar -C "$dir/usr/share/postgresql/main" -xf "$RUN_DIR/base.tar"
cat >"$dir/$bin/copy.pl" <<'EOF'
umask 077;
sub copy { my ($from, $to) = @_;
	if (-d $from) { mkdir $to or die "$to: $!"; opendir my $d, $from or die; copy("$from/$_", "$to/$_") for grep !/^\.\.?$/, readdir $d; return }
	open my $i, '<', $from or die "$from: $!"; open my $o, '>', $to or die "$to: $!";
	my $buf; while (sysread $i, $buf, 65536) { syswrite $o, $buf } }
copy(@ARGV);
EOF
cat >"$RUN_DIR/own.tenant" <<EOF
cloister 1
image own {
  package "postgresql-15" "dash"
  dir "own/"
}
tenant books {
  workload own {
    profile db.postgres
    run "$bin/dash" "-ec" "PATH=$bin; cd /var/lib/postgresql; perl $bin/copy.pl /usr/share/postgresql/main main; exec postgres -D main -c unix_socket_directories=/var/lib/postgresql"
    restart never
    image postgres15 as own
  }
}
EOF
check "apply under db.postgres" timeout 240 "$BIN/cloister" apply "$RUN_DIR/own.tenant"
check "the restored server is ready" until_true 60 ready books/own
same "its data is there" 500000 "$(sql own 'select count(*) from pgbench_accounts')"
check "it works" bench own -c 2 -T 1
has "COPY TO PROGRAM finds no shell that it may run" "could not execute command" "$(sql own "copy (select 1) to program 'read line'" 2>&1)"
check "it is stopped" cli workload stop books/own
check "the supervisor ends" supervisor_down
done_testing
