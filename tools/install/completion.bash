# Bash completion of rodprep and rodtrain: commands, options and their values, read from --help, so that it can't differ from it.

_rod_help() {  # sets text to the help of a program or command, asked for once per shell: rodtrain starts LibTorch for it
  local key="$*"
  [ -n "${_rod_texts[$key]+known}" ] || _rod_texts[$key]="$("$@" --help 2> /dev/null)"
  text="${_rod_texts[$key]}"
}
declare -gA _rod_texts

_rod_complete() {
  local program="$1" current="$2" previous="$3" command="" text words=""
  _rod_help "$program"
  local commands
  commands="$(sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' <<< "$text")"
  [ -n "$commands" ] || commands="$(sed -n 's/^Other commands: //p' <<< "$text" | grep -o "$(basename "$program") [a-z]*" | cut -d' ' -f2)"
  if [ "$COMP_CWORD" -gt 1 ] && grep -qx -- "${COMP_WORDS[1]}" <<< "$commands"; then
    command="${COMP_WORDS[1]}"
    _rod_help "$program" "$command"
  fi
  if [[ "$current" = -* ]]; then
    words="$(grep -o -- '--[a-z][a-z0-9-]*' <<< "$text" | sort -u)"
  elif [[ "$previous" = --* ]]; then  # the values that an option lists: TEXT:{zstd,raw}
    words="$(sed -n "s/^ .*${previous}[ ,].*:{\([^}]*\)}.*/\1/p" <<< "$text" | tr ',' '\n')"
  elif [ "$COMP_CWORD" = 1 ]; then
    words="$commands"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -o default -F _rod_complete rodprep rodtrain
