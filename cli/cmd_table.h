/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_table.h - every command and option, one row each.
 *
 * Help at every level, the manual page, both completions and the suggestions for a mistyped word
 * are printed from these rows, so a command that is not here does not exist.
 */
#ifndef CLOISTER_CMD_TABLE_H
#define CLOISTER_CMD_TABLE_H

#include "lib/base/base.h"

#include <stdbool.h>

struct cmd;

enum opt {
	OPT_HELP = 0,
	OPT_JSON,
	OPT_STATE,
	OPT_TENANT,
	OPT_PROFILE,
	OPT_ROOT,
	OPT_NET_OF,
	OPT_TTY,
	OPT_DRY_RUN,
	OPT_FOLLOW,
	OPT_LINES,
	OPT_INSTALLED,
	OPT_PACKAGE,
	OPT_DIR,
	OPT_AS,
	OPT_UNDER,
	OPT_LIMIT,
	OPT_FEATURE,
	OPT_VIEWER,
	OPT_EDITOR,
	OPT_NO_ROLE,
	OPT_FORCE,
	OPT_LET_IN,
	OPT_INTERVAL,
	OPT_COUNT,
	OPT_CHECK,
	OPT__COUNT
};

#define OPT_BIT(o) (UINT64_C(1) << (o))
_Static_assert(OPT__COUNT <= 64, "a command names its options in one word");

enum opt_kind {
	OPT_FLAG,
	OPT_ONE,  /* one value: --state DIR or --state=DIR               */
	OPT_MANY, /* all words up to the next option: --package A B C    */
};

struct opt_row {
	const char *name; /* without the two dashes                      */
	char letter;	  /* short form, 0 where none                    */
	uint8_t kind;	  /* enum opt_kind                               */
	const char *arg;  /* what the value is called in help            */
	const char *about;
};

enum role {
	ROLE_NONE,  /* speaks to no supervisor, or makes one    */
	ROLE_READ,  /* changes nothing of the supervisor's      */
	ROLE_WRITE, /* changes something                        */
};

enum tail {
	TAIL_NONE,
	TAIL_DASHES, /* behind --                                      */
	TAIL_WORDS,  /* behind -- or the last operand                  */
};

struct cmd_row {
	const char *noun;
	const char *verb;	   /* NULL: the noun stands alone                  */
	const char *words;	   /* operands as help shows them                  */
	uint64_t opts;		   /* OPT_BITs; OPT_HELP is always understood      */
	uint8_t min, max;	   /* operands                                     */
	uint8_t tail;		   /* enum tail: takes CMD..., never looked at     */
	uint8_t role;		   /* enum role                                    */
	const char *about;	   /* one line                                     */
	const char *more;	   /* paragraphs for --help and the manual, or NULL */
	int (*run)(struct cmd *c); /* returns an enum exits                   */
};

extern const struct opt_row opt_table[OPT__COUNT];
extern const struct cmd_row cmd_table[];
extern const size_t cmd_count;

/* Words of the plan that this version does not have: "tenant add". NULL-ended. */
extern const char *const cmd_later[];
/* Options likewise: "run --volume". NULL-ended. */
extern const char *const opt_later[];

/* The row of NOUN [VERB], or NULL. A noun that stands alone matches whatever the verb. */
const struct cmd_row *cmd_find(const char *noun, const char *verb);

/* Does any row have this noun? */
bool cmd_is_noun(const char *noun);

/* Is "noun verb" (or "noun", verb NULL) a word of a later version? */
bool cmd_is_later(const char *noun, const char *verb);

#endif
