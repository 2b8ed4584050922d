#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cves.sh - shapes of past escapes that are no probe from inside (probes/cves.txt says which is held by what): hostile
# images with a shell in them, trees that change while root reads them, places that others made first.
# seconds: 240
. "$(dirname "$0")/lib/tap.sh"
probe=$B/tests/cloister-probe
N=$(nonce)
other=61234 # a user of the host

# ---- what is installed ----
same "no program that is installed has rights" "" "$(find "$BIN" -perm /6000 2>/dev/null; getcap -r "$BIN" 2>/dev/null)"
cp "$probe" "$RUN_DIR/mode" && chmod 4755 "$RUN_DIR/mode"
same "the scan sees one (control)" "$RUN_DIR/mode" "$(find "$RUN_DIR" -perm /6000)"
setcap cap_net_raw=ep "$RUN_DIR/mode"
has "and one with a capability (control)" "$RUN_DIR/mode cap_net_raw" "$(getcap -r "$RUN_DIR")"
rm "$RUN_DIR/mode"

# ---- a state directory made by another before ----
early() { # WHAT MESSAGE COMMAND…: makes $d first
	local what=$1 message=$2 d=$RUN_DIR/early
	rm -rf "$d"
	mkdir "$d"
	(cd "$d" && eval "$3")
	has "made by another before: $what" "$message" "$("$BIN/cloister" up --state "$d/s" 2>&1 >/dev/null)"
	rm -rf "$d"
}
early "it is theirs" "must be root's" "mkdir s; chown $other s"
early "all may write it" "must be root's" 'mkdir s; chmod 0777 s'
early "a part is theirs" "other things in it" "mkdir -p s/run; chown $other s/run"
early "a part is a link" "other things in it" 'mkdir s; ln -s /etc s/images'
early "a part is a file" "other things in it" 'mkdir s; echo x >s/tenants.idx.old'

supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }
check "a tenant is made" tenants t
# As another user of the host: nothing of the store can be reached.
as_other() { setpriv --reuid=$other --regid=$other --clear-groups "$@"; }
reach() { local d; for d in state images log acts run/w; do as_other ls "$STATE/$d" >/dev/null 2>&1 && echo "$d"; done; }
same "another user of the host: no directory of the state is open" "" "$(reach)"
same "another user of the host: nor can one be made there" 1 "$(as_other mkdir "$STATE/images/x" 2>/dev/null; echo $?)"
same "another user of the host: root can (control)" 0 "$(ls "$STATE/images" >/dev/null; echo $?)"

# ---- images with a shell ----
modules=$(sha256sum /proc/modules 2>/dev/null)
host_files() { sha256sum /etc/passwd /etc/shadow "$BIN"/cloister-{init,spawn} 2>/dev/null | sha256sum; stat -c '%a %u %i' / /etc /tmp /proc /dev/null; }
before=$(host_files)
check "an image with a shell is built" cli image build plain --installed --package dash --package coreutils
# inside IMAGE SCRIPT
inside() { cli run --tenant t --root "$1" -- /usr/bin/dash -c "$2" 2>&1 </dev/null; }
same "the control: the shell runs" "1000 /" "$(inside plain 'echo "$(id -u) $(pwd)"')"
# shape NAME TREE…: that, laid over the same image
shape() {
	rm -rf "$RUN_DIR/tree"
	mkdir "$RUN_DIR/tree"
	(cd "$RUN_DIR/tree" && eval "$2") && cli image build "$1" --installed --package dash --package coreutils --dir "$RUN_DIR/tree" >"$RUN_DIR/shape.out" 2>&1
}
# What a workload finds where an image has something else of the same name.
skeleton='for p in /proc /tmp /dev /etc /run; do [ -L "$p" ] && echo "$p is a link"; done
	[ -e /etc/shadow ] && echo "the shadow of the host"; [ -c /dev/null ] || echo "null is no device"
	[ "$(stat -fc %T /proc)" = proc ] || echo "proc is no proc"; cat /etc/secret /proc/secret 2>/dev/null
	echo x >/dev/null; echo x >/tmp/x && cat /tmp/x'
contained() { # NAME WHAT: refused in one message, or as without it
	local out
	if ! cli image list --json | jq -e --arg n "$1" '.images[] | select(.name == $n)' >/dev/null; then
		has "$2: refused, with a reason" "cloister:" "$(cat "$RUN_DIR/shape.out")"
		return
	fi
	out=$(inside "$1" "$skeleton")
	case $out in
	x) ok "$2: the workload has its own" ;;
	cloister:*) ok "$2: the run is refused" ;;
	*) not_ok "$2: contained"; note "$out" ;;
	esac
}
same "the control: the skeleton is sound" x "$(inside plain "$skeleton")"
shape links 'ln -s /etc tmp; ln -s / proc; ln -s /etc run; ln -s /root dev'
contained links "/tmp is /etc, /proc is /"
shape null 'mkdir dev; ln -s /etc/shadow dev/null; ln -s /dev/mem dev/zero'
contained null "/dev/null is a link"
shape proc 'mkdir -p proc/self/attr proc/sys/kernel; echo secret >proc/secret; echo 0 >proc/self/attr/exec'
contained proc "a /proc of the image"
shape farm 'for a in . usr usr/bin usr/lib usr/share; do mkdir -p "$a"; for n in tmp run dev etc var proc sys root home mnt; do
	for to in / /etc /proc/self/root ../../../.. /run; do ln -s "$to" "$a/$n" 2>/dev/null || ln -s "$to" "$a/$n.$RANDOM"; done; done; done'
contained farm "a farm of links"
shape users 'mkdir etc; printf "1000:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n" >etc/passwd; printf "1000:x:0:\n" >etc/group'
same "a user called 1000 is not made root" "1000 1000 1000" "$(inside users 'id -u; id -g; id -G' | paste -sd' ')"
same "nor is its file there" 0 "$(inside users 'cat /etc/passwd' | grep -c '^1000:')"
shape policy 'mkdir -p etc/cloister/profiles usr/share/cloister; printf "cloister 1\n\nprofile shell {\n  feature ptrace on\n}\n" | tee shell.profile etc/cloister/profiles/shell.profile usr/share/cloister/shell.profile >cloister.conf'
limits() { inside "$1" 'cat /proc/self/limits' | grep -E '^Max (open files|address space|file size)' | paste -sd' '; }
has "policy of an image: a workload has limits of its own (control)" "Max open files            4096 " "$(limits plain)"
same "policy of an image: ignored" "$(limits plain)" "$(limits policy)"
same "policy of an image: nor is its /etc there" no "$(inside policy '[ -e /etc/cloister ] && echo yes || echo no')"
shape exe 'mkdir -p usr/bin; printf "#!/proc/self/exe\n" >usr/bin/again; printf "#!/proc/1/exe\n" >usr/bin/init; chmod 0755 usr/bin/*'
for p in again init; do
	out=$(cli run --tenant t --root exe -- "/usr/bin/$p" 2>&1 </dev/null)
	same "an interpreter that is /proc/self/exe: $p ends, and does nothing" yes "$(case $? in 126|127) echo yes ;; *) echo "$out" ;; esac)"
done
check "names of shell characters: an image is built" shape names 'mkdir -p usr; for n in "; touch x" "\$(id)" "\`id\`" "| cat" "&& true" "*" "~" "-rf" "--"; do touch "usr/$n"; done'
same "names of shell characters: they are names" 9 "$(inside names 'cd /usr; n=0; for f in "; touch x" "\$(id)" "\`id\`" "| cat" "&& true" "*" "~" "-rf" "--"; do [ -e "./$f" ] && n=$((n + 1)); done; echo $n')"
same "the host's files are as before" "$before" "$(host_files)"

# ---- a tree that is swapped while root packs it ----
# One directory is another's: it is a directory, then a link to what only root may read, and so on.
swap=$RUN_DIR/swap secret=$RUN_DIR/secret
mkdir -m 0700 "$secret" && echo "$N" >"$secret/file"
mkdir -p "$swap/usr/bin" "$swap/usr/data/d" "$swap/usr/data/e" && echo harmless >"$swap/usr/data/d/file"
echo harmless >"$swap/usr/data/e/file"
chown -R $other "$swap/usr/data"
# shellcheck disable=SC2016
setpriv --reuid=$other --regid=$other --clear-groups -- perl -e '
	chdir shift or die; my $to = shift;
	symlink $to, "link"; symlink "$to/file", "flink";
	while (getppid() != 1 && !-e "stop") {
		rename "d", "was"; rename "link", "d"; rename "d", "link"; rename "was", "d";
		rename "e/file", "e/was"; rename "flink", "e/file"; rename "e/file", "flink"; rename "e/was", "e/file";
	}' "$swap/usr/data" "$secret" &
swapper=$!
leaked=0 built=0
# one that meets a swap is refused; most do, on some machines
for i in $(seq 100); do
	cli image build "swap$i" --dir "$swap" >/dev/null 2>&1 && built=$((built + 1))
	[ "$i" -lt 8 ] || [ $built -eq 0 ] || break
done
# The same tree, read by a tool that follows names: it loses, or the swapper does nothing.
lost=0
for i in $(seq 60); do
	tar -C "$swap" -chf - usr/data 2>/dev/null | grep -aq "$N" && lost=1 && break
done
setpriv --reuid=$other --regid=$other --clear-groups touch "$swap/usr/data/stop"
wait "$swapper"
leaked=$(find "$STATE/images" -type f -exec grep -laF "$N" {} + | wc -l)
same "swapped while it is packed: nothing of root's is in an image" 0 "$leaked"
if [ "$built" -gt 0 ]; then ok "swapped while it is packed: images were built"; else not_ok "swapped while it is packed: images were built"; fi
same "swapped while it is packed: who follows links loses (control)" 1 "$lost"

# ---- settings, cores, modules ----
for text in 'set hostname "a+kernel.core_pattern=x"' 'set sysctl "kernel.shm_rmid_forced=1"' 'limit pids "1+kernel.core_pattern=x"'; do
	printf 'cloister 1\n\nprofile x {\n  include runtime.glibc\n  limit memory 64MiB\n  %s\n}\n' "$text" >"$RUN_DIR/x.profile"
	same "a setting smuggled in is an error: $text" 3 "$(cli profile check "$RUN_DIR/x.profile" >/dev/null 2>&1; echo $?)"
done
pattern=$(cat /proc/sys/kernel/core_pattern)
same "no core: of forty crashes" "40 none" \
	"$(inside plain 'cd /tmp; n=0; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do dash -c "kill -SEGV \$\$" 2>/dev/null; [ $? = 139 ] && n=$((n + 1)); done; for f in core* none; do [ -e "$f" ] || [ "$f" = none ] && break; done; echo "$n $f"' | tail -1)"
same "no core: the bound is 0, and hard" "Max core file size 0 0" "$(inside plain 'cat /proc/self/limits' | awk '/core/ { print $1, $2, $3, $4, $5, $6 }')"
same "no core: the host's pattern is as before" "$pattern" "$(cat /proc/sys/kernel/core_pattern)"
if [ -r /proc/modules ]; then
	install -D -m 0755 "$probe" "$RUN_DIR/tree2/usr/bin/cloister-probe"
	cli image build probe --dir "$RUN_DIR/tree2" >/dev/null 2>&1
	cli run --tenant t --root probe -- /usr/bin/cloister-probe --inside --nonce "$N" krn. sec. >"$RUN_DIR/krn" 2>&1
	has "the probes ran" "end probes=" "$(tail -1 "$RUN_DIR/krn")"
	same "no module was loaded by all that was tried" "$modules" "$(sha256sum /proc/modules)"
else
	skip cves.modules "this kernel has no modules"
fi
same "the host's files are as before, at the end" "$before" "$(host_files)"
check "the supervisor ends" supervisor_down
rm -rf "$secret" "$swap"
done_testing
