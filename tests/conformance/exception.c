/* SPDX-License-Identifier: BSD-2-Clause */
/* Each row: a claim that does not hold for SoftHSM2 2.6.1 (its name ends with
 * the section of the standard), and what happens there instead. */

#include "config.h"

#include "tests/conformance/exception.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *claim;
	const char *instead;
} exceptions[] = {
	{ "forked_child_is_not_initialized",
		"the child goes on with the parent's login" },
	{ "private_objects_are_invisible_before_login",
		"CKR_OBJECT_HANDLE_INVALID where a key handle is meant" },
	{ "uncopyable_objects_are_not_copied",
		"a copy without a template is refused as a bad argument" },
	{ "copies_cannot_change_what_they_are",
		"a copy without a template is refused as a bad argument" },
	{ "copies_cannot_loosen_secrecy",
		"a copy without a template is refused as a bad argument" },
	{ "refused_changes_change_nothing",
		"the label before the refused attribute is changed" },
	{ "searches_without_value_memory_are_refused",
		"the NULL pointer is taken" },
	{ "contradictory_templates_are_refused",
		"the later value wins: the key is readable" },
	{ "searches_do_not_confirm_secret_values",
		"a right guess of a prime finds the key" },
	{ "private_keys_are_private_and_sensitive_by_default",
		"generated keys are not sensitive by default" },
	{ "sensitive_keys_are_not_digested",
		"they are digested" },
	{ "malformed_rsa_keys_are_refused",
		"an empty modulus and even numbers are taken" },
	{ "rsa_keys_with_wrong_factors_are_refused",
		"nothing is checked" },
	{ "points_off_the_curve_are_refused",
		"nothing is checked" },
	{ "scalars_out_of_range_are_refused",
		"nothing is checked" },
	{ "aes_keys_have_one_of_three_lengths",
		"any length is taken" },
	{ "raw_rsa_turns_no_decryption_key_into_a_signing_key",
		"it does" },
	{ "keys_of_another_type_are_refused",
		"C_SignInit for ECDSA takes an RSA key" },
	{ "logout_without_login_is_refused",
		"CKR_OK" },
	{ "logout_ends_running_operations_with_private_keys",
		"the signature is still made" },
	{ "wrong_pins_lock_the_token",
		"guesses never end" },
};

const char *
exception_find(const char *claim)
{
	size_t i, length = strcspn(claim, " ");

	for (i = 0; i < sizeof(exceptions) / sizeof(*exceptions); i++)
		if (strlen(exceptions[i].claim) == length &&
			memcmp(exceptions[i].claim, claim, length) == 0)
			return exceptions[i].instead;
	return NULL;
}
