#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# policy.sh - what the operator's root-owned files allow holds against the API: pinned texts, tenants, the source host,
# ceilings and counts; a reload takes effect at once and a bad one not at all.
# seconds: 200
. "$(dirname "$0")/lib/tap.sh"
STATE=$RUN_DIR/state
etc=$STATE/etc
mkdir -p "$STATE" && chmod 0711 "$STATE"
log=$STATE/log/supervisor.log

put() { mkdir -p "$(dirname "$etc/$1")" && cat >"$etc/$1"; } # FILE: below etc/, root's, 0644
umask 022
conf() { { echo "cloister 1"; echo; echo "host {"; printf '  %s\n' "$@"; echo "}"; } | put cloister.conf; }
epoch() { cli doctor --json | jq -r '.checks[] | select(.name == "policy") | .detail' | sed -n 's/^epoch \([0-9]*\).*/\1/p'; }
reload() { # [COUNT]: the log says so often more than before that a policy was read, or was not
	local before
	before=$(grep -cE 'cloisterd: policy: (epoch [0-9]+ holds now|the policy of epoch)' "$log")
	kill -HUP "$(daemon_pid)"
	until_true 10 eval "[ \$(grep -cE 'cloisterd: policy: (epoch [0-9]+ holds now|the policy of epoch)' '$log') -gt $before ]"
}
run() { cli run "$@" >"$RUN_DIR/out" 2>&1 </dev/null; echo $?; }
said() { cat "$RUN_DIR/out"; }
# up_fails WHAT TEXT: `up` refuses, says TEXT, and leaves nothing that runs.
up_fails() {
	local out rc
	out=$("$BIN/cloister" up --state "$STATE" 2>&1)
	rc=$?
	same "$1: up ends with 3" 3 "$rc"
	has "$1: says why" "$2" "$out"
	same "$1: no supervisor runs" "" "$(daemon_pid)"
}

# ---- files that do not count: at the start nothing serves ----
conf "may tenent plan"
up_fails "a bit that is none" "unknown right 'tenent'"
has "a bit that is none: the nearest one" "tenant" "$("$BIN/cloister" up --state "$STATE" 2>&1)"
conf "may tenant" "may plan tenant"
up_fails "a bit twice" "cloister.conf:5: this may stand once"
conf "may tenant" && chown 1 "$etc/cloister.conf"
up_fails "a file of another uid" "etc/cloister.conf belongs to uid 1"
conf "may tenant" && chmod 0666 "$etc/cloister.conf"
chown 0 "$etc/cloister.conf"
up_fails "a file that others may write" "etc/cloister.conf can be written by others"
rm "$etc/cloister.conf" && echo 'cloister 1' >"$RUN_DIR/elsewhere" && ln -s "$RUN_DIR/elsewhere" "$etc/cloister.conf"
up_fails "a link" "etc/cloister.conf is a link"
rm "$etc/cloister.conf" && mkfifo "$etc/cloister.conf"
up_fails "a pipe" "etc/cloister.conf is not a file"
rm "$etc/cloister.conf"
mkdir -p "$etc/tenants" && chmod 0777 "$etc/tenants"
up_fails "a directory that others may write" "etc/tenants can be written by others"
chmod 0755 "$etc/tenants" && chmod 0775 "$etc"
up_fails "the directory above" "etc can be written by others"
chmod 0755 "$etc"
put tenants/bad.tenant <<'T'
cloister 1

tenant bad under no.such {
}
T
up_fails "a tenant under no ceiling" "there is no ceiling 'no.such'"
rm "$etc/tenants/bad.tenant"

# ---- without files everything is allowed: the control of all that follows ----
image() { # NAME: a root with coreutils and what they need
	local root=$RUN_DIR/root.$1
	mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/usr/lib64"
	cp "$B/tests/cloister-probe" "$root/usr/bin/sleep"
	echo "$1" >"$root/usr/name"
	cli image build "$1" --dir "$root"
}
if ! supervisor_up "$STATE"; then
	not_ok "a private supervisor starts"
	done_testing
	exit
fi
first=$(epoch)
check "three tenants are made" tenants free fresh other
same "control: a tenant of no file, the source host" 0 "$(run --tenant free -- /usr/bin/true)"
has "doctor tells the bits" "may tenant plan grant publish destroy host-source exec" "$(cli doctor --json | jq -r '.checks[].detail')"

# ---- may tenant, may host-source ----
conf "may plan"
check "a reload is heard" reload
same "the epoch grew" $((first + 1)) "$(epoch)"
has "doctor tells the bits that are left" "may plan" "$(cli doctor --json | jq -r '.checks[] | select(.name == "policy") | .detail')"
same "without may tenant: a tenant that no file names" 125 "$(run --tenant fresh --root host -- /usr/bin/true)"
same "without may tenant: nor one that ran before" 125 "$(run --tenant free --root host -- /usr/bin/true)"
conf "may plan tenant"
reload
same "without may host-source: refused" 125 "$(run --tenant free --root host -- /usr/bin/true)"
has "without may host-source: says why" "source host" "$(said)"
conf "may plan host-source"
put tenants/free.tenant <<'T'
cloister 1

tenant free under host.try {
}
T
reload
same "a tenant that a file names runs" 0 "$(run --tenant free -- /usr/bin/true)"
same "control: another does not" 125 "$(run --tenant fresh -- /usr/bin/true)"
has "and is told why" "may tenant" "$(said)"

# ---- a bad reload keeps the old one ----
before=$(epoch)
conf "may everything"
reload
same "a bad file at a reload: the epoch stays" "$before" "$(epoch)"
has "a bad file at a reload: said in the log" "unknown right 'everything'" "$(tail -5 "$log")"
same "a bad file at a reload: what was allowed is" 0 "$(run --tenant free -- /usr/bin/true)"
conf "may plan host-source" && chown 1 "$etc/cloister.conf"
reload
has "another's file at a reload: said in the log" "belongs to uid 1" "$(tail -5 "$log")"
same "another's file at a reload: the epoch stays" "$before" "$(epoch)"
conf "may plan host-source"
chown 0 "$etc/cloister.conf"

# ---- a ceiling of the operator's; its change ends what stands under the old one ----
ceiling() { sed 's/^ceiling host.try/ceiling site.try/; s/limit memory 8GiB/limit memory '"$1"'/' "$TOP/profiles/std/host.try.profile" | put profiles/site.try.profile; }
ceiling 8GiB
put tenants/free.tenant <<'T'
cloister 1

tenant free under site.try {
}
T
reload
check "the tenant's file is applied" cli apply "$etc/tenants/free.tenant"
same "under the operator's ceiling: a run" 0 "$(run --tenant free -- /usr/bin/true)"
"$BIN/cloister" run --tenant free -- /usr/bin/sleep 1000 >/dev/null 2>&1 </dev/null &
long=$!
running() { [ "$(cli workload list --json | jq '[.workloads[] | select(.tenant == "free" and .state == "running")] | length')" = 1 ]; }
check "one goes on" until_true 10 running
ceiling 256MiB # less than the profile asks for
reload
same "a tighter ceiling: the plan of before is dead" 1 "$(run --tenant free -- /usr/bin/true | sed 's/125/1/;s/3/1/')"
has "a tighter ceiling: says which" "ceiling" "$(said)"
check "what ran goes on" running
kill "$long" 2>/dev/null
wait "$long" 2>/dev/null
ceiling 4GiB
reload
same "a ceiling that fits again: runs" 0 "$(run --tenant free -- /usr/bin/true)"

# A plan that was made under the ceiling of before fits the new one as well, and is dead all the same.
check "an image is built" image tools
put tenants/free.tenant <<'T'
cloister 1

tenant free under site.try {
  workload job {
    profile shell
    run "/usr/bin/sleep" "--whoami"
    restart never
    image root as tools
  }
}
T
reload
check "a workload under it is applied" cli apply "$etc/tenants/free.tenant"
ended() { cli workload list | grep -q 'free/job .*code 1 exited'; } # as --whoami ends
check "it ran" until_true 10 ended
check "control: it starts again" cli workload start free/job
check "and ran again" until_true 10 ended
ceiling 6GiB
reload
same "under the changed ceiling its plan is refused" 1 "$(cli workload start free/job >"$RUN_DIR/out" 2>&1; echo $?)"
has "and why" "another ceiling" "$(said)"
check "its file applied again" cli apply "$etc/tenants/free.tenant"
check "makes it run" until_true 10 ended
put tenants/free.tenant <<'T'
cloister 1

tenant free under site.try {
}
T
check "the workload goes with its lines" cli apply "$etc/tenants/free.tenant"

# ---- counts ----
conf "may plan tenant host-source" "limit workloads 3" "limit tenant-workloads 2"
reload
sleeper() { "$BIN/cloister" run --tenant "$1" -- /usr/bin/sleep 1000 >/dev/null 2>&1 </dev/null & pids+=($!); }
pids=()
sleeper free
sleeper free
count() { [ "$(cli workload list --json | jq '[.workloads[] | select(.state == "running")] | length')" = "$1" ]; }
check "two of one tenant run" until_true 10 count 2
same "a third is refused" 125 "$(run --tenant free -- /usr/bin/true)"
has "a third is refused: says which limit" "tenant-workloads" "$(said)"
same "another tenant's runs" 0 "$(run --tenant other -- /usr/bin/true)"
rows() { [ "$(cli workload list --json | jq '.workloads | length')" = "$1" ]; }
check "that one is gone" until_true 20 rows 2
sleeper other
check "three of all run" until_true 20 count 3
same "a fourth is refused" 125 "$(run --tenant other -- /usr/bin/true)"
has "a fourth is refused: says which limit" "too many workloads" "$(said)"
kill "${pids[@]}" 2>/dev/null
wait "${pids[@]}" 2>/dev/null
check "they are gone" until_true 10 count 0
same "then another one runs" 0 "$(run --tenant free -- /usr/bin/true)"

# ---- without may plan: only the operator's texts ----
sum=$(cli image list --json | jq -r '.images[] | select(.name == "tools") | .sha256 // .digest')
text() { # ARGUMENT [IMAGE]
	cat <<T
cloister 1

tenant shop {
  workload web {
    profile shell
    run "/usr/bin/sleep" "$1"
    restart never
    image root as ${2:-tools}
  }
}

image ${2:-tools} {
  dir "$RUN_DIR/root.${2:-tools}"
  ${3-pin sha256:$sum}
}
T
}
conf "may tenant exec plan"
text --whoami >"$RUN_DIR/shop.tenant"
cp "$RUN_DIR/shop.tenant" "$etc/tenants/shop.tenant"
reload
check "control: with may plan it is applied" cli apply "$RUN_DIR/shop.tenant"
ran() { cli workload list | grep -q 'shop/web .*code 1 exited'; } # as --whoami ends
check "and runs" until_true 10 ran
conf "may tenant exec"
reload
has "the block holds the pin" "holds now" "$(tail -1 "$log")"
same "the engine's own plan of that very text is refused" 1 "$(cli workload start shop/web >"$RUN_DIR/out" 2>&1; echo $?)"
has "and why" "may plan" "$(said)"
same "the operator's text is applied" 0 "$(cli apply "$RUN_DIR/shop.tenant" >"$RUN_DIR/out" 2>&1; echo $?)"
check "and ran" until_true 10 ran
text --list >"$RUN_DIR/shop.tenant"
same "a changed command is refused" 1 "$(cli apply "$RUN_DIR/shop.tenant" >"$RUN_DIR/out" 2>&1; echo $?)"
has "a changed command: says why" "may plan" "$(said; cli workload list)"
text --whoami >"$RUN_DIR/shop.tenant"
same "the operator's text again" 0 "$(cli apply "$RUN_DIR/shop.tenant" >"$RUN_DIR/out" 2>&1; echo $?)"
check "the workload goes" cli workload stop shop/web
echo changed >"$RUN_DIR/root.tools/usr/name"
check "the image is built anew" cli image build tools --dir "$RUN_DIR/root.tools"
text --whoami tools '' >"$RUN_DIR/shop.tenant"
same "another image under the name is refused" 1 "$(cli apply "$RUN_DIR/shop.tenant" >"$RUN_DIR/out" 2>&1; echo $?)"
has "another image under the name: says why" "not the one pinned" "$(said)"
same "a run of a profile is refused" 125 "$(run --tenant shop --root tools -- /usr/bin/sleep --whoami)"
has "a run of a profile: says why" "may plan" "$(said)"
text --whoami tools '' >"$etc/tenants/shop.tenant"
before=$(epoch)
reload
has "an image without a pin: said" "image tools has no pin" "$(tail -5 "$log")"
same "an image without a pin: the old policy stays" "$before" "$(epoch)"

check "down" supervisor_down
done_testing
