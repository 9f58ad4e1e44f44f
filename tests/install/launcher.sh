# rodtrain's launcher takes python3's torch if that fits: the same minor version, and CUDA's for a
# build for the CPU's, too.
. "$ROD_SOURCE/tests/install/common"
mkdir -p bin libexec/rod fake/torch/lib
printf '#!/bin/sh\necho "with ${LD_LIBRARY_PATH:-none}"\n' > libexec/rod/rodtrain
chmod +x libexec/rod/rodtrain
touch fake/torch/__init__.py
launcher() {  # launcher BUILT-FOR
  sed -e "s/@ROD_TORCH_BUILT_FOR@/$1/" -e 's,@ROD_LIBEXEC_FROM_BIN@,../libexec/rod,' \
    "$ROD_SOURCE/tools/install/rodtrain.in" > bin/rodtrain
}
torch() {  # torch VERSION cuda|cpu: what python3 finds
  echo "__version__ = '$1'" > fake/torch/version.py
  rm -f fake/torch/lib/libtorch_cuda.so
  [ "$2" = cpu ] || touch fake/torch/lib/libtorch_cuda.so
}
expect() {  # expect yes|no: is python3's torch taken?
  local found
  found="$(env -u LD_LIBRARY_PATH -u ROD_TORCH_LIB PYTHONPATH="$PWD/fake" sh bin/rodtrain)"
  case "$1:$found" in
    yes:"with $PWD/fake/torch/lib" | no:"with none") ;;
    *) fail "built for $(sed -n 's/^built_for="\(.*\)".*/\1/p' bin/rodtrain), python3 has $(cat fake/torch/version.py): $found" ;;
  esac
}
launcher "2.13.0 cpu"
torch 2.13.0+cpu cpu; expect yes
torch 2.13.1+cpu cpu; expect yes
torch 2.13.0+cu130 cuda; expect yes
torch 2.14.0+cpu cpu; expect no
torch 2.1.0+cpu cpu; expect no
launcher "2.13.0 cuda"
torch 2.13.1+cu130 cuda; expect yes
torch 2.13.0+cpu cpu; expect no

# Where python3's does not fit, a torch that the loader finds by itself is started if it fits, or
# does not tell its version.
torch 2.14.0+cpu cpu
mkdir -p tools system/lib
printf '#!/bin/sh\necho "        $TRIED_LIBRARY"\n' > tools/ldd
chmod +x tools/ldd
loader_finds() {  # loader_finds yes|no LDD-LINE
  local said code=0
  said="$(env -u LD_LIBRARY_PATH -u ROD_TORCH_LIB PATH="$PWD/tools:$PATH" TRIED_LIBRARY="$2" \
    PYTHONPATH="$PWD/fake" sh bin/rodtrain 2>&1)" || code=$?
  case "$1:$code:$said" in
    yes:0:"with none" | no:1:*"was built for torch 2.13.0 cuda"*"has 2.14.0 cpu"*colab_setup.sh*) ;;
    *) fail "$2 with $(ls system): exit code $code, $said" ;;
  esac
}
here="libtorch.so => $PWD/system/lib/libtorch.so (0x0007f)"
loader_finds no "libtorch.so => not found"
loader_finds yes "$here"
loader_finds yes "libtorch.so.2.13 => /usr/lib/libtorch.so.2.13 (0x0007f)"
loader_finds no "libtorch.so.2.1 => /usr/lib/libtorch.so.2.1 (0x0007f)"
for file in "version.py:__version__ = '@+cpu'" "build-version:@+cpu" \
  'share/cmake/Torch/TorchConfigVersion.cmake:set(PACKAGE_VERSION "@")'; do
  mkdir -p system/share/cmake/Torch
  echo "${file#*:}" | sed s/@/2.13.1/ > "system/${file%%:*}"
  loader_finds yes "$here"
  sed -i s/2.13.1/2.12.1/ "system/${file%%:*}"
  loader_finds no "$here"
  rm "system/${file%%:*}"
done
