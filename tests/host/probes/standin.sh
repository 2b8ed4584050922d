#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# standin.sh - the probes under bubblewrap, which has no syscall filter of its own: for working on a
# probe without a supervisor. It shows `stopped` and `absent` of the namespace layers and `reached` of
# what only a filter stops. Not a test: its verdicts say nothing about Cloister.
# usage: standin.sh PROBE-BINARY [probe options…]
set -eu
bin=$(readlink -f "$1")
shift
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT INT TERM
mkdir -p "$root/usr/bin"
install -m 0755 "$bin" "$root/usr/bin/cloister-probe"
bwrap --unshare-all --uid 1000 --gid 1000 --cap-drop ALL --new-session --clearenv \
	--setenv PATH /usr/bin --ro-bind "$root/usr" /usr --dev /dev --proc /proc --tmpfs /tmp --tmpfs /run \
	--remount-ro / --chdir / -- /usr/bin/cloister-probe "$@" </dev/null 2>&1 | cat
