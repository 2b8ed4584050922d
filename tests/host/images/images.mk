# SPDX-License-Identifier: Apache-2.0
# What tests/host/image.sh runs: bad archives, an attachment by hand, volumed without its family, packing.
IMG := $(B)/tests/images
VOLUME_OBJ := $(patsubst %,$(B)/volumes/%.o,image store)
$(IMG)/hostile: $(B)/tests/host/images/hostile.o
$(IMG)/at:      $(B)/tests/host/images/at.o $(VOLUME_OBJ) $(call objs,lib/base)
$(IMG)/alone:   $(B)/tests/host/images/alone.o $(call objs,lib/base lib/wire $(LIBPLAN))
$(IMG)/hostile $(IMG)/at $(IMG)/alone:
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -larchive
images-tests: $(IMG)/hostile $(IMG)/at $(IMG)/alone
host-programs: images-tests
.PHONY: images-tests
