#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ablate.sh - one layer of a workload left out at a time (reliability.md 3): every critical probe is still stopped, by
# another layer and with the errno that probes/ablate.golden says. All of them left out: the same probes reach.
# What rests on one layer is in probes/single-layer.txt, with its reason; that file may only shrink.
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/canary.sh"
RELEASE=$BIN
BIN=${ABLATE_BIN:-$TOP/build-ablate/bin}
golden=$TOP/tests/host/probes/ablate.golden
single=$TOP/tests/host/probes/single-layer.txt
SINGLE_MOST=37

# ---- a release build has none of it ----
text() { strings -d "$@" | grep -c 'ablate-'; }
same "no release program reads the request" 0 "$(text "$RELEASE"/cloister*)"
same "the test build does (control)" 1 "$(text "$BIN/cloister-compile")"
# plan_check refuses the flags: tests/unit/plan_patches.h, "a layer left out"

canary_up || { not_ok "the host's canary is ready"; done_testing; exit; }
layers=(fd close net ns mounts user landlock caps limits nnp seccomp cgroup) # enum plan_ablate, from bit 4
same "the layers are those of sandbox/init.h" "${layers[*]^^}" \
	"$(sed -n 's/^\tABLATE_\([A-Z]*\) = 1 << [0-9]*,.*/\1/p' "$TOP/sandbox/init.h" | paste -sd' ')"
bits() { # LAYER+LAYER…
	local i sum=0 off=$1
	# Not the network namespace: without it the machine's own links would be in reach of what is tried.
	[ "$off" = all ] && off=fd+close+ns+mounts+user+landlock+caps+limits+nnp+seccomp
	for i in "${!layers[@]}"; do case +$off+ in *+"${layers[i]}"+*) sum=$((sum | 1 << (i + 4))) ;; esac; done
	printf '%x' "$sum"
}
mapfile -t critical < <("$probe" --list | awk '$2 == "critical" && $4 == "inside" && $1 !~ /^(pt\.shim-|res\.)/ { print $1 }')

# lacking LAYERS [PROBE…]: runs the probes in a tenant whose plan leaves those layers out; the report in $RUN_DIR/off.LAYERS
lacking() {
	local off=$1 name=${1//+/-}
	shift
	[ $# -gt 0 ] || set -- "${critical[@]}"
	sed "s/^profile shell /profile ablate.$name /; s/set hostname .*/set hostname \"ablate-$(bits "$off")\"/" \
		"$TOP/profiles/std/shell.profile" >"$RUN_DIR/$name.profile"
	CLOISTER_PROBE_LEAK=$N cli run --tenant "$name" --root probe --profile "$RUN_DIR/$name.profile" -- /usr/bin/cloister-probe \
		--inside --nonce "$N" "${T[@]}" --target setuid=/usr/bin/probe-setuid --target filecap=/usr/bin/probe-filecap "$@" \
		>"$RUN_DIR/off.$off" 2>"$RUN_DIR/err.$off" 9</dev/null
}
# "PROBE RESULT" of a report: the errno, or the verdict where there is none. What no errno refused and is not what was
# expected has come through.
results() {
	sed -n 's/^probe=\([^ ]*\) verdict=\([^ ]*\) errno=\([^ ]*\) .*/\1 \2 \3/p' "$1" |
		awk '{ r = $2 == "reached" ? $2 : $3 != "-" ? $3 : $2 == "wrong-errno" ? "reached" : $2; print $1, r }'
}

# judge LAYERS DEFAULT: each result against golden and single-layer; DEFAULT is a report or a result.
judge() {
	local off=$1 default=$2
	results "$RUN_DIR/off.$off" | awk -v off="$off" -v all=${#critical[@]} -v default="$default" -v golden="$golden" -v single="$single" '
		function split_rows(file, row,   w) { while ((getline row < file) > 0) { if (row ~ /^#/ || row == "") continue; split(row, w); if (file == golden) { if (w[1] == off) want[w[2]] = w[3] } else if (w[2] == off) alone[w[1]] = w[3] } }
		BEGIN { split_rows(golden); split_rows(single); if (default ~ /\//) while ((getline row < default) > 0) { split(row, w); base[w[1]] = w[2] } }
		{
			ok = ($1 in base) ? base[$1] : default
			if ($1 in want) ok = want[$1]
			if ($1 in alone) ok = alone[$1] == "kernel" ? "reached|" ok : "reached"
			if (index("|" ok "|", "|" $2 "|")) n++
			else printf "not ok 0 %s off: %s: %s, not %s%s\n", off, $1, $2, ok, $1 in alone ? " (take its line out of single-layer.txt)" : ""
			seen[$1] = 1
		}
		END {
			for (p in want) if (!(p in seen)) printf "not ok 0 %s off: %s of ablate.golden did not run\n", off, p
			for (p in alone) if (!(p in seen)) printf "not ok 0 %s off: %s of single-layer.txt did not run\n", off, p
			printf "%s 0 %s off: %d results of %d are as written\n", n == NR && n == all ? "ok" : "not ok", off, n, all
		}' | awk '{ print; n++ } END { print "1.." n }' >"$RUN_DIR/judged"
	tap_from <"$RUN_DIR/judged"
}

supervisor_up "$RUN_DIR/state-$N" || { not_ok "a private supervisor of the test build starts"; done_testing; exit; }
check "a tenant for each layer" tenants none "${layers[@]}" nnp-caps net-landlock all
check "the image is built" probe_image

lacking none
same "with all layers no probe reaches" "" "$(grep -E 'verdict=(reached|wrong-errno|skip)' "$RUN_DIR/off.none")"
same "all ran" "${#critical[@]}" "$(results "$RUN_DIR/off.none" | wc -l)"
results "$RUN_DIR/off.none" >"$RUN_DIR/base"
for l in "${layers[@]}"; do
	lacking "$l"
	rc=$?
	if [ "$l" = nnp ]; then # no filter without it: neither init nor its child goes on
		same "nnp off: no start" "127 0" "$rc $(wc -l <"$RUN_DIR/off.nnp")"
	else
		judge "$l" "$RUN_DIR/base"
	fi
done
# With capabilities a filter can be loaded without no_new_privs: then nosuid is what is left, and the builder of images.
lacking nnp+caps
judge nnp+caps "$RUN_DIR/base"
lacking net+landlock net.abstract
same "net and landlock off: an abstract socket is reached" "net.abstract reached" "$(results "$RUN_DIR/off.net+landlock")"
# What it does to its mounts once it may would take /proc from the others: that comes after them.
mapfile -t mounts < <(printf '%s\n' "${critical[@]}" | grep '^mnt\.')
mapfile -t others < <(printf '%s\n' "${critical[@]}" | grep -v '^mnt\.')
lacking all "${mounts[@]}"
cp "$RUN_DIR/off.all" "$RUN_DIR/mounts"
lacking all "${others[@]}"
cat "$RUN_DIR/mounts" >>"$RUN_DIR/off.all"
judge all reached

rows() { grep -cv '^#\|^$' "$1"; }
if [ "$(rows "$single")" -le $SINGLE_MOST ]; then ok "single-layer.txt has not grown"; else not_ok "single-layer.txt has not grown: $(rows "$single"), $SINGLE_MOST are the bound"; fi
same "each line of it has a reason" "" "$(awk '!/^#/ && NF && NF < 4' "$single")"
check "the supervisor ends" supervisor_down

# The same profile under a release build: the request is a host name, no more.
BIN=$RELEASE
supervisor_up "$RUN_DIR/state-r$N" || { not_ok "a private supervisor starts"; done_testing; exit; }
check "the tenant of a release build" tenants all
check "the image is built again" cli image build probe --dir "$RUN_DIR/root"
lacking all sec.one-filter cap.sets ns.ids-differ fd.inherited mnt.mount
same "a release build leaves nothing out" "" "$(grep -v '^end' "$RUN_DIR/off.all" | grep -v 'verdict=\(absent\|stopped\)')"
same "and the probes ran" "end probes=5" "$(tail -1 "$RUN_DIR/off.all")"
check "the supervisor of the release build ends" supervisor_down
done_testing
