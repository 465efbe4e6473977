// Loops over a row of any length: whole vectors, then what is left.
#pragma once
#include "simd.h"

namespace safetune {
namespace {

// y[i] = f(inputs[i]...).
template <class F, class... P> inline void map_row(int64_t count, float* y, F&& f, const P*... inputs) {
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) store(y + i, f(load(inputs + i)...));
    for (; i < count; ++i) y[i] = f(all(inputs[i])...)[0];
}

// The sum of f(inputs[i]...).
template <class F, class... P> inline float sum_row(int64_t count, F&& f, const P*... inputs) {
    Floats a{}, b{};
    int64_t i = 0;
    for (; i + 2 * lanes <= count; i += 2 * lanes) {
        a += f(load(inputs + i)...);
        b += f(load(inputs + i + lanes)...);
    }
    for (; i + lanes <= count; i += lanes) a += f(load(inputs + i)...);
    float rest = 0;
    for (; i < count; ++i) rest += f(all(inputs[i])...)[0];
    return sum(a + b) + rest;
}

}  // namespace
}  // namespace safetune
