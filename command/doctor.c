/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal doctor: finds out what is wrong, and how to mend it. */

#include "config.h"

#include "command/doctor.h"

#include "import/json.h"
#include "command/say.h"
#include "command/secret-entry.h"
#include "command/verb.h"
#include "pkcs11/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check {
	const char *name;
	/* What is well when nothing was found. */
	const char *good;
	void (*run)(struct visit *visit);
};

/* clang-format off */
/* Rights before the module: a keeper that starts mends some of them. */
static const struct check house_checks[] = {
	{ "rights", N_("Nobody else can read or change your files."), check_rights },
	{ "place", N_("Only this machine writes where your tokens are."), check_place },
	{ "module", N_("The module loads."), check_module },
	{ "configuration", N_("No protection is lowered."), check_configuration },
	{ "keeper", N_("The keeper answers."), check_keeper },
	{ "fronts", N_("Every module that was added works."), check_fronts },
	{ "walls", N_("What protects the keeper from other programs stands."), check_walls },
	{ "p11-kit", N_("Programs that use p11-kit see the module."), check_p11_kit },
	{ "duplicates", N_("Each token is there once."), check_duplicates },
	{ "thunderbird", N_("Thunderbird knows the module."), check_thunderbird },
};
static const struct check token_checks[] = {
	{ "pin", N_("The PIN works as it should."), check_pin },
	{ "guard", N_("The PIN is guarded by the token itself."), check_guard },
	{ "imports", N_("Every key has its certificate."), check_imports },
	{ "certificates", N_("The certificates serve for mail."), check_certificates },
	{ "chains", N_("Every chain of certificates is complete."), check_chains },
	{ "signature", N_("A test mail was signed, and the signature is good."), check_signature },
};
/* clang-format on */

char *
words(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return text;
}

void
visit_add(
	struct visit *visit, enum health health, char *text, const char *remedy)
{
	struct finding *grown =
		reallocarray(visit->findings, visit->count + 1, sizeof(*grown));

	if (!grown) {
		free(text);
		return;
	}
	visit->findings = grown;
	grown[visit->count++] = (struct finding){ visit->check, health, text,
		remedy ? strdup(remedy) : NULL };
}

static void
run_check(struct visit *visit, const struct check *check)
{
	size_t before = visit->count;

	visit->check = check->name;
	check->run(visit);
	if (visit->count == before)
		visit_add(visit, HEALTH_GOOD, strdup(_(check->good)), NULL);
}

/* Who sits at a terminal may give the PIN there; a file is for programs. */
static bool
is_to_log_in(const struct visit *visit)
{
	CK_FLAGS flags = visit->token->info.flags;

	if (secret_is_given(visit->request, &pin_source))
		return visit->has_pin;
	return !is_given(visit->request, OPTION_JSON) && isatty(STDIN_FILENO) &&
		(flags & CKF_USER_PIN_INITIALIZED) &&
		!(flags & CKF_USER_PIN_LOCKED) &&
		ask(_("Sign a test mail? It needs the PIN. (y/n)"));
}

static bool
look_into(struct visit *visit)
{
	struct token *token = visit->token;

	visit->check = "token";
	if (!token_open(token, false))
		return false;
	/* Without the PIN that was asked for there is still much to see. */
	if (is_to_log_in(visit) && !token_login(token, visit->request) &&
		visit->has_pin)
		return false;
	return inventory_read(token, &visit->inventory);
}

static void
visit_token(struct visit *visit)
{
	size_t i;

	if (!look_into(visit)) {
		visit_add(visit, HEALTH_BAD,
			words(_("The token \"%s\" cannot be read."),
				visit->token->label),
			_("Look at the messages above."));
		return;
	}
	for (i = 0; i < sizeof(token_checks) / sizeof(token_checks[0]); i++)
		run_check(visit, &token_checks[i]);
	inventory_clear(&visit->inventory);
}

static void
visit_all(struct visit *visit)
{
	size_t i;

	for (i = 0; i < sizeof(house_checks) / sizeof(house_checks[0]); i++)
		run_check(visit, &house_checks[i]);
	visit->has_pin = token_list_has_pin(&visit->tokens, visit->request);
	for (i = 0; i < visit->tokens.count; i++) {
		visit->token = &visit->tokens.at[i];
		visit_token(visit);
	}
}

static const char *const health_names[] = { "good", "remarkable", "bad",
	"unknown" };

static void
report_json(const struct visit *visit)
{
	struct json json = { 0 };
	const struct finding *finding;
	size_t i;

	json_open_object(&json, NULL);
	json_open_array(&json, "findings");
	for (i = 0; i < visit->count; i++) {
		finding = &visit->findings[i];
		json_open_object(&json, NULL);
		json_text(&json, "check", finding->check);
		json_text(&json, "health", health_names[finding->health]);
		json_text(&json, "text", finding->text);
		json_text(&json, "remedy", finding->remedy);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
}

static void
report(const struct visit *visit)
{
	static const char *const marks[] = { "  ok   ", "  note ", "  BAD  ",
		"  ?    " };
	const struct finding *finding;
	size_t i;

	for (i = 0; i < visit->count; i++) {
		finding = &visit->findings[i];
		say("%s%s\n", marks[finding->health],
			finding->text ? finding->text : "");
		if (finding->remedy)
			say("       -> %s\n", finding->remedy);
	}
}

/* Whether anything is bad; frees all. */
static bool
end_visit(struct visit *visit)
{
	bool is_bad = false;
	size_t i;

	for (i = 0; i < visit->count; i++) {
		is_bad |= visit->findings[i].health == HEALTH_BAD;
		free(visit->findings[i].text);
		free(visit->findings[i].remedy);
	}
	free(visit->findings);
	token_list_clear(&visit->tokens);
	module_close(&visit->module);
	return is_bad;
}

int
doctor_run(const struct request *request)
{
	struct visit visit = { .request = request };

	visit_all(&visit);
	if (is_given(request, OPTION_JSON))
		report_json(&visit);
	else
		report(&visit);
	return end_visit(&visit) ? ENDED_BADLY : ENDED_WELL;
}
