/* SPDX-License-Identifier: Apache-2.0 */
/*
 * methods.c - one row per method: arguments, role, handler, documentation.
 * Runs in: cloister-engine. Each row's declaration is what its arguments are checked against and
 * what GetInterfaceDescription shows.
 */
#include "supervisor/engine/methods.h"
#include "lib/base/str.h"
#include "supervisor/engine/api.h"
#include "supervisor/engine/who.h"

#include <string.h>

static const char prefix[] = "io.cloister.";

/* clang-format off */
const struct method_row method_table[] = {
	{ { "Status", "()",
	    "(version: string, state: string, started: int, tenants: int, workloads: []Workload, processes: []Process)",
	    "What this host holds and how it does." }, ROLE_READ, SCOPE_ROWS, api_status },
	{ { "TenantList", "()", "(tenants: []Tenant)", "All tenants." }, ROLE_READ, SCOPE_ROWS, api_tenant_list },
	{ { "TenantShow", "(tenant: string)", "(tenant: ?Tenant, workloads: []Workload)",
	    "One tenant and its workloads. With more: in several replies where one is too short." },
	  ROLE_READ, SCOPE_TENANT, api_tenant_show },
	{ { "TenantSet", "(tenant: string, create: ?bool, without: ?[]string)", "(tenant: Tenant)",
	    "Changes a tenant by what this connection's one tenant file says, and takes away what without names: limit:NAME, feature:NAME, user:UID, group:GID." },
	  ROLE_CHANGE, SCOPE_HOST, api_tenant_set },
	{ { "TenantRemove", "(tenant: string, with_workloads: ?bool)", "(removed: []string, applied: bool)",
	    "Removes a tenant. With with_workloads they are stopped and removed first; else they are a reason to refuse." },
	  ROLE_CHANGE, SCOPE_HOST, api_tenant_remove },
	{ { "WorkloadList", "(tenant: ?string)", "(workloads: []Workload)",
	    "All workloads, or one tenant's." }, ROLE_READ, SCOPE_ROWS, api_workload_list },
	{ { "WorkloadStart", "(tenant: string, name: string)", "()",
	    "Starts a service that is stopped; answers when it runs." }, ROLE_CHANGE, SCOPE_TENANT, api_workload_start },
	{ { "WorkloadStop", "(tenant: string, name: string)", "(exit: ?Exit)",
	    "The profile's `set stop-signal` (SIGTERM), its `limit stop`, then an end to all its processes; answers when it is gone." },
	  ROLE_CHANGE, SCOPE_TENANT, api_workload_stop },
	{ { "WorkloadRestart", "(tenant: string, name: string)", "()",
	    "Stops a service as WorkloadStop does and starts it again; answers when it runs." },
	  ROLE_CHANGE, SCOPE_TENANT, api_workload_restart },
	{ { "WorkloadStatus", "(tenant: string, name: string)", "(workload: Workload)",
	    "One workload, with what it uses now." }, ROLE_READ, SCOPE_TENANT, api_workload_status },
	{ { "WorkloadWait", "(tenant: string, name: string, for: string, timeout_ms: ?int)", "(workload: Workload)",
	    "Answers once it is running, ready or exited (for; an end answers each), or the time is over." }, ROLE_READ, SCOPE_TENANT, api_workload_wait },
	{ { "WorkloadLogs", "(tenant: string, name: string, offset: ?int, lines: ?int)", "(text: string, offset: int, end: bool)",
	    "A service's output from offset on (0: the oldest that is kept), or its last lines. Written by the tenant: escape it before it is shown." },
	  ROLE_READ, SCOPE_TENANT, api_workload_logs },
	{ { "Events", "(tenant: ?string, name: ?string, after: ?int, follow: ?bool)",
	    "(events: []Event, seen: int, missed: ?int)",
	    "What happened lately. With more and follow: what happens from now on as well. A reader that is too slow misses events and is told how many." },
	  ROLE_READ, SCOPE_TENANT, api_events },
	{ { "Text", "(name: string, text: string, append: ?bool, tenant_file: ?bool)", "()",
	    "Adds source text to this connection, for Check, Apply and Run." }, ROLE_READ, SCOPE_OWN, api_text },
	{ { "Check", "(images: ?object)", "(diagnostics: []Diagnostic)",
	    "Compiles this connection's texts and forgets the result." }, ROLE_READ, SCOPE_OWN, api_check },
	{ { "Format", "()", "(text: []string)",
	    "This connection's one text in canonical form, in pieces. Comments stay; the meaning too." },
	  ROLE_READ, SCOPE_OWN, api_format },
	{ { "Explain", "(name: string)", "(facts: []Fact)",
	    "What a profile, ceiling or fragment of this connection's texts or of the library allows, a fact each, and the line that does." },
	  ROLE_READ, SCOPE_OWN, api_explain },
	{ { "Compare", "(a: string, b: string, a_file: ?string, b_file: ?string)",
	    "(verdict: string, domains: []Domain, differences: []Difference)",
	    "Two profiles or ceilings against each other: what each allows that the other does not. a_file, b_file: the text of this connection that the side is in; else the library's. The verdict is about a." },
	  ROLE_READ, SCOPE_OWN, api_compare },
	{ { "Lint", "(name: string)", "(findings: []Finding)",
	    "What one would ask the author of a profile or ceiling, of this connection's texts or of the library." },
	  ROLE_READ, SCOPE_OWN, api_lint },
	{ { "Apply", "(dry_run: ?bool)",
	    "(changes: ?[]Change, missing_images: ?[]Image, images: ?[]Image, diagnostics: ?[]Diagnostic, step: ?int, total: ?int, object: ?string)",
	    "Makes the host be what this connection's tenant files say. With more: one reply per finished step." },
	  ROLE_CHANGE, SCOPE_HOST, api_apply },
	{ { "Run", "(tenant: ?string, profile: ?string, root: ?string, args: []string, env: ?[string]string, net_of: ?string, stdin: ?bool, tty: ?bool, rows: ?int, columns: ?int)",
	    "(started: ?bool, workload: ?string, pid: ?int, code: ?int, signal: ?int, reason: ?string, oom: ?int)",
	    "Runs a program to its end. The first reply carries the far ends of stdin, stdout and stderr; closing the connection ends the run. With tty: one far end, a terminal's, of the workload's own." },
	  ROLE_CHANGE, SCOPE_HOST, api_run },
	{ { "Exec", "(tenant: string, name: string, args: []string, stdin: ?bool, tty: ?bool, rows: ?int, columns: ?int)",
	    "(started: ?bool, pid: ?int, code: ?int, signal: ?int, reason: ?string)",
	    "Runs one more command in a running workload, under its very plan. Replies and descriptors as of Run; closing the connection kills the command." },
	  ROLE_CHANGE, SCOPE_TENANT, api_exec },
	{ { "Signal", "(signal: int)", "()",
	    "Oneway, on the connection of a Run or Exec: passes a signal on." }, ROLE_CHANGE, SCOPE_OWN, api_signal },
	{ { "ImageBegin", "(name: string, inputs: string)", "(name: ?string, digest: ?string, bytes: ?int)",
	    "The first reply carries the write end for an uncompressed tar; the last one comes when the image is stored." },
	  ROLE_CHANGE, SCOPE_HOST, api_image_begin },
	{ { "ImageList", "()", "(images: []StoredImage)", "All images." }, ROLE_READ, SCOPE_HOST, api_image_list },
	{ { "ImageShow", "(name: string)", "(image: StoredImage, workloads: []string)",
	    "One image, and the workloads whose plans name it." }, ROLE_READ, SCOPE_HOST, api_image_show },
	{ { "ImageRemove", "(name: string)", "()", "Removes an image that no tenant has attached." },
	  ROLE_CHANGE, SCOPE_HOST, api_image_remove },
	{ { "ProfileList", "()", "(profiles: []Profile)", "The units of the profile library." },
	  ROLE_READ, SCOPE_OWN, api_profile_list },
	{ { "ProfileShow", "(name: string)", "(file: string, text: string)", "The library file that has this unit." },
	  ROLE_READ, SCOPE_OWN, api_profile_show },
	{ { "Doctor", "()", "(checks: []HostCheck)", "What this host can do, and what that means." },
	  ROLE_READ, SCOPE_HOST, api_doctor },
	{ { "Shutdown", "()", "()", "Stops every workload, then the supervisor." }, ROLE_CHANGE, SCOPE_HOST, api_shutdown },
};
/* clang-format on */
const size_t method_count = ARRAY_LEN(method_table);

static const char types[] =
	"# claim: the signal, or that the program could not be executed, as the workload's init"
	" reported it.\n"
	"type Exit (reason: string, code: ?int, signal: ?int, oom: ?int, message: ?string,"
	" claim: ?bool)\n"
	"# Share of the last 10 s in which some, or all, of it waited, in hundredths of a "
	"percent.\n"
	"type Share (some10: int, full10: int)\n"
	"type Pressure (cpu: ?Share, memory: ?Share, io: ?Share)\n"
	"type Workload (tenant: string, name: string, profile: string, kind: string, state: string,"
	" pid: int, started: int, restarts: int, memory: ?int, memory_peak: ?int, pids: ?int,"
	" memory_limit: ?int, pids_limit: ?int, cpu_limit_permille: ?int,"
	" ready: ?string, oom_kills: ?int, cpu_us: ?int, throttled: ?int, throttled_us: ?int,"
	" pressure: ?Pressure, exit: ?Exit, layers: []string, plan: string, image: []string)\n"
	"type Process (name: string, pid: ?int, restarts: int)\n"
	"type Limit (knob: string, value: ?int, period: ?int)\n"
	"type Person (role: string, kind: string, id: int)\n"
	"type Tenant (name: string, index: ?int, uid_base: ?int, ceilings: []string,"
	" workloads: int, limits: []Limit, features_off: []string, people: []Person,"
	" applied: bool)\n"
	"type Fix (start: int, end: int, text: string)\n"
	"type Diagnostic (severity: string, code: string, file: string, line: int, column: int,"
	" length: int, message: string, source: string, help: ?string, fix: ?Fix)\n"
	"type Fact (domain: string, text: string, place: string)\n"
	"# verdict: equal, stricter, looser, incomparable or undecided\n"
	"type Domain (domain: string, verdict: string)\n"
	"type Difference (side: string, domain: string, text: string, place: string)\n"
	"type Finding (id: string, text: string, help: string, place: string)\n"
	"type Event (seq: int, time: int, event: string, tenant: ?string, workload: ?string,"
	" text: string)\n"
	"type Change (action: string, object: string, detail: string)\n"
	"type Image (name: string, file: string, line: int, packages: []string, dirs: []string,"
	" missing: bool, inputs: ?string)\n"
	"type StoredImage (name: string, digest: string, inputs: string, bytes: int, built: int,"
	" attached: int)\n"
	"type Profile (name: string, kind: string, file: string, about: string)\n"
	"type HostCheck (name: string, state: string, detail: string, means: string)\n\n"
	"error Refused (message: string, site: string, help: ?string, missing_images: ?[]Image)\n"
	"error BadInput (message: string, diagnostics: []Diagnostic)\n"
	"error NotFound (message: string, site: string)\n"
	"error CannotHere (message: string, site: string)\n"
	"error Fault (message: string, site: string)\n"
	"error Exec (message: string, code: int)\n";

char *method_describe(void)
{
	const struct idl_interface i = { .name = "io.cloister",
					 .doc = "Cloister: tenants, workloads, images, profiles.",
					 .types = types,
					 .rows = method_table,
					 .count = method_count,
					 .stride = sizeof(method_table[0]) };

	return idl_describe(&i);
}

static void get_info(struct engine *e, const struct call *c)
{
	session_reply(e, c->to,
		      json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "vendor", "Cloister", "product",
				"cloister-engine", "version", CLOISTER_VERSION, "url", "",
				"interfaces", "org.varlink.service", "io.cloister"));
}

static void get_description(struct engine *e, const struct call *c)
{
	const char *name =
		c->params ? json_string_value(json_object_get(c->params, "interface")) : NULL;
	AUTO_FREE char *text = NULL;

	if (!name || strcmp(name, "io.cloister") != 0) {
		session_error(e, c->to, "org.varlink.service.InterfaceNotFound",
			      json_pack("{s:s*}", "interface", name));
		return;
	}
	text = method_describe();
	session_reply(e, c->to, json_pack("{s:s}", "description", text ? text : ""));
}

static const struct method_row *find(const char *name)
{
	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	for (size_t i = 0; i < method_count; i++)
		if (strcmp(method_table[i].idl.name, name + sizeof(prefix) - 1) == 0)
			return &method_table[i];
	return NULL;
}

/* A tenant that is not there and one that is another's are refused alike. */
static bool may_call(const struct engine *e, const struct call *c, const struct method_row *m)
{
	const char *name;
	uint32_t t;

	if (who_host(e, c->who) & m->role)
		return true;
	if (m->scope == SCOPE_HOST)
		return false;
	if (m->scope != SCOPE_TENANT)
		return who_anywhere(e, c->who) & m->role;
	name = c->params ? json_string_value(json_object_get(c->params, "tenant")) : NULL;
	t = name && str_is_label(name, strlen(name)) ? tenant_find(e, name) : ROW_NONE;
	return t != ROW_NONE && who_tenant(e, c->who, t) & m->role;
}

void method_run(struct engine *e, const struct call *c, const char *name)
{
	const struct method_row *m = find(name);
	struct fault f;

	if (strcmp(name, "org.varlink.service.GetInfo") == 0) {
		get_info(e, c);
	} else if (strcmp(name, "org.varlink.service.GetInterfaceDescription") == 0) {
		get_description(e, c);
	} else if (!m) {
		session_error(e, c->to, "org.varlink.service.MethodNotFound", NULL);
	} else if (!may_call(e, c, m)) {
		session_error(e, c->to, "org.varlink.service.PermissionDenied", NULL);
	} else if (idl_check(m->idl.in, c->params, &f) < 0) {
		session_error(e, c->to, "org.varlink.service.InvalidParameter",
			      json_pack("{s:s}", "parameter", f.msg));
	} else {
		m->run(e, c);
	}
}
