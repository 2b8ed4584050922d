# SPDX-License-Identifier: Apache-2.0
# canary.sh - a canary on the host and an image with the probes, for the tests that run them. Sourced after tap.sh.
probe=$B/tests/cloister-probe
N=$(nonce)
canary_dir=$RUN_DIR/canary-$N

targets() { sed -n '/=/s/^/--target\n/p' "$1"; }
# Starts it; T holds its targets as arguments. It takes its things away when its input (descriptor 5) ends.
canary_up() {
	mkdir -m 0755 "$canary_dir"
	mkfifo "$RUN_DIR/host.in"
	exec 5<>"$RUN_DIR/host.in"
	"$probe" --canary --nonce "$N" --target "dir=$canary_dir" <"$RUN_DIR/host.in" >"$RUN_DIR/host.targets" 5>&- &
	canary=$!
	trap 'rc=$?; canary_end 2>/dev/null; (exit $rc); at_end' EXIT
	until_true 10 grep -qx ready "$RUN_DIR/host.targets" || return 1
	mapfile -t T < <(targets "$RUN_DIR/host.targets")
}
canary_end() { exec 5>&-; until_true 5 eval "! kill -0 $canary" || kill "$canary"; }

# The image `probe`, a target as well. It has copies that carry rights; nobody but root may come near them here.
probe_image() {
	mkdir -m 0700 "$RUN_DIR/root"
	mkdir -p "$RUN_DIR/root/usr/bin"
	install -m 0755 "$probe" "$RUN_DIR/root/usr/bin/cloister-probe"
	install -m 4755 "$probe" "$RUN_DIR/root/usr/bin/probe-setuid"
	install -m 0755 "$probe" "$RUN_DIR/root/usr/bin/probe-filecap"
	setcap cap_net_bind_service=ep "$RUN_DIR/root/usr/bin/probe-filecap" 2>/dev/null
	cli image build probe --dir "$RUN_DIR/root" || return 1
	T+=(--target "image=$(find "$STATE/images" -type f | head -n 1)")
}
inside() { cli run --tenant "$1" --root probe -- /usr/bin/cloister-probe "${@:2}"; }
