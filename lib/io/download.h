// Files from the network that have their name once they are complete and the right ones.
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
  std::filesystem::path to;     // its folder is made if it is absent
};

struct DownloadHooks {
  std::function<void(std::uint64_t bytes)> progress{};  // that have come; many times a second
  StopCheck stop{};
  Log log{};
};

// Fetches the file with the program `curl`, which follows the usual variables for proxies. A
// transfer that is cut off is resumed where it was: at once, and by the next call after an error
// or a signal, from the file partial_path(to). `to` is complete and verified, or stays as it was.
// Throws Error(kFailed) when curl is not installed, the address does not answer (after some tries)
// or serves a file with another hash, of which nothing is kept; Error(kUsage) for an address of
// another kind; what `stop` throws; throw_errno.
void download(const Download& what, const DownloadHooks& hooks = {});

// `.NAME.part` in the same folder.
std::filesystem::path partial_path(const std::filesystem::path& to);

}  // namespace rod::io
