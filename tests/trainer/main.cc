// GoogleTest's main() for tests of which ctest runs several in one process.
#include <gtest/gtest.h>

// Returns 77, which ctest counts as skipped, where every test that ran was skipped.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int code = RUN_ALL_TESTS();
  const auto* run = testing::UnitTest::GetInstance();
  const bool all_skipped =
      run->skipped_test_count() > 0 && run->skipped_test_count() == run->test_to_run_count();
  return code == 0 && all_skipped ? 77 : code;
}
