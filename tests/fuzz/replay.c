/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - runs a fuzz harness over its stored corpus, as a unit test built with gcc.
 *
 * The program is called replay_fuzz_TARGET and reads tests/fuzz/corpus/TARGET/ below the working
 * folder.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 1 << 20 };

/* libFuzzer's, for harnesses with a mutator of their own; nothing mutates here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
	(void)data;
	(void)max_size;
	return size;
}

/* Runs one file through the harness in a buffer of its exact size, so that ASan sees one byte over.
 */
static int run_file(const char *dir, const char *name)
{
	static uint8_t whole[INPUT_MAX];
	char path[512];
	uint8_t *exact;
	size_t n;
	FILE *in;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	in = fopen(path, "rb");
	if (!in) {
		(void)fprintf(stderr, "%s: cannot be opened\n", path);
		return 1;
	}
	n = fread(whole, 1, sizeof(whole), in);
	(void)fclose(in);
	exact = malloc(n ? n : 1);
	if (!exact)
		return 1;
	memcpy(exact, whole, n);
	(void)fprintf(stderr, "%s\n", path); /* the last one named is the one that crashed */
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/');
	const char *target = strstr(base ? base : argv[0], "replay_fuzz_");
	unsigned passed = 1, failed = 0; /* the empty input */
	char dir[256];
	unsigned files = 0;
	DIR *d;

	(void)argc;
	if (!target)
		return 2;
	(void)snprintf(dir, sizeof(dir), "tests/fuzz/corpus/%s", target + strlen("replay_fuzz_"));
	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	d = opendir(dir);
	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		if (e->d_name[0] == '.')
			continue;
		files++;
		if (run_file(dir, e->d_name))
			failed++;
		else
			passed++;
	}
	if (d)
		(void)closedir(d);
	if (files == 0) {
		(void)fprintf(stderr, "%s: no corpus\n", dir);
		failed++;
	}
	(void)printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed != 0;
}
