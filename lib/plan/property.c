/* SPDX-License-Identifier: Apache-2.0 */
/*
 * property.c - the properties of profiles-audit C.5. Runs in: cloister-compile, cloister-spawn.
 * Pure data.
 */
#include "lib/plan/property.h"

#define P(n)                                                                                       \
	{                                                                                          \
		n, 1                                                                               \
	}
#define S(n)                                                                                       \
	{                                                                                          \
		n, 0                                                                               \
	}

/* clang-format off */
const struct property_row property_table[PROP__COUNT] = {
	S("NS-01"), S("NS-02"), S("NS-03"), S("NS-04"), S("NS-05"), S("NS-06"), S("NS-07"), P("NS-08"),
	S("NS-09"), S("NS-10"), P("NS-11"),
	P("ID-01"), P("ID-02"), S("ID-03"), S("ID-04"), P("ID-05"),
	P("CAP-01"), P("CAP-02"), P("CAP-03"), P("CAP-04"), P("CAP-05"), P("CAP-06"),
	P("PRIV-01"), S("PRIV-02"), S("PRIV-03"), P("PRIV-04"), P("PRIV-05"), P("PRIV-06"), P("PRIV-07"),
	P("SEC-01"), P("SEC-02"), P("SEC-03"), P("SEC-04"), S("SEC-05"), S("SEC-06"), S("SEC-07"),
	P("LSM-01"), P("LSM-02"), P("LSM-03"), P("LSM-04"), P("LSM-05"),
	S("CG-01"), S("CG-02"), P("CG-03"), P("CG-04"), P("CG-05"), P("CG-06"), P("CG-07"), P("CG-08"),
	P("CG-09"), P("CG-10"), P("CG-11"), P("CG-12"), P("CG-13"), S("CG-14"), S("CG-15"),
	P("RL-01"), P("RL-02"), P("RL-03"), P("RL-04"), P("RL-05"), P("RL-06"), P("RL-07"), P("RL-08"),
	P("RL-09"), P("RL-10"), P("RL-11"), P("RL-12"), P("RL-13"), P("RL-14"), P("RL-15"), P("RL-16"),
	P("MNT-01"), P("MNT-02"), S("MNT-03"), S("MNT-04"), S("MNT-05"), P("MNT-06"), S("MNT-07"),
	P("DEV-01"), P("DEV-02"),
	S("FD-01"), P("FD-02"), P("FD-03"),
	S("PROC-01"), S("PROC-02"), S("PROC-03"), P("PROC-04"), P("PROC-05"),
	P("NET-01"), P("NET-02"), P("NET-03"), P("NET-04"), P("NET-05"), S("NET-06"), P("NET-07"),
	P("NET-08"), P("NET-09"), P("NET-10"),
	S("CH-01"), S("CH-02"),
	S("VOL-01"), P("VOL-02"), S("VOL-03"), P("VOL-04"),
	S("KEY-01"), P("ENV-01"), S("SUP-01"), S("SUP-02"), P("HOST-01"), S("HOST-02"), S("HOST-03"),
	S("AUD-01"),
};
/* clang-format on */

size_t property_planned(void)
{
	size_t n = 0;

	for (size_t i = 0; i < PROP__COUNT; i++)
		n += property_table[i].planned;
	return n;
}
