# rodprep links no LibTorch, nor OpenCV's imgcodecs with its hundred libraries; rodtrain links, and
# was compiled from, neither OpenCV nor libarchive nor TBB of our own choice.
links() { ldd "$1" | awk '{print $1}'; }
! links "$RODPREP" | grep -E 'torch|c10|imgcodecs' ||
  { echo "rodprep links LibTorch or imgcodecs"; exit 1; }

# Nor libcurl with its thirty, unless it is linked statically: it is loaded for an address, and only
# that fails without it.
! links "$RODPREP" | grep libcurl || { echo "rodprep links libcurl"; exit 1; }
if library="$(grep -aom 1 'libcurl[a-z-]*\.so\.[0-9]*' "$RODPREP")"; then
  mkdir without && touch "without/$library"
  LD_LIBRARY_PATH=without "$RODPREP" --version > version
  ! LD_LIBRARY_PATH=without "$RODPREP" info https://localhost/data 2> error ||
    { echo "reads an address without libcurl"; exit 1; }
  grep -q "libcurl, which can't be loaded (.*); install libcurl4" error || { cat error; exit 1; }
fi

# What LibTorch itself brings along (Debian's links TBB and OpenCV) is not ours: look at the direct
# needs.
needs() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
! needs "$RODTRAIN" | grep -E 'opencv|archive' ||
  { echo "rodtrain links OpenCV or libarchive"; exit 1; }

ninja -C "$ROD_BINARY" -t deps 2> /dev/null > deps || exit 0
awk '/^[^ ]/ {ours = $1 ~ /^(trainer|lib\/(base|cli|shard|stream))\//} ours && /opencv2|include\/archive(_entry)?\.h|\/tbb\// {print; bad = 1} END {exit bad}' deps ||
  { echo "rodtrain's layers include headers that only rodprep may"; exit 1; }
