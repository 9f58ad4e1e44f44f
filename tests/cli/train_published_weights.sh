# --pretrained imagenet and --pretrained ADDRESS: downloaded, resumed, verified, or refused with what to do.
. "$(dirname "$0")/small_run"
says() { grep -q -- "$1" messages || { cat messages; fail "the message lacks '$1'"; }; }
command -v curl > /dev/null && command -v python3 > /dev/null || { echo "skipped: curl or python3 is not installed"; exit 77; }
export TORCH_HOME="$PWD/hub" no_proxy=127.0.0.1
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
serve() { # FOLDER CUTS: its address is then $address, its requests are in FOLDER.log
  : > "$1.log"
  python3 "$ROD_SOURCE/tests/cli/weights_server.py" "$1" "$1.port" "$1.log" "$2" &
  while [ ! -f "$1.port" ]; do sleep 0.05; done
  address="http://127.0.0.1:$(cat "$1.port")"
}
arch=resnet10-slim
go() { "$RODTRAIN" ${small_options/resnet10-slim/$arch} --max-steps 1 "$@"; }

# Weights to serve: a backbone that a run has learned, with its hash in its name.
small_run --logdir first --max-steps 2
"$RODTRAIN" export first/best.safetensors backbone.pth --module netG_rgb --quiet
mkdir good wrong
name="backbone-$(sha256sum backbone.pth | cut -c 1-8).pth"
cp backbone.pth "good/$name"
head -c 10000 /dev/zero > "wrong/$name"
head -c 10000 /dev/zero > wrong/resnet18-f37072fd.pth

# The connection is cut twice, and each transfer begins where the one before it ended.
serve good 2
expect 0 go --logdir cut --pretrained "$address/$name" --weights-dir weights
cmp "weights/$name" backbone.pth || fail "other bytes"
[ "$(grep -c . good.log)" = 3 ] && [ "$(grep -c bytes= good.log)" = 2 ] || { cat good.log; fail "not resumed twice"; }
[ "$(ls -A weights)" = "$name" ] || fail "more is left: $(ls -A weights)"
go --logdir file --pretrained "weights/$name"
[ "$(weights cut)" = "$(weights file)" ] || fail "other weights than from the file"
# It is there now: nothing is asked for. Without --weights-dir, torch hub's cache is where it goes and is looked for.
expect 0 go --logdir kept --pretrained "$address/$name" --weights-dir weights
[ "$(grep -c . good.log)" = 3 ] || fail "downloaded again"
mkdir -p hub/hub/checkpoints
cp backbone.pth "hub/hub/checkpoints/$name"
expect 0 go --logdir hub-run --pretrained "$address/$name"
[ "$(grep -c . good.log)" = 3 ] || fail "torch hub's cache was not looked at"

# What an earlier process has left is resumed; bytes of another file are not kept.
mkdir again
head -c 5000 backbone.pth > "again/.$name.part"
rm -r hub
expect 0 go --logdir resumed --pretrained "$address/$name" --weights-dir again
tail -n 1 good.log | grep -q 'bytes=5000-' || { cat good.log; fail "not resumed"; }
rm "again/$name"
head -c 5000 /dev/urandom > "again/.$name.part"
expect 0 go --logdir anew --pretrained "$address/$name" --weights-dir again
cmp "again/$name" backbone.pth || fail "other bytes"

# A wrong file.
serve wrong 0
arch=resnet18
expect 1 go --logdir wrong-run --pretrained imagenet --weights-url "$address" --weights-dir fresh
says "$address/resnet18-f37072fd.pth"
says "begins with f37072fd"
says "$PWD/fresh/resnet18-f37072fd.pth"
[ -z "$(ls -A fresh)" ] || fail "a wrong file is kept: $(ls -A fresh)"
arch=resnet10-slim
cp "wrong/$name" "weights/$name"
expect 1 go --logdir wrong-run --pretrained "$address/$name" --weights-dir weights
says "remove the file"

# Nothing answers, or it is not there.
arch=resnet34
expect 1 go --logdir offline --pretrained imagenet --weights-url http://127.0.0.1:9/models --weights-dir fresh
says "http://127.0.0.1:9/models/resnet34-b627a593.pth"
says "put it at $PWD/fresh/resnet34-b627a593.pth"
arch=resnet50
expect 1 go --logdir offline --pretrained imagenet --weights-url "$address" --weights-dir fresh
says 404

# Refused before anything is made.
arch=resnet10-slim
expect 2 go --logdir bad --pretrained imagenet
says "resnet10-slim"
expect 2 go --logdir bad --pretrained "$address/backbone.pth"
says "no hash"
expect 2 go --logdir bad --pretrained "ftp://127.0.0.1/$name"
says "http://"
[ ! -e bad ] || fail "a refused run left a folder"
