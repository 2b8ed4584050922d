/* SPDX-License-Identifier: Apache-2.0 */
/*
 * units.h - numbers for people. Pure.
 */
#ifndef CLOISTER_UNITS_H
#define CLOISTER_UNITS_H

#include "lib/base/base.h"

struct units {
	char s[24];
};

/* 0, 512, 4.0KiB, 31MiB: three digits and a binary unit. */
struct units units_bytes(uint64_t v);

/* 850ms, 12s, 3m04s, 5h10m, 7d02h. */
struct units units_span(uint64_t ns);

/* How long ago a time of the interface is (milliseconds of the wall clock); empty when it is not
 * set or lies ahead. */
struct units units_since(uint64_t wall_ms);

#endif
