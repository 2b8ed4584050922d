#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh PROGRAM OUT - manual pages into OUT/man. The commands come from the program's own table, so that no option is typed twice.
set -eu
program=$1 out=$2/man
cd "$(dirname "$0")/man"
mkdir -p "$out"
"$program" help --as scd >"$out/commands.scd"
for page in *.scd; do
	sed -e "/^@COMMANDS@\$/{r $out/commands.scd
d
}" "$page" | scdoc >"$out/${page%.scd}"
done
rm "$out/commands.scd"
