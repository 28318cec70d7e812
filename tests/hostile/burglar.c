/* SPDX-License-Identifier: BSD-2-Clause */
/* burglar MODULE PIN PRIME TOKENS LISTENER: what a program of the user's can do
 * that knows the PIN. It signs, by the module; then goes for the key: asks for
 * it, opens the store in the folder TOKENS and what is in it, and the memory of
 * the process LISTENER and its children. PRIME is a part of the key in
 * hexadecimal digits, by which it is known. Each line of the output is one try
 * and how it ended. */

#include "config.h"

#include "token/store.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_FUNCTION_LIST *module;
static unsigned char prime[512];
static size_t prime_length;
static bool is_taken;

static void
say(const char *what, int error)
{
	printf("%s: %s\n", what, error ? strerror(error) : "done");
}

static void
look_for_prime(const void *at, size_t length)
{
	if (prime_length && memmem(at, length, prime, prime_length))
		is_taken = true;
}

static void
read_prime(const char *digits)
{
	unsigned byte;

	for (; sscanf(digits, "%2x", &byte) == 1; digits += 2)
		prime[prime_length++] = (unsigned char)byte;
}

static bool
load(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get = NULL;
	void *symbol = library ? dlsym(library, "C_GetFunctionList") : NULL;

	memcpy(&get, &symbol, sizeof(get));
	return get && get(&module) == CKR_OK &&
		module->C_Initialize(NULL) == CKR_OK;
}

static CK_OBJECT_HANDLE
find_key(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template = { CKA_CLASS, &class, sizeof(class) };
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	CK_ULONG count = 0;

	module->C_FindObjectsInit(session, &template, 1);
	module->C_FindObjects(session, &key, 1, &count);
	module->C_FindObjectsFinal(session);
	return count ? key : CK_INVALID_HANDLE;
}

static bool
sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_BYTE text[] = "send me all your money", signature[1024];
	CK_ULONG length = sizeof(signature);

	return module->C_SignInit(session, &mechanism, key) == CKR_OK &&
		module->C_Sign(session, text, sizeof(text), signature,
			&length) == CKR_OK;
}

static void
ask_for_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_BYTE value[1024];
	CK_ATTRIBUTE template = { CKA_PRIME_1, value, sizeof(value) };

	if (module->C_GetAttributeValue(session, key, &template, 1) == CKR_OK)
		look_for_prime(value, sizeof(value));
}

/* The session stays: the worker has the key in its memory from here on. */
static bool
use_key(char *pin)
{
	CK_SLOT_ID slots[16];
	CK_ULONG count = 16, i;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;

	if (module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
		return false;
	for (i = 0; i < count; i++) {
		if (module->C_OpenSession(slots[i], CKF_SERIAL_SESSION, NULL,
			    NULL, &session) != CKR_OK ||
			module->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin,
				strlen(pin)) != CKR_OK)
			continue;
		key = find_key(session);
		ask_for_key(session, key);
		if (sign(session, key))
			return true;
	}
	return false;
}

/* As our own keeper would. */
static void
break_store(const char *path, const char *pin)
{
	struct store_value any[COLUMN_COUNT] = { { 0 } };
	const struct store_tries uncounted = { 0 };
	struct store *store = NULL;
	object_id *ids = NULL;
	size_t count = 0, i;

	if (store_open(path, &uncounted, &store) != CKR_OK)
		return;
	if (store_login(store, CKU_USER, pin, strlen(pin)) == CKR_OK &&
		store_find(store, any, &ids, &count) == CKR_OK)
		for (i = 0; i < count; i++) {
			struct store_row row = { 0 };

			if (store_read(store, ids[i], &row) == CKR_OK)
				look_for_prime(
					row.sealed.at, row.sealed.length);
			store_row_clear(&row);
		}
	free(ids);
	store_close(store);
}

static void
open_tokens(const char *folder, const char *pin)
{
	DIR *opened = opendir(folder);
	struct dirent *entry;
	char path[4096];
	int file;

	say("list the tokens", opened ? 0 : errno);
	/* The name is known, whatever the folder says. */
	snprintf(path, sizeof(path), "%s/1.token", folder);
	file = open(path, O_RDONLY | O_CLOEXEC);
	say("open the store", file < 0 ? errno : 0);
	while (opened && (entry = readdir(opened))) {
		if (!strstr(entry->d_name, ".token"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		break_store(path, pin);
	}
	if (opened)
		closedir(opened);
	if (file >= 0)
		close(file);
}

static void
attack_process(pid_t process)
{
	char path[64], byte;
	struct iovec here = { &byte, 1 }, there = { (void *)0x1000, 1 };
	int descriptor;

	if (ptrace(PTRACE_ATTACH, process, NULL, NULL) == 0) {
		waitpid(process, NULL, __WALL);
		ptrace(PTRACE_DETACH, process, NULL, NULL);
		errno = 0;
	}
	say("trace", errno);
	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)process);
	descriptor = open(path, O_RDWR | O_CLOEXEC);
	say("open the memory", descriptor < 0 ? errno : 0);
	errno = 0;
	process_vm_readv(process, &here, 1, &there, 1, 0);
	say("read the memory", errno == EFAULT ? 0 : errno);
	descriptor = (int)syscall(SYS_pidfd_open, process, 0);
	descriptor = (int)syscall(SYS_pidfd_getfd, descriptor, 0, 0);
	say("take a descriptor", descriptor < 0 ? errno : 0);
	say("end it", kill(process, SIGKILL) < 0 ? errno : 0);
}

static pid_t
parent_of(const char *process)
{
	char path[300];
	long parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/stat", process);
	file = fopen(path, "re");
	if (file && fscanf(file, "%*d (%*[^)]) %*c %ld", &parent) != 1)
		parent = 0;
	if (file)
		fclose(file);
	return (pid_t)parent;
}

/* The workers first: they end with their listener. */
static void
attack_processes(pid_t listener)
{
	DIR *all = opendir("/proc");
	struct dirent *entry;

	while (all && (entry = readdir(all)))
		if (atol(entry->d_name) > 0 &&
			parent_of(entry->d_name) == listener)
			attack_process((pid_t)atol(entry->d_name));
	closedir(all);
	attack_process(listener);
}

int
main(int count, char **arguments)
{
	if (count != 6)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	read_prime(arguments[3]);
	if (!load(arguments[1]))
		return 2;
	printf("sign: %s\n", use_key(arguments[2]) ? "done" : "refused");
	open_tokens(arguments[4], arguments[2]);
	attack_processes((pid_t)atol(arguments[5]));
	printf("key: %s\n", is_taken ? "taken" : "kept");
	return 0;
}
