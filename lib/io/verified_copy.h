// A file's way to a place that may lie: a temporary name, closed, read back, compared, then renamed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>

#include "base/hash.h"

namespace rod {

using ByteSink = std::function<void(std::span<const std::byte>)>;
using FileContent =
    std::function<void(const ByteSink&)>;  // hands a file's bytes to the sink, in order

// Writes what `source` gives to `to`, which is complete or absent whatever happens, and replaces what was there.
// What the file system gives back is compared with what it was given before the name appears; `ready` is called last before that.
// Errors: throw_errno; kFailed when they differ; what `source` and `ready` throw.
void publish(
    const std::filesystem::path& to, const FileContent& source,
    const std::function<void()>& ready = [] {});

// The bytes of a file, as a source. Errors: throw_errno, when it is called.
FileContent content_of(const std::filesystem::path& path);

// Brings the file `from`, which is complete, to `to`: renamed on the same file system, else copied with
// publish() and left where it is. Errors: publish()'s.
void publish_file(
    const std::filesystem::path& from, const std::filesystem::path& to,
    const std::function<void()>& ready = [] {});

// A drive's trash counts what is deleted against the quota: empties the file first, under a temporary name, so that no
// file that looks complete is empty at any moment. Ignores errors, as one file too many harms nobody.
void empty_then_remove(const std::filesystem::path& path);

}  // namespace rod
