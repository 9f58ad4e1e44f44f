#!/usr/bin/env bash
# man_pages.sh PROGRAM FOLDER: writes a manual page for PROGRAM and one for each of its commands,
# out of their --help.
set -euo pipefail
program="$1" folder="$2"
name="$(basename "$program")"
version="$("$program" --version)"
mkdir -p "$folder"

# page NAME OTHER-PAGES: --help on standard input -> a page of man(7) on standard output.
page() {
  awk -v page="$1" -v others="$2" -v version="$version" '
    function plain(text) {
      gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text); gsub(/…/, "...", text)
      sub(/^[.\x27]/, "\\\\\\&&", text)
      return text
    }
    function section(name) { print ".SH " name }
    NR == 1 {
      printf ".TH %s 1 \"\" \"rod %s\"\n", toupper(page), version
      short = $0; sub(/(:| \(|\. |\.$).*/, "", short)
      section("NAME"); printf "%s \\- %s\n", plain(page), plain(short)
      description = plain($0); next
    }
    /^Usage:/ {
      sub(/^Usage: */, ""); section("SYNOPSIS"); print plain($0)
      section("DESCRIPTION"); print description; described = 1; next
    }
    !described { if ($0 != "") description = description "\n" plain($0); next }
    /^[A-Z][A-Za-z ]*:$/ {
      sub(/:$/, ""); block = toupper($0); section(block)
      if (block == "EXAMPLES") print ".nf"
      next
    }
    block == "EXAMPLES" && $0 != "" { sub(/^  /, ""); print plain($0); next }
    /^  [^ ]/ {  # an option or command: its name, and after two blanks or more what it does
      line = substr($0, 3); text = ""
      if (match(line, /  +/)) {
        text = substr(line, RSTART + RLENGTH); line = substr(line, 1, RSTART - 1)
      }
      print ".TP"; print ".B " plain(line); if (text != "") print plain(text); next
    }
    /^[^ ]/ { print ".PP" }  # a sentence at the end
    { sub(/^ +/, ""); if ($0 != "") print plain($0) }
    END {
      if (block == "EXAMPLES") print ".fi"
      section("EXIT STATUS")
      count = split("0:done|1:failed: I/O, environment, bug|2:the command line is wrong|3:the input is bad|4:it does not fit: disk, memory, or a limit" \
        "|75:stopped on purpose with its state saved; the same line again goes on|130, 143:the same after SIGINT, SIGTERM", status, "|")
      for (n = 1; n <= count; n++) {
        at = index(status[n], ":")
        print ".TP\n.B " substr(status[n], 1, at - 1) "\n" substr(status[n], at + 1)
      }
      section("SEE ALSO")
      count = split(others, other, " ")
      for (n = 1; n <= count; n++) print ".BR " plain(other[n]) " (1)" (n < count ? "," : "")
    }
  '
}

write() {  # write PAGE OTHER-PAGES HELP-COMMAND…
  local page="$1" others="$2" text
  shift 2
  text="$("$@" --help)"
  page "$page" "$others" <<< "$text" > "$folder/$page.1"
}

text="$("$program" --help)"
commands="$(sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' <<< "$text")"
[ -n "$commands" ] ||
  commands="$(sed -n 's/^Other commands: //p' <<< "$text" | grep -o "$name [a-z]*" | cut -d' ' -f2)"
write "$name" "$(printf "$name-%s " $commands)" "$program"
for command in $commands; do write "$name-$command" "$name" "$program" "$command"; done
