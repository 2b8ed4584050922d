/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.c - statements to facts: the simple form, and the way to the readers of single facts.
 * Runs in: cloister-compile, tests.
 */
#include "profiles/facts.h"
#include "profiles/arena.h"
#include "profiles/diag.h"
#include "lib/base/str.h"
#include "lib/base/fault.h"

#include <errno.h>
#include <string.h>

int facts_init(struct facts *x, struct diags *d, struct arena *tables, struct fault *f)
{
	*x = (struct facts){ .d = d };
	x->sys = arena_get(tables, FACTS_MAX * sizeof(*x->sys));
	x->path = arena_get(tables, PATHS_MAX * sizeof(*x->path));
	x->mount = arena_get(tables, PLAN_MOUNTS_MAX * sizeof(*x->mount));
	x->net = arena_get(tables, NETS_MAX * sizeof(*x->net));
	x->env = arena_get(tables, PLAN_ENV_MAX * sizeof(*x->env));
	if (!x->sys || !x->path || !x->mount || !x->net || !x->env)
		return fault_set(f, -ENOMEM, "facts.memory", "facts of one layer");
	return 0;
}

bool facts_count(struct facts *x, struct at at)
{
	if (x->nfact < FACTS_MAX) {
		x->nfact++;
		return true;
	}
	diag_error(x->d, 53, at, "more than %d facts", FACTS_MAX);
	return false;
}

static void read_about(struct facts *x, struct cursor *c, struct at at)
{
	const char *text;

	if (value_string(c, &text, &at) && cur_done(c) && !x->about)
		x->about = text;
}

static void bad_feature(struct facts *x, struct at name)
{
	struct nearest nr;
	unsigned int i;

	nearest_init(&nr, at_text(name), name.len);
	for (i = 0; i < FEAT__COUNT; i++)
		nearest_try(&nr, feature_table[i].name);
	diag_nearest(
		x->d,
		diag_error(x->d, 11, name, "unknown feature '%.*s'", (int)name.len, at_text(name)),
		&nr);
}

/* feature NAME on|off. A ceiling may permit what is not built yet: it only bounds. */
static void read_feature(struct facts *x, struct cursor *c, struct at at)
{
	int feat;
	bool on;

	if (!cur_name(c, &at, "a feature's name"))
		return;
	feat = feature_find(at_text(at), at.len);
	if (feat < 0) {
		bad_feature(x, at);
		return;
	}
	on = cur_accept_word(c, "on");
	if (!on && !cur_accept_word(c, "off")) {
		cur_fail(c, "'on' or 'off'");
		return;
	}
	if (!cur_done(c) || !facts_count(x, at))
		return;
	if (!on) {
		x->off |= FEAT_BIT(feat);
		x->off_at[feat] = at;
		return;
	}
	if (!x->is_ceiling && !feature_table[feat].can_be_on) {
		diag_error(x->d, 60, at, "feature %s cannot be on in language 1",
			   feature_table[feat].name);
		return;
	}
	if (!x->is_ceiling && !feature_table[feat].built) {
		diag_later(x->d, at,
			   arena_printf(x->d->arena, "'feature %s on'", feature_table[feat].name));
		return;
	}
	x->on |= FEAT_BIT(feat);
	x->on_at[feat] = at;
}

/* limit NAME VALUE. Of two in one layer the larger counts: a layer is a union. */
static void read_limit(struct facts *x, struct cursor *c, struct at at)
{
	enum limit_id id;
	uint64_t v;

	if (!limit_read(c, x->is_ceiling, &id, &v, &at) || !facts_count(x, at))
		return;
	if (!x->is_ceiling && !limit_table[id].built) {
		diag_later(x->d, at, arena_printf(x->d->arena, "'limit %s'", limit_table[id].name));
		return;
	}
	if (x->limit_at[id].src) {
		bool less = v <= x->limit[id];
		struct place p = at_place(less ? x->limit_at[id] : at);

		diag_help(x->d,
			  diag_warn(x->d, v == x->limit[id] ? 91 : 90, less ? at : x->limit_at[id],
				    "limit %s stands twice; the larger value counts",
				    limit_table[id].name),
			  "the other one is in line %u", p.line);
		if (less)
			return;
	}
	x->limit[id] = v;
	x->limit_at[id] = at;
}

const char *const set_names[SET__COUNT] = { "hostname", "user",	    "ready",
					    "missing",	"timezone", "stop-signal" };

static bool is_host(const char *s)
{
	size_t i, n = strlen(s);

	for (i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') ||
		      (i && i + 1 < n && (s[i] == '-' || s[i] == '.'))))
			return false;
	return n > 0 && n < 64;
}

static bool is_zone(const char *s)
{
	size_t i, n = strlen(s);

	for (i = 0; i < n; i++)
		if (!((s[i] | 32) >= 'a' && (s[i] | 32) <= 'z') && !(s[i] >= '0' && s[i] <= '9') &&
		    !(i && strchr("_+-/", s[i])))
			return false;
	return n > 0 && n < 64;
}

static bool setting_fits(enum setting id, const char *v)
{
	switch (id) {
	case SET_HOSTNAME:
		return is_host(v);
	case SET_USER:
		return strlen(v) < LABEL_MAX && strcmp(v, "root") != 0 &&
		       strcmp(v, "nobody") != 0 && !strchr(v, '.');
	case SET_READY:
		return !strcmp(v, "time") || !strcmp(v, "listen") || !strcmp(v, "notify");
	case SET_MISSING:
		return !strcmp(v, "errno") || !strcmp(v, "kill");
	case SET_TIMEZONE:
		return is_zone(v);
	case SET_STOP_SIGNAL:
		return !strcmp(v, "TERM") || !strcmp(v, "INT") || !strcmp(v, "QUIT");
	case SET__COUNT:
		break;
	}
	return false;
}

static void add_setting(struct facts *x, enum setting id, const char *v, struct at at)
{
	static const char *const rule[SET__COUNT] = {
		"small letters, digits, '-' and '.' inside, at most 63",
		"a name of at most 31 letters, digits, '_' and '-', not root or nobody",
		"time, listen or notify",
		"errno or kill",
		"a zone as in \"Europe/Berlin\"",
		"TERM, INT or QUIT"
	};
	struct setfact *s = &x->set[id];

	if (!setting_fits(id, v)) {
		diag_help(x->d, diag_error(x->d, 22, at, "'%s' is no %s", v, set_names[id]), "%s",
			  rule[id]);
		return;
	}
	if (!x->is_ceiling && s->n && strcmp(s->value[0], v) != 0) {
		diag_help(x->d,
			  diag_error(x->d, 61, at, "%s is set twice, to different values",
				     set_names[id]),
			  "it is '%s' in line %u", s->value[0], at_place(s->at[0]).line);
		return;
	}
	if (s->n < SET_VALUES_MAX && facts_count(x, at)) {
		s->at[s->n] = at;
		s->value[s->n++] = v;
	}
}

static bool set_value(struct facts *x, struct cursor *c, enum setting id)
{
	bool quoted = id == SET_HOSTNAME || id == SET_TIMEZONE;
	struct at at = cur_at(c);
	const char *v;

	if (quoted		    ? !value_string(c, &v, &at)
	    : id == SET_STOP_SIGNAL ? !cur_expect(c, T_CONST, "TERM, INT or QUIT")
				    : !cur_name(c, &at, "a name"))
		return false;
	if (!quoted)
		v = arena_printf(x->d->arena, "%.*s", (int)at.len, at_text(at));
	add_setting(x, id, v, at);
	return true;
}

static void read_set(struct facts *x, struct cursor *c, struct at at)
{
	struct nearest nr;
	unsigned int id;

	if (!cur_name(c, &at, "a setting's name"))
		return;
	nearest_init(&nr, at_text(at), at.len);
	for (id = 0; id < SET__COUNT && !at_is(at, set_names[id]); id++)
		nearest_try(&nr, set_names[id]);
	if (id == SET__COUNT) {
		diag_nearest(x->d,
			     diag_error(x->d, 11, at, "unknown setting '%.*s'", (int)at.len,
					at_text(at)),
			     &nr);
		return;
	}
	at = cur_at(c);
	if (!cur_accept(c, T_OPEN)) {
		if (set_value(x, c, (enum setting)id))
			(void)cur_done(c);
		return;
	}
	if (!x->is_ceiling)
		diag_error(x->d, 20, at, "a list of values stands only in ceilings");
	while (cur_kind(c) != T_CLOSE)
		if (!set_value(x, c, (enum setting)id))
			return;
	cur_take(c);
	(void)cur_done(c);
}

static void refuse_capability(struct facts *x, struct cursor *c, struct at at)
{
	(void)c;
	diag_help(x->d, diag_error(x->d, 60, at, "no plan of language 1 has a capability"),
		  "low ports: 'feature net.low-ports on'; files of others: no way");
}

static void refuse_later(struct facts *x, struct cursor *c, struct at at)
{
	(void)c;
	diag_later(x->d, at, arena_printf(x->d->arena, "'%.*s'", (int)at.len, at_text(at)));
}

static const struct {
	const char *word;
	void (*read)(struct facts *x, struct cursor *c, struct at at);
} fact_words[] = {
	{ "syscall", fact_syscall }, { "path", fact_path },
	{ "mount", fact_mount },     { "device", fact_device },
	{ "net", fact_net },	     { "env", fact_env },
	{ "ioctl", fact_ioctl },     { "prctl", fact_prctl },
	{ "socket", fact_socket },   { "exec", fact_exec },
	{ "volume", refuse_later },  { "channel", refuse_later },
	{ "startup", fact_startup }, { "capability", refuse_capability },
};

static void read_allow(struct facts *x, struct cursor *c, struct at at)
{
	struct nearest nr;
	size_t i;

	if (!cur_name(c, &at, "a fact: syscall, path, mount, device, net, env, socket ..."))
		return;
	nearest_init(&nr, at_text(at), at.len);
	for (i = 0; i < ARRAY_LEN(fact_words); i++) {
		if (at_is(at, fact_words[i].word)) {
			fact_words[i].read(x, c, at);
			return;
		}
		nearest_try(&nr, fact_words[i].word);
	}
	diag_nearest(x->d, diag_error(x->d, 10, at, "'%.*s' is no fact", (int)at.len, at_text(at)),
		     &nr);
}

void facts_unit(struct facts *x, const struct source *s, uint32_t unit)
{
	static void (*const read[STMT__COUNT])(struct facts * x, struct cursor * c,
					       struct at at) = {
		[STMT_ABOUT] = read_about,   [STMT_FEATURE] = read_feature,
		[STMT_LIMIT] = read_limit,   [STMT_SET] = read_set,
		[STMT_ALLOW] = read_allow,   [STMT_MOUNT] = fact_mount,
		[STMT_DEVICE] = fact_device, [STMT_ENV] = fact_env,
	};
	uint32_t body = s->node[unit].child, n;

	for (n = body ? s->node[body].child : 0; n; n = s->node[n].next) {
		struct cursor c = cur_open(s, n, x->d);
		struct at at;

		if (s->node[n].kind != N_STMT || !read[s->node[n].what])
			continue;
		at = cur_take(&c);
		read[s->node[n].what](x, &c, at);
	}
}

void facts_presets(struct facts *x)
{
	static const char *const preset[SET__COUNT] = {
		[SET_USER] = "app", [SET_READY] = "time", [SET_MISSING] = "errno"
	};
	unsigned int i;

	for (i = 0; i < LIM__COUNT; i++)
		if (!x->limit_at[i].src)
			x->limit[i] = limit_table[i].preset;
	for (i = 0; i < SET__COUNT; i++)
		if (!x->set[i].n && preset[i]) {
			x->set[i].value[0] = preset[i];
			x->set[i].n = 1;
		}
}

void facts_unbound(struct facts *x)
{
	unsigned int i;

	for (i = 0; i < LIM__COUNT; i++)
		if (!x->limit_at[i].src)
			x->limit[i] = LIMIT_NONE;
}
