// `rodprep preview`: a contact sheet of a data set.
#include <fmt/format.h>

#include "base/status_line.h"
#include "cli/command_line.h"
#include "commands.h"
#include "prepare/fonts.h"
#include "prepare/preview.h"

namespace rod::tools {

int preview_command(int argc, char** argv) {
  prepare::PreviewOptions options;
  cli::CommandLine line(
      "rodprep preview", "Draws a contact sheet: some pairs of each class, RGB over depth.",
      "rodprep preview /content/shards sheet.png\n"
      "rodprep preview /content/shards sheet.png --split synROD-train --per-class 8");
  line.without_jobs();
  CLI::App& app = line.app();
  std::string dataset;
  app.add_option("DATASET", dataset, "data set folder, or its address")->required();
  const DatasetFlags flags(app);
  app.add_option("OUT", options.picture, "PNG file to write")->required();
  app.add_option("--split", options.split, "split to draw; empty: the first");
  app.add_option("--per-class", options.per_class, "pairs per class")->check(CLI::Range(1, 64));
  app.add_option("--max-classes", options.max_classes, "classes to draw, from the first; 0: all");
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    io::hide_credentials(argc, argv);
    options.dataset = flags.open(dataset, line.common().quiet);
    options.font_folders = prepare::installed_font_folders();
    const prepare::PreviewReport drawn = prepare::preview(options);
    if (!line.common().quiet) {
      write_stderr(fmt::format("{}: {} pairs of {} classes of {}, {} x {} pixels\n",
                               options.picture.string(), drawn.pairs, drawn.classes, drawn.split,
                               drawn.width, drawn.height));
      for (const auto& [shown, name] : drawn.stand_ins) {
        write_stderr(
            fmt::format("'{}' is drawn as '{}': no font on this machine has its characters; "
                        "install one, such as fonts-noto-cjk\n",
                        name, shown));
      }
    }
    report = {{"picture", options.picture.string()},
              {"split", drawn.split},
              {"classes", drawn.classes},
              {"pairs", drawn.pairs},
              {"width", drawn.width},
              {"height", drawn.height}};
    for (const auto& [shown, name] : drawn.stand_ins) report["stand_ins"][shown] = name;
    return 0;
  });
}

}  // namespace rod::tools
