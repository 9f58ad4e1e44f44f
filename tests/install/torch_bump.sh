# A newer torch means one build more, said plainly, and a launcher that finds no fitting torch says
# what to do.
. "$ROD_SOURCE/tests/install/common"
[ -n "$RODTRAIN" ] || { echo "skipped: rodtrain was not built"; exit 77; }
library="$(ldd "$RODTRAIN" | awk '$1 == "libtorch.so" || $1 ~ /^libtorch.so/ {print $3}' |
  head -n 1)"
quick_build
# which has no part in this; its libraries would be packed and unpacked each time
cp "$(type -P true)" tree/bin/rodprep
torch_of_python() {  # a python3 whose torch has this version
  mkdir -p fake/torch
  echo > fake/torch/__init__.py
  echo "__version__ = '$1'" > fake/torch/version.py
}
setup() {
  PYTHONPATH="$PWD/fake" ROD_TORCH_LIB="$(dirname "$library")" bash \
    "$ROD_SOURCE/tools/colab_setup.sh" --trainer yes --from-build "$PWD/build" \
    --store "$PWD/drive" --prefix "$PWD/$1" > said 2>&1 || { cat said; fail "exit code $?"; }
}
said() { grep -q -- "$1" said || { cat said; fail "it does not say: $1"; }; }

torch_of_python 2.11.0+cu128; setup one; said "built in"
setup two; said "restored from"
torch_of_python 2.12.0+cu130; setup three; said \
  "torch is 2.12.0+cu130 now, the stored build is for 2.11.0+cu128: building once"
setup four; said "restored from"
torch_of_python 2.11.0+cu128; setup five; said "restored from"

# A session without a GPU built for the CPU torch; a later session's CUDA torch of the same minor
# version takes that build.
torch_of_python 2.15.0+cpu; setup eight; said "rodtrain for torch 2.15.0+cpu built in"
torch_of_python 2.15.1+cu130; setup nine; said "for this torch without CUDA"; said "restored from"
torch_of_python 2.16.0+cu130; setup ten; said "building once for the new one"

mkdir -p prefix/share/cmake/Torch
echo 'set(PACKAGE_VERSION "2.9.1")' > prefix/share/cmake/Torch/TorchConfigVersion.cmake
export ROD_TORCH="$PWD/prefix"; setup six; said "rodtrain for torch 2.9.1+cpu built in"
setup six; said "rodtrain for torch 2.9.1+cpu restored from"
if dpkg-query -W libtorch-dev > six.version 2> /dev/null; then
  export ROD_TORCH=system; setup seven; said \
    "rodtrain for torch $(cut -f2 six.version | cut -d- -f1) built in"
fi
unset ROD_TORCH

# Without ROD_TORCH_LIB, and where no LibTorch of the system fits: named, exit code 1.
if ldd three/libexec/rod/rodtrain | grep -q 'libtorch.*not found'; then
  code=0
  PYTHONPATH="$PWD/fake" three/bin/rodtrain --version 2> said || code=$?
  [ "$code" = 1 ] || fail "exit code $code"
  said "was built for torch"
fi
