/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #12's derivation as GnuPG works it out: wrong once in a hundred files.
 */

#include "config.h"

#include "import/pbe-gnupg.h"

#include <string.h>

/* GnuPG knows SHA-1 alone here: the block, and the longest text. */
enum { BLOCK = 64, TEXT_MOST = 2048 };

/* What is hashed: the purpose's block, then salt and passphrase, each repeated
 * to fill whole blocks. */
struct text {
	unsigned char at[BLOCK + TEXT_MOST];
	size_t length;
};

static bool
text_fill(struct text *text, struct ber from)
{
	size_t length = (from.length + BLOCK - 1) / BLOCK * BLOCK, i;

	if (length > sizeof(text->at) - text->length)
		return false;
	for (i = 0; i < length; i++)
		text->at[text->length + i] = from.at[i % from.length];
	text->length += length;
	return true;
}

static bool
digest_often(const char *digest, const struct text *text, uint64_t iterations,
	unsigned char sum[DIGEST_MAX], size_t *length)
{
	struct ber from = { text->at, text->length };

	if (iterations == 0)
		return false;
	for (; iterations; iterations--) {
		if (!crypto_digest(digest, from, sum, length))
			return false;
		from = (struct ber){ sum, *length };
	}
	return true;
}

/* block = block + sum + 1, the sum repeated to a block's length. True when
 * zeros at the beginning were left out. */
static bool
add(unsigned char block[BLOCK], const unsigned char *sum, size_t length)
{
	unsigned char total[BLOCK];
	unsigned carry = 1;
	size_t zeros = 0, i;

	for (i = BLOCK; i-- > 0; carry >>= 8) {
		carry += block[i] + sum[i % length];
		total[i] = carry & 0xff;
	}
	while (zeros < BLOCK && total[zeros] == 0)
		zeros++;
	memcpy(block, total + zeros, BLOCK - zeros);
	wipe(total, sizeof(total));
	return zeros > 0;
}

static bool
add_to_all(struct text *text, const unsigned char *sum, size_t length)
{
	bool is_short = false;
	size_t i;

	for (i = BLOCK; i < text->length; i += BLOCK)
		is_short |= add(text->at + i, sum, length);
	return is_short;
}

bool
gnupg_derive_pkcs12(const char *digest, enum crypto_purpose purpose,
	struct ber passphrase, struct ber salt, uint64_t iterations,
	struct secret *result)
{
	struct text text = { .length = BLOCK };
	unsigned char sum[DIGEST_MAX];
	size_t done = 0, length = 0, part;
	bool good = strcmp(digest, "SHA1") == 0, is_short = false;

	memset(text.at, purpose, BLOCK);
	good = good && text_fill(&text, salt) && text_fill(&text, passphrase);
	while (good && done < result->length) {
		good = digest_often(digest, &text, iterations, sum, &length);
		if (!good)
			break;
		part = result->length - done < length ? result->length - done
						      : length;
		memcpy(result->at + done, sum, part);
		done += part;
		if (done < result->length)
			is_short |= add_to_all(&text, sum, length);
	}
	wipe(sum, sizeof(sum));
	wipe(&text, sizeof(text));
	/* One digest is enough for an IV: nothing is added. */
	return good && (is_short || purpose == CRYPTO_FOR_IV);
}
