/* SPDX-License-Identifier: BSD-2-Clause */
/* Each row: a claim that does not hold for a vendor's module (its name ends
 * with the section of the standard), how its test fails there, and, where that
 * does not say it, what happens there instead. */

#include "config.h"

#include "tests/conformance/exception.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* The wire mends what a call's shape can tell, and lacks what 2.40 has not. */
enum where { DIRECT = 1, OVER_WIRE = 2, EVERYWHERE = 3, FRONTED = 4 };
/* With it: libcrypto or the card have their part in how the test fails, and
 * that was seen with the versions of Debian 12 only; with later ones any way
 * is. */
enum { OF_DEBIAN_12 = 8 };

/* OpenSSL hides bad padding since then, and so does what is built on it. */
#define PADDING_IS_HIDDEN 0x30200000UL

struct exception {
	const char *claim;
	const char *failure;
	const char *instead;
	unsigned where;
};

/* SoftHSM2 2.6.1 */
static const struct exception softhsm2[] = {
	{ "always_authenticate_asks_each_time", "CKR_OK",
		"a login counts for one use within five seconds, for clients "
		"that ask for no other [BASE 5.6.8]",
		FRONTED },
	{ "forked_child_is_not_initialized", "1",
		"the child goes on with the parent's login", DIRECT },
	{ "private_objects_are_invisible_before_login",
		"CKR_OBJECT_HANDLE_INVALID",
		"CKR_OBJECT_HANDLE_INVALID where a key handle is meant",
		DIRECT },
	{ "uncopyable_objects_are_not_copied", "CKR_ARGUMENTS_BAD",
		"a copy without a template is refused as a bad argument",
		DIRECT },
	{ "copies_cannot_change_what_they_are", "CKR_ARGUMENTS_BAD",
		"a copy without a template is refused as a bad argument",
		DIRECT },
	{ "copies_cannot_loosen_secrecy", "CKR_ARGUMENTS_BAD",
		"a copy without a template is refused as a bad argument",
		DIRECT },
	{ "refused_changes_change_nothing", "other bytes",
		"the label before the refused attribute is changed",
		EVERYWHERE },
	{ "searches_without_value_memory_are_refused", "CKR_OK",
		"the NULL pointer is taken", DIRECT },
	{ "contradictory_templates_are_refused", "CKR_OK",
		"the later value wins: the key is readable", EVERYWHERE },
	{ "searches_do_not_confirm_secret_values", "1",
		"a right guess of a prime finds the key", EVERYWHERE },
	{ "private_keys_are_private_and_sensitive_by_default", "0",
		"generated keys are not sensitive by default", EVERYWHERE },
	{ "sensitive_keys_are_not_digested", "CKR_OK", "they are digested",
		EVERYWHERE },
	{ "malformed_rsa_keys_are_refused", "CKR_OK",
		"an empty modulus and even numbers are taken", EVERYWHERE },
	{ "rsa_keys_with_wrong_factors_are_refused", "CKR_OK",
		"nothing is checked", EVERYWHERE },
	{ "points_off_the_curve_are_refused", "CKR_OK", "nothing is checked",
		EVERYWHERE },
	{ "scalars_out_of_range_are_refused", "CKR_OK", "nothing is checked",
		EVERYWHERE },
	{ "aes_keys_have_one_of_three_lengths", "CKR_OK", "any length is taken",
		EVERYWHERE },
	{ "raw_rsa_turns_no_decryption_key_into_a_signing_key", "CKR_OK",
		"it does", EVERYWHERE },
	{ "keys_of_another_type_are_refused", "CKR_OK",
		"C_SignInit for ECDSA takes an RSA key", EVERYWHERE },
	{ "logout_without_login_is_refused", "CKR_OK", NULL, EVERYWHERE },
	{ "logout_ends_running_operations_with_private_keys", "CKR_OK",
		"the signature is still made", EVERYWHERE },
	{ "wrong_pins_lock_the_token", "CKR_PIN_INCORRECT", "guesses never end",
		EVERYWHERE },
	{ "sign_begins_only_with_what_exists", "CKR_OBJECT_HANDLE_INVALID",
		"CKR_OBJECT_HANDLE_INVALID where a key handle is meant",
		DIRECT },
	{ "failed_signing_ends_the_operation", "CKR_GENERAL_ERROR",
		"CKR_GENERAL_ERROR for data that is too long", EVERYWHERE },
	{ "updates_and_single_part_do_not_mix", "CKR_OPERATION_NOT_INITIALIZED",
		NULL, EVERYWHERE },
	{ "signing_and_digesting_run_side_by_side", "CKR_OPERATION_ACTIVE",
		"a session has one operation only", EVERYWHERE },
	{ "decrypt_refuses_wrong_lengths", "CKR_GENERAL_ERROR", NULL,
		EVERYWHERE },
	{ "encrypt_refuses_what_does_not_fit", "CKR_GENERAL_ERROR", NULL,
		EVERYWHERE },
	{ "ciphers_need_their_parameter", "CKR_MECHANISM_INVALID",
		"a missing IV is an invalid mechanism", EVERYWHERE },
	{ "gcm_needs_its_iv", "a crash", NULL, DIRECT },
	{ "generation_checks_its_template", "CKR_ATTRIBUTE_VALUE_INVALID",
		"another class than the mechanism makes is a bad value",
		EVERYWHERE },
	{ "pair_generation_checks_its_templates", "CKR_GENERAL_ERROR", NULL,
		EVERYWHERE },
	{ "pss_signs_a_digest", "CKR_GENERAL_ERROR",
		"CKR_GENERAL_ERROR for a digest of another length",
		EVERYWHERE },
	{ "pss_takes_a_mask_of_another_hash", "CKR_ARGUMENTS_BAD",
		"only masks of the same hash are taken", EVERYWHERE },
	{ "rsa_decryption_does_not_tell_bad_padding", "CKR_GENERAL_ERROR",
		"CKR_GENERAL_ERROR tells it", EVERYWHERE },
	{ "oaep_sha224_agrees_with_others", "CKR_ARGUMENTS_BAD",
		"only SHA-1 is taken", EVERYWHERE },
	{ "oaep_sha256_agrees_with_others", "CKR_ARGUMENTS_BAD",
		"only SHA-1 is taken", EVERYWHERE },
	{ "oaep_sha384_agrees_with_others", "CKR_ARGUMENTS_BAD",
		"only SHA-1 is taken", EVERYWHERE },
	{ "oaep_sha512_agrees_with_others", "CKR_ARGUMENTS_BAD",
		"only SHA-1 is taken", EVERYWHERE },
	{ "oaep_with_a_label_agrees_with_others", "CKR_ARGUMENTS_BAD",
		"no label is taken", EVERYWHERE },
	{ "oaep_with_another_label_is_refused", "CKR_ARGUMENTS_BAD",
		"no label is taken", EVERYWHERE },
	{ "ecdh_with_sha1_kdf_derives_as_others_do",
		"CKR_MECHANISM_PARAM_INVALID", "only CKD_NULL is taken",
		EVERYWHERE },
	{ "ecdh_with_sha224_kdf_derives_as_others_do",
		"CKR_MECHANISM_PARAM_INVALID", "only CKD_NULL is taken",
		EVERYWHERE },
	{ "ecdh_with_sha256_kdf_derives_as_others_do",
		"CKR_MECHANISM_PARAM_INVALID", "only CKD_NULL is taken",
		EVERYWHERE },
	{ "ecdh_with_sha384_kdf_derives_as_others_do",
		"CKR_MECHANISM_PARAM_INVALID", "only CKD_NULL is taken",
		EVERYWHERE },
	{ "ecdh_with_sha512_kdf_derives_as_others_do",
		"CKR_MECHANISM_PARAM_INVALID", "only CKD_NULL is taken",
		EVERYWHERE },
	{ "ecdh_with_sha3_256_kdf_derives_as_others_do",
		"CKR_MECHANISM_PARAM_INVALID", "only CKD_NULL is taken",
		EVERYWHERE },
	{ "ecdh_refuses_a_point_off_the_curve", "CKR_GENERAL_ERROR", NULL,
		EVERYWHERE },
	{ "derived_keys_unwrap_a_readable_content_key",
		"CKR_MECHANISM_PARAM_INVALID", "only CKD_NULL is taken",
		EVERYWHERE },
	{ "aes_gcm_refuses_altered_text", "CKR_GENERAL_ERROR", NULL,
		EVERYWHERE },
	{ "aes_key_wrap_pad_agrees_with_others", "other bytes",
		"the padding is RFC 5649's, which is CKM_AES_KEY_WRAP_KWP",
		EVERYWHERE },
	{ "aes_key_wrap_agrees_with_others", "CKR_GENERAL_ERROR",
		"CKR_GENERAL_ERROR for an altered key", EVERYWHERE },
	{ "rsa_unwraps_a_content_key", "0",
		"CKA_VALUE_LEN of an unwrapped key is 0", EVERYWHERE },
	{ "rsa_unwrapping_does_not_tell_bad_padding", "CKR_GENERAL_ERROR",
		"CKR_GENERAL_ERROR tells it", EVERYWHERE | OF_DEBIAN_12 },
	{ "objects_have_unique_ids", "CKR_ATTRIBUTE_TYPE_INVALID",
		"3.0 is ours, SoftHSM2's objects are of 2.40", OVER_WIRE },
	{ "profile_objects_say_what_the_token_is", "*CKO_PROFILE*",
		"3.0 is ours, SoftHSM2's objects are of 2.40", OVER_WIRE },
	{ "null_mechanism_ends_the_operation", "CKR_ARGUMENTS_BAD",
		"SoftHSM2 implements 2.40", OVER_WIRE },
	{ "session_cancel_ends_the_named_operations", "CKR_OPERATION_ACTIVE",
		"SoftHSM2 implements 2.40", OVER_WIRE },
	{ "session_cancel_ends_a_search", "CKR_FUNCTION_NOT_SUPPORTED",
		"SoftHSM2 implements 2.40", OVER_WIRE },
	{ "login_user_with_a_name_is_for_named_users",
		"CKR_FUNCTION_NOT_SUPPORTED", "SoftHSM2 implements 2.40",
		OVER_WIRE },
	{ NULL, NULL, NULL, 0 },
};

/* OpenSC 0.23 to 0.26, with a PIV card */
static const struct exception opensc[] = {
	{ "initialize_refuses_some_of_the_mutex_functions", "CKR_OK", NULL,
		DIRECT },
	{ "forked_child_is_not_initialized", "1",
		"the child goes on with the parent's login", DIRECT },
	{ "function_list_is_given_before_initialize", "20",
		"its version is 2.20", DIRECT | OF_DEBIAN_12 },
	{ "interface_by_name_and_version", "CKR_ARGUMENTS_BAD",
		"2.40 is not known", DIRECT },
	{ "unknown_interfaces_are_refused", "CKR_ARGUMENTS_BAD", NULL, DIRECT },
	{ "no_interface_claims_to_be_fork_safe", "CKR_ARGUMENTS_BAD", NULL,
		DIRECT },
	{ "random_bytes_differ", "CKR_FUNCTION_NOT_SUPPORTED",
		"CKF_RNG is set, and the card has none", EVERYWHERE },
	{ "random_gives_a_megabyte_at_once", "CKR_FUNCTION_NOT_SUPPORTED",
		"CKF_RNG is set, and the card has none", EVERYWHERE },
	{ "seeding_is_taken_or_not_supported", "CKR_FUNCTION_NOT_SUPPORTED",
		NULL, EVERYWHERE },
	{ "private_objects_are_invisible_before_login", "CKR_OK",
		"their attributes can be read after the logout", EVERYWHERE },
	{ "object_size_is_a_number_or_unavailable",
		"CKR_FUNCTION_NOT_SUPPORTED", NULL, EVERYWHERE },
	{ "null_mechanism_ends_the_operation", "CKR_ARGUMENTS_BAD", NULL,
		EVERYWHERE },
	{ "failed_signing_ends_the_operation", "CKR_ARGUMENTS_BAD",
		"CKR_ARGUMENTS_BAD for data that is too long",
		EVERYWHERE | OF_DEBIAN_12 },
	{ "verify_accepts_and_refuses", "CKR_SIGNATURE_INVALID",
		"a signature that is too short is a wrong one",
		EVERYWHERE | OF_DEBIAN_12 },
	{ "updates_and_single_part_do_not_mix", "CKR_OK", NULL, EVERYWHERE },
	{ "decrypt_refuses_wrong_lengths", "CKR_TOKEN_NOT_RECOGNIZED", NULL,
		EVERYWHERE | OF_DEBIAN_12 },
	{ "ec_scalars_are_not_shown", "CKR_ATTRIBUTE_TYPE_INVALID",
		"the key has no such attribute", EVERYWHERE | OF_DEBIAN_12 },
	{ "keys_without_derive_do_not_derive", "CKR_KEY_TYPE_INCONSISTENT",
		NULL, EVERYWHERE | OF_DEBIAN_12 },
	{ "always_authenticate_asks_each_time", "CKR_OPERATION_NOT_INITIALIZED",
		"the refused signature ends the operation that the context "
		"login would be for",
		DIRECT },
	{ "always_authenticate_asks_each_time", "CKR_OK",
		"a login counts for one use within five seconds, for clients "
		"that ask for no other [BASE 5.6.8]",
		FRONTED },
	{ "searches_without_value_memory_are_refused", "a crash", NULL,
		DIRECT },
	{ "open_session_needs_the_serial_flag", "a crash",
		"a crash where the session is to be put nowhere", DIRECT },
	{ "close_all_sessions_logs_out", "1", "it closes every other session",
		DIRECT },
	{ "logout_ends_running_operations_with_private_keys", "CKR_OK",
		"the signature is still made, for the card is not asked",
		EVERYWHERE },
	{ "session_cancel_ends_the_named_operations",
		"CKR_FUNCTION_NOT_SUPPORTED",
		"a vendor is asked by 2.40, which has no such call [BASE "
		"5.6.5]",
		FRONTED },
	{ "session_cancel_ends_a_search",
		"CKR_FUNCTION_NOT_SUPPORTED|CKR_OPERATION_ACTIVE",
		"the search goes on; and a vendor is asked by 2.40",
		EVERYWHERE },
	{ "login_user_with_a_name_is_for_named_users",
		"CKR_FUNCTION_NOT_SUPPORTED", NULL, EVERYWHERE },
	{ "context_login_without_its_operation_is_refused", "CKR_OK", NULL,
		EVERYWHERE | OF_DEBIAN_12 },
	{ "session_counts_are_counted", "0", "they are 0", EVERYWHERE },
	{ "slot_event_is_none_without_blocking", "CKR_OK",
		"the card that is there is an event", DIRECT },
	{ "pin_is_compared_with_its_length", "CKR_DATA_INVALID",
		"CKR_DATA_INVALID for one that no card of this kind has",
		EVERYWHERE | OF_DEBIAN_12 },
	{ "ecdh_with_sha1_kdf_derives_as_others_do", "other bytes",
		"CKD_NULL is taken for it", EVERYWHERE | OF_DEBIAN_12 },
	{ "ecdh_with_sha224_kdf_derives_as_others_do", "other bytes",
		"CKD_NULL is taken for it", EVERYWHERE | OF_DEBIAN_12 },
	{ "ecdh_with_sha256_kdf_derives_as_others_do", "other bytes",
		"CKD_NULL is taken for it", EVERYWHERE | OF_DEBIAN_12 },
	{ "ecdh_with_sha384_kdf_derives_as_others_do", "other bytes",
		"CKD_NULL is taken for it", EVERYWHERE | OF_DEBIAN_12 },
	{ "ecdh_with_sha512_kdf_derives_as_others_do", "other bytes",
		"CKD_NULL is taken for it", EVERYWHERE | OF_DEBIAN_12 },
	{ "ecdh_with_sha3_256_kdf_derives_as_others_do", "other bytes",
		"CKD_NULL is taken for it", EVERYWHERE | OF_DEBIAN_12 },
	{ "ecdh_takes_a_wrapped_point", "CKR_TEMPLATE_INCOMPLETE",
		"CKR_TEMPLATE_INCOMPLETE for an AES key",
		EVERYWHERE | OF_DEBIAN_12 },
	{ "ecdh_refuses_a_point_off_the_curve", "CKR_TEMPLATE_INCOMPLETE", NULL,
		EVERYWHERE | OF_DEBIAN_12 },
	{ "pss_signs_a_digest", "CKR_MECHANISM_PARAM_INVALID",
		"CKR_MECHANISM_PARAM_INVALID for a digest of another length",
		EVERYWHERE | OF_DEBIAN_12 },
	{ "rsa_decryption_does_not_tell_bad_padding",
		"CKR_ENCRYPTED_DATA_INVALID",
		"CKR_ENCRYPTED_DATA_INVALID tells it",
		EVERYWHERE | OF_DEBIAN_12 },
	{ NULL, NULL, NULL, 0 },
};

static unsigned
here(void)
{
	const char *wiring = getenv("CONFORMANCE");

	return strstr(wiring, "-front")   ? OVER_WIRE | FRONTED
		: strstr(wiring, "-wire") ? OVER_WIRE
					  : DIRECT;
}

static const struct exception *
rows(void)
{
	return strncmp(getenv("CONFORMANCE"), "piv", 3) == 0 ? opensc
							     : softhsm2;
}

static bool
openssl_mends(const char *claim)
{
	return strncmp(claim, "rsa_decryption_does_not_tell_bad_padding", 40) ==
		0 &&
		rows() == softhsm2 &&
		OpenSSL_version_num() >= PADDING_IS_HIDDEN;
}

static bool
is_known(const struct exception *row)
{
	const char *version = getenv("OPENSC_VERSION");

	if (!(row->where & OF_DEBIAN_12))
		return true;
	return rows() == opensc ? version && strncmp(version, "0.23", 4) == 0
				: OpenSSL_version_num() < PADDING_IS_HIDDEN;
}

static const char *
instead(const struct exception *row)
{
	return row->instead ? row->instead : row->failure;
}

const struct test_exception *
exception_find(const char *claim)
{
	static struct test_exception found;
	const struct exception *row;
	size_t length = strcspn(claim, " ");

	for (row = rows(); row->claim; row++)
		if ((row->where & here()) && strlen(row->claim) == length &&
			memcmp(row->claim, claim, length) == 0 &&
			!openssl_mends(claim)) {
			found.instead = instead(row);
			found.failure = is_known(row) ? row->failure : "*";
			return &found;
		}
	return NULL;
}

/* Through us, and not of the vendor alone; or the other way. */
void
exception_report(void)
{
	const struct exception *row;
	unsigned mended = 0, ours = 0;

	if (here() == DIRECT)
		return;
	for (row = rows(); row->claim; row++) {
		if ((row->where & DIRECT) && !(row->where & here()))
			mended++;
		if ((row->where & DIRECT) || !(row->where & here()))
			continue;
		ours++;
		printf("# not of the vendor alone: %s: %s\n", row->claim,
			instead(row));
	}
	printf("# %u exceptions are not of the vendor alone; %u of its are "
	       "mended\n",
		ours, mended);
}
