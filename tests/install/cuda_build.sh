# rodtrain compiles and links against a CUDA torch of pip's. Where no GPU is, it trains on the CPU
# and says of `--device cuda` why not, and passes the tests of tests/gpu.
# Builds everything again, in minutes: only with ROD_CUDA_PYTHON, a Python with a CUDA torch and,
# where the system has no whole toolkit, the packages nvidia-cuda-nvcc, nvidia-cuda-crt, nvidia-nvvm
# and nvidia-cuda-cccl of torch's CUDA version.
. "$ROD_SOURCE/tests/install/common"
[ -n "${ROD_CUDA_PYTHON:-}" ] || { echo "skipped: ROD_CUDA_PYTHON is not set"; exit 77; }
[ "$("$ROD_CUDA_PYTHON" -c 'import torch; print(torch.version.cuda)')" != None ] ||
  fail "$ROD_CUDA_PYTHON has a torch without CUDA"

packages="$("$ROD_CUDA_PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
pip_toolkit="$(ls -d "$packages"/nvidia/cu[0-9]* | tail -n 1)"
# in the shape that CMake looks for: lib64, and libraries without numbers
if [ -n "$pip_toolkit" ] && [ -x "$pip_toolkit/bin/nvcc" ]; then
  toolkit="$PWD/toolkit"
  mkdir -p "$toolkit/bin" "$toolkit/lib64"
  ln -s "$pip_toolkit"/{include,nvvm} "$toolkit/"
  ln -s "$pip_toolkit"/bin/* "$toolkit/bin/"  # nvcc looks for ../lib64 beside itself
  for library in "$pip_toolkit"/lib/*; do
    ln -s "$library" "$toolkit/lib64/"
    case "$library" in *.so.*) ln -sf "$library" \
      "$toolkit/lib64/$(basename "${library%%.so.*}").so" ;; esac
  done
  export PATH="$toolkit/bin:$PATH" CUDA_HOME="$toolkit"
elif command -v nvcc > /dev/null; then  # which may be a script that calls another
  echo > probe.cu
  toolkit="$(realpath "$(nvcc --dryrun probe.cu 2>&1 | sed -n 's/^#\$ TOP=//p')")"
else
  echo "skipped: there is no nvcc"
  exit 77
fi

. "$ROD_SOURCE/tools/build.sh"
# CMake's name for it, and the older one that torch's files use.
build "$PWD/build" "$(python_torch "$ROD_CUDA_PYTHON")" -DROD_RODPREP=OFF -DROD_TESTS=gpu \
  -DCUDAToolkit_ROOT="$toolkit" -DCUDA_TOOLKIT_ROOT_DIR="$toolkit" -DTORCH_CUDA_ARCH_LIST=7.5
ldd build/trainer/rodtrain | grep -q libtorch_cuda ||
  fail "rodtrain is not linked with LibTorch's CUDA part"

"$RODPREP" synth a.tar --pairs 60 --classes 3 --size 32 -q
"$RODPREP" cache a.tar data --size 32 -q
run="build/trainer/rodtrain --data data --arch resnet10-slim --image-size 24 --batch-size 4 --max-steps 2"
$run --logdir cpu --device cpu -q
if [ "$("$ROD_CUDA_PYTHON" -c 'import torch; print(torch.cuda.is_available())')" = True ]; then
  $run --logdir gpu --device cuda -q
else
  code=0
  $run --logdir gpu --device cuda 2> messages || code=$?
  [ "$code" = 2 ] && grep -q 'no GPU is usable here' messages ||
    { cat messages; fail "exit code $code without a GPU"; }
  echo "no GPU here: it compiles, links and trains on the CPU"
fi
# What it would ask of a GPU, on a stand-in for CUDA.
ctest --test-dir build -R '^gpu\.' --output-on-failure
