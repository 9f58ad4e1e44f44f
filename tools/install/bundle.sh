# Copies the libraries that an installed tree needs into its lib/rod, so that it runs where their
# packages are absent, and their licences into its share/doc/rod/licenses. To be sourced.
. "$(dirname "${BASH_SOURCE[0]}")/licenses.sh"

# What every runtime has, and what must be the runtime's own: C, C++, OpenMP, LibTorch, CUDA.
kept_out='^(ld-linux|linux-vdso|libc\.|libm\.|libpthread|libdl\.|librt\.|libresolv|libutil|libstdc\+\+|libgcc_s|libgomp|libtorch|libc10|libcuda|libcu|libnv)'

# needs PROGRAM all|direct: "name path" of the shared libraries it loads, or only of those it names
# itself.
needs() {
  local direct
  direct="$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')"
  ldd "$1" | awk '$2 == "=>" && $3 ~ /^\// {print $1, $3}' | while read -r name path; do
    [ "$2" = all ] || grep -qxF -- "$name" <<< "$direct" || continue
    printf '%s %s\n' "$name" "$path"
  done
}

# loaded_later PROGRAM: the same of libcurl and all that it loads, where the program loads it at the
# first address.
loaded_later() {
  local name path
  name="$(grep -aoE 'libcurl[a-z-]*\.so\.[0-9]+' "$1" | head -n 1)"
  path="$(ldconfig -p |
      awk -v name="${name:-none}" '$1 == name && /x86-64|AArch64/ {print $NF; exit}')"
  [ -n "$path" ] || return 0
  printf '%s %s\n' "$name" "$path"
  needs "$path" all
}

# bundle_libraries TREE: fails if a library has no licence. Of rodtrain only what it names itself:
# the rest are LibTorch's own needs.
bundle_libraries() {
  local name path paths=()
  mkdir -p "$1/lib/rod"
  while read -r name path; do
    [[ ! "$name" =~ $kept_out ]] || continue
    cp -L "$path" "$1/lib/rod/$name" && chmod 644 "$1/lib/rod/$name"
    paths+=("$path")
  done < <({ needs "$1/bin/rodprep" all; loaded_later "$1/bin/rodprep"; [ ! -e \
    "$1/libexec/rod/rodtrain" ] || needs "$1/libexec/rod/rodtrain" direct; } | sort -u)
  licenses_of "$1/share/doc/rod/licenses" "${paths[@]}"
}

# bundle_torch TREE: LibTorch and all that it loads, too, for a system that has neither; only glibc
# stays the system's. Debian's LibTorch names 24 libraries that it uses nothing of (OpenCV, FFmpeg
# and what these load: 230 more): they are left out. Needs patchelf.
bundle_torch() {
  local name path paths=() unused
  name="$(needs "$1/libexec/rod/rodtrain" all | sed -n 's/^\(libtorch_cpu[^ ]*\) .*/\1/p')"
  path="$(needs "$1/libexec/rod/rodtrain" all | awk -v name="$name" '$1 == name { print $2 }')"
  cp -L "$path" "$1/lib/rod/$name" && chmod 644 "$1/lib/rod/$name"
  paths=("$path")
  for unused in $(ldd -u "$path" | sed -n 's,^[[:space:]]*/.*/,,p'); do patchelf --remove-needed "$unused" "$1/lib/rod/$name"; done
  while read -r name path; do
    [[ ! "$name" =~ ^(ld-linux|lib(c|m|pthread|dl|rt|resolv|util)\.) ]] &&
      [ ! -e "$1/lib/rod/$name" ] || continue
    cp -L "$path" "$1/lib/rod/$name" && chmod 644 "$1/lib/rod/$name"
    paths+=("$path")
  done < <(needs "$1/libexec/rod/rodtrain" all)
  licenses_of "$1/share/doc/rod/licenses" "${paths[@]}"
}
