#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# badinput.sh - what people type and what tenants ship: refused with a reason, at once, and nothing else changes.
. "$(dirname "$0")/lib/tap.sh"
supervisor_up || { not_ok "a private supervisor starts"; done_testing; exit; }
dir=$RUN_DIR/in
mkdir "$dir"

# refused WHAT CODE[|CODE] COMMAND…: ends with that code within a second or two and says why in one message.
refused() {
	local what=$1 codes=$2 rc t0=$EPOCHREALTIME out
	shift 2
	out=$(timeout 10 "$@" 2>&1 </dev/null)
	rc=$?
	case "|$codes|" in *"|$rc|"*) ok "$what: code $rc" ;; *) not_ok "$what: code $codes"; note "got $rc: ${out:0:300}" ;; esac
	case $out in *cloister:*|*error*) ok "$what: with a reason" ;; *) not_ok "$what: with a reason"; note "said: ${out:0:300}" ;; esac
	if awk -v a="$t0" -v b="$EPOCHREALTIME" 'BEGIN { exit !(b - a < 3) }'; then ok "$what: at once"; else not_ok "$what: at once"; fi
	# What a name was, a terminal must not obey (I28).
	case $out in *$'\e'*) not_ok "$what: no escape sequence comes back" ;; esac
}

check "two tenants are made" tenants t "$(head -c 31 /dev/zero | tr "\\0" a)"

# ---- names ----
long=$(head -c 4096 /dev/zero | tr '\0' a)
names=('..' '.' '' 'a/b' '/' '-x' '--' 'A' '1a' 'a b' $'a\nb' $'a\tb' $'\e[31ma' 'a..b' 'ä' "$long" "${long:0:32}")
for n in "${names[@]}"; do
	shown=$(printf '%q' "${n:0:20}")
	refused "tenant name $shown" '1|2|3|125' "$BIN/cloister" run --tenant="$n" -- /bin/true
	refused "image name $shown" '1|2|3' "$BIN/cloister" image build -- "$n" --dir "$dir"
	refused "root name $shown" '1|2|3|125' "$BIN/cloister" run --root="$n" -- /bin/true
	refused "workload name $shown" '1|2|3' "$BIN/cloister" workload stop -- "a/$n"
done
same "no tenant came of a bad name" t "$(cli tenant list --json | jq -r '.tenants[].name' | grep -vxE 'default|a{31}')"
same "no image came of a bad name" 0 "$(cli image list --json | jq '.images | length')"
same "the same calls with good names work: 31 letters" 0 "$(cli run --tenant "${long:0:31}" -- /bin/true >/dev/null 2>&1; echo $?)"

# ---- programs ----
mkdir -p "$dir/root/usr/bin" "$dir/root/usr/lib"
printf 'no program' >"$dir/root/usr/bin/text" && chmod 0755 "$dir/root/usr/bin/text"
# An ELF head for another machine: aarch64 (183).
printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0\1\0\0\0' >"$dir/root/usr/bin/other-arch"
head -c 100 /dev/zero >>"$dir/root/usr/bin/other-arch"
chmod 0755 "$dir/root/usr/bin/other-arch"
printf '#!/usr/bin/no-such-interpreter\n' >"$dir/root/usr/bin/script" && chmod 0755 "$dir/root/usr/bin/script"
install -m 0755 "$B/tests/cloister-probe" "$dir/root/usr/bin/good"
mkdir "$dir/root/usr/bin/directory"
check "an image with bad programs can be built" cli image build programs --dir "$dir/root"
on() { "$BIN/cloister" run --tenant t --root programs -- "$@"; }
code() { on "$@" >"$RUN_DIR/out" 2>&1 </dev/null; echo $?; }
same "the control: a good program runs" 1 "$(code /usr/bin/good --whoami)"
same "a missing program: 127" 127 "$(code /usr/bin/missing)"
has "a missing program: with a reason" "cloister:" "$(cat "$RUN_DIR/out")"
same "a text file without #!: 126" 126 "$(code /usr/bin/text)"
same "another architecture: 126" 126 "$(code /usr/bin/other-arch)"
has "another architecture: with a reason" "cloister:" "$(cat "$RUN_DIR/out")"
same "a directory: 126" 126 "$(code /usr/bin/directory)"
same "a script without its interpreter: 126 or 127" yes "$(case $(code /usr/bin/script) in 126|127) echo yes ;; esac)"
same "a missing root: 125" 125 "$(cli run --tenant t --root no-such-image -- /bin/true >"$RUN_DIR/out" 2>&1; echo $?)"
has "a missing root: says how to build it" "image build" "$(cat "$RUN_DIR/out")"
same "a profile that is not there: 125" 125 "$(cli run --profile no.such -- /bin/true >/dev/null 2>&1; echo $?)"
same "another's workload for --net-of: 125" 125 "$(cli run --tenant t --net-of u/x -- /bin/true >/dev/null 2>&1; echo $?)"
same "own exit code" 1 "$(code /usr/bin/good --whoami)"
same "arguments that look like options are the program's" 2 "$(code /usr/bin/good --bind / / --tenant x)"
same "shell characters are text" 2 "$(code /usr/bin/good '; touch /tmp/x' '$(id)' '`id`' '|' '>x')"
refused "an argument list that is too long" '2|125|126' "$BIN/cloister" run --tenant t --root programs -- /usr/bin/good "$long$long$long$long$long$long$long$long$long$long$long$long$long$long$long$long" "$(head -c 120000 /dev/zero | tr '\0' b)"

# ---- hostile images ----
# Each is laid over a good program; it may be refused, or contained: what counts is the host and what runs.
sum_before=$(sha256sum /etc/shadow /etc/passwd | sha256sum)
hostile() {
	local what=$1 tree=$dir/h
	rm -rf "$tree"
	mkdir -p "$tree/usr/bin"
	install -m 0755 "$B/tests/cloister-probe" "$tree/usr/bin/good"
	(cd "$tree" && eval "$2") || { not_ok "hostile $what: the tree is made"; return; }
	local out rc
	out=$(timeout 60 "$BIN/cloister" image build "h$((h = h + 1))" --dir "$tree" 2>&1)
	rc=$?
	if [ $rc != 0 ]; then
		case $rc in 1|2|3) ok "hostile $what: refused" ;; *) not_ok "hostile $what: refused, with code 1-3"; note "code $rc: ${out:0:300}" ;; esac
		has "hostile $what: with a reason" "cloister:" "$out"
		return
	fi
	out=$(timeout 30 "$BIN/cloister" run --tenant t --root "h$h" -- /usr/bin/good --inside --nonce "none" fs. dev. proc. 2>&1)
	rc=$?
	# A root that no profile can use is an answer too.
	if [ $rc = 125 ] || [ $rc = 126 ] || [ $rc = 127 ]; then
		has "hostile $what: the run is refused with a reason" "cloister:" "$out"
	else
		same "hostile $what: contained" "" "$(grep 'verdict=reached' <<<"$out")"
		has "hostile $what: the probes ran" "end probes=" "$out"
	fi
}
h=0
hostile "control: nothing hostile" 'true'
hostile "/proc is /" 'ln -s / proc'
hostile "/tmp is /etc" 'ln -s /etc tmp'
hostile "/dev/null is /etc/shadow" 'mkdir dev; ln -s /etc/shadow dev/null'
hostile "/usr/bin/x is /proc/self/exe" 'ln -s /proc/self/exe usr/bin/x'
hostile "/etc and /run are links" 'ln -s /usr/bin etc; ln -s ../../../../.. run'
hostile "a plain /proc with files" 'mkdir -p proc/self; echo x >proc/self/status'
hostile "device nodes" 'mkdir dev; mknod dev/sda b 8 0; mknod usr/bin/mem c 1 1; chmod 0666 dev/sda usr/bin/mem'
hostile "setuid root" 'cp usr/bin/good usr/bin/suid; chmod 6755 usr/bin/suid; chown 0:0 usr/bin/suid'
hostile "255 deep" 'd=usr; for i in $(seq 255); do d=$d/d; done; mkdir -p $d; echo x >$d/x'
hostile "a loop of links" 'ln -s b usr/a; ln -s a usr/b; ln -s . usr/dot; ln -s .. usr/up'
hostile "a FIFO and a socket" 'mkfifo usr/pipe; perl -MSocket -e "socket(S,AF_UNIX,SOCK_STREAM,0);bind(S,sockaddr_un(q(usr/sock)))"'
hostile "names with newline and escape" 'touch "usr/a
b" "usr/$(printf "\033[2J")" "usr/-rf" "usr/ "'
hostile "a hard link across" 'ln usr/bin/good usr/bin/again'
hostile "a policy beside it" 'mkdir -p etc/cloister/profiles; echo "cloister 1" >etc/cloister/profiles/shell.profile; cp etc/cloister/profiles/shell.profile .'
same "hostile images: the host's files are as before" "$sum_before" "$(sha256sum /etc/shadow /etc/passwd | sha256sum)"
run_suid() { cli run --tenant t --root "$1" -- /usr/bin/suid --whoami >/dev/null 2>&1; echo $?; }
for i in $(seq "$h"); do
	r=$(run_suid "h$i")
	[ "$r" = 0 ] && not_ok "hostile: setuid root from image h$i gained rights"
done

# ---- profiles and tenant files ----
file() { printf '%s' "$2" >"$dir/$1"; }
file ok.profile $'cloister 1\n\nprofile ok {\n  include runtime.glibc\n  limit memory 64MiB\n  mount "/usr/" from image "root" ro exec\n}\n'
same "the control: a profile that is right" 0 "$(cli profile check "$dir/ok.profile" >"$RUN_DIR/out" 2>&1; echo $?)"
wrong() {
	refused "profile: $1" 3 timeout 3 "$BIN/cloister" profile check "$dir/$2"
	has "profile: $1: with a position" "$2:" "$("$BIN/cloister" profile check "$dir/$2" 2>&1 | head -c 4000)"
}
body() { printf 'cloister 1\n\nprofile x {\n  include runtime.glibc\n  limit memory 64MiB\n%s\n}\n' "$1"; }
body '  alow syscall read' >"$dir/keyword.profile"; wrong "an unknown keyword" keyword.profile
body '  limit stack 8MB' >"$dir/unit.profile"; wrong "a wrong unit" unit.profile
body '  limit files 99999999999999999999999999' >"$dir/overflow.profile"; wrong "an overflow" overflow.profile
body '  limit memory 1EiB' >"$dir/ceiling.profile"; wrong "a size that no table has" ceiling.profile
body "  allow path \"/a$(printf '\001')b\" read" >"$dir/control.profile"; wrong "a control character" control.profile
body "  # $(printf '\342\200\256') right to left" >"$dir/bidi.profile"; wrong "a bidi control" bidi.profile
body "  # $(printf '\377\376')" >"$dir/utf8.profile"; wrong "invalid UTF-8" utf8.profile
{ body '  # x'; printf '\0\0'; } >"$dir/nul.profile"; wrong "NUL bytes" nul.profile
{ printf 'cloister 1\n\nprofile x {\n'; yes '  # filler, and nothing but filler, to make it long' | head -c 10000000; printf '\n}\n'; } >"$dir/big.profile"
refused "profile: 10 MB" '2|3' "$BIN/cloister" profile check "$dir/big.profile"
{ printf 'cloister 1\n\nprofile x {\n'; yes 'test "t" {' | head -10000; } >"$dir/nested.profile"; wrong "10,000 nested blocks" nested.profile
: >"$dir/empty.profile"; wrong "an empty file" empty.profile
printf 'cloister 99\n' >"$dir/version.profile"; wrong "a version of the future" version.profile
refused "apply: a file that is not there" '2|3' "$BIN/cloister" apply "$dir/missing.tenant"
refused "apply: a device" '2|3' "$BIN/cloister" apply /dev/zero
printf 'cloister 1\n\ntenant .. {\n}\n' >"$dir/dots.tenant"
refused "apply: a tenant that is called .." 3 "$BIN/cloister" apply "$dir/dots.tenant"
refused "an unknown command" 2 "$BIN/cloister" frobnicate
refused "an unknown option" 2 "$BIN/cloister" status --frob
refused "no command" 2 "$BIN/cloister" run --

same "the supervisor is as it was" running "$(cli status --json | jq -r .state)"
check "the supervisor ends" supervisor_down
done_testing
