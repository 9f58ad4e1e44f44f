#include "retry_option.h"

#include "cli/command_line.h"

namespace rod::tools {

CLI::Option* add_retry(CLI::App& app, std::chrono::seconds& time) {
  return cli::add_duration(app, "--retry", time,
                           "keep retrying for this long if a drive can't be read, then stop; the "
                           "same command resumes from there");
}

}  // namespace rod::tools
