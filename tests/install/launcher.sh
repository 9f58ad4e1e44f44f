# rodtrain's launcher takes python3's torch if that fits: the same minor version, and CUDA's for a build for the CPU's, too.
. "$ROD_SOURCE/tests/install/common"
mkdir -p bin libexec/rod fake/torch/lib
printf '#!/bin/sh\necho "with ${LD_LIBRARY_PATH:-none}"\n' > libexec/rod/rodtrain
chmod +x libexec/rod/rodtrain
touch fake/torch/__init__.py
launcher() {  # launcher BUILT-FOR
  sed -e "s/@ROD_TORCH_BUILT_FOR@/$1/" -e 's,@ROD_LIBEXEC_FROM_BIN@,../libexec/rod,' "$ROD_SOURCE/tools/install/rodtrain.in" > bin/rodtrain
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
