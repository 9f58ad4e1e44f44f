# Each mistake has its exit code and a message that says what to do.
. "$(dirname "$0")/small_run"
says() { grep -q -- "$1" messages || { cat messages; fail "the message lacks '$1'"; }; }

expect 3 "$RODTRAIN" --data nowhere --logdir run --device cpu
says nowhere
expect 3 small_run --logdir run --target RGBD
says synROD-train
expect 2 "$RODTRAIN" --data data --logdir run --device cpu --batch-size 5000
says --batch-size
expect 2 small_run --logdir run --method magic
says source-only
expect 2 "$RODTRAIN" --data data --logdir run --device cpu --batch-size 4 --arch resnet1001
says resnet18
expect 2 small_run --logdir run --until noon
says HH:MM
expect 2 small_run --logdir run --learning-rate 1
echo 'learning-rate = 1' > wrong.toml
expect 2 small_run --logdir run --config wrong.toml
says "wrong.toml: there is no option 'learning-rate'"
for number in '--max-steps -1' '--trace -1' '--lr nan' '--dropout-p nan' '--batch-size 0' \
  '--ramp-epochs inf' \
  '--schedule linear' '--schedule-epochs -1' '--step-size 0.5' '--gamma 2' '--warmup soon' \
    '--clip-grad nan' '--ema 1' \
  '--optimizer adam' '--patience -1' '--color-jitter -1' '--hue-jitter 1' '--grayscale-p 2' \
    '--erasing-p nan' '--depth-noise -1' \
  '--depth-dropout-p 2' '--schedule step' '--step-size 3'; do
  expect 2 "$RODTRAIN" --data data --logdir run $number
  says "${number% *}"
done
expect 2 small_run --logdir run --method source-only --modality depth --color-jitter 0.4
says '--color-jitter changes RGB images'
expect 2 small_run --logdir run --method source-only --modality rgb --depth-noise 0.1
says '--depth-noise changes depth images'
expect 2 small_run --logdir ''
expect 2 "$RODTRAIN" --data data
says --logdir
expect 3 "$RODTRAIN" eval data/dataset.json --data data
says dataset.json

expect 0 small_run --logdir run --max-steps 2
expect 2 small_run --logdir run --max-steps 2
says --resume
expect 2 small_run --logdir run --max-steps 2 --resume --seed 2
says '--seed: 1 in the run so far, 2 now'
[ "$(ls run/checkpoints | xargs)" = 'last.safetensors step-000000002.safetensors' ] ||
  fail "a refused run changed the folder"
