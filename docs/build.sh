#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh PROGRAM OUT - manual pages into OUT/man. What stands in a table of the programs is printed from it, so that nothing is
# typed twice: the commands by PROGRAM, the API and the programs' rights from generated/ (make docs).
set -eu
program=$1 out=$2/man
cd "$(dirname "$0")/man"
mkdir -p "$out"
"$program" help --as scd >"$out/commands.scd"
{ echo '```' && cat ../generated/io.cloister.varlink && echo '```'; } >"$out/interface.scd"
for page in *.scd; do
	sed -e "/^@COMMANDS@\$/{r $out/commands.scd
d
}" -e "/^@METHODS@\$/{r ../generated/methods.scd
d
}" -e "/^@INTERFACE@\$/{r $out/interface.scd
d
}" "$page" >"$out/page.scd"
	awk -F '\t' 'NR == FNR { r = $2; gsub(/_/, "\\\\\\\\_", r); right[$1] = "Capabilities " r; next }
		/@RIGHTS / { p = $0; sub(/.*@RIGHTS /, "", p); sub(/@.*/, "", p); if (!right[p]) exit 1; sub(/@RIGHTS [^@]*@/, right[p]) }
		{ print }' ../generated/rights.tsv "$out/page.scd" >"$out/whole.scd"
	scdoc <"$out/whole.scd" >"$out/${page%.scd}"
done
rm "$out"/*.scd
