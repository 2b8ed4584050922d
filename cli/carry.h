/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carry.h - what `run` and `workload exec` have in common: a command's input, output, signals and
 * exit code, once the call is sent.
 */
#ifndef CLOISTER_CARRY_H
#define CLOISTER_CARRY_H

#include "cli/cmds.h"
#include "lib/client/client.h"

struct carry;

/* Before anything: is what -t needs there? Returns an enum exits. */
int carry_check(const char *where, const struct cmd *c);

/* Before the call: from here signals are the command's. Returns an enum exits; *ret is to be closed
 * either way. cl stays the caller's. */
int carry_open(const char *where, const struct cmd *c, struct client *cl, struct carry **ret);

/* To the end of the command; returns its exit code, or an enum exits. */
int carry_run(struct carry *r);
void carry_close(struct carry **r);

/* The command's words as JSON; NULL after what is wrong was printed. */
json_t *carry_args(const char *where, const struct cmd *c);

/* Adds to a call that a terminal is wanted, and its size. */
void carry_terminal(json_t *params);

/* Prints what went wrong; EXITS_RUN_FAILED. */
int carry_failed(const char *where, const struct fault *f);

#endif
