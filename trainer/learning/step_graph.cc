#include "trainer/learning/step_graph.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "trainer/learning/optimizer.h"
#include "trainer/tensor/device.h"

namespace rod::trainer {
namespace {

// In the first steps LibTorch loads kernels, chooses algorithms and creates handles, none of which
// can be recorded.
constexpr int kEagerSteps = 3;

// Calls visit(a's tensor, b's tensor) for each tensor on the device that both have.
template <typename Visit>
void for_each_input(Minibatch& a, const Minibatch& b, Visit visit) {
  for (torch::Tensor Minibatch::*member :
       {&Minibatch::rgb, &Minibatch::depth, &Minibatch::label, &Minibatch::rotations}) {
    if ((b.*member).defined()) visit(a.*member, b.*member);
  }
}

// Copies the tensors of `from` into those of `to`, by kernels for lists: single copies may
// be given to the GPU's copy engine, behind images of a later step on their way to the device.
void copy_inputs(std::vector<Minibatch>& to, const std::vector<Minibatch>& from) {
  std::map<at::ScalarType, std::pair<std::vector<torch::Tensor>, std::vector<torch::Tensor>>> lists;
  for (std::size_t i = 0; i < to.size(); ++i) {
    for_each_input(to[i], from[i], [&](const torch::Tensor& mine, const torch::Tensor& given) {
      lists[mine.scalar_type()].first.push_back(mine);
      lists[mine.scalar_type()].second.push_back(given);
    });
  }
  for (const auto& [type, list] : lists) copy_all(list.first, list.second);
}

}  // namespace

StepGraph::StepGraph(const torch::Device& device, std::function<void(const std::string&)> log)
    : device_(device), log_(std::move(log)) {}

NamedLosses StepGraph::run(const std::vector<Minibatch>& minibatches, const Step& step) {
  if (!graph_ && !failed_ && eager_steps_ >= kEagerSteps) record(minibatches, step);
  if (graph_) return replay(minibatches);
  ++eager_steps_;
  return step(minibatches);
}

void StepGraph::record(const std::vector<Minibatch>& minibatches, const Step& step) {
  try {
    auto graph = std::make_unique<CudaGraph>(device_);
    inputs_ = minibatches;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      for_each_input(inputs_[i], minibatches[i],
                     [](torch::Tensor& mine, const torch::Tensor& given) { mine = given.clone(); });
    }
    graph->record([&] {
      const NamedLosses losses = step(inputs_);
      std::vector<torch::Tensor> values;
      names_.clear();
      for (const auto& [name, loss] : losses) {
        names_.push_back(name);
        values.push_back(loss);
      }
      losses_ = torch::stack(values);
    });
    graph_ = std::move(graph);
  } catch (const c10::Error& error) {
    failed_ = true;
    inputs_.clear();
    log_(fmt::format("CUDA graphs: off, the step can't be recorded: {}",
                     first_line(error.what_without_backtrace())));
  }
}

NamedLosses StepGraph::replay(const std::vector<Minibatch>& minibatches) {
  const torch::NoGradGuard no_gradients;
  copy_inputs(inputs_, minibatches);
  graph_->replay();
  const torch::Tensor copy = losses_.clone();  // the next replay writes over losses_
  NamedLosses losses;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    losses.emplace_back(names_[i], copy.select(0, static_cast<std::int64_t>(i)));
  }
  return losses;
}

}  // namespace rod::trainer
