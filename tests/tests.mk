# SPDX-License-Identifier: Apache-2.0
# The levels of tests. Each ends with a line `N passed, N failed, N skipped`; `make test` adds them up.
# What a test links it says itself, in comments near its top, as the lists of programs in the Makefile:
#   /* links: lib/plan/plan_check.c lib/base */      /* libs: -lseccomp */
# A shell test (tests/lint/*.sh, tests/golden/*.sh) names programs it runs:   # needs: cloister-compile
# and so does a C test:   /* needs: cloister-relay */
say = $Q$(if $V,,echo "  $(1) $@";)
UNITS   := $(wildcard tests/unit/test_*.c)
SHTESTS := $(filter-out tests/lint/plant.sh,$(wildcard tests/lint/*.sh tests/golden/*.sh))
FUZZ    := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60

# "file|word|word…" for each file that has such a comment; a comment may be folded over lines.
said = $(shell awk -v key="$(1):" '{ gsub(/\*\//, " & "); n = split($$0, w, /[ \t]+/); \
	for (i = 1; i <= n; i++) { if (w[i] == key && w[i - 1] == "/*") { on = 1; printf "%s%s", sep, FILENAME; sep = " " } \
	else if (w[i] == "*/") on = 0; else if (on && w[i] != "" && w[i] != "*") printf "|%s", w[i] } }' $(2) /dev/null)
words_of = $(foreach l,$(filter $(1)|%,$(2)),$(wordlist 2,999,$(subst |, ,$l)))
LINKS   := $(if $(UNITS)$(FUZZ),$(call said,links,$(UNITS) $(FUZZ:%=tests/fuzz/%.c)))
LIBS    := $(if $(UNITS)$(FUZZ),$(call said,libs,$(UNITS) $(FUZZ:%=tests/fuzz/%.c)))
NEEDS   := $(sort $(foreach t,$(SHTESTS),$(shell sed -n "s,^\# needs: *,,p" $t)) \
	$(foreach n,$(if $(UNITS),$(call said,needs,$(UNITS))),$(wordlist 2,99,$(subst |, ,$n))))
# a folder without its main()
linked   = $(foreach o,$(call objs,$(1) $(call words_of,$(1),$(LINKS))),$(if $(findstring /main_,$o),,$o))

define UNIT
$(B)/$(1:.c=): $(call linked,$(1))
	$$(call say,CC)$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ -lcmocka $(call words_of,$(1),$(LIBS))
endef
$(foreach t,$(UNITS),$(eval $(call UNIT,$t)))

# A harness is built three ways: libFuzzer (clang), the same with its seeded bug, and a replay of the corpus.
define HARNESS
$(B)/tests/fuzz/$(1): $(call linked,tests/fuzz/$(1).c)
	$$(call say,CC)$$(CC) $$(CFLAGS) $$(LDFLAGS) -fsanitize=fuzzer -o $$@ $$^ $(call words_of,tests/fuzz/$(1).c,$(LIBS))
$(B)/tests/fuzz/$(1).bug.o: tests/fuzz/$(1).c
	@mkdir -p $$(@D)
	$$(call say,CC)$$(CC) $$(CFLAGS) -DSEEDED_BUG -MMD -MP -c -o $$@ $$<
$(B)/tests/fuzz/$(1).bug: $(B)/tests/fuzz/$(1).bug.o $(filter-out $(B)/tests/fuzz/$(1).o,$(call linked,tests/fuzz/$(1).c))
	$$(call say,CC)$$(CC) $$(CFLAGS) $$(LDFLAGS) -fsanitize=fuzzer -o $$@ $$^ $(call words_of,tests/fuzz/$(1).c,$(LIBS))
$(B)/tests/fuzz/replay_$(1): $(B)/tests/fuzz/replay.o $(call linked,tests/fuzz/$(1).c)
	$$(call say,CC)$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $(call words_of,tests/fuzz/$(1).c,$(LIBS))
endef
$(foreach f,$(FUZZ),$(eval $(call HARNESS,$f)))

# Without a jobserver from above, a sub-make uses the cores there are.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
AS_FUZZ = CC=clang B=build-fuzz SAN=1 \
	SANFL='-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'

unit-programs: $(UNITS:%.c=$(B)/%) $(FUZZ:%=$(B)/tests/fuzz/replay_%) $(addprefix $(B)/bin/,$(NEEDS))
fuzz-programs: $(FUZZ:%=$(B)/tests/fuzz/%)
bug-programs: $(FUZZ:%=$(B)/tests/fuzz/%.bug)
test-unit:
	@$(MAKE) --no-print-directory -s $(JOBS) SAN=1 unit-programs
	@B=build-san CC='$(CC)' tools/run-unit $(UNITS:%.c=build-san/%) $(SHTESTS) $(FUZZ:%=build-san/tests/fuzz/replay_%)
# all that tests/host/run.sh needs, for `tests/host/run.sh tests/host/X.sh`
host-programs: all
test-host:
	@[ "$$(id -u)" = 0 ] || { echo "test-host: needs root (private namespaces, mounts, cgroups): sudo make test-host" >&2; exit 1; }
	@$(MAKE) --no-print-directory -s $(JOBS) host-programs
	@B=$(B) tests/host/run.sh
test-mutants: all $(addprefix $(B)/tests/evil-,engine frames client) $(B)/bin/compile_text
	@B=$(B) tools/run-mutants
# Every place of the walk, every error, 1,000 cycles: hours.
test-walk:
	@[ "$$(id -u)" = 0 ] || { echo "test-walk: needs root: sudo make test-walk" >&2; exit 1; }
	@$(MAKE) --no-print-directory -s $(JOBS) host-programs
	@B=$(B) LIMIT=86400 WALK=all CYCLES=1000 tests/host/run.sh tests/host/walk.sh tests/host/errno.sh tests/host/cycles.sh
deps:
	@tools/deps.sh
test-vm:
	@echo "SKIP vm: this tree has no booted lab"; echo "0 passed, 0 failed, 1 skipped"
# The engine's life cycle in a made up world, five million steps over twenty histories: without a sanitizer.
SIM_SEEDS ?= $(shell seq 20)
test-sim:
	@$(MAKE) --no-print-directory -s $(JOBS) $(B)/tests/unit/test_sim
	@for s in $(SIM_SEEDS); do SEED=$$s STEPS=250000 $(B)/tests/unit/test_sim >/dev/null </dev/null 2>$(B)/sim.err || { tail -3 $(B)/sim.err; exit 1; }; done
	@echo "$(words $(SIM_SEEDS)) passed, 0 failed, 0 skipped"
fuzz-smoke:
	@$(MAKE) --no-print-directory -s $(JOBS) $(AS_FUZZ) fuzz-programs
	@tools/run-fuzz smoke $(FUZZ_SECONDS) $(FUZZ:%=build-fuzz/tests/fuzz/%)
fuzz-seeded:
	@$(MAKE) --no-print-directory -s $(JOBS) $(AS_FUZZ) bug-programs
	@tools/run-fuzz seeded 12 $(FUZZ:%=build-fuzz/tests/fuzz/%.bug)
test: deps
	@MAKE='$(MAKE)' tools/run-levels lint test-unit test-sim test-host test-vm fuzz-smoke fuzz-seeded
.PHONY: deps host-programs unit-programs fuzz-programs bug-programs test test-unit test-sim test-host test-mutants test-walk test-vm fuzz-smoke fuzz-seeded
