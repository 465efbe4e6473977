// Picks the widest instruction set that the processor has; SAFETUNE_ISA=baseline|avx2|avx512 asks for a narrower one.
#include "../safetune.h"
#include "kernels.h"
#include <cstdlib>
#include <cstring>

namespace safetune {
namespace {

// The table of that name; null where the processor lacks it. Without a name the widest.
const Kernels* find(const char* name) {
    auto asked = [name](const Kernels& table) { return !name || std::strcmp(name, table.name) == 0; };
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (avx512 && asked(kernels_avx512)) return &kernels_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && asked(kernels_avx2)) return &kernels_avx2;
#endif
    return asked(kernels_baseline) ? &kernels_baseline : nullptr;
}

const Kernels*& chosen() {
    static const Kernels* table = []() {
        auto asked = find(std::getenv("SAFETUNE_ISA"));
        return asked ? asked : &kernels_baseline;
    }();
    return table;
}

}  // namespace

const Kernels& kernels() { return *chosen(); }

}  // namespace safetune

const char* st_kernels(void) { return safetune::kernels().name; }

int32_t st_use_kernels(const char* name) {
    auto found = safetune::find(name);
    if (found) safetune::chosen() = found;
    return found != nullptr;
}

void st_keep_factors(int64_t seed, uint32_t threshold, float scale, int64_t first, int64_t count, float* factors) {
    safetune::kernels().keep_factors({static_cast<uint64_t>(seed), threshold, scale}, static_cast<uint64_t>(first), count, factors);
}
