/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reasons.h - why a workload ended. Pure.
 */
#ifndef CLOISTER_REASONS_H
#define CLOISTER_REASONS_H

#include "supervisor/engine/workloads.h"

struct spawn_exit;

/*
 * The truth is the wait status that spawn saw of the workload's init, then the kernel's count of
 * OOM kills (security-model 6). What init recorded is a claim: it counts only where it is the finer
 * account of that very status, and row.claim says so. x NULL: nobody saw the end. flags: WF_*;
 * stopped: its stop was asked for.
 */
struct exit_row reason_of(const struct spawn_exit *x, uint32_t flags, bool stopped);

/* Did it end as a program that did its work does? */
bool reason_is_well(const struct exit_row *r);

#endif
