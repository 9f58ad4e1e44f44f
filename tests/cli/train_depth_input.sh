# 16-bit depth trains as the normals do that rodprep would have stored, bit for bit, or as other
# images.
. "$(dirname "$0")/small_run"
says() { grep -q -- "$1" messages || { cat messages; fail "the message lacks '$1'"; }; }
[ -n "${ROD_TEST_PYTHON:-}" ] || { echo "skipped: ROD_TEST_PYTHON is not set"; exit 77; }
"$ROD_TEST_PYTHON" - <<'PYTHON'
import os
import numpy as np
from PIL import Image

rng = np.random.default_rng(1)
y, x = np.mgrid[:32, :32]
for split in ("train", "test"):
    for label, name in enumerate(("apple", "ball")):
        os.makedirs(f"images/{split}/{name}")
        for i in range(6):
            depth = 900 + 7 * x * (label + 1) + 3 * y + rng.integers(0, 20, (32, 32))
            depth = depth.astype(np.uint16)
            depth[rng.random((32, 32)) < 0.2] = 0  # scattered pixels and a hole
            depth[5:12, 8:20] = 0
            rgb = rng.integers(0, 150 + 100 * label, (32, 32, 3)).astype(np.uint8)
            Image.fromarray(rgb).save(f"images/{split}/{name}/{i}_rgb.png")
            Image.fromarray(depth).save(f"images/{split}/{name}/{i}_depth.png")
PYTHON
for depth in raw16 normals; do "$RODPREP" cache images $depth --depth $depth --size 32 --quiet > \
  /dev/null; done
go() { "$RODTRAIN" ${small_options#--data data} --max-steps 2 "$@"; }

go --data normals --logdir of-normals
expect 0 "$RODTRAIN" --data raw16 --logdir of-raw16 --arch resnet10-slim --image-size 24 \
  --batch-size 4 --lr 0.01 --device cpu --max-steps 2
says '16-bit depth becomes normals'
[ "$(weights of-raw16)" = "$(weights of-normals)" ] || fail "other normals than rodprep's"
for data in raw16 normals; do
  "$RODTRAIN" eval of-raw16/best.safetensors --data $data --device cpu --json > of-$data.json
done
cmp of-raw16.json of-normals.json || fail "eval sees other images"
# Stored colours may have been anything: a network that was trained on them does not guess what
# 16-bit depth should become.
expect 3 "$RODTRAIN" eval of-normals/best.safetensors --data raw16 --device cpu
says 'raw16: its depth is in 16-bit millimetres.*of-normals/best.safetensors.*rodprep cache SOURCE DEST --depth normals'
expect 3 "$RODTRAIN" predict of-normals/best.safetensors raw16 --split test --device cpu
says 'rodprep cache SOURCE DEST --depth normals'
# Depth alone, as a network for depth sees it in pairs.
"$RODPREP" cache images alone --depth-pattern '*_depth.png' --size 32 --quiet > /dev/null
go --data alone --logdir of-alone
go --data raw16 --logdir of-depth --modality depth
[ "$(weights of-alone)" = "$(weights of-depth)" ] ||
  fail "depth alone trains otherwise than the depth of pairs"
[ "$(grep -c 'alt="depth"' of-alone/report.html)" -gt 0 ] &&
  ! grep -q 'alt="colour"' of-alone/report.html || fail "no pictures of depth alone"
PATH="$(dirname "$RODPREP"):$PATH" "$RODTRAIN" predict of-alone/best.safetensors \
  images/test/*/*_depth.png --depth-pattern '*' --size 32 --device cpu --quiet --json |
  wc -l | grep -qx 12 ||
  fail "predict does not take depth files alone"
go --config of-raw16/config.toml --data raw16 --logdir again
[ "$(weights again)" = "$(weights of-raw16)" ] || fail "config.toml did not repeat the run"
for input in gray jet; do
  go --data raw16 --logdir $input --depth-input $input
  [ "$(weights $input)" != "$(weights of-raw16)" ] || fail "--depth-input $input changes nothing"
done
expect 2 go --data normals --logdir refused --depth-input jet
says 'the data set stores none'
expect 2 go --data raw16 --logdir refused --depth-input hha
says --depth-input
"$RODTRAIN" bench --data raw16 --arch resnet10-slim --image-size 24 --batch-size 4 --device cpu \
  --seconds 0.1 --quiet > /dev/null ||
  fail "bench does not take 16-bit depth"
[ ! -e refused ] || fail "a refused run left a folder"
