#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# deps.sh [--list] - the Debian 12 packages that building and testing need; asks apt only for what is missing.
# A package here names what uses it. Servers are never installed: images are made from their archives.
set -eu
build=(
	gcc make libc6-dev      # everything
	libcap-dev              # cloisterd, the servers: their capability rows
	libseccomp-dev          # cloister-compile builds filters; engine, netd, volumed load their own
	libjansson-dev          # engine, cloister: the API
	libsystemd-dev          # engine: event loop
	libsqlite3-dev          # engine: state.db
	libnl-route-3-dev       # cloister-netd
	libarchive-dev          # cloister-imagetar, cloister-mkimage: packages and tar
	erofs-utils             # cloister-mkimage runs mkfs.erofs
)
tests=(
	libcmocka-dev           # tests/unit
	clang libclang-rt-dev   # fuzz-smoke, second compiler of lint
	clang-format binutils   # lint
	bubblewrap crun runc    # bench, compared with
	wrk redis-tools         # load for nginx and redis in tests/host
	libcap2-bin util-linux iproute2 procps # tests/host: capsh, unshare, ip, ps
	sqlite3 e2fsprogs       # tests/host/state.sh: looks into state.db; a small file system
)
docs=(
	scdoc                   # man pages
	zsh                     # tests/golden: its completion script is read by it
)
packages=("${build[@]}" "${tests[@]}" "${docs[@]}")
[ "${1:-}" = --list ] && { printf '%s\n' "${packages[@]}"; exit 0; }

missing=()
for p in "${packages[@]}"; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
	echo "deps: not installed: ${missing[*]}; as root: apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi
echo "deps: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends "${missing[@]}"
