/* SPDX-License-Identifier: BSD-2-Clause */
/* Whatever is done to an audit log is found. */

#include "config.h"

#include "keeper/audit-chain.h"
#include "keeper/audit-state.h"
#include "tests/test.h"
#include "tests/unit/audit-kit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

TEST(an_untouched_log_is_sound_to_its_last_line)
{
	fresh_log();
	expect_sound();
	EXPECT_NUMBER(found.sum.lines, 13);
	EXPECT_NUMBER(found.sum.first, 1);
	EXPECT_NUMBER(found.sum.last, 13);
	EXPECT_NUMBER(found.sum.sealed, 11);
	EXPECT_NUMBER(found.sum.sealed_first, 3);
}

TEST(without_the_code_a_log_is_consistent_and_no_more)
{
	fresh_log();
	verify_with(NULL, NULL);
	EXPECT_NUMBER(found.count, 0);
	EXPECT_NUMBER(found.sum.sealed, 0);
	EXPECT(!found.sum.is_sealed_to_end);
}

TEST(edited_lines_are_found_whichever_and_wherever)
{
	struct lines lines;
	size_t i, j;

	fresh_log();
	lines = read_lines();
	for (i = 0; i < lines.count; i++)
		for (j = 0; j + 1 < lines.length[i]; j += 3) {
			lines.at[i][j] ^= 1;
			write_lines(&lines);
			verify_with(&code, NULL);
			/* The first two have MACs that the code is not for. */
			if (i >= 2 || j + 65 < lines.length[i])
				EXPECT(found.count > 0);
			if (found.count)
				EXPECT_NUMBER(found.first.line, i + 1);
			lines.at[i][j] ^= 1;
		}
}

TEST(edited_lines_are_found_without_the_code_too)
{
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.at[5][40] ^= 1;
	write_lines(&lines);
	verify_with(NULL, NULL);
	EXPECT_NUMBER(found.first.finding, AUDIT_CHANGED);
	EXPECT_NUMBER(found.first.number, 6);
}

TEST(removed_lines_are_found)
{
	struct lines lines;
	size_t i;

	fresh_log();
	lines = read_lines();
	for (i = 5; i + 1 < lines.count; i++) {
		lines.at[i] = lines.at[i + 1];
		lines.length[i] = lines.length[i + 1];
	}
	lines.count--;
	write_lines(&lines);
	expect_finding(AUDIT_MISSING, 7);
	EXPECT_NUMBER(found.first.first, 6);
	EXPECT_NUMBER(found.first.line, 6);
}

TEST(lines_removed_from_the_beginning_are_found)
{
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.count -= 4;
	memmove(lines.at, lines.at + 4,
		sizeof(lines.at) - 4 * sizeof(*lines.at));
	memmove(lines.length, lines.length + 4,
		sizeof(lines.length) - 4 * sizeof(*lines.length));
	write_lines(&lines);
	expect_finding(AUDIT_MISSING, 5);
	verify_with(NULL, NULL);
	EXPECT_NUMBER(found.first.finding, AUDIT_MISSING);
}

static void
swap(struct lines *lines, size_t one, size_t other)
{
	char *at = lines->at[one];
	size_t length = lines->length[one];

	lines->at[one] = lines->at[other];
	lines->length[one] = lines->length[other];
	lines->at[other] = at;
	lines->length[other] = length;
}

TEST(reordered_lines_are_found)
{
	struct lines lines;

	fresh_log();
	lines = read_lines();
	swap(&lines, 5, 8);
	write_lines(&lines);
	expect_finding(AUDIT_MISSING, 9);
}

TEST(repeated_lines_are_found)
{
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.at[lines.count] = lines.at[4];
	lines.length[lines.count++] = lines.length[4];
	write_lines(&lines);
	expect_finding(AUDIT_MISPLACED, 5);
	EXPECT_NUMBER(found.first.line, 14);
}

TEST(inserted_lines_are_found)
{
	struct lines lines;
	char *made = test_memory(512);

	fresh_log();
	lines = read_lines();
	memmove(lines.at + 7, lines.at + 6, 100 * sizeof(*lines.at));
	memmove(lines.length + 7, lines.length + 6,
		100 * sizeof(*lines.length));
	lines.count++;
	snprintf(made, 512, "a line by hand\n");
	lines.at[6] = made;
	lines.length[6] = strlen(made);
	write_lines(&lines);
	expect_finding(AUDIT_MALFORMED, 0);
	EXPECT_NUMBER(found.first.line, 7);
}

TEST(a_line_that_was_cut_at_the_end_is_found)
{
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.length[lines.count - 1] -= 20;
	write_lines(&lines);
	verify_with(&code, NULL);
	EXPECT_NUMBER(found.first.finding, AUDIT_MALFORMED);
	EXPECT_NUMBER(found.first.line, 13);
}

/* The state file as a thief gets it: what he can make with its key. */
static struct audit_state
steal_state(void)
{
	struct audit_state_file file;
	struct audit_state state = { 0 };

	EXPECT(audit_state_open(&file, path("audit.state")));
	EXPECT_NUMBER(audit_state_read(&file, &state), AUDIT_STATE_FOUND);
	audit_state_close(&file);
	return state;
}

/* Makes the lines from this one on anew, with the key for the first of them;
 * the text is what it was, but for one letter of the first. */
static void
forge(struct lines *lines, size_t from, struct secret *key)
{
	unsigned char chain[DIGEST_SIZE], mac[DIGEST_SIZE];
	struct audit_line line, last;
	struct audit_text text;
	char *copy;
	size_t i;

	EXPECT(audit_line_take(
		lines->at[from - 1], lines->length[from - 1] - 1, &last));
	memcpy(chain, last.chain, sizeof(chain));
	for (i = from; i < lines->count; i++) {
		EXPECT(audit_line_take(
			lines->at[i], lines->length[i] - 1, &line));
		memcpy(text.at, line.text, line.text_length);
		text.length = line.text_length;
		if (i == from)
			text.at[text.length - 1] ^= 1;
		EXPECT(audit_chain_digest(chain, text.at, text.length, chain));
		EXPECT(audit_chain_mac(key, chain, mac));
		EXPECT(audit_chain_advance(key));
		audit_text_end(&text, chain, mac);
		copy = test_memory(text.length);
		memcpy(copy, text.at, text.length);
		lines->at[i] = copy;
		lines->length[i] = text.length;
	}
	write_lines(lines);
}

TEST(a_forger_with_the_stolen_key_cannot_rewrite_earlier_lines)
{
	struct audit_state stolen;
	struct lines lines;

	fresh_log();
	stolen = steal_state();
	lines = read_lines();
	forge(&lines, 6, &stolen.key);
	expect_finding(AUDIT_FORGED, 7);
	EXPECT_NUMBER(found.first.line, 7);
	audit_state_clear(&stolen);
}

/* What is not promised: from the theft on he can write what he likes. */
TEST(a_forger_with_the_stolen_key_can_forge_what_comes_after)
{
	struct audit_state stolen;
	struct audit *audit;
	struct lines lines;

	fresh_log();
	stolen = steal_state();
	audit = start();
	add(audit, 5);
	audit_close(audit);
	lines = read_lines();
	forge(&lines, 13, &stolen.key);
	expect_sound();
	audit_state_clear(&stolen);
}

/* Who has no key at all is found by everyone who has the code, and by an anchor
 * without it. */
TEST(a_log_that_was_made_anew_throughout_is_found)
{
	struct secret key = { 0 };
	struct lines lines;

	settings.has_anchor_file = true;
	fresh_log();
	EXPECT(secret_init(&key, AUDIT_KEY_SIZE));
	lines = read_lines();
	forge(&lines, 3, &key);
	expect_finding(AUDIT_FORGED, 4);
	verify_with(NULL, NULL);
	EXPECT_NUMBER(found.count, 0);
	verify_with(NULL, path("audit.anchors"));
	EXPECT_NUMBER(found.first.finding, AUDIT_UNANCHORED);
	secret_clear(&key);
}

TEST(a_cut_tail_is_found_back_to_the_last_anchor)
{
	struct lines lines;

	settings.has_anchor_file = true;
	fresh_log();
	verify_with(&code, path("audit.anchors"));
	EXPECT_NUMBER(found.count, 0);
	EXPECT_NUMBER(found.sum.anchored, 13);
	lines = read_lines();
	lines.count -= 3;
	write_lines(&lines);
	/* The cut log is sound in itself. */
	expect_sound();
	verify_with(&code, path("audit.anchors"));
	EXPECT_NUMBER(found.first.finding, AUDIT_CUT);
	EXPECT_NUMBER(found.first.first, 11);
	verify_with(NULL, path("audit.anchors"));
	EXPECT_NUMBER(found.first.finding, AUDIT_CUT);
}

TEST(a_keeper_that_goes_on_after_a_cut_tail_says_so)
{
	struct audit *audit;
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.count -= 3;
	write_lines(&lines);
	audit = start();
	add(audit, 3);
	audit_close(audit);
	expect_finding(AUDIT_MISSING, 14);
	EXPECT_NUMBER(found.first.first, 11);
	EXPECT(!found.first.is_explained);
	lines = read_lines();
	EXPECT(memmem(lines.at[10], lines.length[10], " earlier=missing ", 17));
}

TEST(a_keeper_that_goes_on_after_an_edited_line_says_so)
{
	struct audit *audit;
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.at[12][lines.length[12] - 70] ^= 1;
	write_lines(&lines);
	audit = start();
	audit_close(audit);
	lines = read_lines();
	EXPECT(memmem(lines.at[13], lines.length[13], " earlier=altered ", 17));
}

TEST(a_log_that_was_begun_anew_is_found)
{
	struct audit *audit;

	fresh_log();
	EXPECT(unlink(path("audit.state")) == 0);
	audit = start();
	add(audit, 2);
	audit_close(audit);
	expect_finding(AUDIT_BEGUN, 14);
}

TEST(a_log_that_was_replaced_whole_is_found)
{
	struct audit *audit;

	settings.has_anchor_file = true;
	fresh_log();
	EXPECT(rename(path("audit.anchors"), path("kept")) == 0);
	EXPECT(unlink(path("audit.state")) == 0);
	EXPECT(unlink(path("audit.log")) == 0);
	audit = start();
	add(audit, 20);
	audit_close(audit);
	expect_finding(AUDIT_REPLACED, 22);
	verify_with(NULL, path("kept"));
	EXPECT_NUMBER(found.first.finding, AUDIT_REPLACED);
}
