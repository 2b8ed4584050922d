/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - builds an image from a recipe: for `image build` and `apply`.
 */
#ifndef CLOISTER_IMAGE_H
#define CLOISTER_IMAGE_H

#include "lib/base/base.h"

#include <stdbool.h>

enum {
	IMAGE_WORDS_MAX =
		256, /* options for cloister-imagetar, two for each package or directory */
	IMAGE_ALWAYS = 0,
	IMAGE_UNLESS_SAME = 1, /* not when the host has it from the same recipe */
};

enum image_part { IMAGE_PACKAGE, IMAGE_DIR };

struct image_recipe {
	const char *name;
	bool installed;
	char *word[IMAGE_WORDS_MAX]; /* "--package" "redis-server" "--dir" "site/", owned */
	size_t words;
};

/* Returns 0, -E2BIG or -ENOMEM. The value is copied. */
int image_recipe_add(struct image_recipe *r, enum image_part part, const char *value) MUST_USE;
void image_recipe_fini(struct image_recipe *r);

/* Prints a line of an apply's difference when the recipe's hash is not `inputs`. Returns an enum
 * exits. */
int image_changed(const struct image_recipe *r, const char *inputs) MUST_USE;

/* Reads packages and directories with the caller's own rights, streams them to the supervisor and
 * waits for the result. Prints it; returns an enum exits. */
int image_build(const struct image_recipe *r, int mode) MUST_USE;

#endif
