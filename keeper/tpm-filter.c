/* SPDX-License-Identifier: BSD-2-Clause */
/* Which commands a worker's connection to the TPM may give. */

#include "config.h"

#include "keeper/tpm-filter.h"

#include <string.h>

/* [TPM 2.0 part 2, 6.5.2, 6.9, 7.4] */
enum {
	WITHOUT_SESSIONS = 0x8001,
	WITH_SESSIONS = 0x8002,
	CREATE_PRIMARY = 0x131,
	FLUSH_CONTEXT = 0x165,
	START_SESSION = 0x176,
	OWNER = 0x40000001,
	NOBODY = 0x40000007,
	PASSWORD = 0x40000009,
	LOCKOUT = 0x4000000a
};

/* A policy allows nothing; reading and writing take the authorisation; of a
 * counter, wrong ones are not counted [part 2, 13.4]. */
enum { SECRET = 0x00040004, COUNTER = 0x02040014 };

/* Of a session: it stays after the command [part 2, 8.4]. */
enum { CONTINUES = 1 };

/* The longest that is kept, and how much of a handle's number says that it is
 * an owner's index. */
enum { KEPT_MOST = 64, PLACES = 0x01800000, KIND_SHIFT = 22 };

/* What may be said in a command's handle area. */
enum handle { NO, THE_OWNER, THE_LOCKOUT, OWN_OBJECT, NULL_HANDLE, PLACE };

/* What is read, from its front. */
struct part {
	const unsigned char *at;
	size_t left;
	bool failed;
};

static uint32_t
take(struct part *part, size_t length)
{
	uint32_t number = 0;
	size_t i;

	if (part->failed || part->left < length) {
		part->failed = true;
		return 0;
	}
	for (i = 0; i < length; i++)
		number = number << 8 | part->at[i];
	part->at += length;
	part->left -= length;
	return number;
}

static struct part
take_part(struct part *part, size_t length)
{
	struct part taken = { part->at, length, false };

	if (part->failed || part->left < length) {
		part->failed = true;
		return (struct part){ .failed = true };
	}
	part->at += length;
	part->left -= length;
	return taken;
}

static struct part
take_sized(struct part *part)
{
	return take_part(part, take(part, 2));
}

static bool
is_empty(const struct part *part)
{
	return !part->failed && part->left == 0;
}

static bool
is_of(const struct tpm_filter *filter, struct part label)
{
	return !label.failed && label.left == TPM_LABEL_SIZE &&
		memcmp(label.at, filter->owner, TPM_OWNER_SIZE) == 0;
}

static bool
is_made(const struct tpm_filter *filter, uint32_t handle)
{
	size_t i;

	for (i = 0; i < filter->count; i++)
		if (filter->handles[i] == handle)
			return true;
	return false;
}

static bool
has_room(const struct tpm_filter *filter, struct part *parameters)
{
	return filter->count < TPM_HANDLES_MOST;
}

/* One that hides and authorises; a trial or a policy serves nothing here. */
static bool
starts_session(const struct tpm_filter *filter, struct part *parameters)
{
	(void)take_sized(parameters); /* nonce */
	(void)take_sized(parameters); /* salt */
	return take(parameters, 1) == 0 && !parameters->failed &&
		has_room(filter, parameters);
}

static bool
flushes_own(const struct tpm_filter *filter, struct part *parameters)
{
	uint32_t handle = take(parameters, 4);

	return is_empty(parameters) && is_made(filter, handle);
}

/* The place says whose it is, and is one of the two kinds that we make. */
static bool
defines_own(const struct tpm_filter *filter, struct part *parameters)
{
	struct part public;
	uint32_t index, attributes;
	bool is_own;

	(void)take_sized(parameters); /* what will authorise */
	public = take_sized(parameters);
	index = take(&public, 4);
	(void)take(&public, 2); /* the name's hash */
	attributes = take(&public, 4);
	is_own = is_of(filter, take_sized(&public));
	return take(&public, 2) <= KEPT_MOST && is_empty(&public) &&
		is_empty(parameters) && is_own &&
		index >> KIND_SHIFT == PLACES >> KIND_SHIFT &&
		(attributes == SECRET || attributes == COUNTER);
}

/* Its state, or the numbers of owners' places. */
static bool
asks_little(const struct tpm_filter *filter, struct part *parameters)
{
	enum { HANDLES = 1, PROPERTIES = 6 };
	uint32_t kind = take(parameters, 4), first = take(parameters, 4);

	(void)take(parameters, 4);
	return is_empty(parameters) &&
		(kind == PROPERTIES ||
			(kind == HANDLES &&
				first >> KIND_SHIFT == PLACES >> KIND_SHIFT));
}

static bool
may_end_lock(const struct tpm_filter *filter, struct part *parameters)
{
	return filter->may_end_lock;
}

/* What token/tpm*.c asks, and random numbers; nothing else is a command. */
static const struct row {
	uint32_t code;
	enum handle handles[2];
	bool (*is_fine)(
		const struct tpm_filter *filter, struct part *parameters);
} rows[] = {
	{ CREATE_PRIMARY, { THE_OWNER, NO }, has_room },
	{ START_SESSION, { OWN_OBJECT, NULL_HANDLE }, starts_session },
	{ FLUSH_CONTEXT, { NO, NO }, flushes_own },
	{ 0x12a /* NV_DefineSpace */, { THE_OWNER, NO }, defines_own },
	{ 0x122 /* NV_UndefineSpace */, { THE_OWNER, PLACE }, NULL },
	{ 0x169 /* NV_ReadPublic */, { PLACE, NO }, NULL },
	{ 0x137 /* NV_Write */, { PLACE, PLACE }, NULL },
	{ 0x14e /* NV_Read */, { PLACE, PLACE }, NULL },
	{ 0x134 /* NV_Increment */, { PLACE, PLACE }, NULL },
	{ 0x17a /* GetCapability */, { NO, NO }, asks_little },
	{ 0x17b /* GetRandom */, { NO, NO }, NULL },
	{ 0x139 /* DictionaryAttackLockReset */, { THE_LOCKOUT, NO },
		may_end_lock },
};

static const struct row *
find_row(uint32_t code)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

/* One command names one place at most, if twice. */
static bool
handle_is_fine(const struct tpm_filter *filter, enum handle kind,
	uint32_t handle, uint32_t *place)
{
	switch (kind) {
	case THE_OWNER:
		return handle == OWNER;
	case THE_LOCKOUT:
		return handle == LOCKOUT;
	case OWN_OBJECT:
		return is_made(filter, handle);
	case NULL_HANDLE:
		return handle == NOBODY;
	case PLACE:
		if (handle >> KIND_SHIFT != PLACES >> KIND_SHIFT ||
			(*place && *place != handle))
			return false;
		*place = handle;
		return true;
	case NO:
		break;
	}
	return false;
}

/* Another connection's session authorises nothing here [part 1, 18.4]. One that
 * ended with its command would leave its number to others. */
static bool
sessions_are_own(const struct tpm_filter *filter, struct part sessions)
{
	uint32_t handle, attributes;

	while (!sessions.failed && sessions.left) {
		handle = take(&sessions, 4);
		(void)take_sized(&sessions); /* nonce */
		attributes = take(&sessions, 1);
		(void)take_sized(&sessions); /* HMAC */
		if (handle != PASSWORD &&
			(!is_made(filter, handle) || !(attributes & CONTINUES)))
			return false;
	}
	return !sessions.failed;
}

size_t
tpm_message_length(const unsigned char header[TPM_HEADER])
{
	struct part part = { header + 2, 4, false };

	return take(&part, 4);
}

enum tpm_verdict
tpm_filter_command(const struct tpm_filter *filter, const struct span *command,
	uint32_t *place)
{
	struct part part = { command->at, command->length, false };
	uint32_t tag = take(&part, 2), length = take(&part, 4);
	const struct row *row = find_row(take(&part, 4));
	size_t i;

	*place = 0;
	if (part.failed || length != command->length ||
		length > TPM_MESSAGE_MOST || !row)
		return TPM_REFUSE;
	for (i = 0; i < 2 && row->handles[i] != NO; i++)
		if (!handle_is_fine(
			    filter, row->handles[i], take(&part, 4), place))
			return TPM_REFUSE;
	if (tag == WITH_SESSIONS &&
		!sessions_are_own(filter, take_part(&part, take(&part, 4))))
		return TPM_REFUSE;
	if (part.failed || (tag != WITH_SESSIONS && tag != WITHOUT_SESSIONS) ||
		(row->is_fine && !row->is_fine(filter, &part)))
		return TPM_REFUSE;
	return *place ? TPM_CHECK : TPM_PASS;
}

void
tpm_filter_question(uint32_t place, unsigned char command[TPM_QUESTION])
{
	const unsigned char question[TPM_QUESTION] = { 0x80, 0x01, 0, 0, 0,
		TPM_QUESTION, 0, 0, 0x01, 0x69, place >> 24, place >> 16 & 0xff,
		place >> 8 & 0xff, place & 0xff };

	memcpy(command, question, sizeof(question));
}

bool
tpm_filter_is_own(const struct tpm_filter *filter, const struct span *response)
{
	struct part part = { response->at, response->length, false }, public;

	(void)take_part(&part, 6);
	if (take(&part, 4) != 0 || part.failed)
		return false;
	public = take_sized(&part);
	(void)take(&public, 4); /* index */
	(void)take(&public, 2); /* the name's hash */
	(void)take(&public, 4); /* attributes */
	return is_of(filter, take_sized(&public));
}

/* An error is a header alone. */
bool
tpm_filter_is_error(const struct span *response)
{
	struct part part = { response->at, response->length, false };

	(void)take_part(&part, 6);
	return take(&part, 4) != 0 && is_empty(&part);
}

/* GetCapability of the permanent attributes [part 2, 6.13, 8.6]. */
void
tpm_filter_state_question(unsigned char command[TPM_STATE_QUESTION])
{
	static const unsigned char question[TPM_STATE_QUESTION] = { 0x80, 0x01,
		0, 0, 0, TPM_STATE_QUESTION, 0, 0, 0x01, 0x7a, 0, 0, 0, 6, 0, 0,
		0x02, 0, 0, 0, 0, 1 };

	memcpy(command, question, sizeof(question));
}

bool
tpm_filter_lock_is_free(const struct span *response)
{
	enum { PERMANENT = 0x200, LOCKOUT_AUTH_SET = 4 };
	struct part part = { response->at, response->length, false };

	(void)take_part(&part, 6);
	if (take(&part, 4) != 0)
		return false;
	(void)take_part(&part, 1 + 4 + 4); /* more, the kind, how many */
	return take(&part, 4) == PERMANENT &&
		!(take(&part, 4) & LOCKOUT_AUTH_SET) && is_empty(&part);
}

static void
give_up(struct tpm_filter *filter, uint32_t handle)
{
	size_t i;

	for (i = 0; i < filter->count; i++)
		if (filter->handles[i] == handle)
			filter->handles[i] = filter->handles[--filter->count];
}

void
tpm_filter_note(struct tpm_filter *filter, const struct span *command,
	const struct span *response)
{
	struct part asked = { command->at, command->length, false },
		    told = { response->at, response->length, false };
	uint32_t code, handle;

	(void)take_part(&asked, 6);
	code = take(&asked, 4);
	(void)take_part(&told, 6);
	if (take(&told, 4) != 0 || told.failed || asked.failed)
		return;
	if (code == FLUSH_CONTEXT)
		give_up(filter, take(&asked, 4));
	if (code != CREATE_PRIMARY && code != START_SESSION)
		return;
	handle = take(&told, 4);
	if (!told.failed && filter->count < TPM_HANDLES_MOST)
		filter->handles[filter->count++] = handle;
}

/* TPM_RC_HANDLE of the first, or TPM_RC_COMMAND_CODE [part 2, 6.6]. */
void
tpm_filter_refusal(bool is_place, unsigned char response[TPM_HEADER])
{
	const unsigned char refusal[TPM_HEADER] = { 0x80, 0x01, 0, 0, 0,
		TPM_HEADER, 0, 0, 0x01, is_place ? 0x8b : 0x43 };

	memcpy(response, refusal, sizeof(refusal));
}
