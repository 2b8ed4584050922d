/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - one conversation with the supervisor, for every program that people use.
 *
 * Blocking. Nothing here prints. A reply that is an error of the supervisor's is a reply, not a
 * fault: faults are what happened to the conversation itself.
 */
#ifndef CLOISTER_CLIENT_H
#define CLOISTER_CLIENT_H

#include "lib/base/fault.h"

#include <jansson.h>
#include <stdbool.h>

/* Where a supervisor is looked for when $CLOISTER_SOCKET is not set: the installed one, then the
 * one that `cloister run` started for itself. */
#define CLIENT_SOCKET	  "/run/cloister/control.sock"
#define CLIENT_STATE_OWN  "/run/cloister-private"
#define CLIENT_SOCKET_OWN CLIENT_STATE_OWN "/control.sock"

enum {
	CLIENT_FDS_MAX = 3,
	CLIENT_MORE = 1,   /* several replies are wanted */
	CLIENT_ONEWAY = 2, /* none is                    */
};

struct client;

struct client_reply {
	json_t *msg;	   /* owns what the next two point into          */
	const char *error; /* NULL: none                                 */
	json_t *params;	   /* an object, or NULL                         */
	bool continues;
	int fd[CLIENT_FDS_MAX]; /* -1 where none; the caller owns them      */
	size_t fds;
};

void client_reply_init(struct client_reply *r);
void client_reply_fini(struct client_reply *r);
#define AUTO_REPLY AUTO(client_reply_fini)

/*
 * Connects to the socket at path; NULL means $CLOISTER_SOCKET, else the two places above.
 * Returns 0, or a fault: -ENOENT and -ECONNREFUSED mean that no supervisor is there.
 */
int client_open(const char *path, struct client **ret, struct fault *f) MUST_USE;
void client_close(struct client **c);
#define AUTO_CLIENT AUTO(client_close)

/* The socket, for poll(). Borrowed. */
int client_fd(const struct client *c);

/* Where it is connected to. Borrowed. */
const char *client_path(const struct client *c);

/* The process that made the control socket, as the kernel recorded it; 0 when it cannot be seen. */
int client_peer(const struct client *c);

/* Sends a call; params moves in, NULL for none. method is the last part: "Status". */
int client_send(struct client *c, const char *method, json_t *params, unsigned flags,
		struct fault *f) MUST_USE;

/*
 * The next reply into r (initialised, empty). Returns 1 a reply; 0 none is there yet, only without
 * wait; -ECONNRESET the supervisor closed the conversation; other <0 a fault.
 */
int client_next(struct client *c, bool wait, struct client_reply *r, struct fault *f) MUST_USE;

/* client_send() and the one reply. Returns 0 or a fault. */
int client_call(struct client *c, const char *method, json_t *params, struct client_reply *r,
		struct fault *f) MUST_USE;

/* The exit code that a reply means: EXITS_DONE without error. */
int client_exit(const struct client_reply *r);

/* What a reply says to a person; never NULL. Borrowed from r. */
const char *client_message(const struct client_reply *r);

/* Members of an object, with what to take when they are not there or of another type. */
const char *client_str(const json_t *o, const char *key, const char *otherwise);
uint64_t client_u64(const json_t *o, const char *key);

#endif
