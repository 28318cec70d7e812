# SPDX-License-Identifier: BSD-2-Clause
# What there is to read.

EXTRA_DIST += doc/ARCHITECTURE.md doc/STORE.md doc/pictures/devices.png \
	doc/pictures/signed.png
