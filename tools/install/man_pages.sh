#!/usr/bin/env bash
# man_pages.sh PROGRAM FOLDER: writes a manual page for PROGRAM and one for each of its commands, out of their --help.
set -euo pipefail
program="$1" folder="$2"
name="$(basename "$program")"
version="$("$program" --version)"
mkdir -p "$folder"

# --help on standard input -> a page of man(7) on standard output.
page() {
  awk -v page="$1" -v version="$version" '
    function plain(text) { gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); sub(/^[.\x27]/, "\\\\\\&&", text); return text }
    function section(name) { print ".SH " name }
    NR == 1 {
      printf ".TH %s 1 \"\" \"rod %s\"\n", toupper(page), version
      section("NAME"); printf "%s \\- %s\n", plain(page), plain($0)
      section("DESCRIPTION"); print plain($0); next
    }
    /^Usage:/ { sub(/^Usage: */, ""); usage = $0; section("SYNOPSIS"); if (usage != "") print plain(usage); next }
    /^[A-Z][A-Za-z ]*:$/ { sub(/:$/, ""); block = toupper($0); section(block); if (block == "EXAMPLES") print ".nf"; next }
    block == "EXAMPLES" { sub(/^  /, ""); print plain($0); next }
    /^  [^ ]/ {  # an option or command: its name, and after two blanks or more what it does
      line = substr($0, 3); text = ""
      if (match(line, /  +/)) { text = substr(line, RSTART + RLENGTH); line = substr(line, 1, RSTART - 1) }
      print ".TP"; print ".B " plain(line); if (text != "") print plain(text); next
    }
    { sub(/^ +/, ""); if ($0 != "") print plain($0) }
  '
}

write() {  # write PAGE HELP-COMMAND…
  local page="$1" text
  shift
  text="$("$@" --help)"
  page "$page" <<< "$text" > "$folder/$page.1"
}

write "$name" "$program"
text="$("$program" --help)"
commands="$(sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' <<< "$text")"
[ -n "$commands" ] || commands="$(sed -n 's/^Other commands: //p' <<< "$text" | grep -o "$name [a-z]*" | cut -d' ' -f2)"
for command in $commands; do write "$name-$command" "$program" "$command"; done
