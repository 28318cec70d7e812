# SPDX-License-Identifier: BSD-2-Clause
# Makes SoftHSM2 the module, with tokens of this test alone.
# shellcheck shell=sh

PRIVYSEAL_MODULE=$(ls /usr/lib/softhsm/libsofthsm2.so \
	/usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | head -n 1)
[ -n "$PRIVYSEAL_MODULE" ] || skip_all "SoftHSM2 is not installed"
SOFTHSM2_CONF=$WORK/softhsm2.conf
mkdir "$WORK/tokens"
printf '%s\n' "directories.tokendir = $WORK/tokens" 'log.level = ERROR' \
	>"$SOFTHSM2_CONF"
export PRIVYSEAL_MODULE SOFTHSM2_CONF
