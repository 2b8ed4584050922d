/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args.c - splits the command line. Runs in: cloister. Pure.
 *
 * Options may stand before or after words. Each option takes the same value in every command, so a
 * line can be split before its command is known; whether the command has the option is asked last.
 * What stands after -- belongs to the tenant and is not looked at.
 */
#include "cli/args.h"
#include "cli/near.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct splitter {
	struct args *a;
	char *const *argv;
	size_t argc, i;
	const char *unknown; /* first option that no row has */
	char *why;
};

static int PRINTF(2, 3) wrong(struct splitter *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(s->why, ARGS_WHY_MAX, fmt, ap); /* a cut message is still a message */
	va_end(ap);
	return -EINVAL;
}

static bool is_option(const char *w)
{
	return w[0] == '-' && w[1] != '\0';
}

/* The option that w names; *ret_value = what stands after '=', or NULL. */
static int find_option(const char *w, const char **ret_value)
{
	const char *eq = strchr(w, '=');
	size_t n = eq ? (size_t)(eq - w) : strlen(w);

	*ret_value = NULL;
	for (int o = 0; o < OPT__COUNT; o++) {
		const struct opt_row *row = &opt_table[o];

		if (w[1] == row->letter && n == 2 && !eq)
			return o;
		if (w[1] != '-' || strlen(row->name) != n - 2 ||
		    memcmp(w + 2, row->name, n - 2) != 0)
			continue;
		*ret_value = eq ? eq + 1 : NULL;
		return o;
	}
	return -1;
}

static int add_many(struct splitter *s, int o, const char *value)
{
	if (s->a->many_count == ARGS_MANY_MAX)
		return wrong(s, "too many values for --%s", opt_table[o].name);
	s->a->many[s->a->many_count++] = (struct args_many){ .opt = (enum opt)o, .value = value };
	return 0;
}

/* Takes all words up to the next option. */
static int take_many(struct splitter *s, int o)
{
	size_t before = s->a->many_count;

	while (s->i + 1 < s->argc && !is_option(s->argv[s->i + 1])) {
		int r = add_many(s, o, s->argv[++s->i]);

		if (r < 0)
			return r;
	}
	if (s->a->many_count == before)
		return wrong(s, "--%s needs a value: %s", opt_table[o].name, opt_table[o].arg);
	return 0;
}

static int take_option(struct splitter *s)
{
	const char *w = s->argv[s->i], *value;
	int o = find_option(w, &value);
	bool again;

	if (o < 0) {
		if (!s->unknown)
			s->unknown = w;
		return 0;
	}
	again = s->a->seen & OPT_BIT(o);
	s->a->seen |= OPT_BIT(o);
	if (opt_table[o].kind == OPT_FLAG)
		return value ? wrong(s, "--%s takes no value", opt_table[o].name) : 0;
	if (opt_table[o].kind == OPT_MANY)
		return value ? add_many(s, o, value) : take_many(s, o);
	if (again)
		return wrong(s, "--%s stands twice; give it once", opt_table[o].name);
	if (!value && s->i + 1 < s->argc && strcmp(s->argv[s->i + 1], "--") != 0)
		value = s->argv[++s->i];
	if (!value || !value[0])
		return wrong(s, "--%s needs a value: %s", opt_table[o].name, opt_table[o].arg);
	s->a->value[o] = value;
	return 0;
}

/* Does the next plain word begin the command to run? */
static bool tail_begins(const struct args *a)
{
	const struct cmd_row *row = a->words > 2 ? cmd_find(a->word[0], a->word[1]) : NULL;

	return row && row->tail == TAIL_WORDS && a->words == 2u + row->max;
}

static int split(struct splitter *s)
{
	struct args *a = s->a;

	for (; s->i < s->argc; s->i++) {
		const char *w = s->argv[s->i];
		int r = 0;

		if (strcmp(w, "--") == 0) {
			a->tail = s->argv + s->i + 1;
			a->tail_count = s->argc - s->i - 1;
			return 0;
		}
		if (!is_option(w) && tail_begins(a)) {
			a->tail = s->argv + s->i;
			a->tail_count = s->argc - s->i;
			return 0;
		}
		if (is_option(w))
			r = take_option(s);
		else if (a->words == ARGS_WORDS_MAX)
			r = wrong(s, "too many words");
		else
			a->word[a->words++] = w;
		if (r < 0)
			return r;
	}
	return 0;
}

static int later(struct splitter *s, const char *a, const char *b)
{
	(void)snprintf(s->why, ARGS_WHY_MAX, "'%s%s%s' is not in this version yet", a, b ? " " : "",
		       b ? b : "");
	return -ENOSYS;
}

static int no_command(struct splitter *s, const char *noun, const char *verb)
{
	struct near n = { .word = verb ? verb : noun };
	char hint[96] = "";

	if (cmd_is_later(noun, verb))
		return later(s, noun, verb);
	for (size_t i = 0; i < cmd_count; i++)
		if (!verb)
			near_offer(&n, cmd_table[i].noun);
		else if (cmd_table[i].verb && strcmp(cmd_table[i].noun, noun) == 0)
			near_offer(&n, cmd_table[i].verb);
	if (n.best)
		(void)snprintf(hint, sizeof(hint), "did you mean 'cloister %s%s%s'?",
			       verb ? noun : "", verb ? " " : "", n.best);
	else
		(void)snprintf(hint, sizeof(hint), "see 'cloister %s%s--help'", verb ? noun : "",
			       verb ? " " : "");
	(void)snprintf(s->why, ARGS_WHY_MAX, "unknown %s '%s'; %s", verb ? "verb" : "command",
		       verb ? verb : noun, hint);
	return -EINVAL;
}

/* Finds the row by the first one or two words. */
static int find_row(struct splitter *s, const struct cmd_row **ret)
{
	struct args *a = s->a;
	const char *noun = a->words > 0 ? a->word[0] : NULL;
	const char *verb = a->words > 1 ? a->word[1] : NULL;

	if (!noun)
		return wrong(s, "no command given; see 'cloister --help'");
	*ret = cmd_find(noun, verb);
	if (*ret) {
		a->first = (*ret)->verb ? 2 : 1;
		return 0;
	}
	if (!cmd_is_noun(noun))
		return no_command(s, noun, cmd_is_later(noun, verb) ? verb : NULL);
	if (!verb)
		return wrong(s, "'%s' needs a verb; see 'cloister %s --help'", noun, noun);
	return no_command(s, noun, verb);
}

static int unknown_option(struct splitter *s, const struct cmd_row *row, const char *w)
{
	struct near n = { .word = w + strspn(w, "-") };
	char full[64];

	(void)snprintf(full, sizeof(full), "%s%s%s %s", row->noun, row->verb ? " " : "",
		       row->verb ? row->verb : "", w);
	for (size_t i = 0; opt_later[i]; i++)
		if (strcmp(opt_later[i], full) == 0)
			return later(s, full, NULL);
	if (row->tail && !s->a->tail)
		return wrong(s, "unknown option '%s'; put -- before the command to run", w);
	for (int o = 0; o < OPT__COUNT; o++)
		if (row->opts & OPT_BIT(o))
			near_offer(&n, opt_table[o].name);
	if (n.best)
		return wrong(s, "unknown option '%s'; did you mean '--%s'?", w, n.best);
	(void)snprintf(s->why, ARGS_WHY_MAX, "unknown option '%s'; see 'cloister %s%s%s --help'", w,
		       row->noun, row->verb ? " " : "", row->verb ? row->verb : "");
	return -EINVAL;
}

static int check_options(struct splitter *s, const struct cmd_row *row)
{
	char dashed[40];

	if (s->unknown)
		return unknown_option(s, row, s->unknown);
	for (int o = 0; o < OPT__COUNT; o++) {
		if (o == OPT_HELP || !(s->a->seen & OPT_BIT(o)) || (row->opts & OPT_BIT(o)))
			continue;
		(void)snprintf(dashed, sizeof(dashed), "--%s", opt_table[o].name);
		return unknown_option(s, row, dashed);
	}
	return 0;
}

static int check_words(struct splitter *s, const struct cmd_row *row)
{
	size_t n = s->a->words - s->a->first;

	if (n < row->min && s->a->many_count)
		return wrong(s,
			     "%s is missing; put it before options that take several values, such "
			     "as --%s",
			     row->words, opt_table[s->a->many[0].opt].name);
	if (n < row->min)
		return wrong(s, "%s is missing", row->words);
	if (n > row->max)
		return wrong(s, "'%s' is one word too many%s", s->a->word[s->a->first + row->max],
			     row->tail ? "; put -- before the command to run" : "");
	if (s->a->tail && !row->tail)
		return wrong(s, "'--' is only for commands that run something");
	if (row->tail && s->a->tail_count == 0)
		return wrong(s,
			     "no command to run; put it after --, for example: cloister %s%s%s -- "
			     "/bin/true",
			     row->noun, row->verb ? " " : "", row->verb ? row->verb : "");
	return 0;
}

int args_parse(struct args *a, char *const *argv, size_t argc, const struct cmd_row **ret_row,
	       char why[ARGS_WHY_MAX])
{
	struct splitter s = { .a = a, .argv = argv, .argc = argc, .why = why };
	const struct cmd_row *row = NULL;
	int r;

	memset(a, 0, sizeof(*a));
	r = split(&s);
	if (r < 0)
		return r;
	if (a->seen & OPT_BIT(OPT_HELP) &&
	    (a->words == 0 || (a->words == 1 && cmd_is_noun(a->word[0])))) {
		*ret_row = a->words ? cmd_find(a->word[0], NULL) : NULL;
		return 1;
	}
	r = find_row(&s, &row);
	if (r < 0)
		return r;
	*ret_row = row;
	if (a->seen & OPT_BIT(OPT_HELP))
		return 1;
	r = check_options(&s, row);
	return r < 0 ? r : check_words(&s, row);
}

const char *args_word(const struct args *a, size_t n)
{
	return a->first + n < a->words ? a->word[a->first + n] : NULL;
}
