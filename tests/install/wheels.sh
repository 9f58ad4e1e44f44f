# tools/package/wheels.sh: its wheels go into an empty Python of Debian 11, 12 and 13, in systems
# with none of our packages, and make and read a data set there in ten seconds of a core, also from
# addresses; what they need of a system is glibc alone. In Debian 12 the README's three cells run
# from wheels in a minute of a core. Builds everything from sources, in half an hour: only with
# `bash tools/test.sh --all`, as root. ROD_WHEELS=FOLDER takes the wheels from there instead;
# ROD_WHEELS_WORK=FOLDER keeps the systems and libraries for the next run.
. "$ROD_SOURCE/tests/install/common"
. "$ROD_SOURCE/tools/package/system.sh"
only_with_all "it installs three systems and builds every library"
command -v debootstrap > /dev/null || { echo "skipped: debootstrap is not installed"; exit 77; }
[ "$(id -u)" = 0 ] && unshare -m true 2> /dev/null ||
  { echo "skipped: a chroot needs root"; exit 77; }

work="${ROD_WHEELS_WORK:-$PWD/work}" wheels="${ROD_WHEELS:-$PWD/wheels}"
[ -n "${ROD_WHEELS:-}" ] ||
  bash "$ROD_SOURCE/tools/package/wheels.sh" "$wheels" --work "$work" > log 2>&1 ||
  { tail -n 40 log; fail "tools/package/wheels.sh fails"; }
names="$(cd "$wheels" && ls)"
for tag in cp39-cp39 cp311-cp311 cp312-abi3; do
  grep -qx "rodprep-$ROD_VERSION-$tag-manylinux_2_31_$(uname -m).whl" <<< "$names" ||
    fail "no wheel $tag: $names"
done

for wheel in "$wheels"/rodprep-*.whl; do
  rm -rf open
  python3 -m zipfile -e "$wheel" open
  [ "$(stat -c %s "$wheel")" -le 12582912 ] || fail "$wheel is larger than 12 MB"
  for file in open/*/scripts/rodprep open/rodprep/_native*.so; do
    left="$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libm|libdl|libpthread|librt|ld-linux.*)\.so' || true)"
    [ -z "$left" ] || fail "$wheel: $file needs $left"
  done
  for name in LICENSE libstdc++ nanobind $(bash "$ROD_SOURCE/tools/package/libraries.sh" list); do
    [ -s open/*.dist-info/licenses/"$name" ] || fail "$wheel: no licence of $name"
  done
done

# Those of rodtrain need their torch, and of the system no more than torch needs too; at most 12 MB.
trainers=0
for wheel in "$wheels"/rodtrain-*.whl; do
  trainers=$((trainers + 1)) minor="${wheel##*+torch}"
  minor="${minor%%-*}"
  [ "$(stat -c %s "$wheel")" -le 12582912 ] || fail "$wheel is larger than 12 MB"
  rm -rf open
  python3 -m zipfile -e "$wheel" open
  grep -q "^Requires-Dist: torch==$minor\.\*$" open/*.dist-info/METADATA ||
    fail "$wheel does not ask for torch $minor"
  left="$(readelf -d open/*.data/data/libexec/rod/rodtrain | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    grep -vE '^(libc|libm|libdl|libpthread|librt|ld-linux.*|libgcc_s|libstdc\+\+|libgomp|libtorch|libtorch_cpu|libc10)\.so' || true)"
  [ -z "$left" ] || fail "$wheel needs $left"
  for name in LICENSE curl openssl libzstd; do [ -s open/*.dist-info/licenses/"$name" ] ||
    fail "$wheel: no licence of $name"; done
done
[ "$trainers" -gt 0 ] || fail "no wheel of rodtrain"
# Into an empty environment with the torch of this Python; rodtrain trains there.
if [ -n "$ROD_TEST_PYTHON" ] && torch="$("$ROD_TEST_PYTHON" -c 'import importlib.metadata as m; print(".".join(m.version("torch").split(".")[:2]))' 2> /dev/null)" &&
  wheel="$(ls "$wheels/rodtrain-$ROD_VERSION+torch$torch"-*.whl 2> /dev/null)"; then
  "$ROD_TEST_PYTHON" -m venv empty
  "$ROD_TEST_PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > \
    "$(empty/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/torch.pth"
  empty/bin/python -m pip install -q --no-index --no-deps "$wheel"
  "$RODPREP" synth a.tar --pairs 60 --classes 3 --size 32 -q
  "$RODPREP" cache a.tar data --size 32 -q
  env -u ROD_TORCH_LIB -u LD_LIBRARY_PATH PATH="$PWD/empty/bin:$PATH" sh -euc '
    [ "$(rodtrain --version)" = "$1" ]
    rodtrain --data data --logdir run --arch resnet10-slim --image-size 24 --batch-size 4 \
      --device cpu --max-steps 2 -q' - "$ROD_VERSION" || fail "$wheel does not train"
  echo "rodtrain for torch $torch trains"
fi

# A certificate that is its own authority, for a server on this machine.
mkdir support
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test \
  -addext subjectAltName=IP:127.0.0.1 \
  -keyout support/key.pem -out support/authority.pem 2> log ||
    { cat log; fail "openssl makes no certificate"; }
cat support/key.pem support/authority.pem > support/server.pem
cp "$ROD_SOURCE/tests/fault/support/server.py" support/
cat > support/serve.py << 'END'
import pathlib, time
from server import Server
served = [pathlib.Path("a.tar"), *pathlib.Path("shards").rglob("*")]
files = {f"/{file}": file.read_bytes() for file in served if file.is_file()}
plain, secure = Server(files), Server(files, "/support/server.pem")
pathlib.Path("addresses.part").write_text(f"{plain.address('')} {secure.address('')}\n")
pathlib.Path("addresses.part").rename("addresses")
time.sleep(600)
END

# bare SUITE PYTHON: prepares a system of its own with Debian's Python alone, in $at.
bare() {
  at="$work/bare-$1"
  system "$at" "$1"
  packages "$at" python3-venv
  rm -rf "$at/wheels" "$at/support" "$at/tmp/try"
  mkdir -p "$at/tmp/try"
  cp -r "$wheels" "$at/wheels"
  cp -r support "$at/support"
  python_wheels "$at/wheels" "$2" numpy pip
}

try() {  # try SUITE PYTHON
  bare "$1" "$2"
  inside "$at" bash -euc 'cd /tmp/try
    cpu() { set -- $(cut -d" " -f14-17 /proc/$$/stat); echo $((($1 + $2 + $3 + $4) * 10)); }
    now() { echo $(($(date +%s%N) / 1000000)); }
    python3 -m venv v
    v/bin/python -m pip install -q --no-index --find-links /wheels --upgrade pip
    before="$(cpu)" started="$(now)"
    v/bin/python -m pip install -q --no-index --find-links /wheels rodprep
    installed="$(now)"
    PATH="$PWD/v/bin:$PATH"
    rodprep synth a.tar --pairs 40 --classes 2 -q
    rodprep extract a.tar files -q
    rodprep cache files/* shards -q
    python - << END
import rodprep
batch = next(iter(rodprep.Loader(rodprep.open("shards")["ROD"], 4)))
assert batch["rgb"].shape[0] == 4 and rodprep.verify("shards")
END
    took=$(($(now) - started)) cpu=$(($(cpu) - before)) before="$(cpu)"
    for n in 1 2 3 4 5 6 7 8 9 10; do rodprep --version > version; done
    echo "$(ldd --version | sed -n "1s/.* //p") $(python --version):" \
      "pip $((installed - started)) ms, all $took ms, $cpu ms of CPU," \
      "--version $((($(cpu) - before) / 10)) ms of CPU, $(cat version)"
    cat shards/dataset.json > fingerprint' > said 2>&1 ||
    { cat said; fail "the wheel does not work on Debian $1"; }
  cat said
  cp "$at/tmp/try/fingerprint" "fingerprint-$1"
  [ "$(sed -n 's/.*ms, \([0-9]*\) ms of CPU.*/\1/p' said)" -le 10000 ] ||
    fail "it took longer than 10 s on Debian $1"
  [ "$(sed -n 's/.*--version \([0-9]*\) ms.*/\1/p' said)" -le 15 ] ||
    fail "it starts in more than 15 ms on Debian $1"
  [[ "$(tail -n 1 said)" = *"$ROD_VERSION" ]] || fail "it is another version"
  # The wheel's compiler renders what the one here does.
  inside "$at" /tmp/try/v/bin/rodprep synth /tmp/try/all.tar --pairs 470 --classes 47 --size 24 -q
  "$RODPREP" synth all.tar --pairs 470 --classes 47 --size 24 -q
  cmp all.tar "$at/tmp/try/all.tar" || fail "synth renders another archive on Debian $1"

  # From addresses, with the authorities of a system where Debian, Fedora and Alpine keep them, or
  # where a variable says.
  inside "$at" bash -euc 'cd /tmp/try
    PATH="$PWD/v/bin:$PATH"
    rm -f addresses
    python /support/serve.py & trap "kill $!" EXIT
    for n in $(seq 100); do [ ! -e addresses ] || break; sleep 0.1; done
    read -r plain secure < addresses
    same() { "${@:2}" && diff -r "$1" got && rm -r got; }
    same files rodprep extract "$plain/a.tar" got -q
    same shards rodprep cache "$plain/a.tar" got -q
    mkdir -p /etc/ssl /etc/pki
    mount -t tmpfs none /etc/ssl
    mount -t tmpfs none /etc/pki
    code=0
    rodprep extract "$secure/a.tar" refused -q --retry 0s 2> refusal || code=$?
    [ "$code" = 1 ] && grep -qi certificate refusal ||
      { cat refusal; echo "exit code $code without an authority"; exit 1; }
    for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt \
      /etc/ssl/cert.pem; do
      mkdir -p "$(dirname $file)"
      cp /support/authority.pem $file
      same files rodprep extract "$secure/a.tar" got -q
      rm $file
    done
    export CURL_CA_BUNDLE=/support/authority.pem
    same shards rodprep cache "$secure/a.tar" got -q
    python - "$secure/shards" << END
import rodprep, sys
assert next(iter(rodprep.Loader(rodprep.open(sys.argv[1])["ROD"], 4)))["rgb"].shape[0] == 4
END
  ' > said 2>&1 || { cat said; fail "addresses do not work on Debian $1"; }
}
try bullseye 3.9
try bookworm 3.11
try trixie 3.13
cmp fingerprint-bullseye fingerprint-bookworm && cmp fingerprint-bookworm fingerprint-trixie ||
  fail "the data sets differ"

# cells TORCH: the README's three cells, in an empty environment of Debian 12 with that torch. Only
# the archive is made elsewhere, and training is that of the quickstart, shorter. ROD_TORCH_INDEX is
# an index of packages that has torch's CPU builds.
cells() {
  bare bookworm 3.11
  rm "$at"/wheels/rodtrain-*
  cp "$wheels/rodtrain-$ROD_VERSION+torch$1"-*.whl "$at/wheels/"
  python_wheels "$at/wheels" 3.11 ${ROD_TORCH_INDEX:+--extra-index-url "$ROD_TORCH_INDEX"} \
    "torch==$1.0" || return 77
  "$RODPREP" synth "$at/tmp/try/a.tar" --pairs 240 --size 73 --classes 6 -q
  inside "$at" bash -euc 'cd /tmp/try
    seconds() {
      set -- $(cut -d" " -f14-17 /proc/$$/stat)
      echo "$(date +%s%N) $((($1 + $2 + $3 + $4) * 10))"
    }
    spent() {  # spent NAME BEFORE: in all and on a core since then
      local after
      after="$(seconds)"
      echo "$1: $(((${after% *} - ${2% *}) / 1000000)) ms, $((${after#* } - ${2#* })) ms of CPU"
    }
    step() {  # step NAME COMMAND…
      local before
      before="$(seconds)"
      "${@:2}"
      spent "$1" "$before"
    }
    python3 -m venv v
    PATH="$PWD/v/bin:$PATH"
    pip install -q --no-index --find-links /wheels --upgrade pip
    before="$(seconds)"
    step "pip install rodprep rodtrain torch" \
      pip install -q --no-index --find-links /wheels rodprep rodtrain
    step extract rodprep extract a.tar datasets -q
    step cache rodprep cache datasets/ROD-synROD shards --size 73 -q
    step rodtrain rodtrain --data shards --logdir run --resume --arch resnet10-slim \
      --image-size 64 --batch-size 16 --epochs 1 --device cpu -q
    spent all "$before"
    [ "$(rodprep --version)" = "$1" ] && [ "$(rodtrain --version)" = "$1" ]
    [ -e run/checkpoints/last.safetensors ] && [ -e run/report.html ]' \
    - "$ROD_VERSION" > said 2>&1 ||
    { cat said; fail "the three cells do not run"; }
  cat said
  [ "$(sed -n 's/^all: .* \([0-9]*\) ms of CPU/\1/p' said)" -le 60000 ] ||
    fail "the three cells took longer than a minute"
}
for minor in ${ROD_WHEELS_TORCH:-2.13}; do
  cells "$minor" || echo "skipped: torch $minor can't be had, so not the three cells with it"
done
