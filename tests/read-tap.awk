# SPDX-License-Identifier: BSD-2-Clause
# One line for each result of a TAP script (variables: name, status): program,
# PASS or FAIL or SKIP, claim.

function result(what, claim)
{
	print name "\t" what "\t" claim
	failed += what == "FAIL"
}

/^(not )?ok/ {
	count++
	claim = $0
	sub(/^(not )?ok *[0-9]* *(- *)?/, "", claim)
	if (/^not ok/)
		result("FAIL", claim)
	else
		result(/# *[Ss][Kk][Ii][Pp]/ ? "SKIP" : "PASS", claim)
}

/^1\.\.0/ {
	claim = $0
	sub(/^1\.\.0 */, "", claim)
	result("SKIP", "all " claim)
	planned = 0
	has_plan = 1
}

/^1\.\.[1-9]/ {
	planned = substr($1, 4) + 0
	has_plan = 1
}

/^Bail out!/ {
	result("FAIL", $0)
}

END {
	if (!has_plan)
		result("FAIL", "ended before its plan, with status " status)
	else if (count + 0 != planned)
		result("FAIL", "ran " count + 0 " of " planned " tests")
	if (status != 0 && !failed)
		result("FAIL", "ended with status " status)
}
