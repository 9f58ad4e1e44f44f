// Which libraries' functions the programs call.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace rod::trainer {
namespace {

// pip's LibTorch exports functions of std::filesystem that can't be called.
TEST(Libraries, FilesystemIsThatOfTheSystemsStandardLibrary) {
  std::uintmax_t (*const remove_all)(const std::filesystem::path&, std::error_code&) =
      &std::filesystem::remove_all;
  Dl_info found{};
  ASSERT_NE(::dladdr(reinterpret_cast<void*>(remove_all), &found), 0);
  EXPECT_NE(std::string(found.dli_fname).find("libstdc++"), std::string::npos) << found.dli_fname;
}

}  // namespace
}  // namespace rod::trainer
