// The CUDA runtime on a device that computes nothing: its memory is the host's, copies are made,
// kernels are counted. README.md lists the variables that make it fail.
//
// With FAKE_LAZY a copy from or to page-locked memory is made no sooner than a program may rely on:
// when its stream or an event behind it is waited for. A source that changed meanwhile is counted
// and reported; a target holds NaN until then.
#include <cuda_runtime_api.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "events.h"

namespace {

double setting(const char* name, double absent) {
  const char* const text = std::getenv(name);
  return text ? std::atof(text) : absent;
}

struct Block {
  std::size_t size;
  cudaMemoryType type;
  int device;
};

// All of it lives to the end of the process: LibTorch's destructors still make calls.
struct State {
  std::mutex mutex;
  std::map<std::uintptr_t, Block> blocks;  // by address
  std::map<const void*, std::string> kernels;
  std::map<const void*, void*> symbols;
  std::map<int, std::size_t> used;  // bytes, by device
  std::size_t page_locked = 0;      // bytes
};

State& state() {
  static auto* const state = new State;
  return *state;
}

thread_local cudaError_t last_error = cudaSuccess;
thread_local int current_device = 0;
thread_local const char* last_kernel = "";
std::atomic<bool> broken{false};
std::atomic<long> launches{0};

cudaError_t fail(cudaError_t error) {
  last_error = error;
  return error;
}

// After an illegal access every call fails.
cudaError_t status() {
  return broken ? fail(cudaErrorIllegalAddress) : cudaSuccess;
}

std::size_t page_locked_size() {
  static const auto size = static_cast<std::size_t>(setting("FAKE_PAGE_LOCKED_GB", 80) * (1 << 30));
  return size;
}

std::size_t memory_size() {
  static const auto size = static_cast<std::size_t>(setting("FAKE_MEMORY_GB", 80) * (1 << 30));
  return size;
}

int capability() {
  return static_cast<int>(setting("FAKE_CC", 90));
}

// Requires: the mutex is locked.
const Block* find(const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  auto block = state().blocks.upper_bound(at);
  if (block == state().blocks.begin()) return nullptr;
  --block;
  return at < block->first + block->second.size ? &block->second : nullptr;
}

std::string memory_kind(const void* address) {
  const std::lock_guard lock(state().mutex);
  const Block* const block = find(address);
  if (!block) return "pageable";
  return block->type == cudaMemoryTypeHost ? "pinned" : "device";
}

cudaError_t allocate(void** address, std::size_t size, cudaMemoryType type) {
  if (broken) return status();
  const std::lock_guard lock(state().mutex);
  std::size_t& used = state().used[current_device];
  if (type == cudaMemoryTypeDevice) {
    if (used + size > memory_size()) return fail(cudaErrorMemoryAllocation);
    used += size;
  } else {
    if (state().page_locked + size > page_locked_size()) return fail(cudaErrorMemoryAllocation);
    state().page_locked += size;
  }
  // Takes no memory before it is written to.
  *address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (*address == MAP_FAILED) return fail(cudaErrorMemoryAllocation);
  state().blocks[reinterpret_cast<std::uintptr_t>(*address)] = {size, type, current_device};
  stub_event("allocate", type == cudaMemoryTypeDevice ? "device" : "pinned");
  return cudaSuccess;
}

cudaError_t release(void* address) {
  const std::lock_guard lock(state().mutex);
  const auto found = state().blocks.find(reinterpret_cast<std::uintptr_t>(address));
  if (found == state().blocks.end()) return status();
  const Block block = found->second;
  if (block.type == cudaMemoryTypeDevice) {
    state().used[block.device] -= block.size;
  } else {
    state().page_locked -= block.size;
  }
  ::munmap(address, block.size);
  state().blocks.erase(found);
  return status();
}

// What a stream has yet to do. Requires of all functions: its mutex is locked.
struct Copy {
  void* to;
  const void* from;         // null: the device
  std::vector<char> bytes;  // of `from`, when the copy was asked for
};
struct Lazy {
  std::mutex mutex;
  std::map<cudaStream_t, std::vector<Copy>> queues;
  std::map<cudaStream_t, std::uint64_t> done;                            // copies, ever
  std::map<cudaEvent_t, std::pair<cudaStream_t, std::uint64_t>> events;  // ready when so many are
};

Lazy* lazy() {
  static Lazy* const lazy = std::getenv("FAKE_LAZY") ? new Lazy : nullptr;
  return lazy;
}

void drain(cudaStream_t stream) {
  auto& queue = lazy()->queues[stream];
  for (const Copy& copy : queue) {
    if (copy.from && std::memcmp(copy.from, copy.bytes.data(), copy.bytes.size()) != 0) {
      stub_event("overwritten", "copy");
      std::fprintf(stderr, "stand-in: memory was overwritten before its copy was made\n");
    }
    std::memcpy(copy.to, copy.from ? copy.from : copy.bytes.data(), copy.bytes.size());
  }
  lazy()->done[stream] += queue.size();
  queue.clear();
}

void drain_all() {
  if (!lazy()) return;
  const std::lock_guard lock(lazy()->mutex);
  for (const auto& entry : lazy()->queues) drain(entry.first);
}

bool ready(cudaEvent_t event) {
  if (!lazy()) return true;
  const std::lock_guard lock(lazy()->mutex);
  const auto found = lazy()->events.find(event);
  return found == lazy()->events.end() || lazy()->done[found->second.first] >= found->second.second;
}

cudaError_t wait(const char* call) {
  if (broken) return status();
  stub_event("wait", call);
  return cudaSuccess;
}

cudaError_t launch(const char* kind, const char* name) {
  static const auto limit = static_cast<long>(setting("FAKE_FAIL_AFTER", -1));
  if (limit >= 0 && ++launches > limit) broken = true;
  if (broken) return status();
  stub_event(kind, name);
  return cudaSuccess;
}

cudaError_t launch_kernel(const void* function) {
  if (std::getenv("FAKE_NO_KERNEL_IMAGE")) return fail(cudaErrorNoKernelImageForDevice);
  const char* name = "?";
  {
    const std::lock_guard lock(state().mutex);
    const auto found = state().kernels.find(function);
    if (found != state().kernels.end()) name = found->second.c_str();
  }
  last_kernel = name;
  return launch("launch kernel", name);
}

cudaError_t copy(void* to, const void* from, std::size_t size, cudaStream_t stream, bool blocks) {
  const std::string source = memory_kind(from), target = memory_kind(to);
  const std::string name = source + "->" + target;
  if (launch("launch copy", name.c_str()) != cudaSuccess) return cudaErrorIllegalAddress;
  if (source == "device" && target == "device") return cudaSuccess;  // nothing computed it
  if (lazy() && !blocks && source == "pinned") {
    const std::lock_guard lock(lazy()->mutex);
    const char* const bytes = static_cast<const char*>(from);
    lazy()->queues[stream].push_back({to, from, {bytes, bytes + size}});
    return cudaSuccess;
  }
  if (source != "device") {
    std::memcpy(to, from, size);
    return cudaSuccess;
  }
  // No kernel has computed anything: zeros are valid everywhere. Only what rodtrain tries a GPU
  // with is answered: the sum of 16 times 2.
  std::vector<char> bytes(size, 0);
  if (size == sizeof(float) && std::strstr(last_kernel, "reduce_kernel")) {
    const float sum = 32;
    std::memcpy(bytes.data(), &sum, sizeof sum);
  }
  if (lazy() && !blocks && target == "pinned") {
    const std::lock_guard lock(lazy()->mutex);
    std::memset(to, 0xff, size);  // NaN
    lazy()->queues[stream].push_back({to, nullptr, std::move(bytes)});
    return cudaSuccess;
  }
  std::memcpy(to, bytes.data(), size);
  return cudaSuccess;
}

std::string no_graphs() {
  const char* const where = std::getenv("FAKE_NO_GRAPHS");
  return where ? where : "";
}

// One capture at a time.
std::atomic<cudaStream_t> capturing{nullptr};

}  // namespace

extern "C" {

std::size_t stub_device_bytes_of(int device) {
  const std::lock_guard lock(state().mutex);
  return state().used[device];
}

std::size_t stub_device_bytes() {
  const std::lock_guard lock(state().mutex);
  std::size_t sum = 0;
  for (const auto& [device, used] : state().used) sum += used;
  return sum;
}

// Devices.

cudaError_t cudaGetDeviceCount(int* count) {
  *count = static_cast<int>(setting("FAKE_DEVICES", 1));
  return *count > 0 ? cudaSuccess : fail(cudaErrorNoDevice);
}
cudaError_t cudaGetDevice(int* device) {
  *device = current_device;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  current_device = device;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  std::memset(properties, 0, sizeof *properties);
  std::strcpy(properties->name, "stand-in");
  properties->major = capability() / 10;
  properties->minor = capability() % 10;
  properties->totalGlobalMem = memory_size();
  properties->sharedMemPerBlock = 48 << 10;
  properties->sharedMemPerBlockOptin = 227 << 10;
  properties->sharedMemPerMultiprocessor = 228 << 10;
  properties->regsPerBlock = properties->regsPerMultiprocessor = 65536;
  properties->warpSize = 32;
  properties->maxThreadsPerBlock = 1024;
  properties->maxThreadsPerMultiProcessor = 2048;
  properties->maxBlocksPerMultiProcessor = 32;
  properties->maxThreadsDim[0] = properties->maxThreadsDim[1] = 1024;
  properties->maxThreadsDim[2] = 64;
  properties->maxGridSize[0] = INT32_MAX;
  properties->maxGridSize[1] = properties->maxGridSize[2] = 65535;
  properties->multiProcessorCount = 132;
  properties->l2CacheSize = 50 << 20;
  properties->textureAlignment = 512;
  properties->totalConstMem = 65536;
  properties->unifiedAddressing = properties->concurrentKernels = 1;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  cudaDeviceProp all;
  cudaGetDeviceProperties(&all, 0);
  switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor:
      *value = all.major;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = all.minor;
      break;
    case cudaDevAttrMaxThreadsPerBlock:
      *value = all.maxThreadsPerBlock;
      break;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      *value = all.maxThreadsPerMultiProcessor;
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = all.multiProcessorCount;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = int(all.sharedMemPerBlock);
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = int(all.sharedMemPerBlockOptin);
      break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      *value = int(all.sharedMemPerMultiprocessor);
      break;
    case cudaDevAttrMaxRegistersPerBlock:
      *value = all.regsPerBlock;
      break;
    case cudaDevAttrWarpSize:
      *value = all.warpSize;
      break;
    case cudaDevAttrMaxGridDimX:
      *value = all.maxGridSize[0];
      break;
    case cudaDevAttrMaxGridDimY:
    case cudaDevAttrMaxGridDimZ:
      *value = all.maxGridSize[1];
      break;
    default:
      *value = 1;
  }
  return cudaSuccess;
}
cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  if (least) *least = 0;
  if (greatest) *greatest = -5;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetPCIBusId(char* text, int size, int device) {
  std::snprintf(text, static_cast<std::size_t>(size), "0000:%02x:00.0", device + 1);
  return cudaSuccess;
}
cudaError_t cudaDeviceCanAccessPeer(int* can, int, int) {
  *can = 0;
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}

// Errors.

cudaError_t cudaGetLastError() {
  const cudaError_t error = last_error;
  last_error = cudaSuccess;
  return error;
}
cudaError_t cudaPeekAtLastError() {
  return last_error;
}
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorNotReady:
      return "device not ready";
    case cudaErrorIllegalAddress:
      return "an illegal memory access was encountered";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorNoKernelImageForDevice:
      return "no kernel image is available for execution on the device";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    default:
      return "another error";
  }
}
const char* cudaGetErrorName(cudaError_t error) {
  return error == cudaErrorMemoryAllocation ? "cudaErrorMemoryAllocation" : "cudaError";
}

// Memory.

cudaError_t cudaMalloc(void** address, std::size_t size) {
  return allocate(address, size, cudaMemoryTypeDevice);
}
cudaError_t cudaFree(void* address) {
  if (!address) return status();
  wait("cudaFree");
  drain_all();
  return release(address);
}
cudaError_t cudaHostAlloc(void** address, std::size_t size, unsigned) {
  return allocate(address, size, cudaMemoryTypeHost);
}
cudaError_t cudaFreeHost(void* address) {
  drain_all();
  return release(address);
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* address) {
  std::memset(attributes, 0, sizeof *attributes);
  const std::lock_guard lock(state().mutex);
  const Block* const block = find(address);
  attributes->type = block ? block->type : cudaMemoryTypeUnregistered;
  attributes->device = block ? block->device : 0;
  attributes->devicePointer = attributes->hostPointer = const_cast<void*>(address);
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const std::lock_guard lock(state().mutex);
  *total = memory_size();
  *free = *total - state().used[current_device];
  return status();
}
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t size, cudaMemcpyKind) {
  wait("cudaMemcpy");
  drain_all();
  return copy(to, from, size, nullptr, /*blocks=*/true);
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t size, cudaMemcpyKind,
                            cudaStream_t stream) {
  return copy(to, from, size, stream, /*blocks=*/false);
}
cudaError_t cudaMemset(void*, int, std::size_t) {
  return launch("launch", "memset");
}
cudaError_t cudaMemsetAsync(void*, int, std::size_t, cudaStream_t) {
  return launch("launch", "memset");
}
cudaError_t cudaGetSymbolAddress(void** address, const void* symbol) {
  const std::lock_guard lock(state().mutex);
  void*& found = state().symbols[symbol];
  if (!found) found = std::calloc(1, 65536);
  *address = found;
  return cudaSuccess;
}

// Streams and events.

cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned, int) {
  stub_event("create", "stream");
  *stream = static_cast<cudaStream_t>(stub_object());
  return status();
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (capturing) return fail(cudaErrorStreamCaptureUnsupported);
  if (lazy()) {
    const std::lock_guard lock(lazy()->mutex);
    drain(stream);
  }
  return wait(stream ? "cudaStreamSynchronize of another stream" : "cudaStreamSynchronize");
}
cudaError_t cudaDeviceSynchronize() {
  if (capturing) return fail(cudaErrorStreamCaptureUnsupported);
  drain_all();
  return wait("cudaDeviceSynchronize");
}
cudaError_t cudaStreamQuery(cudaStream_t) {
  return status();
}
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) {
  return status();
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = static_cast<cudaEvent_t>(stub_object());
  return status();
}
cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, 0);
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (lazy()) {
    const std::lock_guard lock(lazy()->mutex);
    lazy()->events[event] = {stream, lazy()->done[stream] + lazy()->queues[stream].size()};
  }
  return status();
}
cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned) {
  return cudaEventRecord(event, stream);
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  if (broken) return status();
  return ready(event) ? cudaSuccess : cudaErrorNotReady;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (lazy()) {
    const std::lock_guard lock(lazy()->mutex);
    const auto found = lazy()->events.find(event);
    if (found != lazy()->events.end()) drain(found->second.first);
  }
  return wait("cudaEventSynchronize");
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  if (lazy()) {
    const std::lock_guard lock(lazy()->mutex);
    lazy()->events.erase(event);
  }
  std::free(event);
  return status();
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t) {
  *milliseconds = 1;
  return status();
}

// Graphs: a capture records nothing, and a replay is one launch.

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (no_graphs() == "begin") return fail(cudaErrorStreamCaptureUnsupported);
  capturing = stream;
  return status();
}
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t* graph) {
  capturing = nullptr;
  *graph = nullptr;
  if (no_graphs() == "end") return fail(cudaErrorStreamCaptureUnsupported);
  *graph = static_cast<cudaGraph_t>(stub_object());
  return status();
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* answer) {
  *answer =
      stream && stream == capturing ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  return cudaSuccess;
}
cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, cudaStreamCaptureStatus* answer,
                                     unsigned long long* id, cudaGraph_t* graph,
                                     const cudaGraphNode_t** nodes, const cudaGraphEdgeData** edges,
                                     std::size_t* count) {
  if (id) *id = 1;
  if (graph) *graph = nullptr;
  if (nodes) *nodes = nullptr;
  if (edges) *edges = nullptr;
  if (count) *count = 0;
  return cudaStreamIsCapturing(stream, answer);
}
cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode*) {
  return cudaSuccess;
}
cudaError_t cudaGraphGetNodes(cudaGraph_t, cudaGraphNode_t*, std::size_t* count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* graph, cudaGraph_t, unsigned long long) {
  *graph = static_cast<cudaGraphExec_t>(stub_object());
  return status();
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t, cudaStream_t) {
  return launch("launch", "graph");
}

// Kernels, as nvcc's code registers and starts them.

void** __cudaRegisterFatBinary(void*) {
  static void* handle = nullptr;
  return &handle;
}
void __cudaRegisterFunction(void**, const char* host, char*, const char* name, int, void*, void*,
                            void*, void*, int*) {
  const std::lock_guard lock(state().mutex);
  state().kernels[host] = name;
}
struct Configuration {
  dim3 grid, block;
  std::size_t shared;
  cudaStream_t stream;
};
static thread_local Configuration configuration;
unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t shared,
                                     cudaStream_t stream) {
  configuration = {grid, block, shared, stream};
  return 0;
}
cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* shared, void* stream) {
  *grid = configuration.grid;
  *block = configuration.block;
  *shared = configuration.shared;
  *static_cast<cudaStream_t*>(stream) = configuration.stream;
  return cudaSuccess;
}
cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* function) {
  *kernel = static_cast<cudaKernel_t>(const_cast<void*>(function));
  return cudaSuccess;
}
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3, dim3, void**, std::size_t, cudaStream_t) {
  return launch_kernel(kernel);
}
cudaError_t cudaLaunchKernel(const void* function, dim3, dim3, void**, std::size_t, cudaStream_t) {
  return launch_kernel(function);
}
cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t*, const void* function, void**) {
  return launch_kernel(function);
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void*) {
  std::memset(attributes, 0, sizeof *attributes);
  attributes->maxThreadsPerBlock = 1024;
  attributes->numRegs = 32;
  attributes->binaryVersion = attributes->ptxVersion = capability();
  return cudaSuccess;
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, const void*, int,
                                                                   std::size_t, unsigned) {
  *blocks = 2;
  return cudaSuccess;
}

// The driver's functions, which LibTorch asks the runtime for.
int cuDevicePrimaryCtxGetState(int, unsigned* flags, int* active);
static int succeed() {
  return 0;
}
#undef cudaGetDriverEntryPointByVersion
cudaError_t cudaGetDriverEntryPointByVersion(const char* name, void** function, unsigned,
                                             unsigned long long,
                                             cudaDriverEntryPointQueryResult* result) {
  *function = std::strcmp(name, "cuDevicePrimaryCtxGetState") == 0
                  ? reinterpret_cast<void*>(cuDevicePrimaryCtxGetState)
                  : reinterpret_cast<void*>(succeed);
  if (result) *result = cudaDriverEntryPointSuccess;
  return cudaSuccess;
}
}
