#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/stop.h"
#include "doctor/machine_state.h"
#include "io/file.h"

extern char** environ;

namespace rod::doctor {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookForStop{50};
constexpr std::size_t kLongestAnswer = 1 << 20, kLongestComplaint = 1 << 16;

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of("\n\r ");
  if (end == text.npos) return "";
  const auto start = text.find_last_of('\n', end);
  return text.substr(start == text.npos ? 0 : start + 1, end - (start == text.npos ? -1 : start));
}

// A file in memory for what the program complains of, which is no part of its answer.
io::File complaints_file() {
  return io::File(::memfd_create("complaints", MFD_CLOEXEC), "complaints");
}

std::string complaints(const io::File& file) {
  std::string text(kLongestComplaint, '\0');
  const auto got = ::pread(file.fd(), text.data(), text.size(), 0);
  text.resize(got > 0 ? std::size_t(got) : 0);
  return text;
}

// Reads until the other end closes; false when the deadline or a signal to stop came first.
bool read_until(const io::File& pipe, Clock::time_point deadline, std::string& text) {
  for (char block[4096];;) {
    if (stop_signal() != 0 || Clock::now() >= deadline) return false;
    pollfd ready{pipe.fd(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(kLookForStop.count())) <= 0) continue;
    const auto got = ::read(pipe.fd(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    text.append(block,
                std::min(std::size_t(got), kLongestAnswer - std::min(kLongestAnswer, text.size())));
  }
}

// Waits for `child` until the deadline or a signal to stop, then kills it. Its status, or -1 when
// it was killed.
int reap(pid_t child, Clock::time_point deadline) {
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (stop_signal() != 0 || Clock::now() >= deadline) {
      ::kill(child, SIGKILL);  // and not waited for: a driver that hangs holds it even now
      return -1;
    }
    ::usleep(2000);
  }
  return status;
}

}  // namespace

Finding<std::string> ask_program(const std::vector<std::string>& command,
                                 std::chrono::milliseconds limit) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return Missing{fmt::format("{}: {}", command[0], ::strerror(errno))};
  const io::File from_child(ends[0], command[0]);
  io::File to_parent(ends[1], command[0]);
  const io::File errors = complaints_file();

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, errors.fd(), STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) return Missing{fmt::format("{} is not installed", command[0])};
  if (error != 0) return Missing{fmt::format("{}: {}", command[0], ::strerror(error))};

  to_parent.close();
  const auto deadline = Clock::now() + limit;
  std::string answer;
  const bool ended = read_until(from_child, deadline, answer);
  const int status = reap(child, ended ? deadline : Clock::now());
  throw_if_stopped("nothing was changed");
  if (status == -1)
    return Missing{fmt::format("{} gave no answer in {:g} s", command[0],
                               std::chrono::duration<double>(limit).count())};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const std::string complaint = last_line(complaints(errors));
    return Missing{fmt::format("{} failed: {}", command[0],
                               complaint.empty() ? last_line(answer) : complaint)};
  }
  return answer;
}

}  // namespace rod::doctor
