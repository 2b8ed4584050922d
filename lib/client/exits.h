/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exits.h - the exit codes of every program that people start (DESIGN.md section 5).
 *
 * Code, tests and manual pages share this one list. Pure data; any program.
 */
#ifndef CLOISTER_CLIENT_EXITS_H
#define CLOISTER_CLIENT_EXITS_H

enum exits {
	EXITS_DONE = 0,	  /* yes, done                                             */
	EXITS_NO = 1,	  /* no: a finding, or refused by policy                   */
	EXITS_USAGE = 2,  /* the command line is wrong                             */
	EXITS_INPUT = 3,  /* a bad input file                                      */
	EXITS_CANNOT = 4, /* not determined, or this host cannot                   */
	EXITS_FAULT = 5,  /* supervisor unreachable, or a fault of ours            */

	/* of `profile compare` and `diff` only: what A is, seen from B */
	EXITS_STRICTER = 10,
	EXITS_LOOSER = 11,
	EXITS_INCOMPARABLE = 12,

	/* of `run` and `workload exec`, which otherwise return the command's own code */
	EXITS_RUN_FAILED = 125,	   /* Cloister could not run it                    */
	EXITS_RUN_NOEXEC = 126,	   /* the command cannot be executed               */
	EXITS_RUN_NOTFOUND = 127,  /* the command was not found                    */
	EXITS_RUN_SIGNALLED = 128, /* + the signal that killed it                  */
};

#endif
