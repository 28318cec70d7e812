# SPDX-License-Identifier: BSD-2-Clause
# Completion of privyseal for bash: the command's own tables know its words.
# shellcheck shell=bash disable=SC1090
source <(privyseal completion)
