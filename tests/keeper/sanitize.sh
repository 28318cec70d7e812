# SPDX-License-Identifier: BSD-2-Clause
# The long run of the processes' tests, built with a sanitizer in a folder of its
# own: what tests/keeper/long-* have in common.
# shellcheck shell=sh
# shellcheck disable=SC2154

# sanitized NAME KINDS: builds in $BUILD/sanitize-NAME and makes the tests there
sanitized()
{
	folder=$BUILD/sanitize-$1
	mkdir -p "$folder" && cd "$folder" &&
		{ [ -e config.status ] ||
			"$SOURCE/configure" --enable-sanitize="$2"; } &&
		make -j"$(nproc)" && make -j"$(nproc)" \
			tests/keeper/test-exits tests/keeper/test-hosts \
			tests/keeper/test-threads
}

runs()
{
	(cd "$folder" && BUILD=$folder timeout 600 "$@")
}

# long_run NAME KINDS: 32 threads in each of 8 processes, a minute long, and the
# rest of what threads, forks, signals and exits can do to the module
long_run()
{
	unset MAKEFLAGS MFLAGS MAKELEVEL
	check "the build for it is made" sanitized "$@" || finish
	PRIVYSEAL_TEST_SECONDS=${SECONDS_OF_WORK:-60}
	export PRIVYSEAL_TEST_SECONDS
	check "threads and processes of mixed work for a minute" runs \
		tests/keeper/test-threads \
		threads_and_processes_of_mixed_work_get_every_signature_right
	PRIVYSEAL_TEST_ROUNDS=${ROUNDS:-1000}
	export PRIVYSEAL_TEST_ROUNDS
	check "loaded, finalised and unloaded $PRIVYSEAL_TEST_ROUNDS times" \
		runs tests/keeper/test-threads \
		module_is_loaded_and_unloaded_again_and_again
	PRIVYSEAL_TEST_ROUNDS=${EXITS:-5}
	check "ends of an OpenSSL application in every order" runs \
		tests/keeper/test-exits
	check "beside NSS and p11-kit" runs tests/keeper/test-hosts
	finish
}
