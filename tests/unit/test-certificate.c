/* SPDX-License-Identifier: BSD-2-Clause */
/* What certificates say of themselves; openssl(1) makes them. */

#include "config.h"

#include "import/certificate.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
run(const char *command)
{
	if (system(command) != 0)
		test_fail(__FILE__, __LINE__, "%s", command);
}

static void
load(const char *name, struct certificate *certificate)
{
	unsigned char der[8192];
	FILE *file = fopen(name, "rb");
	size_t length;

	EXPECT(file != NULL);
	length = fread(der, 1, sizeof(der), file);
	fclose(file);
	EXPECT(certificate_parse(certificate, der, length));
}

/* A self-signed certificate with the extensions, in the test's folder. */
static void
make(struct certificate *certificate, const char *subject,
	const char *extensions)
{
	char command[2048];

	EXPECT_NUMBER(chdir(test_folder()), 0);
	snprintf(command, sizeof(command),
		"printf '[req]\\ndistinguished_name=n\\n[n]\\n[e]\\n%s\\n' "
		">cnf; openssl req -config cnf -extensions e -x509 -utf8 "
		"-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		"-keyout key.pem -outform DER -out made.der -days 30 "
		"-subj '%s' 2>log || { cat log; false; }",
		extensions, subject);
	run(command);
	load("made.der", certificate);
}

TEST(certificate_tells_names_and_addresses)
{
	struct certificate certificate;

	make(&certificate,
		"/C=GR/O=Example, Inc./CN=Älice/emailAddress=ALICE@example.org",
		"subjectAltName=@names\\n[names]\\n"
		"email.1=alice@example.org\\nemail.2=a@example.com\\n"
		"otherName.1=1.3.6.1.5.5.7.8.9;FORMAT:UTF8,"
		"UTF8:älice@example.org\\n"
		"otherName.2=1.3.6.1.4.1.311.20.2.3;UTF8:upn@example.org\\n"
		"DNS.1=example.org");
	EXPECT_TEXT(certificate.subject_text,
		"emailAddress=ALICE@example.org, CN=Älice, "
		"O=Example\\, Inc., C=GR");
	EXPECT_TEXT(certificate.common_name, "Älice");
	EXPECT_NUMBER(certificate.addresses_count, 3);
	EXPECT(certificate_has_address(&certificate, "Alice@Example.Org"));
	EXPECT(certificate_has_address(&certificate, "a@example.com"));
	EXPECT(certificate_has_address(&certificate, "älice@example.org"));
	EXPECT(!certificate_has_address(&certificate, "upn@example.org"));
	EXPECT_TEXT(certificate.key.name, "EC P-256");
	certificate_clear(&certificate);
}

static void
expect_uses(const char *extensions, bool can_sign, bool can_encrypt)
{
	struct certificate certificate;

	make(&certificate, "/CN=Alice", extensions);
	printf("# %s\n", extensions);
	EXPECT_NUMBER(certificate_can_sign(&certificate), can_sign);
	EXPECT_NUMBER(certificate_can_encrypt(&certificate), can_encrypt);
	certificate_clear(&certificate);
}

TEST(certificate_tells_what_it_may_do)
{
	expect_uses("basicConstraints=CA:FALSE", true, true);
	expect_uses("keyUsage=digitalSignature", true, false);
	expect_uses("keyUsage=keyAgreement", false, true);
	expect_uses("keyUsage=keyEncipherment", false, false);
	expect_uses("extendedKeyUsage=emailProtection", true, true);
	expect_uses("extendedKeyUsage=anyExtendedKeyUsage", true, true);
	expect_uses("extendedKeyUsage=serverAuth", false, false);
	expect_uses("basicConstraints=critical,CA:TRUE", false, false);
	expect_uses("basicConstraints=critical,CA:TRUE\\n"
		    "subjectAltName=email:a@example.org",
		true, true);
}

TEST(certificate_tells_until_when)
{
	struct certificate certificate;
	char text[DATE_TEXT];

	make(&certificate, "/CN=Alice", "basicConstraints=CA:FALSE");
	EXPECT_NUMBER(
		certificate.not_after - certificate.not_before, 30 * 24 * 3600);
	EXPECT(certificate_is_valid_at(&certificate, certificate.not_before));
	EXPECT(certificate_is_valid_at(&certificate, certificate.not_after));
	EXPECT(!certificate_is_valid_at(
		&certificate, certificate.not_after + 1));
	EXPECT(!certificate_is_valid_at(
		&certificate, certificate.not_before - 1));
	certificate_date_text(4102444799, text);
	EXPECT_TEXT(text, "2099-12-31");
	certificate_clear(&certificate);
}

#define ISSUE \
	"openssl req -config cnf -newkey rsa:2048 -nodes -keyout l.key " \
	"-subj /CN=Leaf -out l.csr 2>>log && openssl x509 -req -in l.csr " \
	"-CA root.der -CAkey key.pem -set_serial 7 -days 9 -outform DER " \
	"-out leaf.der 2>>log"

TEST(certificate_chains_go_by_signatures_not_by_names)
{
	struct certificate root, other, leaf;
	const struct certificate *pool[] = { &other, &leaf, &root };
	struct chain chain;

	make(&root, "/CN=Root", "basicConstraints=critical,CA:TRUE");
	run("mv made.der root.der; " ISSUE);
	load("leaf.der", &leaf);
	make(&other, "/CN=Root", "basicConstraints=critical,CA:TRUE");
	EXPECT(certificate_is_self_signed(&root));
	EXPECT(!certificate_is_self_signed(&leaf));
	EXPECT(certificate_issued(&root, &leaf));
	EXPECT(!certificate_issued(&other, &leaf));
	chain_build(&chain, &leaf, pool, 3);
	EXPECT_NUMBER(chain.count, 2);
	EXPECT(chain.certificates[1] == &root);
	EXPECT(chain.is_complete);
	chain_build(&chain, &leaf, pool, 2);
	EXPECT_NUMBER(chain.count, 1);
	EXPECT(!chain.is_complete);
	certificate_clear(&root);
	certificate_clear(&other);
	certificate_clear(&leaf);
}

TEST(certificate_refuses_what_is_cut)
{
	struct certificate certificate, cut;
	size_t length;

	make(&certificate, "/CN=Alice", "basicConstraints=CA:FALSE");
	for (length = 0; length < certificate.der.length; length++)
		EXPECT(!certificate_parse(&cut, certificate.der.at, length));
	certificate_clear(&certificate);
}
