/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help.h - everything that is printed from the command table for people and their tools.
 */
#ifndef CLOISTER_HELP_H
#define CLOISTER_HELP_H

#include "cli/cmd_table.h"
#include "cli/text.h"

/* All commands, one line each. */
void help_overview(struct text *t);

/* The verbs of one noun. */
void help_noun(struct text *t, const char *noun);

/* One command whole. */
void help_command(struct text *t, const struct cmd_row *row);

/* The commands part of cloister(1), scdoc source; and the same for docs/generated/commands.md. */
void help_scd(struct text *t);
void help_md(struct text *t);

/* Completion scripts. */
void complete_bash(struct text *t);
void complete_zsh(struct text *t);

#endif
