# SPDX-License-Identifier: Apache-2.0
# The probes: one static program, copied into an image and run there.
PROBE_SRC := $(sort $(wildcard tests/host/probes/*.c))
PROBE_OBJ := $(patsubst %.c,$(B)/%.o,$(PROBE_SRC) lib/base/str.c)

# PIE with the same flags as the programs that it attacks; static, for an image has no libc for it.
$(B)/tests/cloister-probe: $(PROBE_OBJ)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(if $(SAN),-pie,-static-pie) -o $@ $^

# The tree for `cloister image build probe --dir build/tests/probe-root`.
$(B)/tests/probe-root/usr/bin/cloister-probe: $(B)/tests/cloister-probe
	@mkdir -p $(@D)
	install -m 0755 $< $@

probe: $(B)/tests/probe-root/usr/bin/cloister-probe
.PHONY: probe
host-programs: probe

# The leak check, and what leaks on purpose for its test.
SNAP_OBJ := $(patsubst %,$(B)/tests/host/leak/%.o,snap snap_proc snap_host) $(B)/lib/base/str.o
$(B)/tests/leak-snap: $(SNAP_OBJ)
$(B)/tests/leak-seed: $(B)/tests/host/leak/seed.o
$(B)/tests/leak-snap $(B)/tests/leak-seed:
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^
host-programs: $(B)/tests/leak-snap $(B)/tests/leak-seed

# Broken frames for the servers, broken messages for the engine.
$(B)/tests/evil-frames: $(call objs,tests/host/evil/frames.c tests/host/evil/plans.c lib/wire/frame.c lib/plan lib/base)
$(B)/tests/evil-client: $(patsubst %,$(B)/%.o,tests/host/evil/client lib/base/str)
$(B)/tests/evil-engine: $(call objs,$(addprefix tests/host/evil/,engine.c world.c side.c decided.c many.c fuzz.c offers.c) \
	lib/wire/frame.c lib/plan lib/base)
$(B)/tests/evil-frames $(B)/tests/evil-client $(B)/tests/evil-engine:
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^
host-programs: $(B)/tests/evil-frames $(B)/tests/evil-client $(B)/tests/evil-engine $(B)/bin/compile_text

# Kills a process of a supervisor at its n-th system call.
$(B)/tests/walker: $(B)/tests/fault/walker.o
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^
host-programs: $(B)/tests/walker

# A person at a terminal.
$(B)/tests/term: $(B)/tests/host/term/term.o
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^
host-programs: $(B)/tests/term

# A build that can leave out one layer of a workload (lib/plan/plan.h). Its programs talk to no release program.
ablate:
	@$(MAKE) --no-print-directory -s $(JOBS) B=build-ablate EXTRA='$(EXTRA) -DCLOISTER_TEST_ABLATE' BUILD=ab1a7e00 all
host-programs: ablate
.PHONY: ablate
