# run.sh SCRIPT: runs one test script in an empty folder that is removed afterwards.
set -eu
script="$1"
folder="$(mktemp -d "${TMPDIR:-/tmp}/rod-cli-XXXXXX")"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export TMPDIR="$folder" PYTHONDONTWRITEBYTECODE=1
case "$script" in
  *.py) python3 "$script" ;;
  *) bash -eu "$script" ;;
esac
