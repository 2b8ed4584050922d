/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc_api.h - the API in words, from the table that serves it.
 */
#ifndef CLOISTER_TEST_DOC_API_H
#define CLOISTER_TEST_DOC_API_H

/* Print the interface text; print an entry for each method in scdoc. Return an exit code. */
int doc_api_idl(void);
int doc_api_scd(void);

/* Is this JSON text a call of a method, with its arguments? Says what is wrong; 0 or < 0. */
int doc_api_call(const char *line);

#endif
