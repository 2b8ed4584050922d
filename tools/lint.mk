# SPDX-License-Identifier: Apache-2.0
# The house rules (STYLE.md). Each tools/check-* has a test in tests/lint that plants the fault it should find.
LAWFUL  := cloisterd cloister-spawn cloister-init
SOURCES  = $(shell find lib profiles sandbox netns volumes broker audit supervisor cli -name '*.c' 2>/dev/null)

lint-deps:
	@CC='$(CC)' CFLAGS='$(filter-out -DCLOISTER_%,$(CFLAGS))' tools/check-deps
lint-size:
	@tools/check-size
lint-format:
	@tools/check-format
lint-symbols: all
	@rc=0; $(foreach p,$(LAWFUL),tools/check-symbols objects $p $(call objs,$($p)) || rc=1;) \
	tools/check-symbols program $(PROGS:%=$(B)/bin/%) || rc=1; exit $$rc
# The second compiler sees every source; warnings of its front end are errors as in the first.
lint-clang:
	@$(MAKE) --no-print-directory -s -k $(JOBS) CC=clang B=build-clang syntax
syntax: $(patsubst %.c,$(B)/%.ok,$(SOURCES))
$(B)/%.ok: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CFLAGS) -MMD -MP -MT $@ -MF $(@:.ok=.d) -fsyntax-only $<
	@touch $@
lint:
	@MAKE='$(MAKE)' tools/run-lint lint-deps lint-size lint-format lint-symbols lint-clang
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
bench: all
	@$(MAKE) --no-print-directory -s $(B)/bench/start $(B)/bench/first $(B)/bench/true
	@$(B)/bench/start $(B)/bin bench/results.md
help:
	@sed -n 's/^\#\# //p' Makefile tests/tests.mk tools/lint.mk
.PHONY: lint lint-deps lint-size lint-format lint-symbols lint-clang syntax analyze cover repro dist bench help
