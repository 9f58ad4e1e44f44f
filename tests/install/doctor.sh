# rodprep doctor names what is missing and never fails for it; with a GPU it says what fits and
# whether torch has code for it.
. "$ROD_SOURCE/tests/install/common"
field() { python3 -c 'import json, sys; v = json.load(open("report"))
for name in sys.argv[1].split("."): v = v[int(name)] if name.isdigit() else v[name]
print(v)' "$1"; }

mkdir nothing bin
PATH="$PWD/nothing" "$RODPREP" doctor --disk . --json > report 2> messages || fail "exit code $?"
[ "$(field gpus.missing)" = "nvidia-smi is not installed" ] || fail "$(field gpus)"
[ "$(field torch.missing)" = "python3 is not installed" ] || fail "$(field torch)"
[ "$(field processor.usable_cores)" -ge 1 ] || fail "no core"

real_python="$(command -v python3)"
printf '#!/bin/sh\necho "Tesla P100-PCIE-16GB, 535.104.05, 16384, 16000, 6.0"\n' > bin/nvidia-smi
printf '#!/bin/sh\nprintf "2.11.0+cu128\\n12.8\\nsm_75 sm_80 sm_90\\n"\n' > bin/python3
chmod +x bin/*
head -c 9000000 /dev/zero > archive.tar
PATH="$PWD/bin:/usr/bin:/bin" "$RODPREP" doctor archive.tar --disk . --json > report 2> messages ||
  fail "exit code $?"
python3() { "$real_python" "$@"; }
[ "$(field gpus.0.memory_bytes)" = $((16384 << 20)) ] || fail "$(field gpus)"
[ "$(field torch.has_kernels_for_gpu)" = False ] || fail "a P100 has no kernels in that torch"
[ "$(field drive.file_bytes)" = 9000000 ] || fail "$(field drive)"
field advice.warnings | grep -q "no code for the Tesla P100" || fail "$(field advice.warnings)"

code=0
"$RODPREP" doctor --size 5 > /dev/null 2>&1 || code=$?
[ "$code" = 2 ] || fail "a wrong option gives exit code $code"
"$RODPREP" doctor no/such/archive.tar --disk /proc -q > text || fail "exit code $?"
grep -q "no/such/archive.tar" text && grep -q "disk  *unknown" text ||
  { cat text; fail "what is missing is not named"; }
