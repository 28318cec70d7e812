/* SPDX-License-Identifier: BSD-2-Clause */
/* The roots that this system trusts. A CA's .p12 brings no root: whoever checks
 * a mail has it. So a chain is whole when one of those issued its end. */

#include "config.h"

#include "import/p12-crypto.h"
#include "import/p12-library.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

/* Where OpenSSL looks on this system, or where SSL_CERT_FILE and SSL_CERT_DIR
 * say. Without any there is no root to be found. */
static X509_STORE *
roots_open(void)
{
	X509_STORE *roots = X509_STORE_new();

	if (roots &&
		X509_STORE_set_default_paths_ex(roots, library(), NULL) != 1) {
		X509_STORE_free(roots);
		return NULL;
	}
	return roots;
}

static bool
is_issued_by_root(X509_STORE *roots, X509 *certificate)
{
	X509_STORE_CTX *search = X509_STORE_CTX_new_ex(library(), NULL);
	X509 *issuer = NULL;
	bool is_issued = false;

	if (search &&
		X509_STORE_CTX_init(search, roots, certificate, NULL) == 1 &&
		X509_STORE_CTX_get1_issuer(&issuer, search, certificate) == 1)
		is_issued = X509_verify(certificate, X509_get0_pubkey(issuer)) ==
			1;
	X509_free(issuer);
	X509_STORE_CTX_free(search);
	return is_issued;
}

bool
crypto_root_issued(const struct bytes *certificate)
{
	const unsigned char *at = certificate->at;
	X509_STORE *roots = roots_open();
	X509 *read = X509_new_ex(library(), NULL);
	bool is_issued = false;

	if (roots && read &&
		d2i_X509(&read, &at, (long)certificate->length))
		is_issued = is_issued_by_root(roots, read);
	X509_free(read);
	X509_STORE_free(roots);
	return is_issued;
}
