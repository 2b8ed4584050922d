/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_args.c - lays a run's command out. Runs in: cloister-engine.
 */
#include "supervisor/engine/run_args.h"
#include "lib/asks/spawn.h"
#include "lib/base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

enum { ARGS_SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

static union {
	struct run_args head;
	char bytes[RUN_ARGS_MAX];
} args_memory;

static int put(size_t *used, const char *s, size_t n, char end, struct fault *f)
{
	if (n >= sizeof(args_memory) - *used)
		return fault_set(f, -E2BIG, "engine.args", "a command longer than %d bytes",
				 RUN_ARGS_MAX);
	memcpy(args_memory.bytes + *used, s, n);
	*used += n;
	args_memory.bytes[(*used)++] = end;
	return 0;
}

static int put_env(size_t *used, json_t *env, struct fault *f)
{
	int rc = 0;

	for (void *it = json_object_iter(env); rc == 0 && it; it = json_object_iter_next(env, it)) {
		const char *name = json_object_iter_key(it);
		json_t *v = json_object_iter_value(it);

		if (!name[0] || strchr(name, '='))
			return fault_set(f, -EINVAL, "engine.args",
					 "the name of a variable is empty or has a =");
		rc = put(used, name, strlen(name), '=', f);
		if (rc == 0)
			rc = put(used, json_string_value(v), json_string_length(v), '\0', f);
	}
	return rc;
}

int run_args_make(json_t *args, json_t *env, int *ret_fd, struct fault *f)
{
	size_t argc = json_array_size(args), envc = env ? json_object_size(env) : 0;
	size_t used = sizeof(struct run_args);
	AUTO_FD int fd = -1;
	int rc = 0;

	if (argc == 0)
		return fault_set(f, -EINVAL, "engine.args", "no command");
	if (argc > RUN_ARGC_MAX || envc > RUN_ENVC_MAX)
		return fault_set(f, -E2BIG, "engine.args", "more than %d arguments or %d variables",
				 RUN_ARGC_MAX, RUN_ENVC_MAX);
	for (size_t i = 0; rc == 0 && i < argc; i++) {
		json_t *v = json_array_get(args, i);

		rc = put(&used, json_string_value(v), json_string_length(v), '\0', f);
	}
	if (rc == 0 && env)
		rc = put_env(&used, env, f);
	if (rc < 0)
		return rc;
	args_memory.head = (struct run_args){ .magic = "CLARGS\0\1",
					      .size = (uint32_t)used,
					      .argc = (uint32_t)argc,
					      .envc = (uint32_t)envc };
	fd = memfd_create("args", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || write(fd, args_memory.bytes, used) != (ssize_t)used ||
	    fcntl(fd, F_ADD_SEALS, ARGS_SEALS) < 0)
		return fault_sys(f, "engine.args", "sealing the command");
	*ret_fd = fd_take(&fd);
	return 0;
}
