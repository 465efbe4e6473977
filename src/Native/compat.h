// Every call that differs between libtorch 1.13 and current 2.x, and every CUDA query. Nothing else in this folder asks for the version.
#pragma once
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/Allocator.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#if __has_include(<torch/version.h>)
#include <torch/version.h>
#else
#include <torch/csrc/api/include/torch/version.h>
#endif
#include <dlfcn.h>

#define TORCH_AT_LEAST(major, minor) \
    (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

// 2.9 reads the caching allocator's statistics through c10, without CUDA's own headers; older ones need the toolkit's.
#if TORCH_AT_LEAST(2, 9)
#include <c10/core/CachingDeviceAllocator.h>
#define SAFETUNE_CUDA_STATISTICS 1
#elif defined(SAFETUNE_C10_CUDA) && __has_include(<cuda_runtime_api.h>)
#include <c10/cuda/CUDACachingAllocator.h>
#define SAFETUNE_CUDA_STATISTICS 1
#else
#define SAFETUNE_CUDA_STATISTICS 0
#endif

namespace compat {

// The totals of an allocator's report changed from int64_t to size_t with 2.0.
#if TORCH_VERSION_MAJOR >= 2
using Total = size_t;
template <class T> using Maybe = std::optional<T>;
#else
using Total = int64_t;
template <class T> using Maybe = c10::optional<T>;
#endif

// libtorch warns on standard error, every second, about each free of a block that the meter has not seen arrive, which is most frees of a
// training. Debian's logs through glog, whose level has a name of its own. Errors stay.
inline void log_errors_only() {
    constexpr int error = 2;
    Dl_info c10{};
    if (!dladdr(reinterpret_cast<void*>(&c10::memoryProfilingEnabled), &c10)) return;
    void* library = dlopen(c10.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    for (auto name : {"_ZN3fLI17FLAGS_minloglevelE", "FLAGS_caffe2_log_level"})
        if (auto level = library ? static_cast<int*>(dlsym(library, name)) : nullptr) *level = std::max(*level, error);
}

inline int cuda_devices() { return at::hasCUDA() ? at::detail::getCUDAHooks().getNumGPUs() : 0; }

inline void cuda_synchronize() {
    for (int i = 0; i < cuda_devices(); ++i) at::detail::getCUDAHooks().deviceSynchronize(i);
}

// The driver's own library, which a process with CUDA devices has loaded anyway: name and size need no CUDA headers.
template <class F> F driver(const char* symbol) {
    static void* library = dlopen("libcuda.so.1", RTLD_LAZY);
    auto found = library ? dlsym(library, symbol) : nullptr;
    TORCH_CHECK(found, "the CUDA driver (libcuda.so.1) lacks ", symbol);
    return reinterpret_cast<F>(found);
}

inline int driver_device(int index) {
    TORCH_CHECK(index >= 0 && index < cuda_devices(), "there is no CUDA device ", index);
    int device = 0;
    TORCH_CHECK(driver<int (*)(unsigned)>("cuInit")(0) == 0, "the CUDA driver does not start");
    TORCH_CHECK(driver<int (*)(int*, int)>("cuDeviceGet")(&device, index) == 0, "there is no CUDA device ", index);
    return device;
}

inline void cuda_name(int index, char* name, int capacity) {
    int device = driver_device(index);
    TORCH_CHECK(driver<int (*)(char*, int, int)>("cuDeviceGetName")(name, capacity, device) == 0, "CUDA device ", index, " has no name");
}

inline int64_t cuda_total_bytes(int index) {
    size_t bytes = 0;
    int device = driver_device(index);
    TORCH_CHECK(driver<int (*)(size_t*, int)>("cuDeviceTotalMem_v2")(&bytes, device) == 0, "CUDA device ", index, " does not tell its memory");
    return static_cast<int64_t>(bytes);
}

// The allocator knows no device before the first tensor, unless CUDA is woken.
inline void cuda_wake(int index) {
    TORCH_CHECK(index >= 0 && index < cuda_devices(), "there is no CUDA device ", index);
#if TORCH_AT_LEAST(2, 9)
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
#else
    at::globalContext().lazyInitCUDA();
#endif
}

// Bytes that tensors hold now and held at most since the last reset.
inline void cuda_memory(int index, int64_t& current, int64_t& peak) {
    cuda_wake(index);
#if TORCH_AT_LEAST(2, 9)
    auto all = c10::getDeviceAllocator(c10::DeviceType::CUDA)->getDeviceStats(static_cast<c10::DeviceIndex>(index)).allocated_bytes[0];
    current = all.current, peak = all.peak;
#elif SAFETUNE_CUDA_STATISTICS
    auto all = c10::cuda::CUDACachingAllocator::getDeviceStats(index).allocated_bytes[0];
    current = all.current, peak = all.peak;
#else
    TORCH_CHECK(false, "libsafetune was built without CUDA's headers, so it cannot read the CUDA allocator's statistics");
#endif
}

inline void cuda_reset_peak(int index) {
    cuda_wake(index);
#if TORCH_AT_LEAST(2, 9)
    c10::getDeviceAllocator(c10::DeviceType::CUDA)->resetPeakStats(static_cast<c10::DeviceIndex>(index));
#elif SAFETUNE_CUDA_STATISTICS
    c10::cuda::CUDACachingAllocator::resetPeakStats(index);
#else
    TORCH_CHECK(false, "libsafetune was built without CUDA's headers, so it cannot reset the CUDA allocator's peak");
#endif
}

}  // namespace compat
