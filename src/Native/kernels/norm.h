// Residual, dropout and layer normalisation (Ba et al. 2016) or RMSNorm (Zhang and Sennrich 2019) in one pass over each row.
#pragma once
#include "dropout.h"
#include "rows.h"

namespace safetune {
namespace {

void norm(const NormShape& s, int64_t first, int64_t count, const float* f, const float* x, float* y, float* rstd, float* normalised) {
    const auto n = s.columns;
    for (int64_t row = first; row < first + count; ++row) {
        float* z = y + row * n;  // dropout(f) + x, then overwritten
        const float* centred = x + row * n;
        if (f) {
            drop_row(s.dropout, row, n, f + row * n, z);
            map_row(n, z, [](Floats a, Floats b) { return a + b; }, z, x + row * n);
            centred = z;
        }
        float mean = s.root_mean_square ? 0 : sum_row(n, [](Floats a) { return a; }, centred) / n;
        float variance = sum_row(n, [mean](Floats a) { return (a - mean) * (a - mean); }, centred) / n;
        float r = rstd[row] = 1 / __builtin_sqrtf(variance + s.eps);
        if (normalised) map_row(n, normalised + row * n, [mean, r](Floats a) { return (a - mean) * r; }, centred);
        if (s.bias)
            map_row(n, z, [mean, r](Floats a, Floats w, Floats b) { return (a - mean) * r * w + b; }, centred, s.weight, s.bias);
        else
            map_row(n, z, [mean, r](Floats a, Floats w) { return (a - mean) * r * w; }, centred, s.weight);
    }
}

void norm_backward(const NormShape& s, int64_t first, int64_t count, const float* y, const float* normalised, const float* rstd, const float* gy, float* gx, float* gf) {
    const auto n = s.columns;
    for (int64_t row = first; row < first + count; ++row) {
        const float* g = gy + row * n;
        float* to = (gx ? gx : gf) + row * n;
        const float* h = normalised ? normalised + row * n : to;
        if (!normalised) {
            // What was normalised is the output before weight and bias.
            if (s.bias)
                map_row(n, to, [](Floats a, Floats w, Floats b) { return (a - b) / w; }, y + row * n, s.weight, s.bias);
            else
                map_row(n, to, [](Floats a, Floats w) { return a / w; }, y + row * n, s.weight);
        }
        float mean = s.root_mean_square ? 0 : sum_row(n, [](Floats a, Floats w) { return a * w; }, g, s.weight) / n;
        float slope = sum_row(n, [](Floats a, Floats w, Floats b) { return a * w * b; }, g, s.weight, h) / n;
        float r = rstd[row];
        map_row(n, to, [=](Floats a, Floats w, Floats b) { return r * (a * w - mean - b * slope); }, g, s.weight, h);
        if (gf) drop_row(s.dropout, row, n, to, gf + row * n);
    }
}

}  // namespace
}  // namespace safetune
