#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <limits>
#include <new>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/status_line.h"
#include "base/stop.h"
#include "base/units.h"

namespace rod::cli {
namespace {

// What std::filesystem throws has exit codes and hints, too.
int with_file_errors(const std::function<int()>& body) {
  try {
    return body();
  } catch (const std::filesystem::filesystem_error& error) {
    throw_errno(error.path1().string(), "use it", error.code().value());
  }
}

std::string with_hyphens(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// `--batch_size=64` -> `--batch-size=64`; values stay as they are.
std::string normal_spelling(const std::string& argument) {
  if (argument.rfind("--", 0) != 0) return argument;
  const auto name_end = std::min(argument.find('='), argument.size());
  return with_hyphens(argument.substr(0, name_end)) + argument.substr(name_end);
}

// TOML whose keys may be spelt with underscores too.
class Toml : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    auto items = CLI::ConfigTOML::from_config(input);
    for (CLI::ConfigItem& item : items) item.name = with_hyphens(item.name);
    return items;
  }
};

// CLI11 would first complain of what is missing.
void refuse_unknown_options(const CLI::App& app, const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--") return;
    const std::string name = argument.substr(0, argument.find('='));
    if (name.starts_with("--") && app.get_option_no_throw(name) == nullptr) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("there is no option '{}'\nSee '{} --help'.", name, app.get_name()));
    }
  }
}

std::string whole_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return "";
  return fmt::format("'{}' is not a whole number from 0 to 2^64 - 1", text);
}

std::string plain_number(const std::string& text) {
  const std::optional<double> number = parse_number(text);
  if (number && *number >= 0) return "";
  return fmt::format("'{}' is not a number from 0 up", text);
}

// CLI11 would take -1 for 2^64 - 1, and "nan" and "inf" for numbers. No option here is negative.
void check_numbers(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    if (type.starts_with("UINT")) option->check(CLI::Validator(whole_number, ""));
    if (type.starts_with("FLOAT")) option->check(CLI::Validator(plain_number, ""));
  }
}

// What a file given by --config gets wrong; CLI11 speaks of INI.
std::string config_fault(const CLI::App& app, const CLI::ConfigError& error) {
  constexpr std::string_view kUnknown = "INI was not able to parse ";
  std::string what = error.what();
  if (what.starts_with(kUnknown))
    what = fmt::format("there is no option '{}'", what.substr(kUnknown.size()));
  return fmt::format("{}: {}", app.get_config_ptr()->as<std::string>(), what);
}

void write_stdout(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace

CommandLine::CommandLine(const std::string& name, const std::string& description,
                         const std::string& examples)
    : app_(description, name) {
  std::string footer = "Examples:\n";
  for (std::size_t at = 0; at < examples.size();) {
    const auto end = std::min(examples.find('\n', at), examples.size());
    footer += "  " + examples.substr(at, end - at) + "\n";
    at = end + 1;
  }
  app_.footer(footer);
  app_.set_version_flag("--version", ROD_VERSION);
  app_.config_formatter(std::make_shared<Toml>());
  app_.set_config("--config", "", "TOML file with any of these options");
  app_.allow_config_extras(false);
  app_.option_defaults()->always_capture_default();
  app_.add_flag("--json", common_.json, "print one JSON object on stdout, nothing else");
  app_.add_flag("-q,--quiet", common_.quiet, "no progress");
  app_.add_option("-j,--jobs,--num-workers,--workers", common_.jobs,
                  "threads; 0: every core this process may use")
      ->check(CLI::Range(0, 1024));
}

int after_stdout(const std::string& program, int code) {
  errno = 0;
  if ((std::fflush(stdout) == 0 && std::ferror(stdout) == 0) || code != 0) return code;
  const std::string why = errno == 0 ? "" : fmt::format(": {}", std::strerror(errno));
  write_stderr(fmt::format("{}: standard output can't be written{}; the output is not complete\n",
                           program, why));
  return static_cast<int>(ErrorKind::kFailed);
}

int CommandLine::run(int argc, char** argv,
                     const std::function<int(nlohmann::ordered_json& report)>& body) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.push_back(normal_spelling(argv[i]));

  int code = 0;
  std::string message;
  nlohmann::ordered_json report = nlohmann::ordered_json::object();
  const auto fail = [&](int with, const std::string& what) {
    code = with;
    message = what;
  };
  try {
    refuse_unknown_options(app_, arguments);
    check_numbers(app_);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app_.parse(std::move(arguments));
    install_stop_handlers();
    code = with_file_errors([&] { return body(report); });
  } catch (const CLI::Success& wanted) {  // --help, --version
    return after_stdout(app_.get_name(), app_.exit(wanted));
  } catch (const CLI::ConfigError& error) {
    fail(static_cast<int>(ErrorKind::kUsage),
         fmt::format("{}\nSee '{} --help'.", config_fault(app_, error), app_.get_name()));
  } catch (const CLI::Error& error) {
    fail(static_cast<int>(ErrorKind::kUsage),
         fmt::format("{}\nSee '{} --help'.", error.what(), app_.get_name()));
  } catch (const Error& error) {
    fail(error.exit_code(), error.what());
  } catch (const std::bad_alloc&) {
    fail(static_cast<int>(ErrorKind::kNoRoom),
         fmt::format("memory ran out; use {}a machine with more memory",
                     app_.get_option_no_throw("--jobs") != nullptr ? "fewer --jobs or " : ""));
  } catch (const std::exception& error) {
    fail(static_cast<int>(ErrorKind::kFailed),
         fmt::format("{}\nThis should not happen: please report it with the command line.",
                     error.what()));
  }
  const int indentation = report.is_null() ? -1 : 2;
  if (!message.empty()) {
    write_stderr(fmt::format("{}: {}\n", app_.get_name(), message));
    report = {{"error", message}, {"exit_code", code}};
  }
  if (common_.json && !report.is_null()) {
    write_stdout(
        report.dump(indentation, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
        "\n");
  }
  return after_stdout(app_.get_name(), code);
}

// CLI11 writes a list without elements as a list of one, the empty text.
std::string CommandLine::resolved_toml() const {
  std::istringstream all(app_.config_to_str(true, false));
  std::string text;
  for (std::string line; std::getline(all, line);) {
    const CLI::Option* option = app_.get_option_no_throw("--" + line.substr(0, line.find('=')));
    const bool empty_list =
        option != nullptr && option->get_items_expected_max() > 1 && option->count() == 0;
    if (!empty_list) text += line + "\n";
  }
  return text;
}

void add_address_options(CLI::App& app, bool& allow_redirects, std::string& endpoint,
                         std::string& region) {
  app.add_flag(
      "--allow-redirects", allow_redirects,
      "of an address: also follow redirects to another scheme or from a public server into "
      "a private network");
  app.add_option("--endpoint", endpoint,
                 "for s3://: the server, such as https://minio.example.org:9000 (default: "
                 "AWS_ENDPOINT_URL, or Amazon's)")
      ->type_name("URL");
  app.add_option(
         "--region", region,
         "for s3://: the bucket's region (default: AWS_REGION, ~/.aws/config, or us-east-1)")
      ->type_name("NAME");
}

CLI::Option* add_size(CLI::App& app, const std::string& names, std::uint64_t& bytes,
                      const std::string& description) {
  const auto parse = [&bytes](const std::string& text) {
    try {
      bytes = parse_size(text);
    } catch (const Error& error) {
      throw CLI::ValidationError(error.what());
    }
  };
  const bool is_unset = bytes == 0 || bytes == std::numeric_limits<std::uint64_t>::max();
  return app.add_option_function<std::string>(names, parse, description)
      ->type_name("SIZE")
      ->default_str(is_unset ? "" : format_size(double(bytes)));
}

namespace {

CLI::Option* add_duration(CLI::App& app, const std::string& names, std::chrono::seconds now,
                          const std::function<void(std::chrono::seconds)>& take,
                          const std::string& description) {
  const auto parse = [take](const std::string& text) {
    try {
      take(parse_duration(text));
    } catch (const Error& error) {
      throw CLI::ValidationError(error.what());
    }
  };
  return app.add_option_function<std::string>(names, parse, description)
      ->type_name("TIME")
      ->default_str(now.count() == 0 ? "" : fmt::format("{}s", now.count()));
}

}  // namespace

CLI::Option* add_duration(CLI::App& app, const std::string& names, std::chrono::seconds& time,
                          const std::string& description) {
  return add_duration(
      app, names, time, [&time](std::chrono::seconds given) { time = given; }, description);
}

CLI::Option* add_duration(CLI::App& app, const std::string& names, double& seconds,
                          const std::string& description) {
  return add_duration(
      app, names, std::chrono::seconds(std::llround(seconds)),
      [&seconds](std::chrono::seconds given) { seconds = double(given.count()); }, description);
}

}  // namespace rod::cli
