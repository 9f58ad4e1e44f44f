// A small network and random batches for it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "trainer/input/augment.h"
#include "trainer/methods/method.h"

namespace rod::trainer {

constexpr std::int64_t kSmallSize = 24, kSmallClasses = 5;

// For INSTANTIATE_TEST_SUITE_P over all_methods(): names there have no hyphens.
inline std::string method_test_name(const testing::TestParamInfo<const Method*>& info) {
  std::string name = info.param->name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

inline Network small_network(SecondHead head, std::int64_t image_size = kSmallSize) {
  torch::manual_seed(3);
  NetworkOptions options;
  options.arch = "resnet10-slim";
  options.classes = kSmallClasses;
  options.image_size = image_size;
  options.dropout_p = options.rot_dropout_p = 0;
  options.head = head;
  Network network(options);
  network->train();
  return network;
}

// Batch `number` of each of the method's streams, from random images of the size before the crop.
inline std::vector<Minibatch> random_batches(const Method& method, std::int64_t batch,
                                             std::uint64_t number = 0,
                                             std::int64_t image_size = kSmallSize) {
  torch::manual_seed(100 + number);
  std::vector<Minibatch> batches;
  const std::int64_t base = resize_base(image_size);
  for (std::size_t i = 0; i < method.streams.size(); ++i) {
    const std::int64_t angles = method.streams[i].angles;
    Minibatch minibatch;
    minibatch.augment = draw_augmentation(1, i, 0, number * static_cast<std::uint64_t>(batch),
                                          batch, base - image_size, angles);
    const auto images = [&](Modality modality) {
      return transform(torch::randint(256, {batch, base, base, 3}, torch::kByte), minibatch.augment,
                       modality, image_size, angles);
    };
    minibatch.rgb = images(Modality::kRgb);
    minibatch.depth = images(Modality::kDepth);
    minibatch.index = torch::randperm(1000, torch::kLong).slice(0, 0, batch);
    minibatch.rotations = minibatch.augment.slice(1, 3);
    minibatch.label = angles > 1 ? relative_rotation(minibatch.augment, angles)
                                 : torch::randint(kSmallClasses, {batch}, torch::kLong);
    batches.push_back(minibatch);
  }
  return batches;
}

}  // namespace rod::trainer
