#include "trainer/tensorboard/event_messages.h"

#include "trainer/tensorboard/protobuf.h"

namespace rod::trainer {
namespace {

enum DataType { kText = 1, kBool = 2, kNumber = 3 };  // hparams: DataType
constexpr std::uint64_t kTensorOfText = 7;            // tensor: DT_STRING
constexpr std::uint64_t kSucceeded = 1;               // hparams: Status

DataType type_of(const nlohmann::ordered_json& value) {
  return value.is_boolean() ? kBool : value.is_number() ? kNumber : kText;
}

// google.protobuf.Value
Message json_value(const nlohmann::ordered_json& value) {
  switch (type_of(value)) {
    case kBool:
      return Message().number(4, value.get<bool>());
    case kNumber:
      return Message().real(2, value.get<double>());
    default:
      return Message().bytes(3, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

Message metadata(const std::string& plugin, const std::string& content) {
  return Message().bytes(1, Message().bytes(1, plugin).bytes(2, content).text());
}

// HParamsPluginData, whose `field` says which message it holds.
std::string hparams_value(const std::string& tag, std::uint32_t field, const Message& message) {
  const Message data = Message().number(1, 0).bytes(field, message.text());
  return Message().bytes(1, tag).bytes(9, metadata("hparams", data.text()).text()).text();
}

}  // namespace

std::string version_event(double time) {
  return Message().real(1, time).bytes(3, "brain.Event:2").text();
}

std::string session_start_event(double time, std::uint64_t first_step) {
  return Message()
      .real(1, time)
      .number(2, first_step)
      .bytes(7, Message().number(1, 1).text())
      .text();
}

std::string summary_event(double time, std::uint64_t step, const std::vector<std::string>& values) {
  Message summary;
  for (const std::string& value : values) summary.bytes(1, value);
  return Message().real(1, time).number(2, step).bytes(5, summary.text()).text();
}

std::string scalar_value(const std::string& tag, double value) {
  return Message().bytes(1, tag).single(2, static_cast<float>(value)).text();
}

std::string image_value(const std::string& tag, const Picture& picture) {
  const Message image = Message()
                            .number(1, picture.height)
                            .number(2, picture.width)
                            .number(3, 3)  // channels
                            .bytes(4, encode_png(picture));
  return Message().bytes(1, tag).bytes(4, image.text()).text();
}

std::string text_value(const std::string& tag, const std::string& markdown) {
  const Message tensor = Message().number(1, kTensorOfText).bytes(2, "").bytes(8, markdown);
  return Message()
      .bytes(1, tag)
      .bytes(8, tensor.text())
      .bytes(9, metadata("text", "").text())
      .text();
}

std::vector<std::string> hyperparameter_values(double time, const std::string& run,
                                               const nlohmann::ordered_json& options,
                                               const std::vector<std::string>& metric_tags) {
  Message experiment, session;
  for (const auto& [name, value] : options.items()) {
    experiment.bytes(4, Message().bytes(1, name).number(4, type_of(value)).text());
    session.bytes(1, Message().bytes(1, name).bytes(2, json_value(value).text()).text());
  }
  for (const std::string& tag : metric_tags) {
    experiment.bytes(5, Message().bytes(1, Message().bytes(2, tag).text()).text());
  }
  session.bytes(4, run).real(5, time);
  return {hparams_value("_hparams_/experiment", 2, experiment),
          hparams_value("_hparams_/session_start_info", 3, session)};
}

std::string session_end_value(double time) {
  return hparams_value("_hparams_/session_end_info", 4,
                       Message().number(1, kSucceeded).real(2, time));
}

}  // namespace rod::trainer
