# SPDX-License-Identifier: BSD-2-Clause
# What there is to read.

EXTRA_DIST += doc/ARCHITECTURE.md doc/SECURITY.md doc/STORE.md doc/WIRE.md doc/pictures/devices.png \
	doc/pictures/signed.png

dist_man_MANS = doc/man/privyseal.1 doc/man/privyseal-front.1 doc/man/privyseal.conf.5 \
	doc/man/privyseal-keeper.8 doc/man/privyseal-audit.7 doc/man/privyseal-remote.7
