# Such damage, tried in one process: the choice alone, far more often than whole runs are.
. "$ROD_FAULT/support/common.sh"
program="$ROD_BINARY/tests/trainer/test_trainer"
[ -x "$program" ] || skip "test_trainer is not built"
"$program" --gtest_filter='RunFolderTest.FallsBackFromWhatever*' > log ||
  { cat log; fail "a checkpoint was chosen that is not whole"; }
counted "$(grep ' damaged newest checkpoints' log): the one before was taken, and that said"
