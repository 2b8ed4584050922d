# SPDX-License-Identifier: Apache-2.0
# The house rules (STYLE.md). Each tools/check-* has a test in tests/lint that plants the fault it should find.
LAWFUL  := cloisterd cloister-spawn cloister-init
SOURCES  = $(shell find lib profiles sandbox netns volumes broker audit supervisor cli bench -name '*.c' 2>/dev/null)

lint-deps:
	@CC='$(CC)' CFLAGS='$(filter-out -DCLOISTER_%,$(CFLAGS)) $(CPP_netns)' tools/check-deps
lint-size:
	@tools/check-size
lint-format:
	@tools/check-format
lint-syscalls:
	@tools/gen-syscalls --check
lint-symbols:
	@$(MAKE) --no-print-directory -s $(JOBS) all
	@rc=0; $(foreach p,$(LAWFUL),tools/check-symbols objects $p $(call objs,$($p)) || rc=1;) \
	tools/check-symbols program $(PROGS:%=$(B)/bin/%) || rc=1; exit $$rc
# The second compiler builds everything: some warnings come only with code generation.
lint-clang:
	@$(MAKE) --no-print-directory -s -k $(JOBS) CC=clang B=build-clang all build-clang/bench/start
lint:
	@MAKE='$(MAKE)' tools/run-lint lint-deps lint-size lint-format lint-syscalls lint-symbols lint-clang
# Slow, so not part of lint: gcc's analyzer over every source.
analyze:
	@$(MAKE) --no-print-directory -s $(JOBS) B=build-analyze EXTRA=-fanalyzer $(patsubst %.c,build-analyze/%.o,$(SOURCES))

cover:
	@$(MAKE) --no-print-directory -s $(JOBS) B=build-cov SAN=1 SANFL='-O0 -g --coverage' unit-programs
	@B=build-cov tools/run-unit $(UNITS:%.c=build-cov/%) $(FUZZ:%=build-cov/tests/fuzz/replay_%) | tail -1
	@tools/cover build-cov
repro:
	@tools/repro
dist:
	@mkdir -p build
	git archive --format=tar.gz --prefix=cloister-$(shell cat VERSION)/ -o build/cloister-$(shell cat VERSION).tar.gz HEAD
BENCH := $(addprefix $(B)/bench/,start.o proc.o kinds.o request.o report.o) $(call objs,lib/base)
$(B)/bench/start: $(BENCH)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
# No libc and no start files: what is measured is its first instruction.
$(B)/bench/first: bench/first.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CFLAGS) -fno-stack-protector -nostdlib -static -Wl,-z,noexecstack -o $@ $<
bench: all $(B)/bench/start $(B)/bench/first
	@$(B)/bench/start $(B)/bin bench/results.md $(HOT) $(QUIET)
	@bench/scale.sh $(B)/bin bench/results.md
	@cat bench/results.md
help:
	@sed -n 's/^\#: //p' $(MAKEFILE_LIST)
#: all          every program into build/bin (V=1 shows the commands, CC=clang, SAN=1)
#: run stop     two tenants on this machine, confined; and every trace of them gone (root)
#: deps         the Debian packages that building and testing need (root, when one is missing)
#: test         all of the following, one summary line (root)
#: lint         house rules, second compiler, hardening of what was built
#: test-unit    unit tests under sanitizers, no root
#: test-host    real kernel objects in private namespaces (root)
#: test-mutants each check of a start taken out, one at a time: a test must miss it (root)
#: test-sim     the engine's life cycle in a simulated world
#: test-walk    every place where a program can be killed, every error: hours (root)
#: test-vm      the booted lab (not in this version)
#: fuzz-smoke   every harness for its part of FUZZ_SECONDS (60); fuzz-seeded: each finds its planted bug
#: bench        start times beside other ways to start, into bench/results.md (root)
#: cover        line coverage of the unit tests
#: analyze      gcc's analyzer over every source, slow
#: repro dist   two builds compared; the committed tree as an archive
#: clean        removes what was built
.PHONY: lint lint-deps lint-size lint-format lint-syscalls lint-symbols lint-clang analyze cover repro dist bench help
