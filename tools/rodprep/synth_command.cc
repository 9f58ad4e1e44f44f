// `rodprep synth`.
#include "cli/command_line.h"
#include "commands.h"
#include "synth/synth.h"

namespace rod::tools {

int synth_command(int argc, char** argv) {
  cli::CommandLine line(
      "rodprep synth",
      "Writes a small archive in the form of ROD-synROD.tar: rendered objects on a plain "
      "background (synROD), and the same classes with clutter, noise and different light (ROD).",
      "rodprep synth demo.tar\n"
      "rodprep synth demo.tar --pairs 2000 --classes 47 --size 128 --seed 7");
  synth::SynthOptions options;
  line.app().add_option("OUT", options.archive, "the tar archive to write")->required();
  line.app().add_option("--pairs", options.pairs,
                        "RGB-D pairs in the whole archive, at least 10 per class");
  line.app().add_option("--size", options.size, "pixels per side, 16 to 1024");
  line.app().add_option("--classes", options.classes, "object classes, 1 to 47");
  line.app().add_option("--seed", options.seed, "seed of the objects and views");
  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    options.jobs = line.common().jobs;
    options.quiet = line.common().quiet;
    const synth::SynthReport done = synth::synth(options);
    report = {{"archive", options.archive.string()},
              {"pairs", done.pairs},
              {"files", done.files},
              {"bytes", done.bytes},
              {"seconds", done.seconds}};
    return 0;
  });
}

}  // namespace rod::tools
