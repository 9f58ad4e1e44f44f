# Duplicates, names that differ in case or Unicode form alone, control characters and backslashes
# are refused by name.
. "$ROD_FAULT/support/common.sh"
. "$ROD_FAULT/support/hostile.sh"
count="$(short_or_long 20 200)"
hostile twin "$count" 3
counted "$count archives, twice: all refused"
