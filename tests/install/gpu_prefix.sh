# tools/gpu_prefix.sh gathers all that rodtrain needs besides LibTorch: CMake finds every part of it
# there.
. "$ROD_SOURCE/tests/install/common"
command -v dpkg-query > /dev/null || { echo "skipped: it gathers what apt installed"; exit 77; }
bash "$ROD_SOURCE/tools/gpu_prefix.sh" prefix
cmake -S "$ROD_SOURCE" -B build -DROD_RODPREP=OFF -DROD_RODTRAIN=OFF -DROD_TESTS=OFF \
  -DCMAKE_PREFIX_PATH="$PWD/prefix" > log 2>&1 || { cat log; fail "CMake failed"; }
for part in CLI11_DIR fmt_DIR nlohmann_json_DIR XXHASH_INCLUDE_DIR ZSTD_INCLUDE_DIR ZSTD_LIBRARY; do
  grep -q "^$part:[A-Z]*=$PWD/prefix/" build/CMakeCache.txt ||
    fail "$part is not taken from the prefix: $(grep "^$part" build/CMakeCache.txt)"
done
[ "$(du -sm prefix | cut -f1)" -lt 20 ] || fail "a few MB were promised: $(du -sh prefix)"
