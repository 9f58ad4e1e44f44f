# Collects the licences of libraries that travel along with a program. To be sourced.

# packages_of LIBRARY…: "LIBRARY PACKAGE" for each library (a path) that belongs to a Debian
# package.
packages_of() {
  local library real owners all=()
  for library in "$@"; do
    real="$(realpath "$library")"
    # where /lib is a link to /usr/lib, dpkg knows a file by either name
    all+=("$real" "${real#/usr}")
  done
  # "PATH PACKAGE"
  owners="$(dpkg-query -S "${all[@]}" 2> /dev/null | sed 's/^\([^:,]*\)[^ ]* \(.*\)$/\2 \1/')"
  for library in "$@"; do
    real="$(realpath "$library")"
    awk -v library="$library" -v real="$real" \
      '$1 == real || "/usr" $1 == real { print library, $2; exit }' <<< "$owners"
  done
}

# licenses_of FOLDER LIBRARY…: writes FOLDER/PACKAGE for the Debian package that each library
# belongs to, and the general licences that these texts name. Fails if a library's licence is not
# found.
licenses_of() {
  local folder="$1" library package text owned missing=0
  shift
  mkdir -p "$folder"
  owned="$(packages_of "$@")"
  for library in "$@"; do
    package="$(awk -v library="$library" '$1 == library { print $2 }' <<< "$owned")"
    text="/usr/share/doc/$package/copyright"
    if [ -n "$package" ] && [ -s "$text" ]; then
      [ -e "$folder/$package" ] || { cp -L "$text" "$folder/$package" &&
        chmod 644 "$folder/$package"; }
    else
      printf 'error: no licence of %s was found\n' "$library" >&2
      missing=1
    fi
  done
  general_licenses "$folder"
  return "$missing"
}

# general_licenses FOLDER: Debian's texts refer to these by path instead of repeating them.
general_licenses() {
  local name
  for name in $(cat "$1"/* 2> /dev/null |
    grep -oE '/usr/share/common-licenses/[A-Za-z0-9.+-]+[A-Za-z0-9]' | sort -u); do
    [ ! -f "$name" ] || { cp -L "$name" "$1/$(basename "$name")" &&
      chmod 644 "$1/$(basename "$name")"; }
  done
}
