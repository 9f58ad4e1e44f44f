# Absolute paths, `..`, drive letters and backslashes are refused by name; nothing outside of DEST
# changes.
. "$ROD_FAULT/support/common.sh"
. "$ROD_FAULT/support/hostile.sh"
count="$(short_or_long 20 200)"
hostile path "$count" 3
counted "$count archives, twice: all refused, nothing outside of DEST"
