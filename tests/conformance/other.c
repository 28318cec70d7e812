/* SPDX-License-Identifier: BSD-2-Clause */
/* libgcrypt, asked in its own S-expressions. */

#include "config.h"

#include "tests/conformance/other.h"

#include "tests/test.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

static void
must(gcry_error_t error)
{
	if (error)
		test_fail(__FILE__, __LINE__, "libgcrypt: %s",
			gcry_strerror(error));
}

__attribute__((constructor)) static void
begin(void)
{
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

static int
algorithm(const char *hash)
{
	int number = gcry_md_map_name(hash);

	if (number == 0)
		test_fail(__FILE__, __LINE__, "libgcrypt has no %s", hash);
	return number;
}

size_t
other_digest(const char *hash, const void *data, size_t length,
	unsigned char *digest)
{
	gcry_md_hash_buffer(algorithm(hash), digest, data, length);
	return gcry_md_get_algo_dlen(algorithm(hash));
}

size_t
other_hmac(const char *hash, const void *key, size_t key_length,
	const void *data, size_t length, unsigned char *mac)
{
	size_t mac_length = gcry_md_get_algo_dlen(algorithm(hash));
	gcry_md_hd_t handle;

	must(gcry_md_open(&handle, algorithm(hash), GCRY_MD_FLAG_HMAC));
	must(gcry_md_setkey(handle, key, key_length));
	gcry_md_write(handle, data, length);
	memcpy(mac, gcry_md_read(handle, 0), mac_length);
	gcry_md_close(handle);
	return mac_length;
}

static gcry_sexp_t
rsa_key(bool secret)
{
	gcry_sexp_t key;

	if (secret)
		must(gcry_sexp_build(&key, NULL, "(private-key (rsa (n #00"
			RSA_MODULUS "#) (e #" RSA_PUBLIC_EXPONENT "#) (d #00"
			RSA_PRIVATE_EXPONENT "#)))"));
	else
		must(gcry_sexp_build(&key, NULL, "(public-key (rsa (n #00"
			RSA_MODULUS "#) (e #" RSA_PUBLIC_EXPONENT "#)))"));
	return key;
}

/* The bytes of one part of an expression, as they are or as a number. */
static size_t
part(gcry_sexp_t expression, const char *name, unsigned char *out, size_t room)
{
	gcry_sexp_t found = gcry_sexp_find_token(expression, name, 0);
	const char *at;
	size_t length;

	if (!found || !(at = gcry_sexp_nth_data(found, 1, &length)))
		test_fail(__FILE__, __LINE__, "libgcrypt gave no %s", name);
	while (room > 0 && length > room && *at == 0) {
		at++;
		length--;
	}
	EXPECT(length <= (room ? room : 1024));
	if (room == 0) {
		memcpy(out, at, length);
		return length;
	}
	memset(out, 0, room - length);
	memcpy(out + room - length, at, length);
	return room;
}

bool
other_rsa_verifies(const char *scheme, const char *hash, size_t salt,
	const void *data, size_t length, const unsigned char *signature,
	size_t signature_length)
{
	unsigned char digest[64];
	int digest_length = other_digest(hash, data, length, digest);
	gcry_sexp_t value, said;

	if (strcmp(scheme, "pss") == 0)
		must(gcry_sexp_build(&value, NULL,
			"(data (flags pss) (salt-length %u) (hash %s %b))",
			(unsigned)salt, hash, digest_length, digest));
	else
		must(gcry_sexp_build(&value, NULL,
			"(data (flags pkcs1) (hash %s %b))", hash,
			digest_length, digest));
	must(gcry_sexp_build(&said, NULL, "(sig-val (rsa (s %b)))",
		(int)signature_length, signature));
	return gcry_pk_verify(said, value, rsa_key(false)) == 0;
}

static gcry_sexp_t
padded(const char *scheme, const char *hash, const char *label,
	const void *data, size_t length)
{
	gcry_sexp_t value;

	if (strcmp(scheme, "oaep") == 0)
		must(gcry_sexp_build(&value, NULL,
			"(data (flags oaep) (hash-algo %s) (label %b) "
			"(value %b))", hash, (int)strlen(label), label,
			(int)length, data));
	else
		must(gcry_sexp_build(&value, NULL,
			"(data (flags %s) (value %b))", scheme, (int)length,
			data));
	return value;
}

void
other_rsa_encrypt(const char *scheme, const char *hash, const char *label,
	const void *data, size_t length, unsigned char out[256])
{
	gcry_sexp_t result;

	must(gcry_pk_encrypt(&result, padded(scheme, hash, label, data, length),
		rsa_key(false)));
	part(result, "a", out, 256);
}

size_t
other_rsa_decrypt(const char *scheme, const char *hash, const char *label,
	const unsigned char in[256], unsigned char *out)
{
	gcry_sexp_t value, result;

	if (strcmp(scheme, "oaep") == 0)
		must(gcry_sexp_build(&value, NULL,
			"(enc-val (flags oaep) (hash-algo %s) (label %b) "
			"(rsa (a %b)))", hash, (int)strlen(label), label, 256,
			in));
	else
		must(gcry_sexp_build(&value, NULL,
			"(enc-val (flags %s) (rsa (a %b)))", scheme, 256, in));
	must(gcry_pk_decrypt(&result, value, rsa_key(true)));
	return part(result, "value", out, 0);
}

static gcry_mpi_t
number_of_bytes(const unsigned char *at, size_t length)
{
	gcry_mpi_t number;

	must(gcry_mpi_scan(&number, GCRYMPI_FMT_USG, at, length, NULL));
	return number;
}

static gcry_mpi_t
number_of_digits(const char *digits)
{
	size_t length;
	const unsigned char *at = test_hex(digits, &length);

	return number_of_bytes(at, length);
}

static void
bytes_of_number(gcry_mpi_t number, unsigned char *at, size_t length)
{
	size_t written;
	unsigned char *end = calloc(1, length);

	must(gcry_mpi_print(GCRYMPI_FMT_USG, end, length, &written, number));
	memset(at, 0, length - written);
	memcpy(at + length - written, end, written);
}

void
other_rsa_raw(bool secret, const unsigned char in[256], unsigned char out[256])
{
	gcry_mpi_t result = gcry_mpi_new(2048);

	gcry_mpi_powm(result, number_of_bytes(in, 256),
		number_of_digits(secret ? RSA_PRIVATE_EXPONENT :
					  RSA_PUBLIC_EXPONENT),
		number_of_digits(RSA_MODULUS));
	bytes_of_number(result, out, 256);
}

static gcry_sexp_t
curve_key(const struct curve *curve)
{
	size_t length;
	const unsigned char *point = test_hex(curve->point, &length);
	gcry_sexp_t key;

	must(gcry_sexp_build(&key, NULL,
		curve->key_type == CKK_EC_EDWARDS ?
			"(public-key (ecc (curve %s) (flags eddsa) (q %b)))" :
			"(public-key (ecc (curve %s) (q %b)))",
		curve->name, (int)length, point));
	return key;
}

bool
other_ecdsa_verifies(const struct curve *curve, const char *hash,
	const void *data, size_t length, const unsigned char *signature,
	size_t signature_length)
{
	unsigned char digest[64];
	int digest_length = other_digest(hash, data, length, digest);
	int half = signature_length / 2;
	gcry_sexp_t value, said;

	/* A leading zero keeps the numbers positive. */
	unsigned char r[128] = { 0 }, s[128] = { 0 };
	memcpy(r + 1, signature, half);
	memcpy(s + 1, signature + half, half);
	must(gcry_sexp_build(&value, NULL, "(data (flags raw) (hash %s %b))",
		hash, digest_length, digest));
	must(gcry_sexp_build(&said, NULL, "(sig-val (ecdsa (r %b) (s %b)))",
		half + 1, r, half + 1, s));
	return gcry_pk_verify(said, value, curve_key(curve)) == 0;
}

bool
other_eddsa_verifies(const struct curve *curve, const void *data,
	size_t length, const unsigned char *signature, size_t signature_length)
{
	int half = signature_length / 2;
	gcry_sexp_t value, said;

	must(gcry_sexp_build(&value, NULL,
		"(data (flags eddsa) (hash-algo %s) (value %b))",
		strcmp(curve->name, "Ed448") == 0 ? "shake256" : "sha512",
		(int)length, data));
	must(gcry_sexp_build(&said, NULL, "(sig-val (eddsa (r %b) (s %b)))",
		half, signature, half, signature + half));
	return gcry_pk_verify(said, value, curve_key(curve)) == 0;
}

static size_t
montgomery_length(const struct curve *curve)
{
	return strcmp(curve->name, "X448") == 0 ? 56 : 32;
}

static size_t
montgomery_secret(const struct curve *curve, const unsigned char *scalar,
	const unsigned char *point, unsigned char *secret)
{
	must(gcry_ecc_mul_point(strcmp(curve->name, "X448") == 0 ?
			GCRY_ECC_CURVE448 : GCRY_ECC_CURVE25519,
		secret, scalar, point));
	return montgomery_length(curve);
}

/* scalar times the point (NULL: the generator), both coordinates into out
 * after the byte 4; the length of one. */
static size_t
multiply(const struct curve *curve, gcry_mpi_t scalar,
	const unsigned char *point, size_t length, unsigned char *out)
{
	gcry_ctx_t context;
	gcry_mpi_point_t base, product = gcry_mpi_point_new(0);
	gcry_mpi_t x = gcry_mpi_new(0), y = gcry_mpi_new(0);
	size_t width;

	must(gcry_mpi_ec_new(&context, NULL, curve->name));
	width = (gcry_mpi_get_nbits(gcry_mpi_ec_get_mpi("p", context, 1)) + 7) /
		8;
	if (point) {
		base = gcry_mpi_point_new(0);
		EXPECT_NUMBER(length, 1 + 2 * width);
		gcry_mpi_point_set(base, number_of_bytes(point + 1, width),
			number_of_bytes(point + 1 + width, width),
			gcry_mpi_set_ui(NULL, 1));
	} else {
		base = gcry_mpi_ec_get_point("g", context, 1);
	}
	gcry_mpi_ec_mul(product, scalar, base, context);
	EXPECT(gcry_mpi_ec_get_affine(x, y, product, context) == 0);
	out[0] = 0x04;
	bytes_of_number(x, out + 1, width);
	bytes_of_number(y, out + 1 + width, width);
	return width;
}

size_t
other_shared_secret(const struct curve *curve, const unsigned char *point,
	size_t length, unsigned char *secret)
{
	unsigned char product[160];
	size_t width, scalar_length;

	if (curve->key_type == CKK_EC_MONTGOMERY)
		return montgomery_secret(curve,
			test_hex(curve->scalar, &scalar_length), point, secret);
	width = multiply(curve, number_of_digits(curve->scalar), point, length,
		product);
	memcpy(secret, product + 1, width);
	return width;
}

size_t
other_peer(const struct curve *curve, unsigned char *point)
{
	unsigned char base[56] = { 5 }, scalar[56] = { 8 };

	if (curve->key_type != CKK_EC_MONTGOMERY)
		return 1 + 2 * multiply(curve, gcry_mpi_set_ui(NULL, 2), NULL,
				       0, point);
	if (strcmp(curve->name, "X25519") == 0)
		base[0] = 9;
	return montgomery_secret(curve, scalar, base, point);
}

static const struct {
	const char *name;
	int mode;
} modes[] = {
	{ "ecb", GCRY_CIPHER_MODE_ECB },
	{ "cbc", GCRY_CIPHER_MODE_CBC },
	{ "ctr", GCRY_CIPHER_MODE_CTR },
	{ "gcm", GCRY_CIPHER_MODE_GCM },
	{ "wrap", GCRY_CIPHER_MODE_AESWRAP },
	{ "wrap-pad", GCRY_CIPHER_MODE_AESWRAP },
};

static gcry_cipher_hd_t
open_cipher(const char *mode, const void *key, size_t key_length)
{
	int bits = key_length == 32 ? GCRY_CIPHER_AES256 :
		key_length == 24    ? GCRY_CIPHER_AES192 :
				      GCRY_CIPHER_AES128;
	unsigned flags = strcmp(mode, "wrap-pad") ? 0 : GCRY_CIPHER_EXTENDED;
	gcry_cipher_hd_t handle = NULL;
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(modes[i].name, mode) == 0)
			must(gcry_cipher_open(&handle, bits, modes[i].mode,
				flags));
	EXPECT(handle != NULL);
	must(gcry_cipher_setkey(handle, key, key_length));
	return handle;
}

size_t
other_aes_encrypt(const char *mode, const void *key, size_t key_length,
	const void *iv, size_t iv_length, const void *associated,
	size_t associated_length, const void *in, size_t length,
	unsigned char *out)
{
	gcry_cipher_hd_t handle = open_cipher(mode, key, key_length);
	size_t out_length = length;

	if (strcmp(mode, "ctr") == 0)
		must(gcry_cipher_setctr(handle, iv, iv_length));
	else if (iv_length > 0)
		must(gcry_cipher_setiv(handle, iv, iv_length));
	if (associated_length > 0)
		must(gcry_cipher_authenticate(handle, associated,
			associated_length));
	if (strncmp(mode, "wrap", 4) == 0)
		out_length = (length + 7) / 8 * 8 + 8;
	must(gcry_cipher_encrypt(handle, out, out_length, in, length));
	if (strcmp(mode, "gcm") == 0) {
		must(gcry_cipher_gettag(handle, out + length, 16));
		out_length += 16;
	}
	gcry_cipher_close(handle);
	return out_length;
}
