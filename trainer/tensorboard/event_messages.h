// Encodes the messages of TensorBoard's event files.
//
// Source of the fields' numbers: event.proto, summary.proto, tensor.proto and the hparams plugin's
// api.proto of TensorBoard 2. A `value` is one Summary.Value.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "trainer/pictures/png.h"

namespace rod::trainer {

// `time`: Unix seconds. The first event of every file.
std::string version_event(double time);

// Readers discard earlier events of `first_step` and later, because a resumed run writes them
// again.
std::string session_start_event(double time, std::uint64_t first_step);

std::string summary_event(double time, std::uint64_t step, const std::vector<std::string>& values);

std::string scalar_value(const std::string& tag, double value);
std::string image_value(const std::string& tag, const Picture& picture);
std::string text_value(const std::string& tag, const std::string& markdown);

// The content of the HPARAMS page: the options of this run, an object of numbers, texts and
// booleans, and the scalars whose last values are shown beside them.
std::vector<std::string> hyperparameter_values(double time, const std::string& run,
                                               const nlohmann::ordered_json& options,
                                               const std::vector<std::string>& metric_tags);
std::string session_end_value(double time);

}  // namespace rod::trainer
