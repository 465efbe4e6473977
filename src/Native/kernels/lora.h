// Low-rank adapters: products so thin that a matrix library reaches a tenth of its speed, done while a row lies in the first cache.
#pragma once
#include "dropout.h"
#include "rows.h"

namespace safetune {
namespace {

inline float dot(int64_t count, const float* a, const float* b) {
    return sum_row(count, [](Floats x, Floats y) { return x * y; }, a, b);
}

inline void add_scaled(int64_t count, float factor, const float* x, float* y) {
    map_row(count, y, [factor](Floats a, Floats b) { return a + factor * b; }, y, x);
}

// The row as the adapter sees it: itself, or what dropout left of it in `scratch`.
inline const float* dropped(const LoraShape& s, int64_t row, const float* x, float* scratch) {
    if (s.dropout.threshold == 0) return x;
    drop_row(s.dropout, row, s.in, x, scratch);
    return scratch;
}

void lora(const LoraShape& s, int64_t first, int64_t count, const float* x, const float* a, const float* b_transposed, float* low, float* y, float* scratch) {
    for (int64_t row = first; row < first + count; ++row) {
        const float* seen = dropped(s, row, x + row * s.in, scratch);
        for (int64_t r = 0; r < s.rank; ++r) {
            float value = low[row * s.rank + r] = dot(s.in, seen, a + r * s.in);
            add_scaled(s.out, s.scale * value, b_transposed + r * s.out, y + row * s.out);
        }
    }
}

void lora_backward(const LoraShape& s, int64_t first, int64_t count, const float* x, const float* low, const float* gy, const float* a, const float* b_transposed,
                   float* ga, float* gb_transposed, float* gx, float* scratch) {
    for (int64_t row = first; row < first + count; ++row) {
        const float* g = gy + row * s.out;
        const float* seen = ga ? dropped(s, row, x + row * s.in, scratch) : nullptr;
        float back[most_ranks];
        for (int64_t r = 0; r < s.rank; ++r) {
            back[r] = s.scale * dot(s.out, g, b_transposed + r * s.out);
            if (!ga) continue;
            add_scaled(s.out, s.scale * low[row * s.rank + r], g, gb_transposed + r * s.out);
            add_scaled(s.in, back[r], seen, ga + r * s.in);
        }
        if (!gx) continue;
        memset(scratch, 0, static_cast<size_t>(s.in) * sizeof(float));
        for (int64_t r = 0; r < s.rank; ++r) add_scaled(s.in, back[r], a + r * s.in, scratch);
        drop_row(s.dropout, row, s.in, scratch, scratch);
        map_row(s.in, gx + row * s.in, [](Floats p, Floats q) { return p + q; }, gx + row * s.in, scratch);
    }
}

}  // namespace
}  // namespace safetune
