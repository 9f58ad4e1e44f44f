#include "events.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace {

// Both live to the end of the process: LibTorch's destructors still make calls.
std::mutex& mutex() {
  static auto* const mutex = new std::mutex;
  return *mutex;
}

std::map<std::string, long>& events() {
  static auto* const events = new std::map<std::string, long>;
  return *events;
}

std::string demangle(const char* name) {
  int status = 0;
  char* const text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  const std::string result = text ? text : name;
  std::free(text);
  return result;
}

}  // namespace

extern "C" {

void stub_event(const char* kind, const char* name) {
  const std::lock_guard lock(mutex());
  ++events()[std::string(kind) + " " + demangle(name)];
}

long stub_call(const char* name) {
  stub_event("call", name);
  return 0;
}

void* stub_object() {
  return std::calloc(1, 4096);
}

void stub_reset() {
  const std::lock_guard lock(mutex());
  events().clear();
}

long stub_count(const char* prefix) {
  const std::lock_guard lock(mutex());
  long sum = 0;
  for (const auto& [name, count] : events()) {
    if (std::string_view(name).starts_with(prefix)) sum += count;
  }
  return sum;
}

void stub_print(const char* prefix) {
  const std::lock_guard lock(mutex());
  std::vector<std::pair<long, std::string_view>> sorted;
  for (const auto& [name, count] : events()) {
    if (std::string_view(name).starts_with(prefix)) sorted.emplace_back(count, name);
  }
  std::sort(sorted.rbegin(), sorted.rend());
  for (const auto& [count, name] : sorted) {
    std::printf("%7ld %s\n", count, std::string(name.substr(0, 160)).c_str());
  }
}
}
