/* SPDX-License-Identifier: BSD-2-Clause */
/* Authorities' certificates that a token's chains lack, as OpenSSL makes them.
 */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/vendor-kit.h"
#include "token/fronted-chain.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

/* Somebody with a key and a certificate, in every form. */
struct person {
	EVP_PKEY *key;
	X509 *certificate;
	struct chain_link *link;
	unsigned char *der, *subject;
	CK_ULONG length, subject_length;
};

static void
extend(struct person *person, const X509 *issuer, int kind, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;

	X509V3_set_ctx(&context, (X509 *)(uintptr_t)issuer, person->certificate,
		NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
	EXPECT(extension &&
		X509_add_ext(person->certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static X509_NAME *
name_of(const char *common)
{
	X509_NAME *name = X509_NAME_new();

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		(const unsigned char *)common, -1, -1, 0);
	return name;
}

/* All that there are, for as long as the process lives: a sanitizer looks for
 * what nobody knows of any more. */
enum { PERSONS_MOST = 64 };
static struct person persons[PERSONS_MOST];
static size_t persons_count;

/* By an issuer that is called so; NULL: by itself. */
static struct person
certify(EVP_PKEY *key, const char *name, const char *issuer_name,
	const struct person *issuer, bool is_authority)
{
	struct person person = { key, X509_new(), NULL, NULL, NULL, 0, 0 };
	X509_NAME *subject = name_of(name), *above = name_of(issuer_name);
	static long serial;

	if (!issuer)
		issuer = &person;
	X509_set_version(person.certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(person.certificate), ++serial);
	X509_set_subject_name(person.certificate, subject);
	X509_set_issuer_name(person.certificate, above);
	X509_gmtime_adj(X509_getm_notBefore(person.certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(person.certificate), 86400);
	X509_set_pubkey(person.certificate, person.key);
	if (is_authority)
		extend(&person, NULL, NID_basic_constraints,
			"critical,CA:TRUE");
	extend(&person, NULL, NID_subject_key_identifier, "hash");
	extend(&person, issuer->certificate, NID_authority_key_identifier,
		"keyid");
	EXPECT(X509_sign(person.certificate, issuer->key, EVP_sha256()) > 0);
	person.length = (CK_ULONG)i2d_X509(person.certificate, &person.der);
	person.subject_length =
		(CK_ULONG)i2d_X509_NAME(subject, &person.subject);
	person.link = chain_link_new(person.der, person.length);
	EXPECT(person.link);
	X509_NAME_free(subject);
	X509_NAME_free(above);
	EXPECT(persons_count < PERSONS_MOST);
	persons[persons_count++] = person;
	return person;
}

static struct person
issue(const char *name, const char *issuer_name, const struct person *issuer,
	bool is_authority)
{
	return certify(
		EVP_EC_gen("P-256"), name, issuer_name, issuer, is_authority);
}

/* A root, what is below it, and whom that has certified. */
static struct person root, middle, alice;

static void
make_three(void)
{
	root = issue("Root", "Root", NULL, true);
	middle = issue("Middle", "Root", &root, true);
	alice = issue("Alice", "Middle", &middle, false);
}

TEST(all_up_to_the_root_are_missing)
{
	bool missing[3];

	make_three();
	chain_select((const struct chain_link *[]){ alice.link }, 1,
		(const struct chain_link *[]){ root.link, middle.link }, 2,
		missing);
	EXPECT(missing[0] && missing[1]);
}

TEST(what_the_token_has_is_not_missing)
{
	bool missing[2];

	make_three();
	chain_select((const struct chain_link *[]){ alice.link, middle.link },
		2, (const struct chain_link *[]){ root.link, middle.link }, 2,
		missing);
	EXPECT(missing[0] && !missing[1]);
	chain_select((const struct chain_link *[]){ root.link }, 1,
		(const struct chain_link *[]){ root.link, middle.link }, 2,
		missing);
	EXPECT(!missing[0] && !missing[1]);
}

TEST(those_of_other_chains_stay_out)
{
	struct person other, below, person;
	bool missing[4];

	make_three();
	other = issue("Other", "Other", NULL, true);
	below = issue("Below", "Other", &other, true);
	/* Who is no authority issued nothing. */
	person = certify(middle.key, "Middle", "Root", &root, false);
	chain_select((const struct chain_link *[]){ alice.link }, 1,
		(const struct chain_link *[]){
			other.link, below.link, person.link, middle.link },
		4, missing);
	EXPECT(!missing[0] && !missing[1] && !missing[2] && missing[3]);
}

TEST(a_name_is_not_enough_where_both_know_the_key)
{
	struct person other;
	bool missing[2];

	make_three();
	other = issue("Middle", "Root", &root, true);
	chain_select((const struct chain_link *[]){ alice.link }, 1,
		(const struct chain_link *[]){ other.link, middle.link }, 2,
		missing);
	EXPECT(!missing[0] && missing[1]);
}

TEST(authorities_that_issue_each_other_come_to_an_end)
{
	struct person first, one, other, person;
	bool missing[2];

	first = issue("One", "One", NULL, true);
	other = issue("Two", "One", &first, true);
	one = certify(first.key, "One", "Two", &other, true);
	person = issue("Alice", "Two", &other, false);
	chain_select((const struct chain_link *[]){ person.link }, 1,
		(const struct chain_link *[]){ one.link, other.link }, 2,
		missing);
	EXPECT(missing[0] && missing[1]);
}

static CK_OBJECT_CLASS class = CKO_CERTIFICATE;
static CK_BBOOL no = CK_FALSE, yes = CK_TRUE;
static const CK_FUNCTION_LIST_3_0 *list;
static CK_SESSION_HANDLE session;

static void
put_text(struct bytes *text, const struct person *person)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *at;
	long length;

	PEM_write_bio_X509(memory, person->certificate);
	length = BIO_get_mem_data(memory, &at);
	EXPECT(bytes_append(text, at, (size_t)length));
	BIO_free(memory);
}

static void
put_on_token(const struct person *person)
{
	static CK_ATTRIBUTE attributes[4][5];
	static size_t count;

	memcpy(attributes[count],
		(CK_ATTRIBUTE[]){ { CKA_CLASS, &class, sizeof(class) },
			{ CKA_TOKEN, &yes, 1 }, { CKA_PRIVATE, &no, 1 },
			{ CKA_SUBJECT, person->subject,
				person->subject_length },
			{ CKA_VALUE, person->der, person->length } },
		sizeof(attributes[0]));
	vendor_add(attributes[count++], 5);
}

/* Alice's certificate on the token, and this text beside it. */
static void
begin(const struct bytes *text)
{
	put_on_token(&alice);
	chain_begin(text);
	list = vendor_front();
	EXPECT_RV(list->C_OpenSession(VENDOR_SLOT, CKF_SERIAL_SESSION, NULL,
			  NULL, &session),
		CKR_OK);
}

static CK_ULONG
find_certificates(CK_OBJECT_HANDLE found[8])
{
	CK_ATTRIBUTE template = { CKA_CLASS, &class, sizeof(class) };

	return vendor_find(list, session, &template, 1, found, 8);
}

static void
has(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, const void *value,
	CK_ULONG length)
{
	unsigned char room[2048];
	CK_ATTRIBUTE attribute = { type, room, sizeof(room) };

	EXPECT_RV(list->C_GetAttributeValue(session, object, &attribute, 1),
		CKR_OK);
	EXPECT_BYTES(room, attribute.ulValueLen, value, length);
}

TEST(a_missing_one_is_shown_as_its_certificate_says)
{
	const ASN1_OCTET_STRING *id;
	struct bytes text = { 0 };
	CK_ULONG category = 2;
	CK_ATTRIBUTE by_subject = { CKA_SUBJECT, NULL, 0 },
		     number = { CKA_SERIAL_NUMBER, NULL, 0 };
	CK_OBJECT_HANDLE found[8];

	make_three();
	put_text(&text, &middle);
	begin(&text);
	EXPECT_NUMBER(find_certificates(found), 2);
	EXPECT_NUMBER(found[0], 1);
	has(found[1], CKA_VALUE, middle.der, middle.length);
	has(found[1], CKA_SUBJECT, middle.subject, middle.subject_length);
	has(found[1], CKA_ISSUER, root.subject, root.subject_length);
	has(found[1], CKA_LABEL, "Middle", 6);
	id = X509_get0_subject_key_id(middle.certificate);
	has(found[1], CKA_ID, ASN1_STRING_get0_data(id),
		(CK_ULONG)ASN1_STRING_length(id));
	has(found[1], CKA_CERTIFICATE_CATEGORY, &category, sizeof(category));
	has(found[1], CKA_TOKEN, &yes, 1);
	has(found[1], CKA_PRIVATE, &no, 1);
	has(found[1], CKA_MODIFIABLE, &no, 1);
	has(found[1], CKA_TRUSTED, &no, 1);
	EXPECT_RV(list->C_GetAttributeValue(session, found[1], &number, 1),
		CKR_OK);
	EXPECT(number.ulValueLen > 2);
	by_subject.pValue = middle.subject;
	by_subject.ulValueLen = middle.subject_length;
	EXPECT_NUMBER(vendor_find(list, session, &by_subject, 1, found, 8), 1);
	bytes_clear(&text);
}

TEST(each_is_shown_once_however_often_it_was_given)
{
	struct bytes text = { 0 };
	CK_OBJECT_HANDLE found[8], again[8];

	make_three();
	put_text(&text, &middle);
	put_text(&text, &root);
	put_text(&text, &middle);
	put_text(&text, &alice);
	begin(&text);
	EXPECT_NUMBER(find_certificates(found), 3);
	EXPECT_NUMBER(find_certificates(again), 3);
	EXPECT(memcmp(found, again, 3 * sizeof(*found)) == 0);
	bytes_clear(&text);
}

/* To read a card's certificate takes long. */
TEST(a_certificate_is_read_once_and_only_where_it_matters)
{
	CK_OBJECT_CLASS other = CKO_DATA;
	char nobody[] = "Nobody";
	CK_ATTRIBUTE data = { CKA_CLASS, &other, sizeof(other) },
		     label = { CKA_LABEL, nobody, 6 };
	struct bytes text = { 0 };
	CK_OBJECT_HANDLE found[8];

	make_three();
	put_text(&text, &middle);
	begin(&text);
	vendor_find(list, session, &data, 1, found, 8);
	vendor_find(list, session, &label, 1, found, 8);
	EXPECT_NUMBER(vendor_reads, 0);
	find_certificates(found);
	find_certificates(found);
	EXPECT_NUMBER(vendor_reads, 1);
	bytes_clear(&text);
}

TEST(it_goes_when_the_token_gets_it_or_nobody_needs_it)
{
	struct bytes text = { 0 };
	CK_OBJECT_HANDLE found[8];

	make_three();
	put_text(&text, &middle);
	begin(&text);
	EXPECT_NUMBER(find_certificates(found), 2);
	put_on_token(&middle);
	EXPECT_NUMBER(find_certificates(found), 2);
	EXPECT_NUMBER(found[1], found[0] + 2);
	vendor_remove();
	vendor_remove();
	EXPECT_NUMBER(find_certificates(found), 0);
	bytes_clear(&text);
}

TEST(a_text_that_is_broken_gives_what_is_whole)
{
	static const char broken[] = "-----BEGIN CERTIFICATE-----\nAAAA\n"
				     "-----END CERTIFICATE-----\n"
				     "-----BEGIN CERTIFICATE-----\n*\n"
				     "-----END CERTIFICATE-----\n";
	struct bytes text = { 0 };
	CK_OBJECT_HANDLE found[8];

	make_three();
	EXPECT(bytes_append(&text, broken, sizeof(broken) - 1));
	put_text(&text, &middle);
	EXPECT(bytes_append(&text, broken, sizeof(broken) / 3));
	begin(&text);
	EXPECT_NUMBER(find_certificates(found), 2);
	bytes_clear(&text);
}
