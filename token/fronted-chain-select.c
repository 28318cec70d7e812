/* SPDX-License-Identifier: BSD-2-Clause */
/* Which certificates of authorities a token's chains lack. */

#include "config.h"

#include "token/fronted-chain.h"

/* What is known while the chains are gone along. */
struct walk {
	const struct chain_link *const *present;
	size_t count;
	const struct chain_link *const *pool;
	size_t pool_count;
	bool *missing;
};

static bool
is_present(const struct walk *walk, const struct chain_link *link)
{
	size_t i;

	for (i = 0; i < walk->count; i++)
		if (chain_link_equal(walk->present[i], link))
			return true;
	return false;
}

/* The chain goes on at one that is there, or ends at its root. */
static bool
has_issuer(const struct walk *walk, const struct chain_link *link)
{
	size_t i;

	if (chain_link_issued(link, link))
		return true;
	for (i = 0; i < walk->count; i++)
		if (walk->present[i] != link &&
			chain_link_issued(walk->present[i], link))
			return true;
	return false;
}

/* Authorities have several certificates, and all of them may lead to a root
 * that somebody trusts. True: some are new. */
static bool
add_issuers(const struct walk *walk, const struct chain_link *link)
{
	bool is_any = false;
	size_t i;

	if (has_issuer(walk, link))
		return false;
	for (i = 0; i < walk->pool_count; i++)
		if (!walk->missing[i] && walk->pool[i] != link &&
			chain_link_issued(walk->pool[i], link) &&
			chain_link_is_authority(walk->pool[i]) &&
			!is_present(walk, walk->pool[i]))
			is_any = walk->missing[i] = true;
	return is_any;
}

/* Each is added once, so that there is an end where they issue each other. */
void
chain_select(const struct chain_link *const *present, size_t count,
	const struct chain_link *const *pool, size_t pool_count, bool *missing)
{
	const struct walk walk = { present, count, pool, pool_count, missing };
	bool is_any = false;
	size_t i;

	for (i = 0; i < pool_count; i++)
		missing[i] = false;
	for (i = 0; i < count; i++)
		is_any |= add_issuers(&walk, present[i]);
	while (is_any) {
		is_any = false;
		for (i = 0; i < pool_count; i++)
			if (missing[i])
				is_any |= add_issuers(&walk, pool[i]);
	}
}
