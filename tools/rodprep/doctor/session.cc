#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "doctor/machine_state.h"

namespace rod::doctor {
namespace {

constexpr std::chrono::hours kColabFree{12}, kKaggle{12};

// Seconds since process 1 started: a container is younger than its host. See proc(5), fields 22 and
// uptime.
std::chrono::seconds age_of_first_process() {
  double uptime = 0;
  std::ifstream("/proc/uptime") >> uptime;
  std::ifstream stream("/proc/1/stat");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto name_end = text.rfind(')');
  double started = 0;  // clock ticks after the host's start
  if (name_end != text.npos) {
    const char* at = text.c_str() + name_end + 1;
    for (int field = 3; field <= 22 && *at != '\0'; ++field) {
      at += std::string_view(at).find_first_not_of(' ');
      if (field == 22) started = std::strtod(at, nullptr);
      while (*at != ' ' && *at != '\0') ++at;
    }
  }
  return std::chrono::seconds(
      static_cast<long>(std::max(0.0, uptime - started / double(::sysconf(_SC_CLK_TCK)))));
}

std::string local_clock() {
  const time_t now = ::time(nullptr);
  struct tm parts {};
  char text[64] = "";
  if (::localtime_r(&now, &parts) != nullptr)
    ::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %Z", &parts);
  return text;
}

}  // namespace

Session session_from(const std::map<std::string, std::string>& variables, std::chrono::seconds age,
                     std::chrono::seconds now) {
  const auto value = [&](const char* name) {
    const auto entry = variables.find(name);
    return entry == variables.end() ? std::string() : entry->second;
  };
  Session session;
  session.age = age;
  session.place = "this machine";
  if (!value("SLURM_JOB_ID").empty()) {
    session.place = "Slurm job " + value("SLURM_JOB_ID");
    long end = 0;
    const std::string text = value("SLURM_JOB_END_TIME");
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), end);
    if (parsed.ec == std::errc{} && end > 0)
      session.left = std::max(std::chrono::seconds(0), std::chrono::seconds(end) - now);
  } else if (!value("COLAB_RELEASE_TAG").empty() || !value("COLAB_GPU").empty()) {
    session.place = "Colab";
    session.longest = kColabFree;
  } else if (!value("KAGGLE_KERNEL_RUN_TYPE").empty()) {
    session.place = "Kaggle";
    session.longest = kKaggle;
  }
  if (session.longest) session.left = std::max(std::chrono::seconds(0), *session.longest - age);
  return session;
}

Session look_at_session() {
  std::map<std::string, std::string> variables;
  for (const char* name : {"SLURM_JOB_ID", "SLURM_JOB_END_TIME", "COLAB_RELEASE_TAG", "COLAB_GPU",
                           "KAGGLE_KERNEL_RUN_TYPE"}) {
    if (const char* const text = ::getenv(name)) variables[name] = text;
  }
  Session session =
      session_from(variables, age_of_first_process(), std::chrono::seconds(::time(nullptr)));
  session.clock = local_clock();
  return session;
}

}  // namespace rod::doctor
