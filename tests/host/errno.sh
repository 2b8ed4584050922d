#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# errno.sh - a system call of the engine, spawn, its children before their exec, netd or volumed fails in the middle of
# each operation, for no reason that it has. The supervisor serves on or again by itself, the operation is finished or
# undone and can be repeated, nobody else noticed, and `down` leaves nothing.
# By default 60 of all calls and errors, others each time; SEED=N says which, WALK=all takes all, WALK=PLACE one.
# seconds: 400
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/walk_ops.sh"
. "$(dirname "$0")/lib/walk.sh"
WALK=${WALK:-60}
case $WALK in
*/*) echo "$WALK 3" >"$out/places" ;;
*)
	check "three clean runs of each operation" keys || { done_testing; exit; }
	# read write mmap mprotect ioctl pwrite64 socket sendmsg recvmsg bind clone fsync fdatasync ftruncate fcntl prctl
	# epoll_wait epoll_ctl openat mkdirat newfstatat renameat unshare pipe2 setns seccomp memfd_create execveat
	# pidfd_send_signal open_tree move_mount fsopen fsconfig fsmount pidfd_open clone3 mount_setattr
	awk -F'[/: ]' 'BEGIN {
			split("0 1 9 10 16 18 41 46 47 49 56 74 75 77 72 157 232 233 257 258 262 264 272 293 308 317 319 322 424 428 429 430 431 432 434 435 442", c, " ")
			for (i in c) in_table[c[i]] = 1
			split("ENOMEM EMFILE ENOSPC EIO EINTR", error, " ")
		}
		{ nr = $3; sub("c", "", nr) }
		# sendmsg and recvmsg fail for lack of memory; their other errors say something of the peer
		nr in in_table { for (i in error) if ((nr != 46 && nr != 47) || error[i] ~ /ENOMEM|EINTR/) print $1 "/" $2 "/" $3 ":" $4 ":" error[i], $5 }' "$out/keys" | sort >"$out/all"
	[ "$WALK" = all ] && WALK=$(wc -l <"$out/all")
	note "SEED=$SEED, $WALK of $(wc -l <"$out/all") places"
	sample "$WALK" <"$out/all" >"$out/places" ;;
esac
walk "$out/places"
done_testing
