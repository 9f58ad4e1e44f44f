#include <fmt/format.h>

#include "trainer/process_group/process_group.h"

#ifdef ROD_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "trainer/process_group/watchdog.h"
#ifdef ROD_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#endif

#include "base/error.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {

#ifdef ROD_GLOO

namespace {

constexpr std::chrono::minutes kJoin{5};  // machines of one job may start minutes apart
// While the first process writes a checkpoint to a slow drive.
constexpr std::chrono::minutes kAnswer{30};
constexpr std::chrono::hours kForEver{24 * 365};

// c10d's own socket server in the place of libuv's, which newer versions take by default and
// Debian's LibTorch is built without.
template <typename Options>
void without_libuv(Options& options) {
  if constexpr (requires { options.useLibUV; }) options.useLibUV = false;
}

class C10dProcessGroup : public ProcessGroup {
 public:
  explicit C10dProcessGroup(const Rendezvous& rendezvous)
      : ProcessGroup(rendezvous.rank, rendezvous.size) {
    const std::string place = fmt::format("{}:{}", rendezvous.host, rendezvous.port);
    guarded(fmt::format("can't join the other processes at {}", place), [&] {
      c10d::TCPStoreOptions options;
      options.port = rendezvous.port;
      options.isServer = first();
      options.waitWorkers = false;
      options.timeout = kJoin;
      without_libuv(options);
      store_ = c10::make_intrusive<c10d::PrefixStore>(
          "rodtrain/" + rendezvous.attempt,
          c10::make_intrusive<c10d::TCPStore>(rendezvous.host, options));
      // Whoever comes last lets all go on; Gloo alone would wait as long for a process that never
      // comes as for an answer.
      if (store_->add("joined", 1) == size()) store_->set("all", std::vector<std::uint8_t>{1});
      store_->wait({"all"}, kJoin);
      gloo_ = make_gloo("gloo", rendezvous.interface, kAnswer);
      watchdog_ = std::make_unique<Watchdog>(make_gloo("watch", rendezvous.interface, kForEver),
                                             described(kLost));
    });
  }

  std::function<void()> all_reduce_async(torch::Tensor tensor) override {
    c10::intrusive_ptr<c10d::Work> work;
    guarded(kLost, [&] {
      std::vector<torch::Tensor> tensors{std::move(tensor)};
      work = with_group_of(tensors[0], [&](auto& group) { return group.allreduce(tensors); });
    });
    return [this, work] { guarded(kLost, [&] { work->wait(); }); };
  }

  void broadcast(torch::Tensor tensor) override {
    guarded(kLost, [&] {
      std::vector<torch::Tensor> tensors{std::move(tensor)};
      with_group_of(tensors[0], [&](auto& group) { return group.broadcast(tensors); })->wait();
    });
  }

 private:
  void stop_watching() override { watchdog_->end(); }

  static constexpr const char* kLost = "another process has exited or can't be reached";

  c10::intrusive_ptr<c10d::ProcessGroupGloo> make_gloo(const std::string& name,
                                                       const std::string& interface,
                                                       std::chrono::milliseconds timeout) {
    const auto options = c10d::ProcessGroupGloo::Options::create(timeout);
    options->devices.push_back(interface.empty()
                                   ? c10d::ProcessGroupGloo::createDefaultDevice()
                                   : c10d::ProcessGroupGloo::createDeviceForInterface(interface));
    return c10::make_intrusive<c10d::ProcessGroupGloo>(
        c10::make_intrusive<c10d::PrefixStore>(name, store_), static_cast<int>(rank()),
        static_cast<int>(size()), options);
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
            static_cast<int>(size()), options);
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
      if (watchdog_) watchdog_->end();
      throw Error(ErrorKind::kFailed,
                  fmt::format("{}: {}", described(what), first_line(error.what())));
    }
  }

  std::string described(const std::string& what) const {
    return fmt::format("process {} of {}: {}", rank(), size(), what);
  }

  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
  std::unique_ptr<Watchdog> watchdog_;
#ifdef ROD_NCCL
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> nccl_;
#endif
};

}  // namespace

std::shared_ptr<ProcessGroup> connect_processes(const Rendezvous& rendezvous) {
  return std::make_shared<C10dProcessGroup>(rendezvous);
}

#else

std::shared_ptr<ProcessGroup> connect_processes(const Rendezvous& rendezvous) {
  throw Error(
      ErrorKind::kFailed,
      fmt::format(
          "process {} of {}: this rodtrain was built without Gloo, which processes communicate "
          "through; install libgloo-dev, build again, or unset WORLD_SIZE to train alone",
          rendezvous.rank, rendezvous.size));
}

#endif

}  // namespace rod::trainer
