/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_shown.c - I28: every view of the command line against a supervisor that is played by the
 * test and says nothing but hostile strings. What comes out has no byte that a terminal obeys, the
 * strings are there, escaped, and --json is one document in ASCII.
 */
/* needs: cloister */
/* links: lib/varlink lib/base */
/* libs: -ljansson */
#include "tests/unit/unit.h"

#include "lib/base/fd.h"
#include "lib/base/str.h"
#include "lib/varlink/varlink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ESC, BEL, CR, LF, bidi, C1, and separators that some programs take for line ends. */
#define H     "\"\\u001b]0;t\\u0007\\r\\n\\u202ex\\u009b31m\\u061c\\u2066\\u2028\\u200f\\u007fz\""
#define SHOWN "\\x1b]0;t\\x07\\x0d"

#define WORKLOAD                                                                                   \
	"{\"tenant\":" H ",\"name\":" H ",\"profile\":" H ",\"kind\":" H ",\"state\":" H           \
	",\"pid\":1,\"started\":1,\"restarts\":0,\"ready\":" H ",\"layers\":[" H "],\"plan\":" H   \
	",\"image\":[" H "],\"exit\":{\"reason\":" H ",\"code\":1,\"message\":" H "}}"
#define TENANT                                                                                     \
	"{\"name\":" H ",\"ceilings\":[" H "],\"workloads\":1,\"limits\":[{\"knob\":" H            \
	",\"value\":1}],\"features_off\":[" H "],\"people\":[{\"role\":" H ",\"kind\":" H          \
	",\"id\":1}],\"applied\":true}"
#define DIAGNOSTIC                                                                                 \
	"{\"severity\":" H ",\"code\":" H ",\"file\":" H ",\"line\":1,\"column\":2,\"length\":3,"  \
	"\"message\":" H ",\"source\":" H ",\"help\":" H "}"
#define REFUSED "{\"message\":" H ",\"site\":" H ",\"help\":" H "}"

/* clang-format off */
static const struct {
	const char *method, *params;
} answers[] = {
	{ "Status", "{\"version\":" H ",\"state\":" H ",\"started\":1,\"tenants\":1,\"workloads\":[" WORKLOAD "],\"processes\":[{\"name\":" H ",\"pid\":1,\"restarts\":0}]}" },
	{ "TenantList", "{\"tenants\":[" TENANT "]}" },
	{ "TenantShow", "{\"tenant\":" TENANT ",\"workloads\":[" WORKLOAD "]}" },
	{ "TenantSet", "{\"tenant\":" TENANT "}" },
	{ "TenantRemove", "{\"removed\":[" H "],\"applied\":true}" },
	{ "WorkloadList", "{\"workloads\":[" WORKLOAD "]}" },
	{ "WorkloadStatus", "{\"workload\":" WORKLOAD "}" },
	{ "WorkloadLogs", "{\"text\":" H ",\"offset\":9,\"end\":true}" },
	{ "Events", "{\"events\":[{\"seq\":1,\"time\":1,\"event\":" H ",\"tenant\":" H ",\"workload\":" H ",\"text\":" H "}],\"seen\":1}" },
	{ "Text", "{}" },
	{ "Check", "{\"diagnostics\":[" DIAGNOSTIC "]}" },
	{ "Format", "{\"text\":[" H "]}" },
	{ "Explain", "{\"facts\":[{\"domain\":" H ",\"text\":" H ",\"place\":" H "}]}" },
	{ "Compare", "{\"verdict\":" H ",\"domains\":[{\"domain\":" H ",\"verdict\":" H "}],\"differences\":[{\"side\":" H ",\"domain\":" H ",\"text\":" H ",\"place\":" H "}]}" },
	{ "Lint", "{\"findings\":[{\"id\":" H ",\"text\":" H ",\"place\":" H ",\"help\":" H "}]}" },
	{ "Apply", "{\"changes\":[{\"action\":" H ",\"object\":" H ",\"detail\":" H "}],\"missing_images\":[{\"name\":" H ",\"file\":" H ",\"line\":1,\"packages\":[],\"dirs\":[],\"missing\":true}],\"images\":[],\"diagnostics\":[" DIAGNOSTIC "]}" },
	{ "ImageList", "{\"images\":[{\"name\":" H ",\"digest\":" H ",\"inputs\":" H ",\"bytes\":1,\"built\":1,\"attached\":0}]}" },
	{ "ImageShow", "{\"image\":{\"name\":" H ",\"digest\":" H ",\"inputs\":" H ",\"bytes\":1,\"built\":1,\"attached\":0},\"workloads\":[" H "]}" },
	{ "ProfileList", "{\"profiles\":[{\"name\":" H ",\"kind\":" H ",\"file\":" H ",\"about\":" H "}]}" },
	{ "ProfileShow", "{\"file\":" H ",\"text\":" H "}" },
	{ "Doctor", "{\"checks\":[{\"name\":" H ",\"state\":" H ",\"detail\":" H ",\"means\":" H "}]}" },
};

/* What each view has to show at least; 0: nothing of it is shown. */
static const struct {
	const char *argv[8];
	size_t least;
	bool json; /* --json is looked at, too */
} views[] = {
	{ { "status" }, 7, true },
	{ { "top" }, 2, true },
	{ { "tenant", "list" }, 2, true },
	{ { "tenant", "show", "a" }, 5, true },
	{ { "tenant", "set", "a", "--limit", "memory=1MiB" }, 0, true },
	{ { "tenant", "remove", "a" }, 0, true },
	{ { "workload", "list" }, 5, true },
	{ { "workload", "status", "a/b" }, 9, true },
	{ { "workload", "logs", "a/b" }, 1, false },
	{ { "workload", "stop", "a/b" }, 3, false }, /* an error: message, site, help */
	{ { "image", "remove", "a" }, 3, false },
	{ { "run", "--", "x" }, 3, false },
	{ { "workload", "exec", "a/b", "x" }, 3, false },
	{ { "events" }, 4, true },
	{ { "profile", "check", "p.profile" }, 5, true },
	{ { "profile", "fmt", "--check", "p.profile" }, 1, true },
	{ { "profile", "explain", "shell" }, 3, true },
	{ { "profile", "compare", "a", "b" }, 4, true },
	{ { "profile", "diff", "a", "b" }, 4, true },
	{ { "profile", "lint", "a" }, 4, true },
	{ { "profile", "list" }, 3, true },
	{ { "profile", "show", "shell" }, 1, true },
	{ { "apply", "--dry-run", "p.profile" }, 2, false }, /* an image is missing: an error */
	{ { "image", "list" }, 2, true },
	{ { "image", "show", "a" }, 4, true },
	{ { "doctor" }, 4, true },
	/* what the caller's own words are is no better: a file of a found directory */
	{ { "profile", "check", "\033[2J\r\xc2\x9b.profile" }, 0, false },
	{ { "\033[2J\r\xc2\x9b\xff" }, 0, false },
	{ { "workload", "status", "\033[2J/\r" }, 0, false },
};
/* clang-format on */

enum { SAID_MAX = 1 << 20, NOT_RUN = 98 };

static char dir[64], program[512];
static int listener;
static bool broken; /* the supervisor says bytes that are no UTF-8 */

/* ---- the supervisor ---- */

static void answer(int fd, const char *method)
{
	static const char bad[] = "{\"parameters\":{\"version\":\"\xff\033[2J\x9b\"}}";
	const char *dot = strrchr(method, '.'), *params = NULL;
	char *text = NULL;

	for (size_t i = 0; dot && i < UNIT_LEN(answers); i++)
		if (strcmp(answers[i].method, dot + 1) == 0)
			params = answers[i].params;
	if (broken)
		text = strdup(bad);
	else if (asprintf(&text,
			  params ? "{\"parameters\":%s}"
				 : "{\"error\":\"io.cloister.Refused\",\"parameters\":%s}",
			  params ? params : REFUSED) < 0)
		_exit(1);
	if (!text || send(fd, text, strlen(text) + 1, MSG_NOSIGNAL) < 0)
		_exit(1);
	free(text);
}

static _Noreturn void serve(void)
{
	static struct varlink_in in;

	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		struct fault f = { 0 };

		in.start = in.end = in.scan = 0;
		for (;;) {
			size_t room = 0;
			char *to = varlink_in_space(&in, &room);
			ssize_t n = read(fd, to, room);
			json_t *msg = NULL;

			if (n <= 0)
				break;
			varlink_in_add(&in, (size_t)n);
			while (varlink_in_next(&in, &msg, &f) == 1) {
				answer(fd, json_string_value(json_object_get(msg, "method")));
				json_decref(msg);
			}
		}
		(void)close(fd);
	}
}

/* ---- the views ---- */

static _Noreturn void become(const char *const *argv, bool json, int out)
{
	char *all[10] = { program };
	size_t n = 1;

	for (; n < 9 && argv[n - 1]; n++)
		all[n] = (char *)(uintptr_t)argv[n - 1]; /* execv does not write to it */
	if (json)
		all[n] = (char *)(uintptr_t) "--json";
	if (dup2(out, 1) < 0 || dup2(json ? open("/dev/null", O_WRONLY) : out, 2) < 0 ||
	    chdir(dir) < 0 || dup2(open("/dev/null", O_RDONLY), 0) < 0)
		_exit(NOT_RUN);
	(void)execv(program, all);
	_exit(NOT_RUN);
}

/* Runs one; *said is what it wrote, with json to its standard output alone. Returns its exit code.
 */
static int view(const char *const *argv, bool json, char *said)
{
	int pipe_[2], status = 0;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe2(pipe_, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		become(argv, json, pipe_[1]);
	(void)close(pipe_[1]);
	while (n < SAID_MAX - 1 && (got = read(pipe_[0], said + n, SAID_MAX - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	(void)close(pipe_[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Nothing that a terminal obeys, or that is shown as what it is not. */
static void is_clean(const char *name, const char *said)
{
	static const char *const never[] = { "\033",	     "\007",	     "\r",
					     "\x7f",	     "\xc2\x9b",     "\xd8\x9c",
					     "\xe2\x80\xae", "\xe2\x80\xa8", "\xe2\x80\x8f",
					     "\xe2\x81\xa6" };
	char *copy;
	size_t n = strlen(said), used, len;

	for (size_t i = 0; i < UNIT_LEN(never); i++)
		if (strstr(said, never[i]))
			fail_msg("%s: byte sequence %zu is raw in: %s", name, i, said);
	if (!str_is_utf8(said, n))
		fail_msg("%s: not UTF-8: %s", name, said);
	copy = malloc(4 * n + 1);
	assert_non_null(copy);
	len = str_escape(copy, 4 * n, said, n, &used);
	/* what escaping would still change was not escaped; TAB is our tables' */
	if (len != n || memcmp(copy, said, n) != 0)
		fail_msg("%s: raw bytes in: %.*s", name, (int)len, copy);
	free(copy);
}

static size_t times(const char *said, const char *what)
{
	size_t n = 0;

	for (; (said = strstr(said, what)); said += strlen(what))
		n++;
	return n;
}

static void is_document(const char *name, const char *said)
{
	size_t n = strlen(said);
	json_t *o = json_loadb(said, n, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(o))
		fail_msg("%s --json: no document: %s", name, said);
	json_decref(o);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)said[i] >= 0x7f)
			fail_msg("%s --json: not ASCII: %s", name, said);
}

static void all_views(void **state)
{
	static char said[SAID_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_LEN(views); i++) {
		const char *const *v = views[i].argv;
		char name[128];

		(void)snprintf(name, sizeof(name), "row %zu, %s %s", i, v[0], v[1] ? v[1] : "");
		assert_int_not_equal(view(v, false, said), NOT_RUN);
		is_clean(name, said);
		if (times(said, SHOWN) < views[i].least)
			fail_msg("%s: shown %zu times, wanted %zu: %s", name, times(said, SHOWN),
				 views[i].least, said);
		if (!views[i].json)
			continue;
		assert_int_not_equal(view(v, true, said), NOT_RUN);
		is_clean(name, said);
		is_document(name, said);
	}
}

/* A supervisor that is none: its bytes are refused, and not shown. */
static void no_json(void **state)
{
	static const char *const argv[] = { "status", NULL };
	static char said[SAID_MAX];

	(void)state;
	assert_int_equal(view(argv, false, said), 5);
	is_clean("status", said);
	assert_true(times(said, "\n") == 1);
}

static pid_t server;

static int begin(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *b = getenv("B");
	char path[96], cwd[400];
	FILE *f;

	broken = *state != NULL;
	(void)snprintf(program, sizeof(program), "%s/%s/bin/cloister", getcwd(cwd, sizeof(cwd)),
		       b ? b : "build");
	(void)str_copy(dir, sizeof(dir), "/tmp/cloister-shown-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/p.profile", dir);
	f = fopen(path, "w");
	assert_true(f && fputs("cloister 1\n", f) >= 0 && fclose(f) == 0);
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	(void)str_copy(a.sun_path, sizeof(a.sun_path), path);
	assert_int_equal(setenv("CLOISTER_SOCKET", path, 1), 0);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 8), 0);
	server = fork();
	if (server == 0)
		serve();
	return server < 0 ? -1 : 0;
}

static int end(void **state)
{
	char path[96];

	(void)state;
	(void)kill(server, SIGKILL);
	(void)waitpid(server, NULL, 0);
	(void)close(listener);
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/p.profile", dir);
	(void)unlink(path);
	return rmdir(dir);
}

int main(void)
{
	static int yes = 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_views, begin, end),
		cmocka_unit_test_prestate_setup_teardown(no_json, begin, end, &yes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
