#include "trainer/peers/peers.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <charconv>
#include <string>
#include <string_view>

#ifdef ROD_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef ROD_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#endif

#include "base/error.h"

namespace rod {
namespace {

class Nobody : public Peers {
 public:
  Nobody() : Peers(0, 1) {}
  std::function<void()> sum_later(torch::Tensor) override {
    return [] {};
  }
  void copy_first(torch::Tensor) override {}
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

#ifdef ROD_GLOO

constexpr std::chrono::minutes kJoin{5};  // machines of one job may start minutes apart
constexpr std::chrono::minutes kAnswer{
    30};  // while the first process writes a checkpoint to a slow drive

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

// Tensors in memory travel by Gloo, tensors on GPUs by NCCL, or by Gloo where this build has no NCCL.
class Processes : public Peers {
 public:
  Processes(std::uint32_t rank, std::uint32_t count) : Peers(rank, count) {
    const std::string host = variable("MASTER_ADDR");
    if (host.empty()) {
      throw Error(
          ErrorKind::kUsage,
          "MASTER_ADDR is not set: start several processes with torchrun, which sets it, or "
          "unset WORLD_SIZE to train alone");
    }
    // torchrun's own store is at MASTER_PORT and speaks its version's language, which may not be ours.
    const bool taken = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
    const std::uint32_t port = number("MASTER_PORT", 1, 0xFFFE) + (taken ? 1 : 0);
    guarded(fmt::format("can't join the other processes at {}:{}", host, port), [&] {
      c10d::TCPStoreOptions options;
      options.port = static_cast<std::uint16_t>(port);
      options.isServer = first();
      options.waitWorkers = false;
      options.timeout = kJoin;
      // torchrun counts its attempts to keep a job alive: keys of one must not be taken for another's.
      store_ = c10::make_intrusive<c10d::PrefixStore>(
          "rodtrain/" + variable("TORCHELASTIC_RESTART_COUNT"),
          c10::make_intrusive<c10d::TCPStore>(host, options));
      // Whoever comes last lets all go on; Gloo alone would wait as long for a process that never comes as for an answer.
      if (store_->add("joined", 1) == count) store_->set("all", std::vector<std::uint8_t>{1});
      store_->wait({"all"}, kJoin);
      const auto gloo = c10d::ProcessGroupGloo::Options::create(kAnswer);
      gloo->devices.push_back(network_device());
      gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store_, static_cast<int>(rank),
                                                          static_cast<int>(count), gloo);
    });
  }

  std::function<void()> sum_later(torch::Tensor tensor) override {
    c10::intrusive_ptr<c10d::Work> work;
    guarded(kLost, [&] {
      std::vector<torch::Tensor> tensors{std::move(tensor)};
      work = with_group_of(tensors[0], [&](auto& group) { return group.allreduce(tensors); });
    });
    return [this, work] { guarded(kLost, [&] { work->wait(); }); };
  }

  void copy_first(torch::Tensor tensor) override {
    guarded(kLost, [&] {
      std::vector<torch::Tensor> tensors{std::move(tensor)};
      with_group_of(tensors[0], [&](auto& group) { return group.broadcast(tensors); })->wait();
    });
  }

 private:
  static constexpr const char* kLost = "another process has ended, or can't be reached any more";

  // GLOO_SOCKET_IFNAME, as in Python, or what this host's name stands for.
  static std::shared_ptr<gloo::transport::Device> network_device() {
    const std::string name = variable("GLOO_SOCKET_IFNAME");
    return name.empty() ? c10d::ProcessGroupGloo::createDefaultDevice()
                        : c10d::ProcessGroupGloo::createDeviceForInterface(name);
  }

  template <typename Call>
  c10::intrusive_ptr<c10d::Work> with_group_of([[maybe_unused]] const torch::Tensor& tensor,
                                               const Call& call) {
#ifdef ROD_NCCL
    if (tensor.is_cuda()) {
      if (!nccl_) {  // not before: it needs a GPU
        const auto options = c10d::ProcessGroupNCCL::Options::create();
        options->timeout = kAnswer;
        nccl_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(
            c10::make_intrusive<c10d::PrefixStore>("nccl", store_), static_cast<int>(rank()),
            static_cast<int>(count()), options);
      }
      return call(*nccl_);
    }
#endif
    return call(*gloo_);
  }

  void guarded(const std::string& what, const std::function<void()>& body) const {
    try {
      body();
    } catch (const std::exception& error) {  // c10::Error, gloo's, std::system_error
      throw Error(ErrorKind::kFailed, fmt::format("process {} of {}: {}: {}", rank(), count(), what,
                                                  first_line(error.what())));
    }
  }

  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
#ifdef ROD_NCCL
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> nccl_;
#endif
};

#endif

}  // namespace

std::uint32_t Peers::expected() {
  return variable("WORLD_SIZE").empty() ? 1 : number("WORLD_SIZE", 1, 4096);
}

std::shared_ptr<Peers> Peers::join() {
  const std::uint32_t count = expected();
  if (count == 1) return std::make_shared<Nobody>();
  const std::uint32_t rank = number("RANK", 0, count - 1);
#ifdef ROD_GLOO
  return std::make_shared<Processes>(rank, count);
#else
  throw Error(ErrorKind::kFailed,
              fmt::format("process {} of {}: this rodtrain was built without Gloo, by which "
                          "processes talk; install "
                          "libgloo-dev, build again, or unset WORLD_SIZE to train alone",
                          rank, count));
#endif
}

torch::Tensor Peers::gather(const torch::Tensor& own) {
  std::vector<std::int64_t> shape = own.sizes().vec();
  shape[0] *= count_;
  // By sums alone: each process has a place of its own.
  const torch::Tensor whole = torch::zeros(shape, own.options());
  whole.narrow(0, own.size(0) * rank_, own.size(0)).copy_(own);
  sum(whole);
  return whole;
}

std::int64_t Peers::max(std::int64_t number) {
  return gather(torch::full({1}, number, torch::kLong)).max().item<std::int64_t>();
}

}  // namespace rod
