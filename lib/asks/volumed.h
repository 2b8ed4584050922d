/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volumed.h - what others may ask of cloister-volumed. Structs only.
 */
#ifndef CLOISTER_ASK_VOLUMED_H
#define CLOISTER_ASK_VOLUMED_H

#include "lib/asks/parent.h"

enum volumed_op {
	VOLUMED_IMAGE_BEGIN = PARENT__COUNT, /* engine: nothing -> slot of spawn's GRIP_FILE,
						value[0..1] own slot */
	VOLUMED_IMAGE_COMMIT, /* engine: volumed_slot -> value[0..3] the SHA-256 it computed;
				 answers later   */
	VOLUMED_IMAGE_ABORT,  /* engine: volumed_slot  */
	VOLUMED_IMAGE_LOOK,   /* engine: volumed_image (t zero) -> value[0] bytes; -ENOENT   */
	VOLUMED_IMAGE_DROP, /* engine: volumed_image (t zero): the file goes; -EBUSY while attached
			     */
	VOLUMED_IMAGE_ATTACH, /* engine: volumed_image -> slot of spawn's GRIP_IMAGE (offered to
				 spawn)       */
	VOLUMED_IMAGE_DETACH, /* engine: volumed_image: volumed forgets the attachment (spawn drops
				 the grip) */
	VOLUMED_HOST,	      /* engine: nothing -> value[0] enum volumed_host bits	 */
	VOLUMED__COUNT,
};

enum volumed_host { VOLUMED_EROFS_FILE = 1, VOLUMED_EROFS_LOOP = 2 };

struct volumed_slot {
	struct slot s;
};

struct volumed_image {
	struct tenant_ref t;
	uint8_t digest[DIGEST_LEN];
};

#endif
