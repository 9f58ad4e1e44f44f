#include "io/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/error.h"

extern char** environ;

namespace rod::io {
namespace {

constexpr std::chrono::milliseconds kPoll{50};

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> command, const File& output,
                           const File& errors) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output.fd(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, errors.fd(), STDERR_FILENO);
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int error =
      ::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return;
  throw Error(ErrorKind::kFailed,
              error == ENOENT
                  ? fmt::format("the program {} is not installed", command[0])
                  : fmt::format("{} can't be started: {}", command[0], std::strerror(error)));
}

ChildProcess::~ChildProcess() {
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ChildProcess::ended() {
  if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

int ChildProcess::wait(const std::function<void()>& look) {
  while (!ended()) {
    look();
    std::this_thread::sleep_for(kPoll);
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

File memory_file(const char* name) {
  File file(::memfd_create(name, MFD_CLOEXEC), name);
  if (!file.is_open()) throw_errno(name, "make memory for");
  return file;
}

}  // namespace rod::io
