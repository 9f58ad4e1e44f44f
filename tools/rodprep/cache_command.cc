// `rodprep cache`: a folder or an archive of images to shards.
#include <fmt/format.h>

#include <cstdio>

#include "base/capacity.h"
#include "base/error.h"
#include "base/status_line.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "commands.h"
#include "prepare/cache/bucket.h"
#include "prepare/cache/cache.h"
#include "prepare/info.h"
#include "shard/codec.h"

namespace rod::tools {
namespace {

// "raw, pixels as they are; zstd, …"
std::string codec_summaries() {
  std::string text;
  for (const shard::Codec codec : shard::codecs()) {
    text += fmt::format("{}{}, {}", text.empty() ? "" : "; ", codec->name, codec->summary);
  }
  return text;
}

nlohmann::ordered_json to_json(const prepare::Understanding& source) {
  nlohmann::ordered_json json{{"layout", source.layout},       {"recognised", source.explanation},
                              {"structure", source.structure}, {"modality", source.modality},
                              {"depth", source.has_depth},     {"classes", source.classes}};
  json["splits"] = nlohmann::ordered_json::object();
  for (const auto& [name, pairs] : source.splits) json["splits"][name] = pairs;
  for (const prepare::Understanding::Pair& pair : source.examples) {
    json["examples"].push_back({{"split", pair.split},
                                {"class", pair.class_name},
                                {"rgb", pair.rgb},
                                {"depth", pair.depth}});
  }
  nlohmann::ordered_json files = nlohmann::ordered_json::object();
  for (const dataset::Fate fate :
       {dataset::Fate::kSample, dataset::Fate::kAbsent, dataset::Fate::kIgnored,
        dataset::Fate::kNotTaken, dataset::Fate::kRefused})
    files[dataset::fate_name(fate)] = source.inventory.count(fate);
  json["files"] = std::move(files);
  return json;
}

// Exit code 3 where cache would refuse it.
int show_source(const prepare::Understanding& source, bool as_json,
                nlohmann::ordered_json& report) {
  if (!as_json) {
    const std::string text = describe(source, true) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  report = to_json(source);
  if (source.fault.empty()) return 0;
  report["refused"] = source.fault;
  write_stderr(fmt::format("rodprep cache: {}\n", source.fault));
  return static_cast<int>(ErrorKind::kBadInput);
}

prepare::FormatGiven given_of(const CLI::App& app) {
  const auto given = [&app](const char* name) { return app.get_option(name)->count() > 0; };
  return {.size = given("--size"),
          .codec = given("--codec"),
          .quality = given("--quality"),
          .depth = given("--depth"),
          .normals = given("--normals-axes") || given("--normals-scale") || given("--intrinsics"),
          .exif = given("--exif"),
          .depth_scale = given("--depth-scale"),
          .shard_bytes = given("--shard-size")};
}

}  // namespace

int cache_command(int argc, char** argv) {
  prepare::CacheOptions options;
  std::string codec = "zstd", depth = "auto", on_error = "fail", part = "1/1", exif = "ignore";
  std::string axes = "xyz", scale = "signed", camera = "570.3,570.3,320,240";
  cli::CommandLine line(
      "rodprep cache", "Packs the image pairs of a folder or an archive into shards.",
      "rodprep cache /content/drive/MyDrive/ROD-synROD.tar /content/shards\n"
      "rodprep cache /content/datasets/ROD-synROD /content/shards --codec raw\n"
      "rodprep cache ROD-synROD.tar shards --smallset\n"
      "rodprep cache ROD-synROD.tar shards --split ROD=my_rod.txt --split synROD-train=my_syn.txt\n"
      "rodprep cache https://example.org/ROD-synROD.tar shards --spool /mnt/scratch\n"
      "rodprep cache s3://bucket/ROD-synROD.tar shards --region eu-central-1\n"
      "rodprep cache ROD-synROD.tar s3://bucket/shards --local-dir /mnt/scratch\n"
      "rodprep cache photos --dry-run\n"
      "rodprep cache photos shards --layout folders --rgb-pattern '*_color.jpg' --depth-pattern "
      "'*_depth.png'\n"
      "rodprep cache frames shards --layout list --split train=train.tsv --depth normals --codec "
      "jpeg\n"
      "rodprep cache more.tar shards --append\n"
      "rodprep cache ROD-synROD.tar part-1 --part 1/4    (then: rodprep merge shards part-*)");
  CLI::App& app = line.app();
  std::vector<std::string> choices = shard::codec_names();
  choices.emplace_back("auto");
  app.add_option(
         "SOURCE", options.source,
         "folder, or archive as a file or an address (https://…, s3://…): a tar is read in place, "
         "others are unpacked to a temporary file")
      ->required();
  CLI::Option* destination =
      app.add_option("DEST", options.destination, "folder for the data set, or s3://BUCKET/PREFIX");
  app.add_flag("--append", options.append,
               "add SOURCE's pairs to the complete data set at DEST, as new shards in its format; "
               "it gets a new fingerprint and keeps the old one as its parent");
  bool dry_run = false;
  app.add_flag("--dry-run", dry_run, "only show how SOURCE will be read; needs no DEST");
  app.add_flag("--inventory", options.inventory,
               "write sources.jsonl to DEST: every file of SOURCE and how it was used");
  app.add_flag("--follow-links", options.reading.follow_links,
               "also follow symbolic links that lead out of the folder");
  app.add_option("--name-encoding", options.reading.name_encoding,
                 "how names in an archive that are not UTF-8 are encoded, such as GBK, BIG5, CP932 "
                 "or CP437")
      ->type_name("ENC");
  app.add_flag("--concatenated", options.reading.concatenated,
               "also read a tar that follows the end mark of another");
  app.add_option(
         "--spool", options.reading.spool.folder,
         "unpack a compressed archive, a zip or a 7z in DIR instead of the temporary folder "
         "while its files are read, and keep there what was read from an address")
      ->type_name("DIR");
  cli::add_size(app, "--spool-limit", options.reading.spool.limit,
                "stop if the unpacked archive exceeds this size; keep no more of an address");
  const AddressFlags address(app);
  LayoutFlags layout(app);
  app.add_option("--size", options.size, "pixels per side; 0 keeps each image's own size")
      ->check(CLI::Range(0, 4096));
  app.add_option(
         "--codec", codec,
         fmt::format("how pixels are stored: {}; auto: chosen for --target-ram and --target-disk",
                     codec_summaries()))
      ->check(CLI::IsMember(choices));
  Machine target;
  const CLI::Option* ram = cli::add_size(
      app, "--target-ram", target.memory,
      "for --codec auto: free memory of the machine that trains (default: this machine's)");
  const CLI::Option* disk = cli::add_size(
      app, "--target-disk", target.disk,
      "for --codec auto: free disk space of the machine that trains (default: this machine's)");
  app.add_option("--quality", options.quality, "quality of lossy codecs, 1-100")
      ->check(CLI::Range(1, 100));
  app.add_option("--depth", depth,
                 "how depth is stored: rgb, 8-bit colourings unchanged; raw16, 16-bit millimetres "
                 "unchanged; normals, surface normals computed from millimetres; auto, chosen by "
                 "the first image")
      ->check(CLI::IsMember({"auto", "rgb", "raw16", "normals"}));
  app.add_option(
      "--normals-axes", axes,
      "normals: which axes become R, G, B, of x right, y up, z to the camera; -x negates an axis");
  app.add_option("--normals-scale", scale,
                 "normals: signed maps -1..1 to 0..255; absolute maps magnitudes 0..1 to 0..255")
      ->check(CLI::IsMember({"signed", "absolute"}));
  app.add_option("--intrinsics", camera, "normals: the depth camera's FX,FY,CX,CY in pixels");
  app.add_option("--exif", exif,
                 "EXIF orientation of RGB files: ignore it, as torchvision does; apply it to both "
                 "images of a pair")
      ->check(CLI::IsMember({"ignore", "apply"}));
  app.add_option("--depth-scale", options.depth_scale,
                 "metres per unit of depth that is not 8-bit (default: 0.001, and 1 for .npy of "
                 "floats)")
      ->check(CLI::Range(1e-9, 1e3));
  cli::add_size(app, "--shard-size", options.shard_bytes, "decoded bytes per shard");
  app.add_option("--on-error", on_error,
                 "bad image: fail, or skip the pair and list it in rejects.jsonl")
      ->check(CLI::IsMember({"fail", "skip"}));
  app.add_option("--max-rejects", options.max_rejects,
                 "with --on-error skip: fail if more pairs are rejected");
  add_retry(app, options.retry);
  cli::add_size(app, "--keep-free", options.keep_free, "keep this much of DEST's disk free");
  app.add_option("--local-dir", options.local_dir,
                 "write shards here, then copy them to DEST and read them back (default: only if "
                 "DEST is on a drive or s3://)");
  app.add_option("--part", part,
                 "K/N: make only this partition, for rodprep merge; auto: the partition of this "
                 "task of a Slurm array or mpirun");

  return line.run(argc, argv, [&](nlohmann::ordered_json& report) {
    io::hide_credentials(argc, argv);
    options.layout = layout.options();
    options.choose_codec = codec == "auto";
    if (!options.choose_codec) options.codec = shard::codec_from_name(codec);
    if (ram->count() > 0 || disk->count() > 0) {
      const Machine here = machine_at(options.destination);
      if (ram->count() == 0) target.memory = here.memory;
      if (disk->count() == 0) target.disk = here.disk;
      options.target = target;
    }
    options.depth = depth == "auto"    ? prepare::DepthChoice::kAuto
                    : depth == "rgb"   ? prepare::DepthChoice::kColour
                    : depth == "raw16" ? prepare::DepthChoice::kRaw16
                                       : prepare::DepthChoice::kNormals;
    options.apply_exif = exif == "apply";
    options.normals = image::parse_normals_recipe(axes, scale, camera);
    options.given = given_of(app);
    options.skip_bad = on_error == "skip";
    options.part = prepare::parse_part(part);
    options.jobs = line.common().jobs;
    options.quiet = options.reading.quiet = line.common().quiet;
    OpenedSource source =
        address.open(options.source, options.retry, options.quiet, options.reading.spool, true);
    options.source = source.name;
    options.open = source.open;
    options.check = source.check;
    if (dry_run) {
      if (options.inventory)
        throw Error(ErrorKind::kUsage, "--inventory writes to DEST, and --dry-run writes nothing");
      return show_source(prepare::understand(options), line.common().json, report);
    }
    if (destination->count() == 0)
      throw Error(ErrorKind::kUsage, "DEST is required: the folder for the data set");
    const prepare::CacheReport done =
        io::is_address(options.destination)
            ? prepare::cache_to_bucket(options, options.destination, address.remote())
            : prepare::cache(options);

    if (!line.common().quiet) {
      write_stderr(fmt::format(
          "{}: {}{}{}, {} pairs in {} shards, {}{}\n", options.destination.string(),
          options.append ? format_count(done.appended) + " pairs appended, " : "",
          options.part.is_whole() ? "" : "part " + options.part.text() + " ",
          done.already_complete ? "already complete" : "complete", format_count(done.pairs),
          format_count(done.shards), format_size(double(done.bytes)),
          done.reject_count > 0
              ? fmt::format("; {} pairs rejected, see rejects.jsonl", done.reject_count)
              : ""));
      write_stderr(describe(prepare::by_reason(done.rejects)));
    }
    report = {{"dataset", options.destination.string()},
              {"recognised", done.explanation},
              {"source", to_json(done.source)},
              {"fingerprint", done.manifest.fingerprint},
              {"codec", shard::codec_name(done.codec)},
              {"codec_reason", done.codec_reason},
              {"part", options.part.text()},
              {"parents", done.manifest.parents},
              {"appended", done.appended},
              {"already_complete", done.already_complete},
              {"pairs", done.pairs},
              {"rejects", done.reject_count},
              {"exif_oriented", done.oriented},
              {"shards", done.shards},
              {"shards_kept", done.shards_kept},
              {"bytes", done.bytes},
              {"seconds", done.seconds},
              {"predicted",
               {{"seconds", done.forecast.seconds},
                {"disk", done.forecast.disk},
                {"memory", done.forecast.memory}}}};
    return 0;
  });
}

}  // namespace rod::tools
