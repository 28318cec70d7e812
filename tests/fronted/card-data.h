/* SPDX-License-Identifier: BSD-2-Clause */
/* What a PIV card tells everybody: what it is, whose it is, certificates. */

#ifndef CARD_DATA_H
#define CARD_DATA_H

#include "tests/fronted/card-tlv.h"

/* Whether it is the name of the application, or the front of it. */
bool card_data_is_name(struct part name);
/* What the application says of itself when it is selected. */
void card_data_put_application(struct bytes *to);
/* The object of this tag; false: there is none. [SP 800-73-4 part 1, table 3]
 */
bool card_data_put(struct part tag, struct bytes *to);

#endif
