/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - profile and tenant files on their way to the compiler.
 */
#ifndef CLOISTER_SOURCE_H
#define CLOISTER_SOURCE_H

#include "cli/text.h"
#include "lib/client/client.h"

enum { SOURCES_MAX = 64, SOURCE_NAME_MAX = 65 };

struct sources {
	char *path[SOURCES_MAX]; /* as messages show them; owned */
	size_t n;
};

void sources_fini(struct sources *s);
#define AUTO_SOURCES AUTO(sources_fini)

/* Adds a file, or the .tenant and .profile files of a directory, sorted. Prints what is wrong and
 * returns an enum exits. */
int sources_add(struct sources *s, const char *where, const char *path) MUST_USE;

/* Reads a file, at most one byte more than the language allows; t->p is set afterwards. Returns an
 * enum exits. */
int source_read(const char *where, const char *path, struct text *t) MUST_USE;

/*
 * Sends the file into the conversation's bundle. What JSON cannot carry (bytes that are no UTF-8,
 * NUL, a file over the language's size) is found here and printed like the compiler's own errors.
 * Returns an enum exits.
 */
int source_send(struct client *c, const char *where, const char *path) MUST_USE;

/* The same for what source_read() has read of it. */
int source_send_read(struct client *c, const char *where, const char *path,
		     const struct text *t) MUST_USE;

/* Sends text of our own making as the tenant file `name`. Returns an enum exits. */
int source_send_text(struct client *c, const char *where, const char *name,
		     const struct text *t) MUST_USE;

/* Does the word name a file, and not a profile of the library? By its form: no name has a slash. */
bool source_is_profile(const char *word);

/* A file is sent and its first profile is meant; else the library's unit of that name. Returns an
 * enum exits. */
int source_send_named(struct client *c, const char *where, const char *word,
		      char name[SOURCE_NAME_MAX]) MUST_USE;

#endif
