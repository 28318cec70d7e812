/* SPDX-License-Identifier: BSD-2-Clause */
/* What a key demands of the keys that are unwrapped with it or derived from it.
 */

#ifndef DEMAND_H
#define DEMAND_H

#include "token/object.h"
#include "token/template.h"

/* Starts empty ({ 0 }); demand_clear frees it. Borrows from the tool and from
 * the template. */
struct demand {
	CK_ATTRIBUTE *at; /* the template, and what it left open */
	CK_ULONG count;
	CK_ATTRIBUTE *nested;
};

/*
 * The template together with what the tool demands: by CKA_UNWRAP_TEMPLATE or
 * CKA_DERIVE_TEMPLATE (use is CKF_UNWRAP or CKF_DERIVE), and by what it is:
 *
 * - What a trusted key unwraps may have been wrapped because it was trusted: it
 *   is sensitive, and leaves in a trusted wrapping only.
 * - What is derived from a secret key is protected as that one is.
 *
 * A private key's derivations are as readable as the template wants them, as
 * clients of ECDH need it; where they must stay, its CKA_DERIVE_TEMPLATE says
 * so. CKR_TEMPLATE_INCONSISTENT when the template says otherwise.
 */
CK_RV demand_merge(const struct object *tool, CK_FLAGS use,
	const struct template_list *template, struct demand *demand);
void demand_clear(struct demand *demand);

#endif
