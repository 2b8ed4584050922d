/* SPDX-License-Identifier: Apache-2.0 */
/*
 * property.h - what can be verified about a running workload: the ids of profiles-audit C.5.
 *
 * A row is "planned" when the plan says what to expect: then the plan has exactly one EXPECT row
 * for it (kind 0, a value), rows sorted by property. Pure.
 */
#ifndef CLOISTER_PROPERTY_H
#define CLOISTER_PROPERTY_H

#include "lib/base/base.h"

/* clang-format off */
enum property {
	PROP_NS_01, PROP_NS_02, PROP_NS_03, PROP_NS_04, PROP_NS_05, PROP_NS_06, PROP_NS_07, PROP_NS_08,
	PROP_NS_09, PROP_NS_10, PROP_NS_11,
	PROP_ID_01, PROP_ID_02, PROP_ID_03, PROP_ID_04, PROP_ID_05,
	PROP_CAP_01, PROP_CAP_02, PROP_CAP_03, PROP_CAP_04, PROP_CAP_05, PROP_CAP_06,
	PROP_PRIV_01, PROP_PRIV_02, PROP_PRIV_03, PROP_PRIV_04, PROP_PRIV_05, PROP_PRIV_06, PROP_PRIV_07,
	PROP_SEC_01, PROP_SEC_02, PROP_SEC_03, PROP_SEC_04, PROP_SEC_05, PROP_SEC_06, PROP_SEC_07,
	PROP_LSM_01, PROP_LSM_02, PROP_LSM_03, PROP_LSM_04, PROP_LSM_05,
	PROP_CG_01, PROP_CG_02, PROP_CG_03, PROP_CG_04, PROP_CG_05, PROP_CG_06, PROP_CG_07, PROP_CG_08,
	PROP_CG_09, PROP_CG_10, PROP_CG_11, PROP_CG_12, PROP_CG_13, PROP_CG_14, PROP_CG_15,
	PROP_RL_01, PROP_RL_02, PROP_RL_03, PROP_RL_04, PROP_RL_05, PROP_RL_06, PROP_RL_07, PROP_RL_08,
	PROP_RL_09, PROP_RL_10, PROP_RL_11, PROP_RL_12, PROP_RL_13, PROP_RL_14, PROP_RL_15, PROP_RL_16,
	PROP_MNT_01, PROP_MNT_02, PROP_MNT_03, PROP_MNT_04, PROP_MNT_05, PROP_MNT_06, PROP_MNT_07,
	PROP_DEV_01, PROP_DEV_02,
	PROP_FD_01, PROP_FD_02, PROP_FD_03,
	PROP_PROC_01, PROP_PROC_02, PROP_PROC_03, PROP_PROC_04, PROP_PROC_05,
	PROP_NET_01, PROP_NET_02, PROP_NET_03, PROP_NET_04, PROP_NET_05, PROP_NET_06, PROP_NET_07,
	PROP_NET_08, PROP_NET_09, PROP_NET_10,
	PROP_CH_01, PROP_CH_02,
	PROP_VOL_01, PROP_VOL_02, PROP_VOL_03, PROP_VOL_04,
	PROP_KEY_01, PROP_ENV_01, PROP_SUP_01, PROP_SUP_02, PROP_HOST_01, PROP_HOST_02, PROP_HOST_03,
	PROP_AUD_01,
	PROP__COUNT
};
/* clang-format on */

struct property_row {
	const char *id;	 /* "NS-01" */
	uint8_t planned; /* 1: the expectation comes from the plan */
};

extern const struct property_row property_table[PROP__COUNT];

/* How many rows are planned = how many EXPECT rows every plan has. */
size_t property_planned(void);

#endif
