// Which library multiplies the matrices, and how fast.
#include "barrier.h"
#include <chrono>
#include <climits>
#include <cstdlib>
#include <link.h>
#include <sstream>

using namespace safetune;

namespace {

struct Library {
    std::string path;        // links resolved: Debian's libblas.so.3 tells its provider by its folder
    void* handle = nullptr;  // owned by the process, never closed
};

// libtorch may be loaded with local visibility, so dlsym(RTLD_DEFAULT) would not see its BLAS: search the loaded objects themselves.
Library loaded_with(const char* part) {
    struct Search { const char* part; Library found; } search{part, {}};
    dl_iterate_phdr([](dl_phdr_info* object, size_t, void* state) {
        auto& s = *static_cast<Search*>(state);
        char real[PATH_MAX];
        if (!object->dlpi_name || !realpath(object->dlpi_name, real)) return 0;
        if (!std::strstr(real, s.part)) return 0;
        s.found.path = real;
        s.found.handle = dlopen(object->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
        return 1;
    }, &search);
    return search.found;
}

template <class F> F symbol(const Library& library, const char* name) {
    return reinterpret_cast<F>(library.handle ? dlsym(library.handle, name) : nullptr);
}

std::string openblas_name(const Library& library) {
    std::string version = "OpenBLAS";
    if (auto config = symbol<char* (*)()>(library, "openblas_get_config")) {
        std::istringstream words(config());
        std::string product, number;
        if (words >> product >> number) version = product + " " + number;
    }
    auto core = symbol<char* (*)()>(library, "openblas_get_corename");
    return core ? version + " " + core() : version;
}

std::string find_name() {
    if (at::hasMKL()) {
        std::string name = "MKL";
        auto describe = symbol<void (*)(char*, int)>(loaded_with("libtorch_cpu"), "MKL_Get_Version_String");
        if (!describe) describe = symbol<void (*)(char*, int)>(loaded_with("libmkl"), "MKL_Get_Version_String");
        if (!describe) return name;
        char text[256] = {};
        describe(text, sizeof text - 1);
        std::istringstream words(text);
        for (std::string word; words >> word;)
            if (word == "Version" && words >> word) return name + " " + word;
        return name;
    }
    if (auto openblas = loaded_with("openblas"); openblas.handle) return openblas_name(openblas);
    if (loaded_with("libblis").handle) return "BLIS";
    if (loaded_with("libatlas").handle) return "ATLAS";
    if (loaded_with("libblas").handle) return "reference";
    return "unknown";
}

}  // namespace

void safetune::set_blas_threads(int count) {
    // at::set_num_threads reaches OpenMP and MKL only.
    if (at::hasMKL()) return;
    static const auto set = symbol<void (*)(int)>(loaded_with("openblas"), "openblas_set_num_threads");
    if (set) set(count);
}

const char* st_blas(void) {
    static std::string name;
    static int failed = guarded([] { name = find_name(); });
    return failed ? "unknown" : name.c_str();
}

int st_gemm_gflops(int64_t size, int32_t repeats, double* best_gflops) {
    return guarded([&] {
        TORCH_CHECK(size > 0 && repeats > 0, "size and repeats must be positive, got ", size, " and ", repeats);
        c10::InferenceMode quiet;
        // Not random: measuring must not move the generator that a training depends on.
        auto a = at::full({size, size}, 0.5f), b = at::full({size, size}, 0.25f), c = at::empty({size, size});
        // The first product starts threads and touches pages; it does not count.
        at::mm_out(c, a, b);
        *best_gflops = 0;
        for (int32_t i = 0; i < repeats; ++i) {
            auto begin = std::chrono::steady_clock::now();
            at::mm_out(c, a, b);
            std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
            *best_gflops = std::max(*best_gflops, 2e-9 * size * size * size / took.count());
        }
    });
}
