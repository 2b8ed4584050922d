# SPDX-License-Identifier: Apache-2.0
# One page, non-recursive: a program is a list of folders and files. `make help` lists the targets.
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all
export LC_ALL := C
CC  := gcc
SAN :=
V   :=
Q   := $(if $V,,@)
B   := $(if $(SAN),build-san,build)

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wcast-qual -Wcast-align -Wwrite-strings \
	-Wpointer-arith -Wundef -Wformat=2 -Wvla -Walloca -Wswitch-enum -Wimplicit-fallthrough \
	-Wnull-dereference -Wframe-larger-than=16384 -Werror
HARD := -O2 -g -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-fno-strict-overflow -fno-delete-null-pointer-checks -fno-plt -fvisibility=hidden \
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
HARDLD := -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed,--fatal-warnings
SANFL  := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
REPRO  := -ffile-prefix-map=$(CURDIR)=. -Wdate-time
# A flag that only one compiler has is asked for once.
has = $(shell echo 'int x;' | $(CC) -Werror $(1) -x c -c -o /dev/null - 2>/dev/null && echo $(1))
EXTRA := $(foreach f,-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wformat-signedness -Wtrampolines \
	-ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr -Wcomma -Wassign-enum -Wunreachable-code,$(call has,$f))
# Programs of two builds do not talk to each other: the hash of all that crosses between them.
BUILD := $(shell cat lib/wire/*.h lib/asks/*.h lib/plan/*.h lib/base/*.h | sha256sum | cut -c1-8)
CFLAGS  := -std=gnu17 -D_GNU_SOURCE -I. -DCLOISTER_BUILD=0x$(BUILD)u -DCLOISTER_VERSION='"$(shell cat VERSION)"' \
	$(WARN) $(EXTRA) $(REPRO) $(if $(SAN),$(SANFL),$(HARD))
LDFLAGS := $(if $(SAN),$(SANFL),$(HARDLD))

LIBPLAN := $(addprefix lib/plan/,registry.c policy.c)
SERVER  := lib/wire $(LIBPLAN) lib/harden lib/base

cloisterd        := supervisor/daemon lib/wire lib/plan/policy.c lib/harden/harden.c lib/base
cloister-engine  := supervisor/engine lib/varlink $(SERVER) lib/plan/feature.c
cloister-spawn   := $(addprefix sandbox/,main_spawn.c open.c rows.c spawn_ops.c spawn.c exec.c starts.c plans.c verdict.c grips.c tenant.c \
	fixed.c enter.c mounts.c cgroup.c live.c adopt.c label.c) lib/plan lib/wire lib/harden/harden.c lib/base
cloister-acts    := supervisor/acts lib/base
cloister-init    := sandbox/init.c sandbox/init_listen.c sandbox/init_startup.c
cloister-netd    := netns $(SERVER)
cloister-volumed := $(addprefix volumes/,main_volumed.c volumed_ops.c serve.c builds.c store.c image.c place.c) $(SERVER)
cloister-mkimage := volumes/mkimage.c volumes/unpack.c lib/harden lib/base
cloister-compile := profiles lib/plan lib/harden lib/base
doc_text         := tests/docs $(filter-out %/main_engine.c,$(wildcard supervisor/engine/*.c)) cli/args.c cli/near.c cli/cmd_table.c \
	lib/varlink $(SERVER) lib/plan/feature.c
compile_text     := tests/golden $(filter-out %/main_compile.c,$(wildcard profiles/*.c)) lib/plan lib/base
cloister-relay   := broker/logrelay.c broker/logcopy.c lib/harden lib/base
# What needs libarchive is a program of its own: `cloister run` must not load it.
cloister         := $(filter-out cli/imagetar.c cli/image_%.c,$(wildcard cli/*.c)) lib/client lib/varlink lib/base
cloister-imagetar := cli/imagetar.c $(wildcard cli/image_*.c) cli/print.c cli/text.c lib/base
PROGS := cloisterd cloister-engine cloister-spawn cloister-init cloister-netd cloister-volumed cloister-mkimage \
	cloister-compile cloister-relay cloister-acts cloister cloister-imagetar

cloisterd_libs        := -lcap
cloister-engine_libs  := -ljansson -lsqlite3 -lsystemd -lseccomp -lcap
cloister-spawn_libs   := -lcap
cloister-netd_libs    := -lnl-route-3 -lnl-3 -lseccomp -lcap
cloister-volumed_libs := -lseccomp -lcap
cloister-mkimage_libs := -larchive -lseccomp -lcap
cloister-relay_libs   := -lseccomp -lcap
cloister-compile_libs := -lseccomp -lcap
compile_text_libs     := -lseccomp
doc_text_libs         := $(cloister-engine_libs)
cloister_libs         := -ljansson
cloister-imagetar_libs := -larchive
$(B)/netns/%: CFLAGS += -isystem /usr/include/libnl3
# What has the hash in it is made anew when one of the hashed headers changes.
$(patsubst %.c,$(B)/%.o,$(shell grep -ls CLOISTER_BUILD */*.c */*/*.c */*/*/*.c)): $(wildcard lib/wire/*.h lib/asks/*.h lib/plan/*.h lib/base/*.h)
# No C library in it (sandbox/init_bare.h): nothing that needs one set up before main.
BARE := -ffreestanding -fno-stack-protector -U_FORTIFY_SOURCE -fno-sanitize=all
$(patsubst %.c,$(B)/%.o,$(cloister-init)): CFLAGS += $(BARE)
$(B)/bin/cloister-init: LDFLAGS := $(HARDLD) -nostdlib
$(B)/bin/cloister-init: CFLAGS += $(BARE)
STATIC := cloister-spawn cloister-init cloister-compile cloister-relay cloister

objs = $(patsubst %.c,$(B)/%.o,$(sort $(foreach d,$(1),$(if $(filter %.c,$d),$d,$(wildcard $d/*.c)))))
define PROG
$(B)/bin/$(1): $(call objs,$($(1)))
	@mkdir -p $$(@D)
	$$Q$$(if $$V,,echo '  LD $$@';) $$(CC) $$(CFLAGS) $$(LDFLAGS) $$(if $$(filter $(1),$$(STATIC)),$$(if $$(SAN),,-static-pie),-pie) -o $$@ $$^ $$($(1)_libs)
endef
all: $(addprefix $(B)/bin/,$(PROGS))
$(foreach p,$(PROGS) compile_text doc_text,$(eval $(call PROG,$p)))

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$Q$(if $V,,echo '  CC $<';) $(CC) $(CFLAGS) $(CPP_$(<D)) -MMD -MP -c -o $@ $<
include tests/tests.mk tests/host/probes/probes.mk tests/host/images/images.mk tools/lint.mk
-include $(shell find $(B) -name '*.d' 2>/dev/null)

# The README's first command, and what takes it back.
run: deps
	@$(MAKE) --no-print-directory all probe
	@B=$(B) tools/demo.sh
stop:
	@B=$(B) tools/stop.sh
docs: $(B)/bin/cloister $(B)/bin/doc_text
	@$< help --as md >docs/generated/commands.md
	@$(B)/bin/doc_text idl >docs/generated/io.cloister.varlink
	@$(B)/bin/doc_text scd >docs/generated/methods.scd
	@$(B)/bin/doc_text rights >docs/generated/rights.tsv
	@docs/build.sh $(abspath $<) $(abspath $(B))

clean:
	rm -rf build build-*
.PHONY: all clean run stop docs
