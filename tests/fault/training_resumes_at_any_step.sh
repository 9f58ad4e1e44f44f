# Cut off after any step - at the start, in the middle, at the end of an epoch, twice in a row - and
# resumed with other --jobs: the same bytes.
. "$ROD_FAULT/support/training.sh"
rounds="$(short_or_long 1 100)"
epoch=6 steps=18
run() { small_run --logdir "$1" --epochs 3 --resume --save-every 1steps --keep 100 --jobs "$2" 2> \
  /dev/null; }
# cut_after STEP: as a kill after this step's save leaves the run; its metrics know more than its
# checkpoint
cut_after() {
  local step
  for ((step = $1 + 1; step <= steps; ++step)); do rm -f \
    "cut/checkpoints/$(printf step-%09d.safetensors $step)"; done
}
run whole 2
[ "$(newest whole)" = "$(printf step-%09d.safetensors $steps)" ] ||
  fail "the run has $(newest whole)"

resumes=0
for ((round = 0; round < rounds; ++round)); do
  random $((epoch - 2))
  for step in $([ "$ROD_LONG" = 0 ] ||
    echo 1 $epoch $((steps - 1))) $((epoch + 1)) $((2 * epoch)) $((epoch + 2 + drawn)); do
    rm -rf cut
    cp -r whole cut
    cut_after $step
    run cut $((1 + (round + step) % 5))
    if [ $step = $((epoch + 1)) ]; then # once more, a little later
      cut_after $((step + 1))
      run cut 8
      resumes=$((resumes + 1))
    fi
    same_run whole cut
    resumes=$((resumes + 1))
  done
done
counted "$resumes resumes at starts, middles and ends of epochs with 1 to 8 jobs: equal"
