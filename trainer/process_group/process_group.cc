#include "trainer/process_group/process_group.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <charconv>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rod::trainer {
namespace {

class SingleProcess : public ProcessGroup {
 public:
  SingleProcess() : ProcessGroup(0, 1) {}
  std::function<void()> all_reduce_async(torch::Tensor) override {
    return [] {};
  }
  void broadcast(torch::Tensor) override {}
};

std::string variable(const char* name) {
  const char* const text = ::getenv(name);
  return text == nullptr ? "" : text;
}

std::uint32_t number(const char* name, std::uint32_t least, std::uint32_t most) {
  const std::string text = variable(name);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= least && value <= most)
    return value;
  throw Error(ErrorKind::kUsage,
              fmt::format("{}='{}': expected a number from {} to {}; start several processes with "
                          "torchrun, which sets it, or unset WORLD_SIZE to train alone",
                          name, text, least, most));
}

}  // namespace

std::uint32_t ProcessGroup::expected() {
  return variable("WORLD_SIZE").empty() ? 1 : number("WORLD_SIZE", 1, 4096);
}

std::shared_ptr<ProcessGroup> ProcessGroup::join() {
  const std::uint32_t size = expected();
  if (size == 1) return std::make_shared<SingleProcess>();
  Rendezvous rendezvous;
  rendezvous.rank = number("RANK", 0, size - 1);
  rendezvous.size = size;
  rendezvous.host = variable("MASTER_ADDR");
  if (rendezvous.host.empty()) {
    throw Error(ErrorKind::kUsage,
                "MASTER_ADDR is not set: start several processes with torchrun, which sets it, or "
                "unset WORLD_SIZE to train alone");
  }
  // torchrun's own store is at MASTER_PORT and speaks its version's language, which may not be
  // ours.
  const bool taken = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
  rendezvous.port = static_cast<std::uint16_t>(number("MASTER_PORT", 1, 0xFFFE) + (taken ? 1 : 0));
  rendezvous.attempt = variable("TORCHELASTIC_RESTART_COUNT");
  rendezvous.interface = variable("GLOO_SOCKET_IFNAME");
  return connect_processes(rendezvous);
}

torch::Tensor ProcessGroup::all_gather(const torch::Tensor& own) {
  std::vector<std::int64_t> shape = own.sizes().vec();
  shape[0] *= size_;
  // An all-reduce does: each process adds its rows to zeros.
  const torch::Tensor whole = torch::zeros(shape, own.options());
  whole.narrow(0, own.size(0) * rank_, own.size(0)).copy_(own);
  all_reduce(whole);
  return whole;
}

void ProcessGroup::shutdown() {
  all_reduce_max(0);
  stop_watching();
}

std::int64_t ProcessGroup::all_reduce_max(std::int64_t number) {
  return all_gather(torch::full({1}, number, torch::kLong)).max().item<std::int64_t>();
}

}  // namespace rod::trainer
