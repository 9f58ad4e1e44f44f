#include "io/file.h"
#include "trainer/pth/pickle.h"
#include "trainer/pth/pth_file.h"
#include "trainer/pth/zip.h"

namespace rod::trainer {

void write_pth(const std::filesystem::path& path, std::span<const shard::TensorData> tensors) {
  const std::string pickle = pickle_state_dict(tensors);
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  std::vector<ZipPart> parts = {{"archive/data.pkl", bytes(pickle)},
                                {"archive/byteorder", bytes("little")}};
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    parts.push_back({"archive/data/" + std::to_string(i), tensors[i].data});
  }
  parts.push_back({"archive/version", bytes("3\n")});
  const ZipLayout layout = lay_out_zip(parts);
  io::AtomicFile file(path);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    file.write(layout.headers[i]);
    file.write(parts[i].data);
  }
  file.write(layout.headers.back());
  file.publish();
}

}  // namespace rod::trainer
