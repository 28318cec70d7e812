# SPDX-License-Identifier: BSD-2-Clause
# Reads tests/skips, then results; a skip that the first does not allow on this
# system becomes a failure.

# A pattern where * stands for any text, as a regular expression.
function expression(pattern)
{
	gsub(/[][().+?^${}|\\]/, "\\\\&", pattern)
	gsub(/\*/, ".*", pattern)
	return "^" pattern "$"
}

FNR == NR {
	if (/^#/ || !/ : /)
		next
	split($0, half, / +: +/)
	on = half[1]
	sub(/ .*/, "", on)
	test = half[1]
	sub(/^[^ ]+ +/, "", test)
	if (here ~ expression(on))
		allowed[++rows] = expression(test)
	next
}

$2 == "SKIP" {
	claim = $3
	sub(/ *# *[Ss][Kk][Ii][Pp].*/, "", claim)
	is_allowed = 0
	for (row = 1; row <= rows; row++)
		if (($1 ": " claim) ~ allowed[row] || $1 ": " $3 ~ allowed[row])
			is_allowed = 1
	if (!is_allowed) {
		$2 = "FAIL"
		$3 = "skipped, and tests/skips does not allow it: " $3
	}
}

{ print }
