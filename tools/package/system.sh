# Debian systems in folders, for packages that are made or tried elsewhere than here. To be sourced; needs root and debootstrap.

# usage: prints the comment that the script begins with, and ends it.
usage() { sed -n '/^[^#]/q; 2,$s/^# \{0,1\}//p' "$0"; exit 2; }

# system FOLDER SUITE: a minimal Debian of that release in FOLDER, with its updates.
system() {
  local lists="$1/etc/apt/sources.list"
  [ ! -e "$1/etc/rod-system" ] || return 0
  debootstrap --variant=minbase "$2" "$1" > "$1.log" 2>&1 || { tail -n 20 "$1.log" >&2; return 1; }
  cp /etc/hosts "$1/etc/"
  sed -n "s|/debian/\{0,1\} $2 main.*|/debian-security $2-security main|p" "$lists" >> "$lists.new"
  cat "$lists.new" >> "$lists"
  rm "$lists.new"
  inside "$1" apt-get update -qq
  touch "$1/etc/rod-system"
}

# inside FOLDER [NAME=VALUE…] COMMAND…: runs COMMAND in that system as root, with mounts that end with the command.
inside() {
  unshare -m --propagation private bash -euc '
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    system="$1"
    shift
    exec chroot "$system" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
  ' - "$@"
}

# packages FOLDER NAME…: installs Debian's packages there.
packages() {
  local at="$1"
  shift
  inside "$at" DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > "$at.log" 2>&1 ||
    { tail -n 20 "$at.log" >&2; return 1; }
}

# python_wheels FOLDER PYTHON NAME…: PyPI's wheels of these packages and of what they need, for that version of Python.
python_wheels() {
  local to="$1" python="$2" tag platforms=()
  shift 2
  for tag in manylinux_2_28 manylinux_2_27 manylinux_2_17 manylinux_2_12 manylinux_2_5 manylinux2014 manylinux1; do
    platforms+=(--platform "${tag}_$(uname -m)")
  done
  python3 -m pip download -q -d "$to" --python-version "$python" --only-binary :all: "${platforms[@]}" "$@" 2> "$to.log" ||
    { tail -n 5 "$to.log" >&2; return 1; }
}
