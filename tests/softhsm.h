/* SPDX-License-Identifier: BSD-2-Clause */
/* SoftHSM2, as a module of somebody else's. */

#ifndef SOFTHSM_H
#define SOFTHSM_H

/* Where it is; without it the test is skipped. */
const char *softhsm_find(void);
/* A folder of the test's for its tokens; what SOFTHSM2_CONF is to name. */
const char *softhsm_configure(void);

#endif
