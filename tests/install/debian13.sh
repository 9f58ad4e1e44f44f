# Debian 13: both commands of the README pass in a fresh system, with g++ and with clang. Its
# compilers and libraries are newer than the oldest that are promised; which they were is said at
# the end.
# Takes hours and several GB: only with `bash tools/test.sh --all`, as root. ROD_DEBIAN13=FOLDER
# keeps the system there, where the next run finds it. ROD_DEBIAN13_COMPILERS: which compilers
# (default: "g++ clang++").
. "$ROD_SOURCE/tests/install/common"
. "$ROD_SOURCE/tools/package/system.sh"
only_with_all "it installs a system and builds everything there four times"
command -v debootstrap > /dev/null || { echo "skipped: debootstrap is not installed"; exit 77; }
[ "$(id -u)" = 0 ] && unshare -m true 2> /dev/null ||
  { echo "skipped: a chroot needs root"; exit 77; }

system="${ROD_DEBIAN13:-$PWD/system}"
[ -e "$system/etc/debian_version" ] ||
  nice debootstrap --variant=minbase trixie "$system" > debootstrap.log 2>&1 ||
  { tail -n 20 debootstrap.log; echo "skipped: Debian 13's packages can't be had"; exit 77; }
[[ "$(cat "$system/etc/debian_version")" = 13* ]] ||
  fail "$system is Debian $(cat "$system/etc/debian_version")"

mkdir -p "$system/rod"
# an earlier run's builds are continued
find "$system/rod" -mindepth 1 -maxdepth 1 ! -name 'build-*' -exec rm -rf {} +
tar -C "$ROD_SOURCE" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$system/rod" -xf -
cp /etc/hosts "$system/etc/"
for compiler in ${ROD_DEBIAN13_COMPILERS:-g++ clang++}; do
  [ "$compiler" = g++ ] || inside "$system" sh -c "command -v $compiler" > found ||
    inside "$system" sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clang' > apt.log 2>&1 ||
    { tail -n 20 apt.log; fail "clang can't be installed"; }
  # The tests that compare with Python's packages are not about the system.
  for command in quickstart.sh test.sh; do
    inside "$system" CXX=$compiler ROD_BUILD=/rod/build-$compiler ROD_TEST_PYTHON=none bash \
      /rod/tools/$command > "$command.log" 2>&1 ||
      { tail -n 60 "$command.log"; fail "tools/$command fails on Debian 13 with $compiler"; }
  done
  echo "$compiler $(inside "$system" $compiler -dumpfullversion -dumpversion | tail -n 1): $(grep -c ' Passed ' test.sh.log) tests passed"
done
inside "$system" dpkg-query -W -f='${Package} ${Version}\n' nlohmann-json3-dev libtorch-dev \
  libfmt-dev libopencv-dev libtbb-dev libarchive-dev \
  libcli11-dev libgtest-dev cmake 2> /dev/null || true
