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
	{ "sign_begins_only_with_what_exists",
		"CKR_OBJECT_HANDLE_INVALID where a key handle is meant" },
	{ "failed_signing_ends_the_operation",
		"CKR_GENERAL_ERROR for data that is too long" },
	{ "updates_and_single_part_do_not_mix",
		"CKR_OPERATION_NOT_INITIALIZED" },
	{ "signing_and_digesting_run_side_by_side",
		"a session has one operation only" },
	{ "decrypt_refuses_wrong_lengths",
		"CKR_GENERAL_ERROR" },
	{ "encrypt_refuses_what_does_not_fit",
		"CKR_GENERAL_ERROR" },
	{ "ciphers_need_their_parameter",
		"a missing IV is an invalid mechanism" },
	{ "gcm_needs_its_iv",
		"a crash" },
	{ "generation_checks_its_template",
		"another class than the mechanism makes is a bad value" },
	{ "pair_generation_checks_its_templates",
		"CKR_GENERAL_ERROR" },
	{ "pss_signs_a_digest",
		"CKR_GENERAL_ERROR for a digest of another length" },
	{ "pss_takes_a_mask_of_another_hash",
		"only masks of the same hash are taken" },
	{ "rsa_decryption_does_not_tell_bad_padding",
		"CKR_GENERAL_ERROR tells it" },
	{ "oaep_sha224_agrees_with_others",
		"only SHA-1 is taken" },
	{ "oaep_sha256_agrees_with_others",
		"only SHA-1 is taken" },
	{ "oaep_sha384_agrees_with_others",
		"only SHA-1 is taken" },
	{ "oaep_sha512_agrees_with_others",
		"only SHA-1 is taken" },
	{ "oaep_with_a_label_agrees_with_others",
		"no label is taken" },
	{ "oaep_with_another_label_is_refused",
		"no label is taken" },
	{ "ecdh_with_sha1_kdf_derives_as_others_do",
		"only CKD_NULL is taken" },
	{ "ecdh_with_sha224_kdf_derives_as_others_do",
		"only CKD_NULL is taken" },
	{ "ecdh_with_sha256_kdf_derives_as_others_do",
		"only CKD_NULL is taken" },
	{ "ecdh_with_sha384_kdf_derives_as_others_do",
		"only CKD_NULL is taken" },
	{ "ecdh_with_sha512_kdf_derives_as_others_do",
		"only CKD_NULL is taken" },
	{ "ecdh_with_sha3_256_kdf_derives_as_others_do",
		"only CKD_NULL is taken" },
	{ "ecdh_refuses_a_point_off_the_curve",
		"CKR_GENERAL_ERROR" },
	{ "derived_keys_unwrap_a_readable_content_key",
		"only CKD_NULL is taken" },
	{ "aes_gcm_refuses_altered_text",
		"CKR_GENERAL_ERROR" },
	{ "aes_key_wrap_agrees_with_others",
		"CKR_GENERAL_ERROR for an altered key" },
	{ "rsa_unwraps_a_content_key",
		"CKA_VALUE_LEN of an unwrapped key is 0" },
	{ "rsa_unwrapping_does_not_tell_bad_padding",
		"CKR_GENERAL_ERROR tells it" },
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
