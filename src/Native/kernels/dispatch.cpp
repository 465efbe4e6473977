// Picks the widest instruction set that the processor has; SAFETUNE_ISA=baseline|avx2|avx512 asks for a narrower one.
#include "../safetune.h"
#include "kernels.h"
#include <cstdlib>
#include <cstring>

namespace safetune {

const Kernels& kernels() {
    static const Kernels& chosen = []() -> const Kernels& {
        __builtin_cpu_init();
        auto asked = std::getenv("SAFETUNE_ISA");
        auto allowed = [asked](const Kernels& table) { return !asked || std::strcmp(asked, table.name) == 0; };
        bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
        if (avx512 && allowed(kernels_avx512)) return kernels_avx512;
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && allowed(kernels_avx2)) return kernels_avx2;
        return kernels_baseline;
    }();
    return chosen;
}

}  // namespace safetune

const char* st_kernels(void) { return safetune::kernels().name; }
