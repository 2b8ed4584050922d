#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plants what gen-syscalls should find.
. tests/lint/plant.sh

GEN=$PWD/tools/gen-syscalls
tree() {
	rm -rf "$PLANT"/*
	put lib/harden/confine.c <<'C'
/*
 * Two lists in one comment, the first folded over two lines.
 * syscalls engine netd: read
 * write
 * syscalls netd: close
 */
C
	put netns/a.c <<'C'
/* syscalls netd: setns(1==CLONE_NEWNET) socket(0==AF_NETLINK,2==NETLINK_ROUTE) */
int a; /* syscalls volumed: ioctl(1==LOOP_CLR_FD) */
C
}
make() { (cd "$PLANT" && "$GEN" >s && mv s lib/harden/syscalls.h); }
check() { "$GEN" --check "$PLANT"; }

tree && make
expect 0 '' check
expect 0 '{ SCMP_SYS(setns), 1, { WHEN(1, CLONE_NEWNET) } },' cat "$PLANT/lib/harden/syscalls.h"
expect 0 '{ SCMP_SYS(socket), 2, { WHEN(0, AF_NETLINK), WHEN(2, NETLINK_ROUTE) } },' cat "$PLANT/lib/harden/syscalls.h"
count() { grep -c "SCMP_SYS($1)" "$PLANT/lib/harden/syscalls.h"; }
expect 0 2 count read
expect 0 2 count write
expect 0 1 count close
expect 0 1 count ioctl
echo '/* syscalls netd: openat */' >>"$PLANT/netns/a.c"
expect 1 'is not what the comments say' check
tree && make
sed -i '/volumed/d' "$PLANT/netns/a.c"
expect 1 'is not what the comments say' check
tree && make
sed -i '/SCMP_SYS(setns)/s/1, { WHEN.*/0, { { 0 } } },/' "$PLANT/lib/harden/syscalls.h"
expect 1 'is not what the comments say' check
for wrong in 'nted: read' 'netd: Read' 'netd: setns(1=CLONE_NEWNET)' 'netd: setns(7==X)' 'netd: a(0==X,1==Y,2==Z)' 'netd: a(0==X'; do
	tree && make
	echo "/* syscalls $wrong */" >>"$PLANT/netns/a.c"
	expect 1 'netns/a.c:3: ' check
done
verdict
