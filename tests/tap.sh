# SPDX-License-Identifier: BSD-2-Clause
# Test scripts begin with: . "$(dirname "$0")/../tap.sh"; they get a folder of
# their own ($WORK, removed at the end), homes inside it, and these functions.
# shellcheck shell=sh

SOURCE=${SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
BUILD=${BUILD:-$PWD}
WORK=$(mktemp -d /tmp/privyseal-test.XXXXXX) || exit 1
HOME=$WORK/home
PRIVYSEAL_HOME=$WORK/privyseal
XDG_RUNTIME_DIR=$WORK/runtime
mkdir -m 700 "$HOME" "$XDG_RUNTIME_DIR"
export SOURCE BUILD WORK HOME PRIVYSEAL_HOME XDG_RUNTIME_DIR
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME
tests=0
failures=0

# What a script started, it ends here: function at_end may be defined again.
at_end() { :; }
clean_up()
{
	at_end
	rm -rf "$WORK"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# check CLAIM COMMAND...: the claim holds when the command succeeds; what it
# wrote is shown when it does not.
check()
{
	claim=$1
	shift
	tests=$((tests + 1))
	if "$@" >"$WORK/check.log" 2>&1 </dev/null; then
		echo "ok $tests - $claim"
		return 0
	fi
	failures=$((failures + 1))
	echo "not ok $tests - $claim"
	echo "# $*"
	sed 's/^/# /' "$WORK/check.log"
	return 1
}

# refuse CLAIM COMMAND...: the command must end with a failure of its own, not
# by a signal and not because it is not there.
refuse()
{
	claim=$1
	shift
	check "$claim" fails "$@"
}

fails()
{
	"$@"
	status=$?
	echo "status $status"
	[ $status -gt 0 ] && [ $status -lt 126 ]
}

skip()
{
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

finish()
{
	echo "1..$tests"
	[ "$failures" = 0 ]
	exit
}

# value_of VARIABLE: of the build's Makefile, as make itself says it
value_of()
{
	# shellcheck disable=SC2016 # make expands it
	printf 'include Makefile\nshow:\n\t@echo $(%s)\n' "$1" |
		make -s --no-print-directory -C "$BUILD" -f - show
}
