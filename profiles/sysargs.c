/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysargs.c - the arguments of every known system call. Runs in: cloister-compile. Pure data.
 *
 * Made once from the kernel's own tracepoint formats (events/syscalls, 6.18;
 * tests/unit/test_systab.c compares them again where it may mount tracefs). Names of the manual
 * pages where they differ; systab.c accepts both. Letters: I int, U unsigned int, L long, Z
 * unsigned long, P pointer; a C behind them: with a set of constants.
 */
#include "profiles/systab_data.h"

#define I(nr, i, n)                                                                                \
	{                                                                                          \
		nr,                                                                                \
		{                                                                                  \
			n, i, 4, 0, 1, NULL                                                        \
		}                                                                                  \
	}
#define U(nr, i, n)                                                                                \
	{                                                                                          \
		nr,                                                                                \
		{                                                                                  \
			n, i, 4, 0, 0, NULL                                                        \
		}                                                                                  \
	}
#define L(nr, i, n)                                                                                \
	{                                                                                          \
		nr,                                                                                \
		{                                                                                  \
			n, i, 8, 0, 1, NULL                                                        \
		}                                                                                  \
	}
#define Z(nr, i, n)                                                                                \
	{                                                                                          \
		nr,                                                                                \
		{                                                                                  \
			n, i, 8, 0, 0, NULL                                                        \
		}                                                                                  \
	}
#define P(nr, i, n)                                                                                \
	{                                                                                          \
		nr,                                                                                \
		{                                                                                  \
			n, i, 8, 1, 0, NULL                                                        \
		}                                                                                  \
	}
#define IC(nr, i, n, c)                                                                            \
	{                                                                                          \
		nr,                                                                                \
		{                                                                                  \
			n, i, 4, 0, 1, &sys_##c                                                    \
		}                                                                                  \
	}
#define UC(nr, i, n, c)                                                                            \
	{                                                                                          \
		nr,                                                                                \
		{                                                                                  \
			n, i, 4, 0, 0, &sys_##c                                                    \
		}                                                                                  \
	}
#define ZC(nr, i, n, c)                                                                            \
	{                                                                                          \
		nr,                                                                                \
		{                                                                                  \
			n, i, 8, 0, 0, &sys_##c                                                    \
		}                                                                                  \
	}

/* clang-format off */
const struct sysarg_row sysarg_table[] = {
	U(0, 0, "fd"), P(0, 1, "buf"), Z(0, 2, "count"), U(1, 0, "fd"), P(1, 1, "buf"),
	Z(1, 2, "count"), P(2, 0, "pathname"), IC(2, 1, "flags", open), U(2, 2, "mode"),
	U(3, 0, "fd"), P(4, 0, "pathname"), P(4, 1, "statbuf"), U(5, 0, "fd"),
	P(5, 1, "statbuf"), P(6, 0, "pathname"), P(6, 1, "statbuf"), P(7, 0, "ufds"),
	U(7, 1, "nfds"), I(7, 2, "timeout_msecs"), U(8, 0, "fd"), L(8, 1, "offset"),
	UC(8, 2, "whence", whence), Z(9, 0, "addr"), Z(9, 1, "length"), ZC(9, 2, "prot", prot),
	ZC(9, 3, "flags", map), Z(9, 4, "fd"), Z(9, 5, "offset"), Z(10, 0, "addr"),
	Z(10, 1, "len"), ZC(10, 2, "prot", prot), Z(11, 0, "addr"), Z(11, 1, "len"),
	Z(12, 0, "brk"), IC(13, 0, "sig", signal), P(13, 1, "act"), P(13, 2, "oact"),
	Z(13, 3, "sigsetsize"), I(14, 0, "how"), P(14, 1, "nset"), P(14, 2, "oset"),
	Z(14, 3, "sigsetsize"), U(16, 0, "fd"), UC(16, 1, "request", ioctl), Z(16, 2, "arg"),
	U(17, 0, "fd"), P(17, 1, "buf"), Z(17, 2, "count"), L(17, 3, "pos"), U(18, 0, "fd"),
	P(18, 1, "buf"), Z(18, 2, "count"), L(18, 3, "pos"), Z(19, 0, "fd"), P(19, 1, "vec"),
	Z(19, 2, "vlen"), Z(20, 0, "fd"), P(20, 1, "vec"), Z(20, 2, "vlen"),
	P(21, 0, "pathname"), I(21, 1, "mode"), P(22, 0, "fildes"), I(23, 0, "n"),
	P(23, 1, "inp"), P(23, 2, "outp"), P(23, 3, "exp"), P(23, 4, "tvp"), Z(25, 0, "addr"),
	Z(25, 1, "old_len"), Z(25, 2, "new_len"), Z(25, 3, "flags"), Z(25, 4, "new_addr"),
	Z(26, 0, "start"), Z(26, 1, "len"), I(26, 2, "flags"), Z(27, 0, "start"),
	Z(27, 1, "len"), P(27, 2, "vec"), Z(28, 0, "addr"), Z(28, 1, "length"),
	IC(28, 2, "advice", advice), I(29, 0, "key"), Z(29, 1, "size"), I(29, 2, "shmflg"),
	I(30, 0, "shmid"), P(30, 1, "shmaddr"), I(30, 2, "shmflg"), I(31, 0, "shmid"),
	I(31, 1, "cmd"), P(31, 2, "buf"), U(32, 0, "fildes"), U(33, 0, "oldfd"),
	U(33, 1, "newfd"), P(35, 0, "rqtp"), P(35, 1, "rmtp"), I(36, 0, "which"),
	P(36, 1, "value"), U(37, 0, "seconds"), I(38, 0, "which"), P(38, 1, "value"),
	P(38, 2, "ovalue"), I(40, 0, "out_fd"), I(40, 1, "in_fd"), P(40, 2, "offset"),
	Z(40, 3, "count"), IC(41, 0, "domain", family), IC(41, 1, "type", socktype),
	IC(41, 2, "protocol", proto), I(42, 0, "fd"), P(42, 1, "uservaddr"), I(42, 2, "addrlen"),
	I(43, 0, "fd"), P(43, 1, "upeer_sockaddr"), P(43, 2, "upeer_addrlen"), I(44, 0, "fd"),
	P(44, 1, "buff"), Z(44, 2, "len"), UC(44, 3, "flags", msg), P(44, 4, "addr"),
	I(44, 5, "addr_len"), I(45, 0, "fd"), P(45, 1, "ubuf"), Z(45, 2, "size"),
	UC(45, 3, "flags", msg), P(45, 4, "addr"), P(45, 5, "addr_len"), I(46, 0, "fd"),
	P(46, 1, "msg"), UC(46, 2, "flags", msg), I(47, 0, "fd"), P(47, 1, "msg"),
	UC(47, 2, "flags", msg), I(48, 0, "fd"), I(48, 1, "how"), I(49, 0, "fd"),
	P(49, 1, "umyaddr"), I(49, 2, "addrlen"), I(50, 0, "fd"), I(50, 1, "backlog"),
	I(51, 0, "fd"), P(51, 1, "usockaddr"), P(51, 2, "usockaddr_len"), I(52, 0, "fd"),
	P(52, 1, "usockaddr"), P(52, 2, "usockaddr_len"), IC(53, 0, "domain", family),
	IC(53, 1, "type", socktype), IC(53, 2, "protocol", proto), P(53, 3, "sv"),
	I(54, 0, "sockfd"), IC(54, 1, "level", level), IC(54, 2, "optname", sockopt),
	P(54, 3, "optval"), I(54, 4, "optlen"), I(55, 0, "sockfd"), IC(55, 1, "level", level),
	IC(55, 2, "optname", sockopt), P(55, 3, "optval"), P(55, 4, "optlen"),
	ZC(56, 0, "flags", clone), Z(56, 1, "stack"), P(56, 2, "parent_tid"),
	P(56, 3, "child_tid"), Z(56, 4, "tls"), P(59, 0, "pathname"), P(59, 1, "argv"),
	P(59, 2, "envp"), I(60, 0, "error_code"), I(61, 0, "upid"), P(61, 1, "stat_addr"),
	I(61, 2, "options"), P(61, 3, "ru"), I(62, 0, "pid"), IC(62, 1, "sig", signal),
	P(63, 0, "name"), I(64, 0, "key"), I(64, 1, "nsems"), I(64, 2, "semflg"),
	I(65, 0, "semid"), P(65, 1, "tsops"), U(65, 2, "nsops"), I(66, 0, "semid"),
	I(66, 1, "semnum"), I(66, 2, "cmd"), Z(66, 3, "arg"), P(67, 0, "shmaddr"),
	I(68, 0, "key"), I(68, 1, "msgflg"), I(69, 0, "msqid"), P(69, 1, "msgp"),
	Z(69, 2, "msgsz"), I(69, 3, "msgflg"), I(70, 0, "msqid"), P(70, 1, "msgp"),
	Z(70, 2, "msgsz"), L(70, 3, "msgtyp"), I(70, 4, "msgflg"), I(71, 0, "msqid"),
	I(71, 1, "cmd"), P(71, 2, "buf"), U(72, 0, "fd"), UC(72, 1, "cmd", fcntl),
	Z(72, 2, "arg"), U(73, 0, "fd"), UC(73, 1, "cmd", flock), U(74, 0, "fd"), U(75, 0, "fd"),
	P(76, 0, "path"), L(76, 1, "length"), U(77, 0, "fd"), L(77, 1, "length"), U(78, 0, "fd"),
	P(78, 1, "dirent"), U(78, 2, "count"), P(79, 0, "buf"), Z(79, 1, "size"),
	P(80, 0, "pathname"), U(81, 0, "fd"), P(82, 0, "oldname"), P(82, 1, "newname"),
	P(83, 0, "pathname"), U(83, 1, "mode"), P(84, 0, "pathname"), P(85, 0, "pathname"),
	U(85, 1, "mode"), P(86, 0, "oldname"), P(86, 1, "newname"), P(87, 0, "pathname"),
	P(88, 0, "oldname"), P(88, 1, "newname"), P(89, 0, "path"), P(89, 1, "buf"),
	I(89, 2, "bufsiz"), P(90, 0, "pathname"), U(90, 1, "mode"), U(91, 0, "fd"),
	U(91, 1, "mode"), P(92, 0, "pathname"), U(92, 1, "user"), U(92, 2, "group"),
	U(93, 0, "fd"), U(93, 1, "user"), U(93, 2, "group"), P(94, 0, "pathname"),
	U(94, 1, "user"), U(94, 2, "group"), I(95, 0, "mask"), P(96, 0, "tv"), P(96, 1, "tz"),
	UC(97, 0, "resource", rlimit), P(97, 1, "rlim"), I(98, 0, "who"), P(98, 1, "ru"),
	P(99, 0, "info"), P(100, 0, "tbuf"), L(101, 0, "request"), L(101, 1, "pid"),
	Z(101, 2, "addr"), Z(101, 3, "data"), I(103, 0, "type"), P(103, 1, "buf"),
	I(103, 2, "len"), U(105, 0, "uid"), U(106, 0, "gid"), I(109, 0, "pid"),
	I(109, 1, "pgid"), U(113, 0, "ruid"), U(113, 1, "euid"), U(114, 0, "rgid"),
	U(114, 1, "egid"), I(115, 0, "gidsetsize"), P(115, 1, "grouplist"),
	I(116, 0, "gidsetsize"), P(116, 1, "grouplist"), U(117, 0, "ruid"), U(117, 1, "euid"),
	U(117, 2, "suid"), P(118, 0, "ruidp"), P(118, 1, "euidp"), P(118, 2, "suidp"),
	U(119, 0, "rgid"), U(119, 1, "egid"), U(119, 2, "sgid"), P(120, 0, "rgidp"),
	P(120, 1, "egidp"), P(120, 2, "sgidp"), I(121, 0, "pid"), U(122, 0, "uid"),
	U(123, 0, "gid"), I(124, 0, "pid"), P(125, 0, "header"), P(125, 1, "dataptr"),
	P(126, 0, "header"), P(126, 1, "data"), P(127, 0, "uset"), Z(127, 1, "sigsetsize"),
	P(128, 0, "uthese"), P(128, 1, "uinfo"), P(128, 2, "uts"), Z(128, 3, "sigsetsize"),
	I(129, 0, "pid"), IC(129, 1, "sig", signal), P(129, 2, "uinfo"), P(130, 0, "unewset"),
	Z(130, 1, "sigsetsize"), P(131, 0, "uss"), P(131, 1, "uoss"), P(132, 0, "pathname"),
	P(132, 1, "times"), P(133, 0, "pathname"), UC(133, 1, "mode", mode), U(133, 2, "dev"),
	UC(135, 0, "persona", persona), U(136, 0, "dev"), P(136, 1, "ubuf"),
	P(137, 0, "pathname"), P(137, 1, "buf"), U(138, 0, "fd"), P(138, 1, "buf"),
	I(139, 0, "option"), Z(139, 1, "arg1"), Z(139, 2, "arg2"), I(140, 0, "which"),
	I(140, 1, "who"), I(141, 0, "which"), I(141, 1, "who"), I(141, 2, "niceval"),
	I(142, 0, "pid"), P(142, 1, "param"), I(143, 0, "pid"), P(143, 1, "param"),
	I(144, 0, "pid"), IC(144, 1, "policy", sched), P(144, 2, "param"), I(145, 0, "pid"),
	I(146, 0, "policy"), I(147, 0, "policy"), I(148, 0, "pid"), P(148, 1, "interval"),
	Z(149, 0, "start"), Z(149, 1, "len"), Z(150, 0, "start"), Z(150, 1, "len"),
	I(151, 0, "flags"), I(154, 0, "func"), P(154, 1, "ptr"), Z(154, 2, "bytecount"),
	P(155, 0, "new_root"), P(155, 1, "put_old"), IC(157, 0, "option", prctl),
	Z(157, 1, "arg2"), Z(157, 2, "arg3"), Z(157, 3, "arg4"), Z(157, 4, "arg5"),
	IC(158, 0, "option", arch), Z(158, 1, "arg2"), P(159, 0, "txc_p"),
	UC(160, 0, "resource", rlimit), P(160, 1, "rlim"), P(161, 0, "pathname"),
	P(163, 0, "name"), P(164, 0, "tv"), P(164, 1, "tz"), P(165, 0, "dev_name"),
	P(165, 1, "dir_name"), P(165, 2, "type"), Z(165, 3, "flags"), P(165, 4, "data"),
	P(166, 0, "name"), I(166, 1, "flags"), P(167, 0, "specialfile"), I(167, 1, "swap_flags"),
	P(168, 0, "specialfile"), I(169, 0, "magic1"), I(169, 1, "magic2"), U(169, 2, "cmd"),
	P(169, 3, "arg"), P(170, 0, "name"), I(170, 1, "len"), P(171, 0, "name"),
	I(171, 1, "len"), U(172, 0, "level"), Z(173, 0, "from"), Z(173, 1, "num"),
	I(173, 2, "turn_on"), U(179, 0, "cmd"), P(179, 1, "special"), U(179, 2, "id"),
	P(179, 3, "addr"), I(187, 0, "fd"), L(187, 1, "offset"), Z(187, 2, "count"),
	P(188, 0, "pathname"), P(188, 1, "name"), P(188, 2, "value"), Z(188, 3, "size"),
	I(188, 4, "flags"), P(189, 0, "pathname"), P(189, 1, "name"), P(189, 2, "value"),
	Z(189, 3, "size"), I(189, 4, "flags"), I(190, 0, "fd"), P(190, 1, "name"),
	P(190, 2, "value"), Z(190, 3, "size"), I(190, 4, "flags"), P(191, 0, "pathname"),
	P(191, 1, "name"), P(191, 2, "value"), Z(191, 3, "size"), P(192, 0, "pathname"),
	P(192, 1, "name"), P(192, 2, "value"), Z(192, 3, "size"), I(193, 0, "fd"),
	P(193, 1, "name"), P(193, 2, "value"), Z(193, 3, "size"), P(194, 0, "pathname"),
	P(194, 1, "list"), Z(194, 2, "size"), P(195, 0, "pathname"), P(195, 1, "list"),
	Z(195, 2, "size"), I(196, 0, "fd"), P(196, 1, "list"), Z(196, 2, "size"),
	P(197, 0, "pathname"), P(197, 1, "name"), P(198, 0, "pathname"), P(198, 1, "name"),
	I(199, 0, "fd"), P(199, 1, "name"), I(200, 0, "pid"), IC(200, 1, "sig", signal),
	P(201, 0, "tloc"), P(202, 0, "uaddr"), IC(202, 1, "futex_op", futex), U(202, 2, "val"),
	P(202, 3, "timeout"), P(202, 4, "uaddr2"), U(202, 5, "val3"), I(203, 0, "pid"),
	U(203, 1, "len"), P(203, 2, "user_mask_ptr"), I(204, 0, "pid"), U(204, 1, "len"),
	P(204, 2, "user_mask_ptr"), U(206, 0, "nr_events"), P(206, 1, "ctxp"), Z(207, 0, "ctx"),
	Z(208, 0, "ctx_id"), L(208, 1, "min_nr"), L(208, 2, "nr"), P(208, 3, "events"),
	P(208, 4, "timeout"), Z(209, 0, "ctx_id"), L(209, 1, "nr"), P(209, 2, "iocbpp"),
	Z(210, 0, "ctx_id"), P(210, 1, "iocb"), P(210, 2, "result"), I(213, 0, "size"),
	Z(216, 0, "start"), Z(216, 1, "size"), Z(216, 2, "prot"), Z(216, 3, "pgoff"),
	Z(216, 4, "flags"), U(217, 0, "fd"), P(217, 1, "dirent"), U(217, 2, "count"),
	P(218, 0, "tidptr"), I(220, 0, "semid"), P(220, 1, "tsops"), U(220, 2, "nsops"),
	P(220, 3, "timeout"), I(221, 0, "fd"), L(221, 1, "offset"), Z(221, 2, "len"),
	I(221, 3, "advice"), I(222, 0, "which_clock"), P(222, 1, "timer_event_spec"),
	P(222, 2, "created_timer_id"), I(223, 0, "timer_id"), I(223, 1, "flags"),
	P(223, 2, "new_setting"), P(223, 3, "old_setting"), I(224, 0, "timer_id"),
	P(224, 1, "setting"), I(225, 0, "timer_id"), I(226, 0, "timer_id"),
	I(227, 0, "which_clock"), P(227, 1, "tp"), IC(228, 0, "which_clock", clock),
	P(228, 1, "tp"), IC(229, 0, "which_clock", clock), P(229, 1, "tp"),
	IC(230, 0, "which_clock", clock), I(230, 1, "flags"), P(230, 2, "rqtp"),
	P(230, 3, "rmtp"), I(231, 0, "error_code"), I(232, 0, "epfd"), P(232, 1, "events"),
	I(232, 2, "maxevents"), I(232, 3, "timeout"), I(233, 0, "epfd"), I(233, 1, "op"),
	I(233, 2, "fd"), P(233, 3, "event"), I(234, 0, "tgid"), I(234, 1, "pid"),
	IC(234, 2, "sig", signal), P(235, 0, "pathname"), P(235, 1, "utimes"),
	Z(237, 0, "start"), Z(237, 1, "len"), Z(237, 2, "mode"), P(237, 3, "nmask"),
	Z(237, 4, "maxnode"), U(237, 5, "flags"), I(238, 0, "mode"), P(238, 1, "nmask"),
	Z(238, 2, "maxnode"), P(239, 0, "policy"), P(239, 1, "nmask"), Z(239, 2, "maxnode"),
	Z(239, 3, "addr"), Z(239, 4, "flags"), P(240, 0, "u_name"), I(240, 1, "oflag"),
	U(240, 2, "mode"), P(240, 3, "u_attr"), P(241, 0, "u_name"), I(242, 0, "mqdes"),
	P(242, 1, "u_msg_ptr"), Z(242, 2, "msg_len"), U(242, 3, "msg_prio"),
	P(242, 4, "u_abs_timeout"), I(243, 0, "mqdes"), P(243, 1, "u_msg_ptr"),
	Z(243, 2, "msg_len"), P(243, 3, "u_msg_prio"), P(243, 4, "u_abs_timeout"),
	I(244, 0, "mqdes"), P(244, 1, "u_notification"), I(245, 0, "mqdes"),
	P(245, 1, "u_mqstat"), P(245, 2, "u_omqstat"), I(247, 0, "which"), I(247, 1, "upid"),
	P(247, 2, "infop"), I(247, 3, "options"), P(247, 4, "ru"), P(248, 0, "type"),
	P(248, 1, "description"), P(248, 2, "payload"), Z(248, 3, "plen"), I(248, 4, "ringid"),
	P(249, 0, "type"), P(249, 1, "description"), P(249, 2, "callout_info"),
	I(249, 3, "destringid"), I(250, 0, "option"), Z(250, 1, "arg2"), Z(250, 2, "arg3"),
	Z(250, 3, "arg4"), Z(250, 4, "arg5"), I(251, 0, "which"), I(251, 1, "who"),
	I(251, 2, "ioprio"), I(252, 0, "which"), I(252, 1, "who"), I(254, 0, "fd"),
	P(254, 1, "pathname"), U(254, 2, "mask"), I(255, 0, "fd"), I(255, 1, "wd"),
	I(256, 0, "pid"), Z(256, 1, "maxnode"), P(256, 2, "old_nodes"), P(256, 3, "new_nodes"),
	IC(257, 0, "dirfd", dirfd), P(257, 1, "pathname"), IC(257, 2, "flags", open),
	U(257, 3, "mode"), IC(258, 0, "dirfd", dirfd), P(258, 1, "pathname"), U(258, 2, "mode"),
	I(259, 0, "dirfd"), P(259, 1, "pathname"), UC(259, 2, "mode", mode), U(259, 3, "dev"),
	I(260, 0, "dirfd"), P(260, 1, "pathname"), U(260, 2, "user"), U(260, 3, "group"),
	I(260, 4, "flag"), I(261, 0, "dirfd"), P(261, 1, "pathname"), P(261, 2, "utimes"),
	IC(262, 0, "dirfd", dirfd), P(262, 1, "pathname"), P(262, 2, "statbuf"),
	I(262, 3, "flag"), IC(263, 0, "dirfd", dirfd), P(263, 1, "pathname"), I(263, 2, "flag"),
	I(264, 0, "olddfd"), P(264, 1, "oldname"), I(264, 2, "newdfd"), P(264, 3, "newname"),
	I(265, 0, "olddfd"), P(265, 1, "oldname"), I(265, 2, "newdfd"), P(265, 3, "newname"),
	I(265, 4, "flags"), P(266, 0, "oldname"), I(266, 1, "newdfd"), P(266, 2, "newname"),
	I(267, 0, "dirfd"), P(267, 1, "pathname"), P(267, 2, "buf"), I(267, 3, "bufsiz"),
	I(268, 0, "dirfd"), P(268, 1, "pathname"), U(268, 2, "mode"), I(269, 0, "dirfd"),
	P(269, 1, "pathname"), I(269, 2, "mode"), I(270, 0, "n"), P(270, 1, "inp"),
	P(270, 2, "outp"), P(270, 3, "exp"), P(270, 4, "tsp"), P(270, 5, "sig"),
	P(271, 0, "ufds"), U(271, 1, "nfds"), P(271, 2, "tsp"), P(271, 3, "sigmask"),
	Z(271, 4, "sigsetsize"), Z(272, 0, "unshare_flags"), P(273, 0, "head"), Z(273, 1, "len"),
	I(274, 0, "pid"), P(274, 1, "head_ptr"), P(274, 2, "len_ptr"), I(275, 0, "fd_in"),
	P(275, 1, "off_in"), I(275, 2, "fd_out"), P(275, 3, "off_out"), Z(275, 4, "len"),
	U(275, 5, "flags"), I(276, 0, "fdin"), I(276, 1, "fdout"), Z(276, 2, "len"),
	U(276, 3, "flags"), I(277, 0, "fd"), L(277, 1, "offset"), L(277, 2, "nbytes"),
	U(277, 3, "flags"), I(278, 0, "fd"), P(278, 1, "uiov"), Z(278, 2, "nr_segs"),
	U(278, 3, "flags"), I(279, 0, "pid"), Z(279, 1, "nr_pages"), P(279, 2, "pages"),
	P(279, 3, "nodes"), P(279, 4, "status"), I(279, 5, "flags"), I(280, 0, "dirfd"),
	P(280, 1, "pathname"), P(280, 2, "utimes"), I(280, 3, "flags"), I(281, 0, "epfd"),
	P(281, 1, "events"), I(281, 2, "maxevents"), I(281, 3, "timeout"), P(281, 4, "sigmask"),
	Z(281, 5, "sigsetsize"), I(282, 0, "ufd"), P(282, 1, "user_mask"), Z(282, 2, "sizemask"),
	IC(283, 0, "clockid", clock), I(283, 1, "flags"), U(284, 0, "count"), I(285, 0, "fd"),
	I(285, 1, "mode"), L(285, 2, "offset"), L(285, 3, "len"), I(286, 0, "ufd"),
	I(286, 1, "flags"), P(286, 2, "utmr"), P(286, 3, "otmr"), I(287, 0, "ufd"),
	P(287, 1, "otmr"), I(288, 0, "fd"), P(288, 1, "upeer_sockaddr"),
	P(288, 2, "upeer_addrlen"), IC(288, 3, "flags", sockflag), I(289, 0, "ufd"),
	P(289, 1, "user_mask"), Z(289, 2, "sizemask"), I(289, 3, "flags"), U(290, 0, "count"),
	I(290, 1, "flags"), I(291, 0, "flags"), U(292, 0, "oldfd"), U(292, 1, "newfd"),
	I(292, 2, "flags"), P(293, 0, "fildes"), I(293, 1, "flags"), I(294, 0, "flags"),
	Z(295, 0, "fd"), P(295, 1, "vec"), Z(295, 2, "vlen"), Z(295, 3, "pos_l"),
	Z(295, 4, "pos_h"), Z(296, 0, "fd"), P(296, 1, "vec"), Z(296, 2, "vlen"),
	Z(296, 3, "pos_l"), Z(296, 4, "pos_h"), I(297, 0, "tgid"), I(297, 1, "pid"),
	IC(297, 2, "sig", signal), P(297, 3, "uinfo"), P(298, 0, "attr_uptr"), I(298, 1, "pid"),
	I(298, 2, "cpu"), I(298, 3, "group_fd"), Z(298, 4, "flags"), I(299, 0, "fd"),
	P(299, 1, "mmsg"), U(299, 2, "vlen"), UC(299, 3, "flags", msg), P(299, 4, "timeout"),
	U(300, 0, "flags"), U(300, 1, "event_f_flags"), I(301, 0, "fanotify_fd"),
	U(301, 1, "flags"), Z(301, 2, "mask"), I(301, 3, "dirfd"), P(301, 4, "pathname"),
	I(302, 0, "pid"), UC(302, 1, "resource", rlimit), P(302, 2, "new_limit"),
	P(302, 3, "old_limit"), I(303, 0, "dirfd"), P(303, 1, "name"), P(303, 2, "handle"),
	P(303, 3, "mnt_id"), I(303, 4, "flag"), I(304, 0, "mountdirfd"), P(304, 1, "handle"),
	I(304, 2, "flags"), I(305, 0, "which_clock"), P(305, 1, "utx"), I(306, 0, "fd"),
	I(307, 0, "fd"), P(307, 1, "mmsg"), U(307, 2, "vlen"), UC(307, 3, "flags", msg),
	I(308, 0, "fd"), I(308, 1, "flags"), P(309, 0, "cpup"), P(309, 1, "nodep"),
	P(309, 2, "unused"), I(310, 0, "pid"), P(310, 1, "lvec"), Z(310, 2, "liovcnt"),
	P(310, 3, "rvec"), Z(310, 4, "riovcnt"), Z(310, 5, "flags"), I(311, 0, "pid"),
	P(311, 1, "lvec"), Z(311, 2, "liovcnt"), P(311, 3, "rvec"), Z(311, 4, "riovcnt"),
	Z(311, 5, "flags"), I(312, 0, "pid1"), I(312, 1, "pid2"), I(312, 2, "type"),
	Z(312, 3, "idx1"), Z(312, 4, "idx2"), I(314, 0, "pid"), P(314, 1, "uattr"),
	U(314, 2, "flags"), I(315, 0, "pid"), P(315, 1, "uattr"), U(315, 2, "usize"),
	U(315, 3, "flags"), I(316, 0, "olddfd"), P(316, 1, "oldname"), I(316, 2, "newdfd"),
	P(316, 3, "newname"), U(316, 4, "flags"), UC(317, 0, "operation", seccomp_op),
	UC(317, 1, "flags", seccomp_flag), P(317, 2, "args"), P(318, 0, "ubuf"),
	Z(318, 1, "len"), U(318, 2, "flags"), P(319, 0, "name"), UC(319, 1, "flags", memfd),
	I(321, 0, "cmd"), P(321, 1, "uattr"), U(321, 2, "size"), I(322, 0, "fd"),
	P(322, 1, "pathname"), P(322, 2, "argv"), P(322, 3, "envp"), I(322, 4, "flags"),
	I(323, 0, "flags"), I(324, 0, "cmd"), U(324, 1, "flags"), I(324, 2, "cpu_id"),
	Z(325, 0, "start"), Z(325, 1, "len"), I(325, 2, "flags"), I(326, 0, "fd_in"),
	P(326, 1, "off_in"), I(326, 2, "fd_out"), P(326, 3, "off_out"), Z(326, 4, "len"),
	U(326, 5, "flags"), Z(327, 0, "fd"), P(327, 1, "vec"), Z(327, 2, "vlen"),
	Z(327, 3, "pos_l"), Z(327, 4, "pos_h"), U(327, 5, "flags"), Z(328, 0, "fd"),
	P(328, 1, "vec"), Z(328, 2, "vlen"), Z(328, 3, "pos_l"), Z(328, 4, "pos_h"),
	U(328, 5, "flags"), Z(329, 0, "addr"), Z(329, 1, "len"), ZC(329, 2, "prot", prot),
	I(329, 3, "pkey"), Z(330, 0, "flags"), Z(330, 1, "init_val"), I(331, 0, "pkey"),
	I(332, 0, "dirfd"), P(332, 1, "pathname"), U(332, 2, "flags"), U(332, 3, "mask"),
	P(332, 4, "buffer"), Z(333, 0, "ctx_id"), L(333, 1, "min_nr"), L(333, 2, "nr"),
	P(333, 3, "events"), P(333, 4, "timeout"), P(333, 5, "usig"), P(334, 0, "rseq"),
	U(334, 1, "rseq_len"), I(334, 2, "flags"), U(334, 3, "sig"), I(424, 0, "pidfd"),
	IC(424, 1, "sig", signal), P(424, 2, "info"), U(424, 3, "flags"), U(425, 0, "entries"),
	P(425, 1, "params"), U(426, 0, "fd"), U(426, 1, "to_submit"), U(426, 2, "min_complete"),
	U(426, 3, "flags"), P(426, 4, "argp"), Z(426, 5, "argsz"), U(427, 0, "fd"),
	U(427, 1, "opcode"), P(427, 2, "arg"), U(427, 3, "nr_args"), I(428, 0, "dirfd"),
	P(428, 1, "pathname"), U(428, 2, "flags"), I(429, 0, "from_dfd"),
	P(429, 1, "from_pathname"), I(429, 2, "to_dfd"), P(429, 3, "to_pathname"),
	U(429, 4, "flags"), P(430, 0, "fs_name"), U(430, 1, "flags"), I(431, 0, "fd"),
	U(431, 1, "cmd"), P(431, 2, "key"), P(431, 3, "value"), I(431, 4, "aux"),
	I(432, 0, "fs_fd"), U(432, 1, "flags"), U(432, 2, "attr_flags"), I(433, 0, "dirfd"),
	P(433, 1, "path"), U(433, 2, "flags"), I(434, 0, "pid"), U(434, 1, "flags"),
	P(435, 0, "uargs"), Z(435, 1, "size"), U(436, 0, "fd"), U(436, 1, "max_fd"),
	U(436, 2, "flags"), I(437, 0, "dirfd"), P(437, 1, "pathname"), P(437, 2, "how"),
	Z(437, 3, "usize"), I(438, 0, "pidfd"), I(438, 1, "fd"), U(438, 2, "flags"),
	I(439, 0, "dirfd"), P(439, 1, "pathname"), I(439, 2, "mode"), I(439, 3, "flags"),
	I(440, 0, "pidfd"), P(440, 1, "vec"), Z(440, 2, "vlen"), I(440, 3, "behavior"),
	U(440, 4, "flags"), I(441, 0, "epfd"), P(441, 1, "events"), I(441, 2, "maxevents"),
	P(441, 3, "timeout"), P(441, 4, "sigmask"), Z(441, 5, "sigsetsize"), I(442, 0, "dirfd"),
	P(442, 1, "path"), U(442, 2, "flags"), P(442, 3, "uattr"), Z(442, 4, "usize"),
	U(443, 0, "fd"), U(443, 1, "cmd"), U(443, 2, "id"), P(443, 3, "addr"), P(444, 0, "attr"),
	Z(444, 1, "size"), U(444, 2, "flags"), I(445, 0, "ruleset_fd"), U(445, 1, "rule_type"),
	P(445, 2, "rule_attr"), U(445, 3, "flags"), I(446, 0, "ruleset_fd"), U(446, 1, "flags"),
	U(447, 0, "flags"), I(448, 0, "pidfd"), U(448, 1, "flags"), P(449, 0, "waiters"),
	U(449, 1, "nr_futexes"), U(449, 2, "flags"), P(449, 3, "timeout"), I(449, 4, "clockid"),
	Z(450, 0, "start"), Z(450, 1, "len"), Z(450, 2, "home_node"), Z(450, 3, "flags"),
	U(451, 0, "fd"), P(451, 1, "cstat_range"), P(451, 2, "cstat"), U(451, 3, "flags"),
	I(452, 0, "dirfd"), P(452, 1, "pathname"), U(452, 2, "mode"), U(452, 3, "flags"),
	P(454, 0, "uaddr"), Z(454, 1, "mask"), I(454, 2, "nr"), U(454, 3, "flags"),
	P(455, 0, "uaddr"), Z(455, 1, "val"), Z(455, 2, "mask"), U(455, 3, "flags"),
	P(455, 4, "timeout"), I(455, 5, "clockid"), P(456, 0, "waiters"), U(456, 1, "flags"),
	I(456, 2, "nr_wake"), I(456, 3, "nr_requeue"), P(457, 0, "req"), P(457, 1, "buf"),
	Z(457, 2, "bufsize"), U(457, 3, "flags"), P(458, 0, "req"), P(458, 1, "mnt_ids"),
	Z(458, 2, "nr_mnt_ids"), U(458, 3, "flags"), U(459, 0, "attr"), P(459, 1, "ctx"),
	P(459, 2, "size"), U(459, 3, "flags"), U(460, 0, "attr"), P(460, 1, "ctx"),
	U(460, 2, "size"), U(460, 3, "flags"), P(461, 0, "ids"), P(461, 1, "size"),
	U(461, 2, "flags"), Z(462, 0, "start"), Z(462, 1, "len"), Z(462, 2, "flags"),
	I(463, 0, "dirfd"), P(463, 1, "pathname"), U(463, 2, "at_flags"), P(463, 3, "name"),
	P(463, 4, "uargs"), Z(463, 5, "usize"), I(464, 0, "dirfd"), P(464, 1, "pathname"),
	U(464, 2, "at_flags"), P(464, 3, "name"), P(464, 4, "uargs"), Z(464, 5, "usize"),
	I(465, 0, "dirfd"), P(465, 1, "pathname"), U(465, 2, "at_flags"), P(465, 3, "list"),
	Z(465, 4, "size"), I(466, 0, "dirfd"), P(466, 1, "pathname"), U(466, 2, "at_flags"),
	P(466, 3, "name"), I(467, 0, "dirfd"), P(467, 1, "pathname"), U(467, 2, "flags"),
	P(467, 3, "uattr"), Z(467, 4, "usize"), I(468, 0, "dirfd"), P(468, 1, "pathname"),
	P(468, 2, "ufattr"), Z(468, 3, "usize"), U(468, 4, "at_flags"), I(469, 0, "dirfd"),
	P(469, 1, "pathname"), P(469, 2, "ufattr"), Z(469, 3, "usize"), U(469, 4, "at_flags"),
};
/* clang-format on */
const size_t sysarg_count = ARRAY_LEN(sysarg_table);
