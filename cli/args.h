/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args.h - the command line as data. Pure: no system call, no output.
 */
#ifndef CLOISTER_ARGS_H
#define CLOISTER_ARGS_H

#include "cli/cmd_table.h"

enum {
	ARGS_WORDS_MAX = 256, /* operands                            */
	ARGS_MANY_MAX = 256,  /* values of OPT_MANY options together */
	ARGS_WHY_MAX = 512,
};

struct args_many {
	enum opt opt;
	const char *value;
};

struct args {
	uint64_t seen; /* OPT_BITs */
	const char *
		value[OPT__COUNT]; /* of OPT_ONE; the last one counts for none: twice is an error */
	struct args_many many[ARGS_MANY_MAX]; /* in the order given */
	size_t many_count;
	const char *word[ARGS_WORDS_MAX]; /* operands, command words first */
	size_t words;
	size_t first;	   /* number of words that name the command: operands start here */
	char *const *tail; /* what stands after --, untouched; NULL where there is no -- */
	size_t tail_count;
};

/*
 * Splits argv (without the program's name) and finds the command's row.
 * Returns 0 with *ret_row set; 1 when help was asked for (*ret_row may be NULL: help for the words
 * given so far); -EINVAL a wrong command line, -ENOSYS one of a later version, both with why filled
 * as "WHAT is wrong; what to do". Strings stay argv's.
 */
int args_parse(struct args *a, char *const *argv, size_t argc, const struct cmd_row **ret_row,
	       char why[ARGS_WHY_MAX]) MUST_USE;

/* Operand n of the command, or NULL. */
const char *args_word(const struct args *a, size_t n);

#endif
