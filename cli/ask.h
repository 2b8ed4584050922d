/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask.h - one question to the supervisor for a command, with its failure said once.
 */
#ifndef CLOISTER_ASK_H
#define CLOISTER_ASK_H

#include "cli/cmds.h"
#include "cli/text.h"
#include "lib/client/client.h"

/* Connects; 0, or an enum exits after the failure was printed. */
int ask_open(const char *where, struct client **ret);

/* Connects, asks, takes the one reply. Returns EXITS_DONE with r filled, or prints what went wrong
 * and returns its exit code. params moves in. */
int ask(const char *where, const char *method, json_t *params, struct client_reply *r);

/*
 * The same for a list that may come in several replies: asks with `more` and joins what they have
 * under key, so that r->params[key] is all of it.
 */
int ask_pages(const char *where, const char *method, json_t *params, const char *key,
	      struct client_reply *r);

/* ask_pages() in a conversation that is open. Each continued reply without key goes to each (may be
 * NULL). */
struct ask_call {
	const char *where, *method, *key;
	void (*each)(const json_t *params);
};
int ask_pages_in(struct client *c, const struct ask_call *a, json_t *params,
		 struct client_reply *r);

/* The same where a refusal is the caller's to print: EXITS_DONE with r->error set. */
int ask_pieces(struct client *c, const struct ask_call *a, json_t *params, struct client_reply *r);

/* Prints a fault of the conversation; returns EXITS_FAULT, or EXITS_NO where the kernel let us not
 * in. */
int ask_failed(const char *where, const struct fault *f);

/* Prints what the supervisor refused, with diagnostics where it sent some; returns the exit code.
 */
int ask_refused(const char *where, const struct client_reply *r);

/* o as a document in ASCII with sorted keys, and a line end. */
void ask_json_text(struct text *t, const json_t *o, bool one_line);

/* Prints o as the one document of --json. */
int ask_json(const json_t *o);

/* Cuts TENANT/NAME in two parameters. Returns NULL and says what is wrong when it is not that. */
json_t *ask_workload(const char *where, const char *word);

#endif
