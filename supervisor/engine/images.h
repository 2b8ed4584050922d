/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images.h - which image a name means: state/images/NAME, one small text file each.
 */
#ifndef CLOISTER_IMAGES_H
#define CLOISTER_IMAGES_H

#include "supervisor/engine/engine.h"

enum { IMAGES_MAX = 200, INPUTS_LEN = 64 };

struct image_row {
	char name[LABEL_MAX];
	uint8_t digest[DIGEST_LEN];
	char inputs[INPUTS_LEN + 1]; /* hex SHA-256 of what it was built from */
	uint64_t bytes, built;	     /* CLOCK_REALTIME, ns */
};

struct images {
	struct image_row row[IMAGES_MAX];
	uint32_t n;
	uint64_t generation; /* grows with each change */
};

/* Reads what state/images/ holds. */
int images_open(struct engine *e, struct fault *f) MUST_USE;

const struct image_row *images_find(const struct engine *e, const char *name);

/* Adds or replaces, built now; on disk (synced) before it is so in memory. */
int images_put(struct engine *e, struct image_row *row, struct fault *f) MUST_USE;
int images_drop(struct engine *e, const char *name, struct fault *f) MUST_USE;

/* loads.c: has the file behind a digest removed, when no name means it any more. */
void image_forget(struct engine *e, const uint8_t digest[DIGEST_LEN]);

/* Pure: the text of a file, and back. Returns 0 or -EBADMSG. */
int image_row_read(const char *text, struct image_row *ret, struct fault *f) MUST_USE;
void image_row_text(const struct image_row *row, char *dst, size_t cap);

#endif
