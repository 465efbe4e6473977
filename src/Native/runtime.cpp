// Errors, version, random numbers, threads, CUDA queries, and the process's malloc settings.
#include "barrier.h"
#include <malloc.h>

using namespace safetune;

namespace {

thread_local std::string last_error;

// glibc gives large blocks back to the kernel on every free, so that each activation costs its page faults again. Measured in a .NET process,
// steps of 18 blocks of 6 to 27 MB, all touched and freed: 120 ms a step as glibc comes, 18 with these (first thread); 74 to 102, then 26 to 34
// (pool thread). Resident memory stays flat over 120 steps of varying sizes, at about 1.2 times what is live; without M_ARENA_MAX it
// creeps up on pool threads. A threshold of 32 MB instead of M_MMAP_MAX is as fast but leaves out BERT-base's 50 MB activations.
__attribute__((constructor)) void keep_freed_blocks() {
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    mallopt(M_ARENA_MAX, 1);
}

}  // namespace

void safetune::remember_error(const std::string& text) { last_error = text; }

// libtorch appends traces and lists of back ends: keep the first line, and the next one where the first only announces it.
std::string safetune::useful_sentence(const std::string& text) {
    auto end = text.find('\n');
    if (end != std::string::npos && end > 0 && text[end - 1] == ':') end = text.find('\n', end + 1);
    auto sentence = text.substr(0, end);
    constexpr size_t most = 600;
    if (sentence.size() > most) {
        auto stop = sentence.find(". ");
        sentence = stop < most ? sentence.substr(0, stop + 1) : sentence.substr(0, most) + "...";
    }
    return sentence;
}

const char* st_last_error(void) { return last_error.c_str(); }

const char* st_version(void) { return TORCH_VERSION; }

int st_seed(int64_t seed) {
    return guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

int st_random_state(st_tensor* state) {
    return guarded([&] {
        auto generator = at::detail::getDefaultCPUGenerator();
        std::lock_guard<std::mutex> hold(generator.mutex());
        *state = handle_of(generator.get_state());
    });
}

int st_set_random_state(st_tensor state) {
    return guarded([&] {
        auto generator = at::detail::getDefaultCPUGenerator();
        std::lock_guard<std::mutex> hold(generator.mutex());
        generator.set_state(tensor_of(state));
    });
}

int32_t st_threads(void) { return at::get_num_threads(); }

int st_set_threads(int32_t count) {
    return guarded([&] {
        TORCH_CHECK(count > 0, "the number of threads must be positive, got ", count);
        at::set_num_threads(count);
        set_blas_threads(count);
    });
}

int32_t st_cuda_devices(void) {
    int32_t count = 0;
    guarded([&] { count = compat::cuda_devices(); });
    return count;
}

int st_cuda_synchronize(void) {
    return guarded([] { compat::cuda_synchronize(); });
}

int st_cuda_name(int32_t device, char* name, int32_t capacity) {
    return guarded([&] { compat::cuda_name(device, name, capacity); });
}

int st_cuda_total_bytes(int32_t device, int64_t* bytes) {
    return guarded([&] { *bytes = compat::cuda_total_bytes(device); });
}
