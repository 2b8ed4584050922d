# SPDX-License-Identifier: Apache-2.0
# walk_ops.sh - the operations of walk.sh and errno.sh: what is there before, the command, how it may end when something
# goes wrong meanwhile, and what the state of tenant walk may be then (`STATE PID` of its service, or absent).
# Sourced after tap.sh. Uses service: the pid of walk/svc before the operation.
operations=(run-first run-second run-image apply stop start exec remove adopt-engine adopt-spawn)
files=$RUN_DIR/files

# `limit startup` bounds what a start takes whose spawner died before it was ready: nobody hears its init any more.
write_files() {
	mkdir -p "$files"
	awk '{ sub(/^profile shell/, "profile test.walk"); sub(/from image "root"/, "from host \"/usr/\""); print }
		/^  set hostname/ { print "  set ready listen"; print "  limit startup 3s"; print "  limit stop 1s" }' "$TOP/profiles/std/shell.profile" >"$files/walk.profile"
	tenant_file by stander
	# what cloister-volumed attaches for a run: one program, and that without libraries
	mkdir -p "$RUN_DIR/tree/usr/bin"
	install -m 0755 "$B/tests/cloister-probe" "$RUN_DIR/tree/usr/bin/probe"
}
tenant_file() { # TENANT [WORKLOAD]: a service that says "here" to whoever connects
	printf 'cloister 1\n\ntenant %s {\n  about "of a test"\n' "$1"
	[ -z "${2:-}" ] || cat <<EOF
  workload $2 {
    profile test.walk
    run "/usr/bin/perl" "-MSocket" "-e" "socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(8080, INADDR_ANY)); listen(S, 9); while (accept(C, S)) { syswrite C, \"here\\n\"; close C }"
    restart on-failure
  }
EOF
	echo '}'
} >"$files/$1.tenant"
apply() { cli apply "$files/walk.profile" "$files/walk.tenant"; }
both() { cli apply "$files"/{walk.profile,by.tenant,walk.tenant}; }

before() { # OP: a bystander, and what the operation needs
	case $1 in
	run-first) tenant_file walk && both ;;
	run-second) tenant_file walk && both && cli run --tenant walk --root host -- /usr/bin/true ;;
	run-image) tenant_file walk && both && cli image build tools --dir "$RUN_DIR/tree" ;;
	apply) cli apply "$files/walk.profile" "$files/by.tenant" && tenant_file walk svc ;;
	start) tenant_file walk svc && both && cli workload stop walk/svc ;;
	remove) tenant_file walk svc && both && tenant_file walk ;;
	*) tenant_file walk svc && both ;;
	esac
}
# NAME PID of a worker: ends it and waits until there is another one and the supervisor says that it runs.
again='kill -9 "$3"
until s=$(timeout 5 "$1" status --json | tr -d "\n ") && case $s in
	*"\"$2\",\"pid\":$3,"*) false ;;
	*"\"$2\",\"pid\":"[1-9]*"\"state\":\"running\""*) ;;
	*) false ;;
	esac; do sleep 0.1; done'
command_of() { # OP, into command
	case $1 in
	run-image) command=("$BIN/cloister" run --tenant walk --root tools -- /usr/bin/probe --list) ;;
	run-*) command=("$BIN/cloister" run --tenant walk --root host -- /usr/bin/true) ;;
	apply | remove) command=("$BIN/cloister" apply "$files/walk.profile" "$files/walk.tenant") ;;
	stop | start) command=("$BIN/cloister" workload "$1" walk/svc) ;;
	exec) command=("$BIN/cloister" workload exec walk/svc -- /usr/bin/true) ;;
	adopt-*) command=(bash -c "$again" again "$BIN/cloister" "cloister-${1#adopt-}" "${pid[${1#adopt-}]}") ;;
	esac
}
codes_of() { # OP [KEY]: a regex
	case $1/${2:-} in
	run-*/c* | exec/c*) echo '0|12[567]|137' ;; # the program itself is who was killed, or could not become it
	run-*/* | exec/*) echo '0|125' ;;
	apply/* | remove/* | start/*) echo '[0145]' ;; # it says that it did not come to be
	*) echo '[045]' ;;
	esac
}
again_of() { case $1 in start) echo '0|1' ;; *) echo 0 ;; esac; } # OP: of its repetition; what runs is refused a start
allowed_after() { # OP [PHASE]: a regex of the state after it
	case $1/${2:-} in
	adopt-*/E*) echo 'running [0-9]+' ;; # one that could not be adopted is started anew
	run-*/*) echo absent ;;
	apply/*) echo 'absent|running [0-9]+' ;;
	stop/*) echo "running $service|exited -" ;;
	start/*) echo 'running [0-9]+|exited -' ;;
	exec/* | adopt-*/*) echo "running $service" ;;
	remove/*) echo "absent|running $service" ;;
	esac
}
final_of() { # OP: after its repetition
	case $1 in
	run-* | remove) echo absent ;;
	apply | start) echo 'running [0-9]+' ;;
	stop) echo 'exited -' ;;
	exec | adopt-*) echo "running $service" ;;
	esac
}

# ---- what is ----
declare -A pid # by name, of the programs of the supervisor
# By their tables: a JSON reader for each question would take longer than the kill. Into pid, and into by and state.
pids() {
	local name p
	pid=()
	while read -r name p _; do
		case $name in cloisterd | cloister-*) [ "$p" = - ] || pid[${name#cloister-}]=$p ;; esac
	done < <(timeout 5 "$BIN/cloister" status 2>"$RUN_DIR/status")
}
list() {
	local name what p
	by= state=
	while read -r name _ what p _; do
		case $name in
		by/stander) by="$p" ;;
		walk/*) state="${state:+$state }$what $p" ;;
		esac
	done < <(timeout 5 "$BIN/cloister" workload list 2>"$RUN_DIR/status")
	[ -n "$by" ] && state=${state:-absent}
}
