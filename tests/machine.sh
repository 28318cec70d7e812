# SPDX-License-Identifier: BSD-2-Clause
# A machine keeper and two users, for scripts that root runs: after
# ". tests/tap.sh", machine_folders, then machine_start; "as USER COMMAND" knows
# the keeper in the folder $MACHINE (none while that is empty).
# shellcheck shell=sh
# shellcheck disable=SC2034

[ "$(id -u)" = 0 ] || skip_all "only root can be several users"
command -v setpriv >/dev/null || skip_all "setpriv is not installed"

KEEPER=64001
OWNER=64002
OTHER=64003
RUN=$WORK/run
STATE=$WORK/state
MACHINE=$RUN
listener=
unset PRIVYSEAL_HOME

# as USER COMMAND...: with nothing of root's
as()
{
	user=$1
	shift
	setpriv --reuid "$user" --regid "$user" --clear-groups \
		--inh-caps=-all --bounding-set=-all \
		env -i PATH="$PATH" HOME="$WORK/home-$user" \
		XDG_CONFIG_HOME="$WORK/config" \
		PRIVYSEAL_MACHINE="$MACHINE" \
		PRIVYSEAL_MODULE="$BUILD/.libs/privyseal-pkcs11.so" \
		PRIVYSEAL_KEEPER="$BUILD/privyseal-keeper" "$@"
}

# Where others cannot reach the build, below root's own home say, all run copies.
chmod 755 "$WORK"
if ! as $OWNER test -x "$BUILD/privyseal"; then
	mkdir -m 755 "$WORK/build"
	for built in privyseal privyseal-keeper .libs/privyseal-pkcs11.so \
		tests/hostile/burglar tests/clients/memory-search \
		tests/command/.libs/kill-at.so; do
		[ ! -e "$BUILD/$built" ] ||
			(cd "$BUILD" && cp --parents "$built" "$WORK/build")
	done
	chmod -R go=u-w "$WORK/build"
	BUILD=$WORK/build
fi

at_end()
{
	[ -z "$listener" ] || kill "$listener" 2>/dev/null
	MACHINE=
	as $OWNER "$BUILD/privyseal" keeper stop >/dev/null 2>&1
}

machine_folders()
{
	mkdir -m 755 "$WORK/config" "$WORK/config/privyseal"
	echo 'kdf-memory = 1' >"$WORK/config/privyseal/privyseal.conf"
	cp "$WORK/config/privyseal/privyseal.conf" "$WORK/system.conf"
	for user in $OWNER $OTHER; do
		mkdir -m 700 "$WORK/home-$user"
		chown $user:$user "$WORK/home-$user"
	done
}

# And waits until it listens.
machine_start()
{
	"$BUILD/privyseal-keeper" --machine --state "$STATE" --run "$RUN" \
		--user $KEEPER --system-configuration "$WORK/system.conf" \
		2>"$WORK/keeper.log" &
	listener=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ -S "$RUN/keeper.sock" ] && return
		sleep 0.5
	done
	cat "$WORK/keeper.log"
	return 1
}
