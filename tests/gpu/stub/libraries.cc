// cuBLAS, cuBLASLt, cuDNN and the driver, as far as LibTorch looks at what they answer. Every other
// function is generated: it is counted and returns success.
//
// The parameters are those of the libraries' C headers, with pointers and enumerations as void* and
// int: what is passed in registers and on the stack is the same.
#include <cuda_runtime_api.h>

#include <cstring>

#include "events.h"

namespace {

struct Choice {  // cudnnConvolutionFwdAlgoPerf_t and the two like it
  int algorithm, status;
  float time;
  std::size_t memory;
  int determinism, math, reserved[3];
};

int choose(int* count, Choice* choice) {
  std::memset(choice, 0, sizeof *choice);
  choice->algorithm = choice->determinism = 1;
  choice->math = 3;  // without tensor cores, which LibTorch asserts where it forbids them
  choice->time = 1;
  *count = 1;
  return 0;
}

int create(void** object) {
  *object = stub_object();
  return 0;
}

}  // namespace

#define STUB_CREATES(name)  \
  int name(void** object) { \
    return create(object);  \
  }
#define STUB_LAUNCHES(name)             \
  int name() {                          \
    stub_event("launch kernel", #name); \
    return 0;                           \
  }
#define STUB_NEEDS_NO_MEMORY(name, ...)       \
  int name(__VA_ARGS__, std::size_t* bytes) { \
    *bytes = 0;                               \
    return 0;                                 \
  }
#define STUB_FINDS(name)                                                                       \
  int name(void*, void*, void*, void*, void*, void*, void*, void*, int, int* count, Choice* c, \
           void*, std::size_t) {                                                               \
    return choose(count, c);                                                                   \
  }
#define STUB_GETS(name)                                                     \
  int name(void*, void*, void*, void*, void*, int, int* count, Choice* c) { \
    return choose(count, c);                                                \
  }

extern "C" {

STUB_CREATES(cublasCreate_v2)
int cublasGetMathMode(void*, int* mode) {
  *mode = 0;
  return 0;
}
int cublasGetPointerMode_v2(void*, int* mode) {
  *mode = 0;
  return 0;
}
STUB_LAUNCHES(cublasSgemm_v2)
STUB_LAUNCHES(cublasGemmEx)
STUB_LAUNCHES(cublasSgemmEx)
STUB_LAUNCHES(cublasSgemmStridedBatched)
STUB_LAUNCHES(cublasGemmStridedBatchedEx)
STUB_LAUNCHES(cublasSgemv_v2)
STUB_LAUNCHES(cublasSdot_v2)
STUB_LAUNCHES(cublasDotEx)

std::size_t cublasLtGetVersion() {
  return 130000;
}
int cublasLtMatmulDescCreate(void** object, int, int) {
  return create(object);
}
STUB_CREATES(cublasLtMatmulPreferenceCreate)
int cublasLtMatrixLayoutCreate(void** object, int, std::size_t, std::size_t, long) {
  return create(object);
}
int cublasLtMatmulAlgoGetHeuristic(void*, void*, void*, void*, void*, void*, void*, int,
                                   void* results, int* count) {
  std::memset(results, 0, 64);
  *count = 1;
  return 0;
}
STUB_LAUNCHES(cublasLtMatmul)

std::size_t cudnnGetVersion() {
  return 91900;
}
std::size_t cudnnGetCudartVersion() {
  return 13000;
}
const char* cudnnGetErrorString(int) {
  return "an error of cuDNN";
}
void cudnnGetLastErrorString(char* text, std::size_t size) {
  if (size > 0) *text = 0;
}
STUB_CREATES(cudnnCreate)
STUB_CREATES(cudnnCreateActivationDescriptor)
STUB_CREATES(cudnnCreateConvolutionDescriptor)
STUB_CREATES(cudnnCreateDropoutDescriptor)
STUB_CREATES(cudnnCreateFilterDescriptor)
STUB_CREATES(cudnnCreatePoolingDescriptor)
STUB_CREATES(cudnnCreateTensorDescriptor)
STUB_FINDS(cudnnFindConvolutionForwardAlgorithmEx)
STUB_FINDS(cudnnFindConvolutionBackwardDataAlgorithmEx)
STUB_FINDS(cudnnFindConvolutionBackwardFilterAlgorithmEx)
STUB_GETS(cudnnGetConvolutionForwardAlgorithm_v7)
STUB_GETS(cudnnGetConvolutionBackwardDataAlgorithm_v7)
STUB_GETS(cudnnGetConvolutionBackwardFilterAlgorithm_v7)
STUB_NEEDS_NO_MEMORY(cudnnGetConvolutionForwardWorkspaceSize, void*, void*, void*, void*, void*,
                     int)
STUB_NEEDS_NO_MEMORY(cudnnGetConvolutionBackwardDataWorkspaceSize, void*, void*, void*, void*,
                     void*, int)
STUB_NEEDS_NO_MEMORY(cudnnGetConvolutionBackwardFilterWorkspaceSize, void*, void*, void*, void*,
                     void*, int)
STUB_NEEDS_NO_MEMORY(cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize, void*, int, int,
                     void*, void*, void*, void*, void*)
STUB_NEEDS_NO_MEMORY(cudnnGetBatchNormalizationBackwardExWorkspaceSize, void*, int, int, void*,
                     void*, void*, void*, void*, void*, void*)
STUB_NEEDS_NO_MEMORY(cudnnGetBatchNormalizationTrainingExReserveSpaceSize, void*, int, int, void*,
                     void*)
STUB_LAUNCHES(cudnnConvolutionForward)
STUB_LAUNCHES(cudnnConvolutionBackwardData)
STUB_LAUNCHES(cudnnConvolutionBackwardFilter)
STUB_LAUNCHES(cudnnConvolutionBiasActivationForward)
STUB_LAUNCHES(cudnnBatchNormalizationForwardTrainingEx)
STUB_LAUNCHES(cudnnBatchNormalizationBackwardEx)
STUB_LAUNCHES(cudnnBatchNormalizationForwardInference)

int cuInit(unsigned) {
  return 0;
}
int cuCtxGetCurrent(void** context) {
  return create(context);
}
int cuDevicePrimaryCtxGetState(int, unsigned* flags, int* active) {
  if (flags) *flags = 0;
  *active = 1;
  return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int device) {
  return cudaDeviceGetAttribute(value, static_cast<cudaDeviceAttr>(attribute), device);
}
int cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  return cudaMemGetInfo(free, total);
}
}
