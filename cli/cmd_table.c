/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_table.c - every command and option. Runs in: cloister. Data and look-up only.
 */
#include "cli/cmd_table.h"
#include "cli/cmds.h"

#include <string.h>

/* clang-format off */
const struct opt_row opt_table[OPT__COUNT] = {
	[OPT_HELP]      = { "help",      'h', OPT_FLAG, NULL,       "show what the command does and takes" },
	[OPT_JSON]      = { "json",      0,   OPT_FLAG, NULL,       "print one JSON document with stable keys" },
	[OPT_STATE]     = { "state",     0,   OPT_ONE,  "DIR",      "directory of the private supervisor" },
	[OPT_TENANT]    = { "tenant",    0,   OPT_ONE,  "TENANT",   "the tenant it belongs to (default: default)" },
	[OPT_PROFILE]   = { "profile",   0,   OPT_ONE,  "P|FILE",   "a profile of the library by name, or a .profile file (default: shell)" },
	[OPT_ROOT]      = { "root",      0,   OPT_ONE,  "ROOT",     "an image's name, or 'host' under a private supervisor (there the default)" },
	[OPT_NET_OF]    = { "net-of",    0,   OPT_ONE,  "WORKLOAD", "share the network namespace of this running workload of the same tenant" },
	[OPT_TTY]       = { "tty",       't', OPT_FLAG, NULL,       "give it a terminal of its own; needs 'feature pty on' in its profile" },
	[OPT_DRY_RUN]   = { "dry-run",   0,   OPT_FLAG, NULL,       "print the difference and change nothing" },
	[OPT_FOLLOW]    = { "follow",    'f', OPT_FLAG, NULL,       "go on printing what is added" },
	[OPT_LINES]     = { "lines",     'n', OPT_ONE,  "N",        "begin with the last N lines (0 to 10000)" },
	[OPT_INSTALLED] = { "installed", 0,   OPT_FLAG, NULL,       "take files of packages installed here instead of fetching archives" },
	[OPT_PACKAGE]   = { "package",   0,   OPT_MANY, "PKG...",   "Debian packages, with what they depend on" },
	[OPT_DIR]       = { "dir",       0,   OPT_MANY, "DIR...",   "directories laid over the packages, in this order" },
	[OPT_UNDER]     = { "under",     0,   OPT_MANY, "CEILING...", "the ceiling of all its workloads (default: the host's own); a second one is not in this version yet" },
	[OPT_LIMIT]     = { "limit",     0,   OPT_MANY, "NAME=VALUE...", "limits over all its workloads, as in a tenant file: memory=2GiB; none takes one away" },
	[OPT_FEATURE]   = { "feature",   0,   OPT_MANY, "NAME=off|any...", "features that no workload of it may have; any takes that back" },
	[OPT_VIEWER]    = { "viewer",    0,   OPT_MANY, "user:UID|group:GID...", "who may see this tenant and nothing else" },
	[OPT_EDITOR]    = { "editor",    0,   OPT_MANY, "user:UID|group:GID...", "who may start and stop its workloads, too" },
	[OPT_NO_ROLE]   = { "no-role",   0,   OPT_MANY, "user:UID|group:GID...", "who is not one of its people any more" },
	[OPT_FORCE]     = { "force",     0,   OPT_FLAG, NULL,       "with its workloads, which are stopped first" },
	[OPT_LET_IN]    = { "let-in",    0,   OPT_FLAG, NULL,       "let others than root connect; who has no role is closed unheard" },
	[OPT_INTERVAL]  = { "interval",  0,   OPT_ONE,  "SECONDS",  "time between two pictures (default: 2)" },
	[OPT_COUNT]     = { "count",     0,   OPT_ONE,  "N",        "end after so many pictures" },
	[OPT_CHECK]     = { "check",     0,   OPT_FLAG, NULL,       "write nothing; print what would change and return 1" },
	[OPT_AS]        = { "as",        0,   OPT_ONE,  "FORMAT",   "all commands as scd (for the manual page) or md" },
};

#define LIST OPT_BIT(OPT_JSON)

const struct cmd_row cmd_table[] = {
	{ "up", NULL, "", OPT_BIT(OPT_STATE) | OPT_BIT(OPT_LET_IN), 0, 0, 0, ROLE_NONE,
	  "start a private supervisor, for trying and tests",
	  "Needs root. Everything it keeps lies below the directory given by --state, ./.cloister unless named. "
	  "It starts in the background; when it is ready, one line for the shell is printed: "
	  "eval \"$(sudo cloister up)\". If one runs there already, the line is printed and nothing else happens. "
	  "A private supervisor may use the machine's own /usr as a root ('host'), which an installed one refuses. "
	  "Only root can connect to it, unless --let-in is given: then members of the groups cloister (who read everything) and "
	  "cloister-operator (who change everything) may as well, and the people that a tenant names, for their tenant alone.",
	  cmd_up },
	{ "down", NULL, "", OPT_BIT(OPT_STATE), 0, 0, 0, ROLE_WRITE,
	  "end a private supervisor and every workload",
	  "Without --state it ends the one that $CLOISTER_SOCKET names, else the one in ./.cloister, else the one that 'run' started for "
	  "itself. Every kernel object is removed; the state stays in its directory.",
	  cmd_down },
	{ "run", NULL, "-- CMD...", OPT_BIT(OPT_TENANT) | OPT_BIT(OPT_PROFILE) | OPT_BIT(OPT_ROOT) | OPT_BIT(OPT_NET_OF) |
	  OPT_BIT(OPT_TTY), 0, 0, TAIL_DASHES, ROLE_WRITE,
	  "run one command confined, to its end",
	  "Standard input, output and error are copied through pipes; no descriptor, variable or terminal of the "
	  "caller reaches the command. What it writes to a terminal is shown with control characters escaped; "
	  "with -t it has a terminal of its own, and what it writes there is shown as it is. "
	  "Signals are passed on; a second Ctrl-C within two seconds kills it. "
	  "Returns the command's own code, 128+N if signal N killed it, 125 if Cloister failed, 126 if the command "
	  "cannot be executed and 127 if it was not found. Where no supervisor is running, root gets a private one "
	  "in /run/cloister-private, which later commands find and 'cloister down' ends.",
	  cmd_run },
	{ "apply", NULL, "FILE|DIR...", OPT_BIT(OPT_DRY_RUN) | LIST, 1, 64, 0, ROLE_WRITE,
	  "make the host be what the files say",
	  "Takes .tenant and .profile files, and directories of them. All are compiled first: one error, and nothing "
	  "changes. The difference is printed, missing images are built, then it is carried out. Only what the files "
	  "name is changed, and only what an earlier apply of the same file made is removed.",
	  cmd_apply },
	{ "status", NULL, "", LIST, 0, 0, 0, ROLE_READ,
	  "the host at a glance: workloads, layers in force, supervisor processes", NULL, cmd_status },
	{ "top", NULL, "[TENANT]", LIST | OPT_BIT(OPT_INTERVAL) | OPT_BIT(OPT_COUNT), 0, 1, 0, ROLE_READ,
	  "what workloads use, refreshed: CPU, memory, processes, waiting, restarts",
	  "On a terminal it is drawn anew until q or Ctrl-C; elsewhere it is printed once, or every SECONDS when --interval is given. With "
	  "--json each picture is one line. CPU is in percent of one processor: in the first picture the mean since the start, then since "
	  "the picture before. The WAIT columns are the kernel's pressure figures, the part of the last 10 s in which some of it waited.",
	  cmd_top },
	{ "tenant", "add", "NAME", OPT_BIT(OPT_UNDER) | OPT_BIT(OPT_LIMIT) | OPT_BIT(OPT_FEATURE) | OPT_BIT(OPT_VIEWER) |
	  OPT_BIT(OPT_EDITOR) | LIST, 1, 1, 0, ROLE_WRITE,
	  "make a tenant by hand",
	  "What a tenant file says can be said here as well; what was made by hand is not removed by an apply. NAME comes first, because "
	  "most options take all words up to the next one.", cmd_tenant_add },
	{ "tenant", "show", "NAME", LIST, 1, 1, 0, ROLE_READ, "one tenant: ids, ceilings, limits, people, workloads", NULL, cmd_tenant_show },
	{ "tenant", "set", "NAME", OPT_BIT(OPT_UNDER) | OPT_BIT(OPT_LIMIT) | OPT_BIT(OPT_FEATURE) | OPT_BIT(OPT_VIEWER) |
	  OPT_BIT(OPT_EDITOR) | OPT_BIT(OPT_NO_ROLE) | LIST, 1, 1, 0, ROLE_WRITE,
	  "change a tenant's limits, features, ceilings or people",
	  "What is not named stays as it is; --under replaces the ceiling. Limits and people are in force at once. Ceilings are part of a "
	  "plan: services keep theirs until the next apply. A service whose profile has a feature that is off now goes on, and is not "
	  "started again.", cmd_tenant_set },
	{ "tenant", "remove", "NAME", OPT_BIT(OPT_FORCE) | LIST, 1, 1, 0, ROLE_WRITE,
	  "remove a tenant",
	  "Refused while it has workloads, unless --force is given. When a file made it, the next apply of that file makes it again, and "
	  "this is said.", cmd_tenant_remove },
	{ "tenant", "list", "", LIST, 0, 0, 0, ROLE_READ, "tenants with their ids and limits", NULL, cmd_tenant_list },
	{ "workload", "list", "[TENANT]", LIST, 0, 1, 0, ROLE_READ, "workloads, of all tenants or of one", NULL, cmd_workload_list },
	{ "workload", "start", "TENANT/NAME", 0, 1, 1, 0, ROLE_WRITE, "start a workload that an apply made", NULL, cmd_workload_start },
	{ "workload", "stop", "TENANT/NAME", 0, 1, 1, 0, ROLE_WRITE,
	  "stop a workload and wait until it is gone",
	  "SIGTERM (the profile's 'set stop-signal'), then after its 'limit stop' the whole control group is killed.", cmd_workload_stop },
	{ "workload", "restart", "TENANT/NAME", 0, 1, 1, 0, ROLE_WRITE,
	  "stop a workload as 'stop' does and start it again", NULL, cmd_workload_restart },
	{ "workload", "status", "TENANT/NAME", LIST, 1, 1, 0, ROLE_READ,
	  "all about one workload: state, use and limits, layers, plan, last end", NULL, cmd_workload_status },
	{ "workload", "logs", "TENANT/NAME", OPT_BIT(OPT_FOLLOW) | OPT_BIT(OPT_LINES), 1, 1, 0, ROLE_READ,
	  "what a workload wrote to its output",
	  "Control characters are shown escaped: the text is the tenant's. Four parts of 4 MiB are kept, the oldest makes way. "
	  "A line '[part N]' or '[N bytes dropped]' is the supervisor's: the latter stands where the workload wrote "
	  "faster than its profile's 'limit log'.", cmd_workload_logs },
	{ "workload", "exec", "TENANT/NAME [--] CMD...", OPT_BIT(OPT_TTY), 1, 1, TAIL_WORDS, ROLE_WRITE,
	  "run one more command in a running workload",
	  "The command is under the very plan that the workload runs under: its files, limits, filter and "
	  "environment, no right more; it ends with the workload. Input, output, signals and exit codes are as "
	  "'run' has them. What it starts and leaves behind is the workload's.", cmd_workload_exec },
	{ "events", NULL, "[TENANT[/WORKLOAD]]", OPT_BIT(OPT_FOLLOW) | LIST, 0, 1, 0, ROLE_READ,
	  "what happened lately: starts, ends and why, back-off, pressure, changed limits",
	  "The last 512 are kept, as long as the supervisor runs; the audit log is another thing. Kinds: start, ready, late (a time "
	  "limit is over), exit, failed, backoff, restart, oom, pressure, limits, worker (a process of the supervisor was "
	  "started anew). With --json each event is a document on a line of its own. A reader that is too slow misses "
	  "events, and a line 'missed N' says how many.", cmd_events },
	{ "profile", "check", "FILE...", LIST, 1, 64, 0, ROLE_READ,
	  "compile files and print what is wrong with them",
	  "Exit code 0 without errors, 3 with errors. Nothing is changed.", cmd_profile_check },
	{ "profile", "fmt", "FILE|DIR...", OPT_BIT(OPT_CHECK) | LIST, 1, 64, 0, ROLE_READ,
	  "lay files out in the canonical form",
	  "Takes .profile and .tenant files, and writes them back where they change. The order of groups, the spacing and the units of "
	  "values change; comments stay with their line, and what the file means stays. Exit code 0, or 1 with --check where a file is laid "
	  "out differently, 3 with errors in a file.", cmd_profile_fmt },
	{ "profile", "explain", "NAME|FILE [WORD]", LIST, 1, 2, 0, ROLE_READ,
	  "what a profile allows, a line each, and the line of the text that allows it",
	  "With WORD only what has it in its text: the name of a call, a path, a limit; exit code 1 when nothing has.", cmd_profile_explain },
	{ "profile", "compare", "A B", LIST, 2, 2, 0, ROLE_READ,
	  "is profile A stricter or looser than B, with one witness for each domain and side",
	  "A and B are names of the library, profiles or ceilings, or .profile files; what a profile allows by itself is compared, not what a "
	  "ceiling would leave of it. Calls are decided from the bytes of the two filters. Exit code 0 equal, 10 A is stricter, 11 A is "
	  "looser, 12 each allows something that the other does not, 4 not determined.", cmd_profile_compare },
	{ "profile", "diff", "A B", LIST, 2, 2, 0, ROLE_READ,
	  "all that one of two profiles allows and the other does not",
	  "As compare, with every difference and the line that makes it; exit codes as well.", cmd_profile_diff },
	{ "profile", "lint", "NAME|FILE", LIST, 1, 1, 0, ROLE_READ,
	  "what one would ask the author of a profile: the machine's own files, features without a use, wide paths",
	  "Each finding has an id; cloister.profile(5) lists them. The compiler's warnings are findings as well. Exit code 0 without any, "
	  "1 with some, 3 with errors.", cmd_profile_lint },
	{ "profile", "show", "NAME", LIST, 1, 1, 0, ROLE_READ, "the text of a profile of the library", NULL, cmd_profile_show },
	{ "profile", "list", "", LIST, 0, 0, 0, ROLE_READ, "profiles, fragments and ceilings of the library", NULL, cmd_profile_list },
	{ "image", "build", "NAME", OPT_BIT(OPT_INSTALLED) | OPT_BIT(OPT_PACKAGE) | OPT_BIT(OPT_DIR), 1, 1, 0, ROLE_WRITE,
	  "build a read-only image from packages and directories",
	  "Package archives are fetched by apt, which checks their signatures; nothing is installed on this machine. "
	  "Directories are laid over the packages. NAME comes first, because --package and --dir take all words up "
	  "to the next option.", cmd_image_build },
	{ "image", "list", "", LIST, 0, 0, 0, ROLE_READ, "images with their digests", NULL, cmd_image_list },
	{ "image", "show", "NAME", LIST, 1, 1, 0, ROLE_READ, "one image, and the workloads that use it", NULL, cmd_image_show },
	{ "image", "remove", "NAME", 0, 1, 1, 0, ROLE_WRITE, "forget an image that no workload uses", NULL, cmd_image_remove },
	{ "doctor", NULL, "", LIST, 0, 0, 0, ROLE_READ,
	  "what this host can do, and what that means",
	  "Exit code 0 if all layers can be enforced, 4 if one is missing.", cmd_doctor },
	{ "completion", NULL, "bash|zsh", 0, 1, 1, 0, ROLE_NONE, "print the shell's completion script", NULL, cmd_completion },
	{ "version", NULL, "", 0, 0, 0, 0, ROLE_NONE, "print the version", NULL, cmd_version },
	{ "help", NULL, "[NOUN [VERB]]", OPT_BIT(OPT_AS), 0, 2, 0, ROLE_NONE, "print this, or the help of a command", NULL, cmd_help },
};
/* clang-format on */
const size_t cmd_count = ARRAY_LEN(cmd_table);

const char *const cmd_later[] = {
	"profile test", "profile lock", "profile import", "profile record", "volume",  "key",
	"backup",	"channel",	"grant",	  "graph",	    "publish", "verify",
	"log",		NULL,
};

const char *const opt_later[] = { "run --volume", NULL };

const struct cmd_row *cmd_find(const char *noun, const char *verb)
{
	for (size_t i = 0; i < cmd_count; i++) {
		const struct cmd_row *row = &cmd_table[i];

		if (strcmp(row->noun, noun) != 0)
			continue;
		if (!row->verb || (verb && strcmp(row->verb, verb) == 0))
			return row;
	}
	return NULL;
}

bool cmd_is_noun(const char *noun)
{
	for (size_t i = 0; i < cmd_count; i++)
		if (strcmp(cmd_table[i].noun, noun) == 0)
			return true;
	return false;
}

bool cmd_is_later(const char *noun, const char *verb)
{
	size_t n = strlen(noun);

	for (size_t i = 0; cmd_later[i]; i++) {
		const char *l = cmd_later[i];

		if (strncmp(l, noun, n) != 0 || (l[n] != '\0' && l[n] != ' '))
			continue;
		if (!l[n] || (verb && strcmp(l + n + 1, verb) == 0))
			return true;
	}
	return false;
}
