// GELU (Hendrycks and Gimpel 2016) in the erf form.
#pragma once
#include "simd.h"

namespace safetune {
namespace {

// The normal distribution's cumulative function.
inline Floats cumulative(Floats x) { return 0.5f * error_function(x * 0.707106781f) + 0.5f; }

inline Floats gelu_of(Floats x) { return x * cumulative(x); }

inline Floats gelu_slope(Floats x) { return cumulative(x) + x * exponential(-0.5f * x * x) * 0.398942280f; }

void gelu(int64_t count, const float* x, float* y) {
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) store(y + i, gelu_of(load(x + i)));
    for (; i < count; ++i) y[i] = gelu_of(all(x[i]))[0];
}

void gelu_backward(int64_t count, const float* x, const float* gy, float* gx) {
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) store(gx + i, load(gy + i) * gelu_slope(load(x + i)));
    for (; i < count; ++i) gx[i] = gy[i] * gelu_slope(all(x[i]))[0];
}

}  // namespace
}  // namespace safetune
