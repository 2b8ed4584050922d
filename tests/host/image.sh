#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# image.sh - images: the builder against hostile archives, volumed without its family, attaching both ways.
# All in a mount namespace of its own.
if [ -z "${IMAGE_INSIDE:-}" ]; then
	IMAGE_INSIDE=1 exec unshare -m -- bash "$0" "$@"
fi
. "$(dirname "$0")/lib/tap.sh"
mount --make-rprivate / || exit 1
T=$B/tests/images
W=$RUN_DIR/image
mkdir -p "$W"
uid=1879048196 # of no user

# The builder's root as spawn makes it: /usr, the links, /dev/null, /build. And a canary, to be left alone.
R=$W/root
mkdir "$R"
mount -t tmpfs -o mode=0755 none "$R"
mkdir "$R"/{usr,dev,build,etc,naive}
mount --bind /usr "$R/usr" && mount -o remount,bind,ro "$R/usr"
for l in bin sbin lib lib64; do ln -s "usr/$l" "$R/$l"; done
mknod -m 0666 "$R/dev/null" c 1 3
cp "$BIN/cloister-mkimage" "$R/mkimage"
cp "$T/hostile" "$R/hostile"
canary() { echo canary >"$R/etc/shadow"; chmod 0600 "$R/etc/shadow"; }
canary_is() { stat -c '%h %a %u' "$R/etc/shadow"; cat "$R/etc/shadow"; }
canary
canary_was=$(canary_is)

# build OUT <TAR: the builder as spawn starts it. Its one line goes to $W/err.
build() {
	local rc
	mount -t tmpfs -o size=512m,mode=0700,uid=$uid,gid=$uid none "$R/build"
	: >"$1"
	env -i /usr/sbin/chroot --userspec=$uid:$uid --groups= "$R" /mkimage 1<>"$1" 2>"$W/err"
	rc=$?
	umount "$R/build"
	return $rc
}
sum() { sha256sum <"$1" | cut -d' ' -f1; }

# ---- hostile archives ----
# The same archive unpacked without care, in an empty directory of the same root: does it do harm there?
harm() {
	local mark=$2 place
	rm -rf "$R/naive"; mkdir "$R/naive"
	"$T/hostile" tar "$1" | env -i /usr/sbin/chroot "$R" /bin/sh -c 'cd /naive && exec /hostile naive' >/dev/null 2>&1
	if [ "$mark" = canary ]; then
		[ "$(canary_is)" != "$canary_was" ]
		local rc=$?
		rm -f "$R/etc/shadow"; canary
		return $rc
	fi
	place=${mark% *}
	[ "$(printf '%o' "0x$(stat -c %f "$R/naive/$place")")" = "${mark##* }" ]
}

while IFS='|' read -r name want mark; do
	"$T/hostile" tar "$name" | build "$W/out"
	rc=$?
	err=$(cat "$W/err")
	if [ "$want" = ok ]; then
		same "archive $name is taken" "0 " "$rc $err"
	else
		same "archive $name fails with 1" 1 "$rc"
		has "archive $name: the reason" "$want" "$err"
		same "archive $name: one line" 1 "$(wc -l <"$W/err")"
	fi
	same "archive $name: the canary" "$canary_was" "$(canary_is)"
	if [ "$mark" != - ]; then
		check "archive $name does harm elsewhere (control)" harm "$name" "$mark"
	fi
	[ "$want" = ok ] && cp "$W/out" "$W/$name.erofs"
done < <("$T/hostile" list)

# What became of those that were taken.
inside() { local image=$1; shift; "$T/at" "$kind" "$W/$image.erofs" "$W/mnt" "$@" 2>&1; }
mkdir "$W/mnt"
kind=file
inside plain true >/dev/null 2>&1 || { kind=loop; note "no EROFS from a file here"; }
node() { inside "$1" stat -c '%F %a %s' "$W/mnt/$2"; }
same "an absolute name is inside" "regular file 444 1" "$(node absolute etc/shadow)"
same "a link that is in the way is replaced" "regular file 444 1" "$(node over-link x)"
same "the later entry wins" "regular file 555 2" "$(node later-wins a)"
same "setuid is gone" "regular file 555 1" "$(node setuid usr/bin/su)"
same "setgid is gone" "directory 555 27" "$(node setgid-dir d | sed 's/ [0-9]*$/ 27/')"
same "through bin into usr/bin" "regular file 555 1" "$(node merge-same usr/bin/sh)"
same "the four links are there" "usr/bin usr/sbin usr/lib usr/lib64" \
	"$(inside plain sh -c "cd $W/mnt && readlink bin sbin lib lib64" | xargs)"
has "no device node" "No such file" "$(node node-char dev/kmem)"
has "no block device" "No such file" "$(node node-block dev/sda)"
has "no pipe" "No such file" "$(node node-pipe pipe)"
same "a link to / is content" "/" "$(inside proc-to-root readlink "$W/mnt/proc")"
same "a hard link is one file" 2 "$(inside hardlink-in stat -c %h "$W/mnt/b")"
has "the mount is closed" "ro,nosuid,nodev" "$(inside plain sh -c "grep ' $W/mnt ' /proc/self/mountinfo")"
same "255 deep" 255 "$(inside deep-255 find "$W/mnt/d" -depth -type d | wc -l)"

# ---- the same in, the same out ----
mkdir -p "$W/tree/etc/app" "$W/tree/usr/share/app"
for i in $(seq 1 300); do echo "$i" >"$W/tree/usr/share/app/$i"; done
head -c 3000000 /dev/urandom >"$W/tree/etc/app/blob"
tar -C "$W/tree" --sort=name -cf "$W/tree.tar" .
build "$W/one.erofs" <"$W/tree.tar"
build "$W/two.erofs" <"$W/tree.tar"
same "built twice: the same bytes" "$(sum "$W/one.erofs")" "$(sum "$W/two.erofs")"
echo 1 >>"$W/tree/usr/share/app/1"
tar -C "$W/tree" --sort=name -cf "$W/tree.tar" .
build "$W/two.erofs" <"$W/tree.tar"
check "another byte: other bytes (control)" test "$(sum "$W/one.erofs")" != "$(sum "$W/two.erofs")"
same "the content is the content" "$(sum "$W/tree/etc/app/blob")" \
	"$(inside two sha256sum "$W/mnt/etc/app/blob" | cut -d' ' -f1)"

# More than fits: said, not half an image.
head -c 600000000 /dev/zero >"$W/tree/etc/app/big"
tar -C "$W/tree" -cf - . | build "$W/full"
same "more than the builder's room" 1 $?
has "more than the builder's room: the reason" "No space left" "$(cat "$W/err")"
rm "$W/tree/etc/app/big"

# ---- attaching ----
for kind in file loop; do
	if ! inside plain true >"$W/why"; then
		skip "image.$kind" "$(cat "$W/why")"
		continue
	fi
	read -r a b c < <("$T/at" two $kind "$W/plain.erofs")
	check "$kind: two attachments, two superblocks" test "$a" != "$b"
	same "$kind: one attachment, one superblock (control)" "$a" "$c"
	# Each pair: through another attachment of the same file, and through the same one (control).
	same "$kind: neither a wake nor an open crosses" "futex 0 1 inotify 0 1" "$("$T/at" cross $kind "$W/one.erofs" etc/app/blob 2>&1)"
done
same "no loop device is left" "" "$(losetup -a | grep "$W")"

# ---- volumed alone ----
mkfs.erofs --quiet -zlz4 "$W/packed.erofs" "$W/tree" >/dev/null
mkdir -p "$W/disk/images/pub" "$W/mem"
mount -t tmpfs none "$W/mem" && mkdir -p "$W/mem/images/pub"
alone() { # DIR: its report, and whether there is a whole one
	"$T/alone" "$BIN/cloister-volumed" "$1" "$W/one.erofs" "$W/packed.erofs" >"$W/report" 2>&1
	local rc=$?
	tap_from <"$W/report"
	same "volumed alone: ran to its end" "0 1" "$rc $(grep -c '^1\.\.' "$W/report")"
}
alone "$W/disk"
note "with images on a tmpfs, which the kernel does not mount from: loop devices"
alone "$W/mem"
same "no loop device is left by volumed" "" "$(losetup -a | grep "$W")"


# ---- packages, from archives made here and an apt-get that knows them ----
pack=$BIN/cloister-imagetar
archives=${CLOISTER_CACHE:-$W/archives} # kept by whoever set it
export CLOISTER_CACHE=$W/cache
P=$W/debs
mkdir -p "$P" "$W/fake"
deb() { # NAME COMPRESSION: a package with a file below /lib, a configuration file, a link and a setuid program
	local d=$P/$1
	mkdir -p "$d/DEBIAN" "$d/lib/$1" "$d/etc/$1" "$d/usr/bin"
	printf 'Package: %s\nVersion: 1:1\nArchitecture: all\nMaintainer: a <a@b.c>\nDescription: test\n' "$1" >"$d/DEBIAN/control"
	echo "/etc/$1/conf" >"$d/DEBIAN/conffiles"
	echo "$1" | tee "$d/lib/$1/file" "$d/etc/$1/conf" "$d/usr/bin/$1" >/dev/null
	chmod 4755 "$d/usr/bin/$1"
	chmod 0640 "$d/etc/$1/conf"
	ln -s file "$d/lib/$1/link"
	dpkg-deb --root-owner-group -Z"$2" -b "$d" "$P/$1_1%3a1_all.deb" >/dev/null
}
deb one-a xz && deb one-b gzip && deb one-c zstd
cat >"$W/fake/apt-get" <<'END'
#!/bin/sh
for a; do case $a in -oDir::Cache::archives=*) to=${a#*=} ;; --print-uris | --download-only) verb=$a ;; esac; done
echo "$*" >>"$FAKE/calls"
[ -e "$FAKE/refuse" ] && { echo "E: Unable to locate package one-a" >&2; exit 100; }
cd "$FAKE/../debs" || exit 1
for f in *.deb; do
	case $verb in
	--print-uris) echo "'http://localhost/$f' $f $(stat -c %s "$f") MD5Sum:0" ;;
	--download-only) cp "$f" "$to/" ;;
	esac
done
END
chmod +x "$W/fake/apt-get"
fake() { FAKE=$W/fake PATH=$W/fake:$PATH "$pack" "$@"; }
fake tar --package one-a >"$W/p.tar" 2>"$W/err"
same "packages: a tar" "0 " "$? $(cat "$W/err")"
build "$W/pk.erofs" <"$W/p.tar"
same "packages: an image" "0 " "$? $(cat "$W/err")"
kind=file; inside plain true >/dev/null 2>&1 || kind=loop
for p in one-a one-b one-c; do
	same "packages: $p, merged below usr" "$p" "$(inside pk cat "$W/mnt/usr/lib/$p/link")"
	same "packages: $p, its configuration file, readable" "regular file 444" "$(node pk "etc/$p/conf" | cut -d' ' -f1-3)"
	same "packages: $p, no setuid" "regular file 555" "$(node pk "usr/bin/$p" | cut -d' ' -f1-3)"
done
has "packages: without recommended ones" "APT::Install-Recommends=false" "$(cat "$W/fake/calls")"
has "packages: as if none were installed" "Dir::State::status=/dev/null" "$(cat "$W/fake/calls")"
was=$(fake inputs --package one-a)
same "packages: the recipe's hash stays" "$was" "$(fake inputs --package one-a)"
mv "$P/one-b_1%3a1_all.deb" "$P/one-b_1%3a2_all.deb"
check "packages: a new version is a new hash" test "$was" != "$(fake inputs --package one-a)"
has "packages: a name that apt took for another" "no package itself" "$(fake inputs --package one.a 2>&1)"
touch "$W/fake/refuse"
fake tar --package one-a >"$W/p.tar" 2>"$W/err"
same "packages: unknown: a bad input" 3 $?
check "packages: unknown: the reason" grep -q -e "Unable to locate" -e "apt-get update" "$W/err"
same "packages: unknown: no tar" 0 "$(stat -c %s "$W/p.tar")"
rm "$W/fake/refuse"
chmod 0777 "$W/cache"
has "packages: a folder that others may write" "written by others" "$(fake tar --package one-a 2>&1 >/dev/null)"
chmod 0755 "$W/cache"
echo broken >"$P/one-c_1%3a1_all.deb"
fake tar --package one-a >"$W/p.tar" 2>"$W/err"
same "packages: a damaged archive" 5 $?
has "packages: a damaged archive: which" "one-c_1%3a1_all.deb" "$(cat "$W/err")"
build "$W/out" <"$W/p.tar"
same "packages: half a tar is no image" 1 $?

# ---- installed files: dash is on every Debian ----
"$pack" tar --installed --package dash >"$W/p.tar" 2>"$W/err"
same "installed: a tar" 0 $?
build "$W/in.erofs" <"$W/p.tar"
same "installed: it runs" ran "$(inside in chroot "$W/mnt" /bin/dash -c 'echo ran')"
printf '#!/bin/sh\nkill -9 $$\n' >"$W/fake/dpkg"
chmod +x "$W/fake/dpkg"
has "installed: no check of what changed, no image" "dpkg --verify" "$(fake tar --installed --package dash 2>&1 >/dev/null)"
printf '#!/bin/sh\nexit 1\n' >"$W/fake/dpkg"
same "installed: the control, a check that found something" "" "$(fake tar --installed --package dash 2>&1 >/dev/null)"
rm "$W/fake/dpkg"
has "installed: what is not is said" "is not installed" "$("$pack" tar --installed --package no-such-package 2>&1)"

# ---- a directory over packages ----
mkdir -p "$W/over/etc"
ln -s /etc/shadow "$W/over/etc/link"
echo mine >"$W/over/etc/debian_version"
"$pack" tar --installed --package dash --dir "$W/over" --dir "$W/tree" >"$W/p.tar" 2>/dev/null
build "$W/ov.erofs" <"$W/p.tar"
same "a directory is laid over packages" mine "$(inside ov cat "$W/mnt/etc/debian_version")"
same "a link of it stays a link" /etc/shadow "$(inside ov readlink "$W/mnt/etc/link")"
same "and so is the next" "$(sum "$W/tree/etc/app/blob")" "$(inside ov sha256sum "$W/mnt/etc/app/blob" | cut -d' ' -f1)"

# ---- Debian's own ----
export CLOISTER_CACHE=$archives
real() { # PACKAGES...: an image of the archives
	local args=() p
	for p; do args+=(--package "$p"); done
	"$pack" tar "${args[@]}" 2>"$W/err" | build "$W/$1.erofs"
	[ "${PIPESTATUS[0]}" = 0 ]
}
if real redis-server dash coreutils; then
	has "redis-server runs from its image" "Redis server v=" \
		"$(inside redis-server chroot "$W/mnt" /usr/bin/redis-server --version)"
	same "and a shell" ran "$(inside redis-server chroot "$W/mnt" /bin/sh -c '/bin/true && echo ran')"
	check "nginx-light becomes an image" real nginx-light
	has "nginx runs from its image" "nginx version" \
		"$(inside nginx-light chroot "$W/mnt" /usr/sbin/nginx -v)"
else
	skip image.packages "$(cat "$W/err")"
fi

umount -l "$W/mem" "$R/usr" "$R"
rm -rf "$W"
done_testing
