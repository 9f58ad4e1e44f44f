// Downloads files, which get their final name when they are complete and verified.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "io/retry.h"

namespace rod::io {

struct Download {
  std::string address;          // http://… or https://…
  std::string sha256;           // hex digits that the file's SHA-256 begins with
  std::uint64_t max_bytes = 0;  // more is an error
  std::filesystem::path to;     // its folder is created if missing
};

struct DownloadHooks {
  // received so far; called many times a second
  std::function<void(std::uint64_t bytes)> progress{};
  StopCheck stop{};
  Log log{};
};

// Fetches the file with the program `curl`, which obeys the usual proxy variables. An interrupted
// transfer resumes where it stopped: immediately, and in the next call after an error or a signal,
// from the file partial_path(to). `to` is complete and verified, or unchanged. Throws
// Error(kFailed) if curl is not installed, the address does not respond after some tries, or the
// file has another hash (it is then removed); Error(kUsage) for another kind of address; what
// `stop` throws; SystemError.
void download(const Download& what, const DownloadHooks& hooks = {});

// Returns `.NAME.part` in the same folder.
std::filesystem::path partial_path(const std::filesystem::path& to);

}  // namespace rod::io
