/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex.h - text to tokens; every byte belongs to one (profiles-audit A.2).
 */
#ifndef CLOISTER_LEX_H
#define CLOISTER_LEX_H

#include "profiles/diag.h"

/*
 * Fills s->tok and s->line from s->text, in the arena trees, where nothing else is got meanwhile.
 * What may not stand in a text is reported (P001, P002, P003) and becomes a T_BAD token. A text
 * over the bounds of tree.h is reported (P053) and gets one T_BAD token for all of it. Returns 0,
 * or -ENOMEM.
 */
int lex_source(struct source *s, struct arena *trees, struct diags *d, struct fault *f) MUST_USE;

#endif
