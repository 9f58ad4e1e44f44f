#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "base/units.h"
#include "doctor/doctor.h"

namespace rod::doctor {
namespace {

constexpr std::size_t kColumns = 98;

std::string time_text(double seconds) {
  return format_duration(std::chrono::duration<double>(seconds));
}

// Titles, "  name      text" and "  - text", wrapped at blanks under the text's start.
class Page {
 public:
  void title(const std::string& text) { text_ += (text_.empty() ? "" : "\n") + text + "\n"; }

  void line(const std::string& name, const std::string& text) {
    wrap(fmt::format("  {:<10}", name), text);
  }
  void item(const std::string& text) { wrap("  - ", text); }

  std::string text() const { return text_; }

 private:
  void wrap(std::string row, const std::string& text) {
    const std::size_t indent = row.size();
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find(' ', at), text.size());
      if (row.size() > indent && row.size() + 1 + (end - at) > kColumns) {
        text_ += row + "\n";
        row.assign(indent, ' ');
      }
      if (row.size() > indent) row += ' ';
      row.append(text, at, end - at);
      at = end + 1;
    }
    text_ += row + "\n";
  }

  std::string text_;
};

void describe_session(const Session& session, Page& page) {
  std::string text = fmt::format("{}, {}; up for {}", session.place, session.clock,
                                 time_text(double(session.age.count())));
  if (session.longest)
    text +=
        fmt::format("; ends after {} at the latest", time_text(double(session.longest->count())));
  if (session.left) text += fmt::format("; {} left", time_text(double(session.left->count())));
  page.line("session", text);
}

void describe_gpus(const MachineState& machine, Page& page) {
  const auto* const gpus = found(machine.gpus);
  if (gpus == nullptr) {
    page.line("GPU", "none: " + why_missing(machine.gpus));
    return;
  }
  for (const Gpu& gpu : *gpus) {
    page.line("GPU",
              fmt::format("{}, {} ({} free), driver {}, compute capability {}.{}", gpu.name,
                          format_size(double(gpu.memory)), format_size(double(gpu.free_memory)),
                          gpu.driver, gpu.capability / 10, gpu.capability % 10));
  }
}

void describe_torch(const MachineState& machine, Page& page) {
  const Torch* const torch = found(machine.torch);
  const std::string rodtrain = machine.rodtrain_torch.empty()
                                   ? ""
                                   : "; rodtrain was built for torch " + machine.rodtrain_torch;
  if (torch == nullptr) {
    page.line("torch",
              "none in python3: " + why_missing(machine.torch) +
                  (rodtrain.empty() ? "; rodtrain may have been built with another" : rodtrain));
    return;
  }
  std::string text =
      torch->version + (torch->cuda.empty() ? ", for the CPU only" : ", CUDA " + torch->cuda);
  const auto* const gpus = found(machine.gpus);
  if (gpus != nullptr && !torch->cuda.empty() && gpus->front().capability > 0) {
    text += has_kernels(torch->architectures, gpus->front().capability)
                ? "; has code for this GPU"
                : "; has NO code for this GPU";
  }
  page.line("torch", text + rodtrain);
}

void describe_processor(const Processor& processor, Page& page) {
  std::string text =
      fmt::format("{} of {} logical cores may be used", processor.available, processor.online);
  if (processor.usable < processor.available)
    text += fmt::format(", {} by --jobs", processor.usable);
  if (processor.quota > 0)
    text += fmt::format(" (the control group allows {:.1f})", processor.quota);
  if (!processor.model.empty()) text += "; " + processor.model;
  page.line("CPU", text);
}

void describe_memory(const Memory& memory, Page& page) {
  std::string text =
      fmt::format("{} of {} can still be taken", format_size(double(memory.available)),
                  format_size(double(memory.total)));
  if (memory.limit > 0)
    text += fmt::format("; the control group allows {}", format_size(double(memory.limit)));
  page.line("memory", text);
}

void describe_disk(const MachineState& machine, Page& page) {
  const Disk* const disk = found(machine.disk);
  if (disk == nullptr) {
    page.line("disk", "unknown: " + why_missing(machine.disk));
    return;
  }
  page.line("disk",
            fmt::format("{} of {} free in {} ({}); a small file costs {:.2f} ms",
                        format_size(double(disk->free_bytes)), format_size(double(disk->bytes)),
                        disk->folder, disk->file_system.empty() ? "?" : disk->file_system,
                        1e3 * disk->seconds_per_small_file));
}

void describe_drive(const MachineState& machine, Page& page) {
  const Drive* const drive = found(machine.drive);
  if (drive == nullptr) {
    page.line("drive", why_missing(machine.drive));
    return;
  }
  page.line("drive",
            fmt::format("{} ({}): {}", drive->folder, drive->type.empty() ? "?" : drive->type,
                        drive->problem.empty()
                            ? fmt::format("reads {}/s ({})", format_size(drive->bytes_per_second),
                                          drive->read_file)
                            : drive->problem));
}

std::string or_unknown(const std::optional<double>& seconds) {
  return seconds ? "about " + time_text(*seconds) : "unknown: a figure for it is missing";
}

}  // namespace

std::string describe(const MachineState& machine, const Workload& work, const Advice& advice) {
  Page page;
  page.title("This machine");
  describe_session(machine.session, page);
  describe_gpus(machine, page);
  describe_torch(machine, page);
  describe_processor(machine.processor, page);
  describe_memory(machine.memory, page);
  describe_disk(machine, page);
  describe_drive(machine, page);

  page.title(fmt::format("What that means for {} pairs of {} pixels", format_count(work.pairs),
                         work.size));
  page.line("codec", advice.codec.value + ": " + advice.codec.why);
  page.line("residency", advice.residency.value + ": " + advice.residency.why);
  page.line("batch", fmt::format("at most about {}: {}", advice.largest_batch, advice.batch_why));
  page.line("extract", or_unknown(advice.extract_seconds));
  page.line("cache", or_unknown(advice.cache_seconds));
  page.line("epoch", or_unknown(advice.epoch_seconds) +
                         (advice.epoch_seconds ? "; `rodtrain bench` measures it" : ""));

  page.title("Assuming that");
  for (const std::string& assumption : advice.assumptions) page.item(assumption);
  if (!advice.warnings.empty()) page.title("Watch out");
  for (const std::string& warning : advice.warnings) page.item(warning);
  return page.text();
}

}  // namespace rod::doctor
