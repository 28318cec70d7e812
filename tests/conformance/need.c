/* SPDX-License-Identifier: BSD-2-Clause */
/* What a token does not offer, as it says itself. */

#include "config.h"

#include "tests/conformance/kit.h"

bool
offers(CK_MECHANISM_TYPE type, CK_FLAGS use)
{
	CK_MECHANISM_INFO info;

	return p11->C_GetMechanismInfo(slot, type, &info) == CKR_OK &&
		(info.flags & use) == use;
}

void
need(CK_MECHANISM_TYPE type, CK_FLAGS use)
{
	if (offers(type, use))
		return;
	if (!is_ours())
		test_skip("the mechanism is not offered");
	test_fail(__FILE__, __LINE__,
		"mechanism 0x%lx is not offered for 0x%lx", type, use);
}

void
need_3_0(void)
{
	if (p11->version.major >= 3)
		return;
	if (!is_ours())
		test_skip("version 3.0 is not offered");
	test_fail(__FILE__, __LINE__, "version 3.0 is not offered");
}

void
need_function(CK_RV rv)
{
	if (rv == CKR_FUNCTION_NOT_SUPPORTED && !is_ours())
		test_skip("the function is not offered");
}

/* The least that could be made: of the session, public, without meaning. */
bool
makes_objects(CK_SESSION_HANDLE session)
{
	static enum { UNASKED, MADE, REFUSED } answer;
	CK_OBJECT_HANDLE object;
	CK_RV rv;

	if (answer == UNASKED && is_ours())
		answer = MADE;
	if (answer == UNASKED) {
		rv = p11->C_CreateObject(session,
			TEMPLATE(NUMBER(CKA_CLASS, CKO_DATA),
				FLAG(CKA_TOKEN, CK_FALSE),
				FLAG(CKA_PRIVATE, CK_FALSE),
				STRING(CKA_APPLICATION, "suite")),
			&object);
		answer = rv == CKR_OK ? MADE : REFUSED;
		if (rv == CKR_OK)
			EXPECT_RV(
				p11->C_DestroyObject(session, object), CKR_OK);
	}
	return answer == MADE;
}

void
need_objects_made(CK_SESSION_HANDLE session)
{
	if (!makes_objects(session))
		test_skip("the token makes no objects");
}

void
need_officer(CK_SESSION_HANDLE session)
{
	CK_RV rv = p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN));

	if (rv != CKR_OK && !is_ours())
		test_skip("the token has no security officer");
	EXPECT_RV(rv, CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
}
