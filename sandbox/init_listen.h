/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_listen.h - who listens in the workload's network namespace; cloister-init alone.
 */
#ifndef CLOISTER_INIT_LISTEN_H
#define CLOISTER_INIT_LISTEN_H

/* The socket to ask by, before init's filter; -errno. */
long listen_open(void);

/* 1: a port of an `in` fact of the plan listens. 0: none does yet. -ENOENT: this kernel does not
 * tell. Calls sendto and recvfrom, without waiting. */
long listen_look(long sock, const void *plan);

#endif
