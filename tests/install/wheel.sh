# `pip install`: a wheel built from the sources, installed into a clean Python, puts the programs on
# its PATH and brings the package. Builds everything again, in minutes: only with `bash
# tools/test.sh --all`.
. "$ROD_SOURCE/tests/install/common"
only_with_all "it builds everything again"
[ -n "$ROD_TEST_PYTHON" ] || { echo "skipped: ROD_TEST_PYTHON is not set"; exit 77; }

export ROD_RODTRAIN=ON
[ -n "$RODTRAIN" ] || ROD_RODTRAIN=OFF
"$ROD_TEST_PYTHON" -m pip wheel -q --no-deps -w wheels "$ROD_SOURCE" || fail "no wheel"
ls -l wheels

"$ROD_TEST_PYTHON" -m venv clean
clean/bin/python -m pip install -q --no-deps wheels/rodprep-*.whl
# torch and numpy, which are large, come from the Python that built the wheel.
"$ROD_TEST_PYTHON" -c \
  'import sys; print(*(path for path in sys.path if path.endswith("-packages")), sep="\n")' > \
  "$(clean/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/torch.pth"
works "$PWD/clean"
PATH="$PWD/clean/bin:$PATH" rodprep synth a.tar --pairs 10 --classes 1 --size 16 -q
PATH="$PWD/clean/bin:$PATH" rodprep cache a.tar shards --size 16 -q
clean/bin/python -c 'import rodprep; batch = next(iter(rodprep.Loader(rodprep.open("shards")["ROD"], 4))); assert batch["rgb"].shape == (4, 16, 16, 3) == batch["depth"].shape' ||
  fail "the package does not read"
[ "$(clean/bin/python -m rodprep --version)" = "$ROD_VERSION" ] ||
  fail "python -m rodprep is not the program"
clean/bin/python -c \
  'import rodprep; assert rodprep.prepare("a.tar", "more", size=8)["fingerprint"]' ||
  fail "prepare does not find the program"
