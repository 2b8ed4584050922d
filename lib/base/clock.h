/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the only place that reads time.
 */
#ifndef CLOISTER_CLOCK_H
#define CLOISTER_CLOCK_H

#include "lib/base/base.h"

uint64_t clock_boot_ns(void); /* CLOCK_BOOTTIME: deadlines and records, counts suspend */
uint64_t clock_real_ns(void); /* CLOCK_REALTIME: for people only */

#endif
