// The Python module rodprep._native: data sets, splits, orders and errors. The package around it is
// typed and documented; nothing here is for users.
#include <fmt/format.h>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/machine.h"
#include "base/uninitialized.h"
#include "batches.h"
#include "image_memory.h"
#include "shard/manifest.h"
#include "split.h"
#include "stream/order.h"
#include "unlocked.h"

namespace nb = nanobind;

namespace rod::python {

io::DataFolder open_folder(const std::string& dataset) {
  io::RemoteOptions options;
  if (io::is_address(dataset)) options.how.policy.give_up_after = std::chrono::minutes(1);
  return io::data_folder(dataset, options);
}

// How many shards may lie in the temporary folder, and take half of what is free there.
static std::uint64_t fetched_shards(const shard::SplitInfo& split) {
  std::uint64_t largest = 1;
  for (const shard::ShardInfo& shard : split.shards) largest = std::max(largest, shard.bytes);
  return free_space(std::filesystem::temp_directory_path()) / 2 / largest;
}

Split::Split(const std::string& dataset, const std::string& name)
    : dataset_(dataset), name_(name), process_(::getpid()), reader_(open(fingerprint_)) {}

std::shared_ptr<const shard::SplitReader> Split::open(std::string& fingerprint) const {
  const Unlocked unlocked;
  const io::DataFolder folder = open_folder(dataset_);
  const shard::Manifest manifest = shard::read_manifest(folder.name, folder.how, folder.open);
  fingerprint = manifest.fingerprint;
  io::FileOpener open;
  shard::OpenLimits limits = shard::open_limits();
  if (folder.open) {
    limits.files = std::min(limits.files, fetched_shards(manifest.split(name_)));
    open = [opens = folder.open](const std::filesystem::path& path) {
      return io::fetched_when_read(opens(path));
    };
  }
  return std::make_shared<shard::SplitReader>(folder.name, manifest, name_,
                                              shard::shard_opener(open), limits);
}

std::shared_ptr<const shard::SplitReader> Split::reader() const {
  if (!reader_) {
    throw Error(ErrorKind::kUsage,
                fmt::format("split '{}' is closed; open its data set again", name_));
  }
  if (process_ != ::getpid() && io::is_address(dataset_)) {
    std::string fingerprint;
    std::shared_ptr<const shard::SplitReader> again = open(fingerprint);
    if (fingerprint != fingerprint_) {
      throw BadInput(
          fmt::format("{}: has fingerprint {}, expected {}; the data set was made anew "
                      "since it was opened; open it again",
                      io::shown_name(dataset_), fingerprint, fingerprint_));
    }
    new std::shared_ptr<const shard::SplitReader>(std::move(reader_));  // the parent's
    reader_ = std::move(again);
    process_ = ::getpid();
  }
  return reader_;
}

namespace {

// A path as the file system has it: of os.fsencode().
std::string path_of(const nb::bytes& path) {
  return {path.c_str(), path.size()};
}

// A NumPy array that owns its memory.
template <typename T>
nb::ndarray<nb::numpy, T> own(std::unique_ptr<T[]> data, std::initializer_list<std::size_t> shape) {
  T* const at = data.get();
  nb::capsule owner(at, [](void* memory) noexcept { delete[] static_cast<T*>(memory); });
  data.release();
  return nb::ndarray<nb::numpy, T>(at, shape, owner);
}

// Keys are bytes as file systems have them: what is no UTF-8 becomes surrogates, as in
// os.fsdecode().
nb::object to_str(std::string_view text) {
  return nb::steal(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
}

nb::dict to_dict(const shard::SplitInfo& split) {
  std::uint64_t bytes = 0;
  for (const shard::ShardInfo& shard : split.shards) bytes += shard.bytes;
  nb::dict dict;
  dict["name"] = split.name;
  dict["samples"] = split.samples;
  dict["lines_left_out"] = split.lines_left_out.size();
  dict["shards"] = split.shards.size();
  dict["bytes"] = bytes;
  dict["class_counts"] = nb::cast(split.class_counts);
  dict["rgb_mean"] = nb::cast(split.rgb_mean);
  dict["rgb_std"] = nb::cast(split.rgb_std);
  dict["depth_mean"] = nb::cast(split.depth_mean);
  dict["depth_std"] = nb::cast(split.depth_std);
  return dict;
}

// As `rodprep info --json`.
nb::dict manifest_dict(const nb::bytes& path) {
  const std::string dataset = path_of(path);
  shard::Manifest manifest;
  {
    const Unlocked unlocked;
    const io::DataFolder folder = open_folder(dataset);
    manifest = shard::read_manifest(folder.name, folder.how, folder.open);
  }
  nb::dict dict;
  dict["fingerprint"] = manifest.fingerprint;
  dict["parents"] = manifest.parents;
  dict["layout"] = manifest.layout;
  dict["height"] = manifest.pixels.height;
  dict["width"] = manifest.pixels.width;
  dict["rgb"] = manifest.pixels.has_rgb();
  dict["depth"] = shard::depth_kind_name(manifest.pixels.depth);
  dict["codec"] = shard::codec_name(manifest.codec);
  nb::list classes, splits;
  for (const std::string& name : manifest.classes) classes.append(to_str(name));
  for (const shard::SplitInfo& split : manifest.splits) splits.append(to_dict(split));
  dict["classes"] = classes;
  dict["splits"] = splits;
  return dict;
}

nb::object pixels(ImageMemory::Image image, std::uint32_t height, std::uint32_t width,
                  bool colour) {
  auto held = std::make_unique<ImageMemory::Image>(std::move(image));
  std::byte* const at = held->get();
  const nb::capsule owner(
      held.get(), [](void* image) noexcept { delete static_cast<ImageMemory::Image*>(image); });
  held.release();
  if (colour) return nb::cast(nb::ndarray<nb::numpy, std::uint8_t>(at, {height, width, 3}, owner));
  return nb::cast(nb::ndarray<nb::numpy, std::uint16_t>(at, {height, width}, owner));
}

// (rgb or None, depth or None, label, key) of sample n. Requires: n < size.
nb::tuple read_sample(const Split& split, std::uint64_t n) {
  // One per thread, so that neither threads nor a fork find it locked.
  static thread_local shard::ReadScratch scratch;
  const std::shared_ptr<const shard::SplitReader> reader = split.reader();
  if (n >= reader->size()) {
    throw nb::index_error(fmt::format("split '{}' has {} samples, expected a number below that, "
                                      "found {}",
                                      reader->name(), reader->size(), n)
                              .c_str());
  }
  const shard::PairSize size = reader->size(n);
  const std::size_t rgb_bytes = shard::PixelFormat::rgb_bytes(size),
                    depth_bytes = reader->pixels().depth_bytes(size);
  ImageMemory::Image rgb = ImageMemory::of_process().allocate(rgb_bytes),
                     depth = ImageMemory::of_process().allocate(depth_bytes);
  {
    const Unlocked unlocked;
    reader->read(n, {rgb.get(), rgb_bytes}, {depth.get(), depth_bytes}, scratch);
  }
  const bool colour = reader->pixels().depth == shard::DepthKind::kColour;
  return nb::make_tuple(reader->pixels().has_rgb()
                            ? pixels(std::move(rgb), size.rgb_height, size.rgb_width, true)
                            : nb::none(),
                        reader->pixels().has_depth()
                            ? pixels(std::move(depth), size.depth_height, size.depth_width, colour)
                            : nb::none(),
                        reader->label(n), to_str(reader->key(n)));
}

nb::ndarray<nb::numpy, std::int64_t> labels(const Split& split) {
  const std::shared_ptr<const shard::SplitReader> reader = split.reader();
  auto values = uninitialized<std::int64_t>(reader->size());
  for (std::uint64_t n = 0; n < reader->size(); ++n) values[n] = reader->label(n);
  return own(std::move(values), {reader->size()});
}

nb::ndarray<nb::numpy, std::int64_t> order_samples(const stream::StreamOrder& order,
                                                   std::uint64_t epoch, std::uint64_t begin,
                                                   std::uint64_t end) {
  if (begin > end || end > order.samples) throw nb::index_error("no such part of the epoch");
  auto values = uninitialized<std::int64_t>(end - begin);
  {
    const Unlocked unlocked;
    for (std::uint64_t n = begin; n < end; ++n) {
      values[n - begin] = static_cast<std::int64_t>(order.sample(epoch, n));
    }
  }
  return own(std::move(values), {end - begin});
}

// rodprep.Error or rodprep.DataError with the message and the exit code.
void translate(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    try {
      const nb::object made = nb::module_::import_("rodprep._errors")
                                  .attr("from_exit_code")(to_str(error.what()), error.exit_code());
      PyErr_SetObject(made.type().ptr(), made.ptr());
    } catch (nb::python_error& failed) {
      failed.restore();
    }
  }
}

}  // namespace
}  // namespace rod::python

NB_MODULE(_native, module) {
  using namespace rod;
  using rod::python::Split;
  nb::set_leak_warnings(false);  // an interpreter may end with everything alive
  nb::register_exception_translator(rod::python::translate);
  module.attr("__version__") = ROD_VERSION;
  module.def("manifest", &rod::python::manifest_dict, nb::arg("dataset"));
  module.def(
      "is_address",
      [](const nb::bytes& path) { return io::is_address(rod::python::path_of(path)); },
      nb::arg("path"));
  module.def(
      "shown_name",
      [](const nb::bytes& path) {
        return rod::python::to_str(io::shown_name(rod::python::path_of(path)));
      },
      nb::arg("path"));
  module.def("wait_for_calls", &rod::python::wait_for_calls);
  module.def("after_fork",
             [] { rod::python::calls_without_gil = 0; });  // those threads are not here
  module.def("available_cores", &available_cores);
  module.def(
      "stream_number", [](const std::string& name) { return hash64(std::string_view(name)); },
      nb::arg("name"));

  nb::class_<Split>(module, "Split")
      .def(
          "__init__",
          [](Split* self, const nb::bytes& dataset, const std::string& name) {
            new (self) Split(rod::python::path_of(dataset), name);
          },
          nb::arg("dataset"), nb::arg("name"))
      .def("__len__", [](const Split& split) { return split.reader()->size(); })
      .def("read", &rod::python::read_sample, nb::arg("n"))
      .def("labels", &rod::python::labels)
      .def("shard_samples", [](const Split& split) { return split.reader()->mean_shard_samples(); })
      .def("close", &Split::close);

  nb::class_<stream::StreamOrder>(module, "Order")
      .def(
          "__init__",
          [](stream::StreamOrder* self, std::uint64_t samples, std::uint32_t batch_size,
             const std::string& kind, std::uint64_t seed, std::uint64_t stream, std::uint64_t block,
             std::uint64_t window) {
            if (block == 0 || window == 0 || window > (std::uint64_t{1} << 62) / block) {
              throw Error(ErrorKind::kUsage,
                          fmt::format("a window of {} shards is not possible", window));
            }
            new (self) stream::StreamOrder{samples, batch_size, stream::order_kind_from_name(kind),
                                           seed,    stream,     block,
                                           window};
          },
          nb::arg("samples"), nb::arg("batch_size"), nb::arg("kind"), nb::arg("seed"),
          nb::arg("stream"), nb::arg("block"), nb::arg("window"))
      .def("samples", &rod::python::order_samples, nb::arg("epoch"), nb::arg("begin"),
           nb::arg("end"));
  rod::python::bind_loader(module);
}
