#include "store/run_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "base/error.h"
#include "base/units.h"

namespace rod::store {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxBytes = 1 << 16;

struct Holder {
  std::string host, boot, token;
  long pid = 0;
  // of the process, in ticks since the machine's: with the pid it names one process
  std::string started;
  std::int64_t beat = 0;
};

std::string first_line(const fs::path& path) {
  std::ifstream stream(path);
  std::string line;
  std::getline(stream, line);
  return line;
}

// Field 22 of /proc/PID/stat; empty when there is no such process, or when it has ended and its
// parent has not waited for it yet (states Z and X of field 3).
std::string process_start(long pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(line.substr(name_end + 1));
  std::string state, field;
  fields >> state;
  if (state == "Z" || state == "X") return {};
  for (int number = 4; number <= 22; ++number) fields >> field;
  return field;
}

std::string host_name() {
  char name[256] = "?";
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string boot_id() {
  return first_line("/proc/sys/kernel/random/boot_id");
}

// A file that nobody holds is empty; one that can't be understood was cut or mixed up, and guards
// nothing.
Holder read_holder(const fs::path& path) {
  Holder holder;
  std::error_code gone;
  if (!fs::exists(path, gone)) return holder;
  const auto json = nlohmann::json::parse(io::read_file(path, kMaxBytes), nullptr, false);
  if (!json.is_object()) return holder;
  try {
    holder = {json.at("host"),    json.at("boot"),
              json.at("token"),   whole_number<std::int32_t>(json.at("pid")),
              json.at("started"), whole_number<std::uint32_t>(json.at("beat"))};
  } catch (const std::exception&) {
    return {};
  }
  return holder;
}

std::string age_text(std::int64_t seconds) {
  return seconds < 0 ? "in the future" : format_duration(std::chrono::seconds(seconds)) + " ago";
}

// flock() was ours to take, yet the holder may live: on another machine, or behind another mount of
// the same drive.
bool may_live(const Holder& holder, std::int64_t age) {
  if (holder.boot == boot_id() && holder.host == host_name()) {
    return holder.pid != ::getpid() && process_start(holder.pid) == holder.started;
  }
  return age >= -kLockExpires.count() && age < kLockExpires.count();
}

std::string random_token() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

}  // namespace

RunLock::RunLock(const fs::path& folder)
    : path_(folder / ".lock"),
      lock_(path_, fmt::format("the run folder {}", folder.string())),
      token_(random_token()) {
  const Holder holder = read_holder(path_);
  if (!holder.token.empty()) {
    const std::int64_t age = std::time(nullptr) - holder.beat;
    const std::string who =
        fmt::format("process {} on {}, last heartbeat {}", holder.pid, holder.host, age_text(age));
    if (may_live(holder, age)) {
      throw Error(
          ErrorKind::kFailed,
          fmt::format("the run folder {} is in use by another process: {}. Stop it; if that "
                      "machine no longer exists, the folder is free {} after the last heartbeat",
                      folder.string(), who, format_duration(kLockExpires)));
    }
    taken_over_ = fmt::format("{} was left by {}", folder.string(), who);
  }
  sign();
}

void RunLock::sign() {
  const nlohmann::ordered_json json = {
      {"host", host_name()}, {"boot", boot_id()},
      {"pid", ::getpid()},   {"started", process_start(::getpid())},
      {"token", token_},     {"beat", std::time(nullptr)}};
  // In place, as a rename would take the name away from the file that is locked.
  const std::string text =
      json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) throw_errno(path_.string(), "sign the lock");
  io::File file(fd, path_.string());
  file.write_all(std::as_bytes(std::span(text)));
  if (::ftruncate(fd, static_cast<off_t>(text.size())) != 0) throw_errno(path_.string(), "cut");
  file.close();
}

void RunLock::check() const {
  const Holder holder = read_holder(path_);
  if (!holder.token.empty() && holder.token != token_) {
    throw LockLost(
        fmt::format("{}: process {} on {} has taken over the run; this process exits so that their "
                    "files do not mix",
                    path_.string(), holder.pid, holder.host));
  }
}

void RunLock::beat() {
  check();
  sign();
}

void RunLock::release() noexcept {
  try {
    if (read_holder(path_).token == token_) fs::resize_file(path_, 0);
  } catch (const std::exception&) {
  }
}

}  // namespace rod::store
