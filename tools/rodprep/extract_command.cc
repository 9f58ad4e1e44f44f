// `rodprep extract`: an archive to a folder of files.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "archive/safe_path.h"
#include "base/error.h"
#include "base/status_line.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "commands.h"
#include "prepare/extract/extract.h"

namespace rod::tools {
namespace {

constexpr std::size_t kListedBytes = 4096;  // of one path

// With --json one object per line: an archive may have millions of entries, and a line can be used
// before the next one is read.
void list(const prepare::ExtractOptions& options, bool as_json) {
  const auto warnings = prepare::list_archive(options, [&](const archive::ArchiveEntry& entry) {
    const std::string slash = entry.type == archive::EntryType::kFolder ? "/" : "";
    if (as_json) {
      nlohmann::ordered_json row{{"path", entry.path + slash},
                                 {"type", archive::entry_type_name(entry.type)}};
      if (entry.size_known) row["size"] = entry.size;
      const std::string text =
          row.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
      std::fwrite(text.data(), 1, text.size(), stdout);
    } else {
      const std::string size = entry.size_known ? std::to_string(entry.size) : "?";
      const bool plain =
          entry.type == archive::EntryType::kFile || entry.type == archive::EntryType::kFolder;
      const std::string type =
          plain ? "" : fmt::format("  ({})", archive::entry_type_name(entry.type));
      const std::string row = fmt::format(
          "{:>12}  {}{}{}\n", size, archive::printable_path(entry.path, kListedBytes), slash, type);
      std::fwrite(row.data(), 1, row.size(), stdout);
    }
  });
  for (const std::string& warning : warnings) write_stderr("warning: " + warning + "\n");
}

std::string summary(const prepare::ExtractOptions& options, const prepare::ExtractReport& done,
                    double seconds) {
  std::string text =
      fmt::format("{} files, {}", format_count(done.files), format_size(double(done.bytes)));
  const std::string destination = options.destination.string();
  if (options.dry_run) {
    text += fmt::format(" would go to {}: {} of disk are needed, {} are free", destination,
                        format_size(double(done.needed)), format_size(double(done.free)));
  } else if (options.verify) {
    text += fmt::format(" in {} equal the archive's", destination);
  } else {
    text += fmt::format(" in {} to {}", format_duration(std::chrono::duration<double>(seconds)),
                        destination);
    if (done.kept > 0)
      text += fmt::format(", {} of them were there already", format_count(done.kept));
  }
  if (!done.skipped.empty())
    text += fmt::format("; {} entries were left out", format_count(done.skipped.size()));
  return text;
}

void run(const prepare::ExtractOptions& options, nlohmann::ordered_json& report) {
  const auto start = std::chrono::steady_clock::now();
  const prepare::ExtractReport done = prepare::extract(options);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const std::string& skipped : done.skipped) write_stderr("left out " + skipped + "\n");
  for (const std::string& warning : done.warnings) write_stderr("warning: " + warning + "\n");
  if (!options.quiet) write_stderr(summary(options, done, seconds) + "\n");
  report = {{"files", done.files},       {"folders", done.folders}, {"bytes", done.bytes},
            {"written", done.written},   {"kept", done.kept},       {"skipped", done.skipped},
            {"warnings", done.warnings}, {"read", done.read}};
  if (options.dry_run) {
    report["needed"] = done.needed;
    report["free"] = done.free;
  }
  report["seconds"] = seconds;
}

}  // namespace

int extract_command(int argc, char** argv) {
  prepare::ExtractOptions options;
  bool list_only = false;
  std::string on_error = "stop";
  cli::CommandLine line("rodprep extract",
                        "Unpacks an archive (tar, zip or 7z, plain or compressed) safely and in "
                        "parallel. After an interruption, run the same command again to resume.",
                        "rodprep extract /content/drive/MyDrive/ROD-synROD.tar /content/datasets\n"
                        "rodprep extract ROD-synROD.tar datasets --include 'ROD-synROD/ROD'\n"
                        "rodprep extract ROD-synROD.tar datasets --split rod-split_sync.txt\n"
                        "rodprep extract ROD-synROD.tar datasets --dry-run\n"
                        "rodprep extract ROD-synROD.tar datasets --verify\n"
                        "rodprep extract https://example.org/ROD-synROD.tar datasets\n"
                        "curl -s URL | rodprep extract - datasets\n"
                        "rodprep extract ROD-synROD.tar --list");
  CLI::App& app = line.app();
  app.add_option("ARCHIVE", options.archive,
                 "archive: a file, an address (https://…, s3://…), or - for standard input")
      ->required();
  auto* destination = app.add_option("DEST", options.destination, "folder to unpack into");
  app.add_option("--include", options.include,
                 "only paths that match GLOB, or lie in a folder that does (repeatable)")
      ->type_name("GLOB")
      ->default_str("")
      ->allow_extra_args(false);
  app.add_option("--exclude", options.exclude,
                 "no paths that match GLOB, or lie in a folder that does (repeatable)")
      ->type_name("GLOB")
      ->default_str("")
      ->allow_extra_args(false);
  app.add_option("--split", options.split,
                 "only the files that the split list LIST names, a file on this disk (repeatable)")
      ->type_name("LIST")
      ->default_str("")
      ->allow_extra_args(false);
  auto* list_flag = app.add_flag(
      "--list", list_only,
      "print size and path of each entry and unpack nothing; with --json, one object per line");
  app.add_flag("--dry-run", options.dry_run, "only show what would be unpacked and whether it fits")
      ->excludes(list_flag);
  app.add_flag("--verify", options.verify, "compare DEST with the archive and write nothing")
      ->excludes("--dry-run")
      ->excludes(list_flag);
  app.add_option("--on-error", on_error, "at a refused entry: stop, or skip it and continue")
      ->check(CLI::IsMember({"stop", "skip"}));
  app.add_flag("--skip-links", options.skip_links,
               "skip links and special files instead of stopping");
  app.add_flag("--concatenated", options.concatenated,
               "also read a tar that follows the end mark of another");
  app.add_option("--name-encoding", options.name_encoding,
                 "how names that are not UTF-8 are encoded, such as GBK, BIG5, CP932 or CP437")
      ->type_name("ENC");
  app.add_option(
         "--spool", options.spool,
         "store a zip or 7z from a pipe, and an archive from a server without ranges, in DIR "
         "instead of the temporary folder")
      ->type_name("DIR");
  cli::add_size(app, "--spool-limit", options.spool_limit,
                "stop if the stored archive exceeds this size");
  cli::add_size(app, "--limit-bytes", options.limit_bytes,
                "stop if the unpacked files exceed this size");
  const AddressFlags address(app);
  app.add_option("--limit-entries", options.limit_entries,
                 "stop if there are more entries than this");
  app.add_option("--limit-ratio", options.limit_ratio,
                 "stop if the archive expands more than this many times")
      ->check(CLI::PositiveNumber);
  app.add_option("--limit-path", options.paths.max_bytes,
                 "refuse entries whose path has more bytes than this");
  app.add_option("--limit-depth", options.paths.max_depth,
                 "refuse entries nested in more folders than this");
  cli::add_size(app, "--keep-free", options.keep_free, "keep this much of DEST's disk free");
  add_retry(app, options.retry);

  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    io::hide_credentials(argc, argv);
    options.skip_bad = on_error == "skip";
    options.jobs = line.common().jobs;
    options.quiet = line.common().quiet;
    AddressFlags::Source source =
        address.open(options.archive, options.retry, options.quiet,
                     {options.spool, options.spool_limit, options.keep_free}, false);
    options.archive = source.name;
    options.open = source.open;
    options.version = source.version;
    options.check = source.check;
    if (list_only) {
      report = nullptr;  // the entries are the report
      list(options, line.common().json);
      return 0;
    }
    if (destination->count() == 0) {
      throw Error(ErrorKind::kUsage,
                  "DEST is required, except with --list. See 'rodprep extract --help'.");
    }
    run(options, report);
    return 0;
  });
}

}  // namespace rod::tools
