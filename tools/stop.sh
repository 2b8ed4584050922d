#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stop.sh - what `make stop` does: ends the supervisor of `make run` and removes every trace of it.
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/${B:-build}/bin state=$PWD/.run
[ "$(id -u)" = 0 ] || { echo "make stop: needs root: sudo make stop" >&2; exit 1; }
[ -d "$state" ] || exit 0
"$bin/cloister" down --state "$state"
# A mount below it would mean that something still lives there: say so and touch nothing.
if awk -v d="$state/" 'index($5, d) == 1 { found = 1 } END { exit !found }' /proc/self/mountinfo; then
	echo "make stop: something is still mounted below $state" >&2
	exit 1
fi
rm -rf --one-file-system "$state"
