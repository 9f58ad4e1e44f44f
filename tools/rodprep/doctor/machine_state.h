// The parts of a machine that the doctor inspects, and the functions that do so. Each part has its
// own source file.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rod::doctor {

struct Missing {
  std::string reason;  // a sentence for the user
};

// The result for one part: what was found, or why it is missing. A missing part is a value, not an
// error, so that the doctor continues with the next one.
template <typename T>
using Finding = std::variant<Missing, T>;

template <typename T>
const T* found(const Finding<T>& finding) {
  return std::get_if<T>(&finding);
}

template <typename T>
std::string why_missing(const Finding<T>& finding) {
  const Missing* const missing = std::get_if<Missing>(&finding);
  return missing == nullptr ? "" : missing->reason;
}

// Where this session runs, its age, and when it will end.
struct Session {
  std::string place;            // "Colab", "Kaggle", "Slurm job 42" or "this machine"
  std::chrono::seconds age{0};  // since the machine or the container started
  // the maximum that the place documents
  std::optional<std::chrono::seconds> longest;
  std::optional<std::chrono::seconds> left;  // until then, if that is known
  std::string clock;                         // local date, time and zone
};

// Reads the environment variables and the start time of process 1.
Session look_at_session();

// Does the same with the given variables: COLAB_RELEASE_TAG or COLAB_GPU; KAGGLE_KERNEL_RUN_TYPE;
// SLURM_JOB_ID with SLURM_JOB_END_TIME. `now`: seconds since 1970.
Session session_from(const std::map<std::string, std::string>& variables, std::chrono::seconds age,
                     std::chrono::seconds now);

// The GPUs, as reported by the driver's tool.
struct Gpu {
  std::string name;               // "Tesla T4"
  std::string driver;             // "535.104.05"
  std::uint64_t memory = 0;       // bytes in all
  std::uint64_t free_memory = 0;  // bytes not in use now
  // compute capability x 10: 75 for a T4; 0 if the tool is too old to report it
  int capability = 0;
};

// Runs nvidia-smi. Returns Missing if it or the driver is absent, or if there is no GPU.
Finding<std::vector<Gpu>> look_for_gpus();

// Lines of `nvidia-smi --query-gpu=name,driver_version,memory.total,memory.free,compute_cap
// --format=csv,noheader,nounits`. Lines of another form are skipped; sizes that are not available
// are 0.
std::vector<Gpu> parse_gpus(const std::string& answer);

// python3's LibTorch, the GPUs it has code for, and the LibTorch that rodtrain was built for.
struct Torch {
  std::string version;                     // "2.11.0+cu128"
  std::string cuda;                        // "12.8"; empty for a build without CUDA
  std::vector<std::string> architectures;  // "sm_75", "compute_90"
};

// Runs python3. Takes seconds, because importing torch is slow. Returns Missing without python3 or
// torch.
Finding<Torch> look_for_torch();

// Parses three lines: version, CUDA version or "None", architectures separated by spaces.
Finding<Torch> parse_torch(const std::string& answer);

// Whether code for `capability` (x 10) is among `architectures`: machine code of the same major
// version that is not newer, or portable code (compute_N) that the driver compiles. Source:
// NVIDIA's CUDA C++ programming guide, "Binary compatibility".
bool has_kernels(const std::vector<std::string>& architectures, int capability);

// Returns the torch that rodtrain was built for, "2.11.0 cuda" or "1.13.1 cpu", from `launcher`,
// the script that is installed beside rodprep. Empty if there is no such script.
std::string torch_of_rodtrain(const std::filesystem::path& launcher);

// A local folder's disk: free space and the time to create a small file.
struct Disk {
  std::string folder;       // the nearest existing parent of the requested one
  std::string file_system;  // "ext4"; empty if unknown
  std::uint64_t bytes = 0, free_bytes = 0;
  std::uint64_t free_files = 0;  // inodes; 0 if the file system does not count them
  // to create, write and close one of kSmallFile bytes, on one thread
  double seconds_per_small_file = 0;
};

inline constexpr std::uint64_t kSmallFile = 55'000;  // a PNG of 256 pixels

// Writes 200 small files (11 MB) to a new folder there and removes them. Returns Missing if nothing
// can be written.
Finding<Disk> look_at_disk(const std::filesystem::path& folder);

// The mounted drive, and how fast a large file is read from it.
struct Drive {
  std::string folder;     // where it is mounted, or what was asked for
  std::string type;       // "fuse.drive"
  std::string read_file;  // what was read to measure it; empty: no file large enough was found
  std::uint64_t file_bytes = 0;  // that file's size
  double bytes_per_second = 0;   // 0: not measured
  std::string problem;           // why it was not measured
};

// Measures by reading `source` (a file on the drive) at several places that are not in the page
// cache. Without a `source`, searches for a mounted drive (type fuse.drive, /content/drive, or any
// other FUSE mount) and on it for a large file, among at most 2,000 names in three levels. Takes
// about `time`; gives up on a drive that hangs after 20 s, with a `problem`. Returns Missing if no
// drive is mounted or `source` can't be opened. Throws what throw_if_stopped() throws.
Finding<Drive> look_at_drive(const std::filesystem::path& source,
                             std::chrono::duration<double> time);

// The speed of one core with image pairs: seconds per pair, measured within a second.
struct MachineRates {
  double decode_png = 0;   // both PNGs to pixels
  double encode_zstd = 0;  // pixels to what codec zstd stores
  double decode_zstd = 0;  // and back
  double copy_raw = 0;     // what codec raw costs: a copy in memory
};

// Renders one noisy pair of `size` pixels and measures it on one thread, about 0.2 s per rate. The
// time for the rendered pair differs from that for a photograph by at most about a third.
MachineRates measure_rates(std::uint32_t size);

struct Processor {
  std::string model;       // "" if unknown
  unsigned online = 0;     // logical cores of the machine
  unsigned allowed = 0;    // by this process's affinity mask
  double quota = 0;        // cores by the control group; 0: no limit
  unsigned available = 1;  // by all of these; LibTorch computes on so many
  unsigned usable = 1;     // of these, what --jobs takes
};

struct Memory {
  std::uint64_t total = 0;      // of the machine
  std::uint64_t limit = 0;      // of the control group; 0: none
  std::uint64_t available = 0;  // could still be taken without being killed
};

struct MachineState {
  Session session;
  Finding<std::vector<Gpu>> gpus;
  Finding<Torch> torch;
  std::string rodtrain_torch;  // what rodtrain was built for, as torch_of_rodtrain() tells
  Processor processor;
  Memory memory;
  Finding<Disk> disk;
  Finding<Drive> drive;
  MachineRates rates;
};

// A mounted file system, from /proc/self/mountinfo.
struct Mount {
  std::filesystem::path folder;
  std::string type;  // "ext4", "fuse.drive"
};

// Later lines cover earlier ones. See proc(5).
std::vector<Mount> parse_mounts(const std::string& text);
std::vector<Mount> read_mounts();

// Returns the mount that contains `path` (absolute): the longest matching folder, and the last
// among equal ones; null if there is none.
const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& path);

// Runs `command` (its first word is searched on the PATH) without a shell and without input.
// Returns its standard output, truncated at 1 MiB; or Missing if it is not installed, fails (with
// the last line of its standard error), or exceeds `limit`, in which case it is killed. Throws what
// throw_if_stopped() throws, after killing the program.
Finding<std::string> ask_program(const std::vector<std::string>& command,
                                 std::chrono::milliseconds limit);

}  // namespace rod::doctor
