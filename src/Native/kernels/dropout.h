// Dropout's random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), a function of (seed, place).
#pragma once
#include "simd.h"

namespace safetune {
namespace {

// Counters of one vector, their four 32-bit words in the lower halves of as many lanes.
struct Philox {
    Words c0, c1, c2, c3;

    Philox(uint64_t seed, uint64_t first) {
        Words place = first - Words{};
        for (int i = 0; i < lanes / 2; ++i) place[i] += static_cast<uint64_t>(i);
        c0 = place, c1 = place >> 32, c2 = Words{}, c3 = Words{};
        const Words m0 = 0xD2511F53u - Words{}, m1 = 0xCD9E8D57u - Words{};
        auto k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
        for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
            Words p0 = multiply_low(c0, m0), p1 = multiply_low(c2, m1);
            c0 = (p1 >> 32) ^ c1 ^ k0;
            c1 = p1;
            c2 = (p0 >> 32) ^ c3 ^ k1;
            c3 = p0;
        }
    }
};

// A tile's 64 factors: element 8 v + i comes from 16-bit value v (of eight) of counter 8 * tile + i.
inline void tile_factors(const DropoutRule& rule, uint64_t tile, float* factors) {
    constexpr int counters = lanes / 2;
    const HalfFloats scale = rule.scale - HalfFloats{};
    for (int part = 0; part < 8; part += counters) {
        Philox random(rule.seed, tile * 8 + static_cast<uint64_t>(part));
        const Words words[] = {random.c0, random.c1, random.c2, random.c3};
        for (int value = 0; value < 8; ++value) {
            Words drawn = (words[value / 2] >> (16 * (value % 2))) & 0xFFFF;
            WordMask kept = (WordMask)drawn >= static_cast<int64_t>(rule.threshold);
            HalfFloats factor = __builtin_convertvector(kept, HalfMask) ? scale : HalfFloats{};
            memcpy(factors + 8 * value + part, &factor, sizeof factor);
        }
    }
}

void keep_factors(const DropoutRule& rule, uint64_t first, int64_t count, float* factors) {
    for (int64_t i = 0; i < count; ++i) tile_factors(rule, first + static_cast<uint64_t>(i), factors + i * tile_width);
}

// A piece of a row with its factors applied; `width` is tile_width but at the row's end.
inline void drop_tile(const DropoutRule& rule, uint64_t tile, int64_t width, const float* x, float* y) {
    alignas(64) float factors[tile_width];
    tile_factors(rule, tile, factors);
    if (width == tile_width) {
        for (int i = 0; i < tile_width; i += lanes) store(y + i, load(x + i) * load(factors + i));
    } else {
        for (int64_t i = 0; i < width; ++i) y[i] = x[i] * factors[i];
    }
}

void dropout(const DropoutRule& rule, uint64_t first, int64_t count, const float* x, float* y) {
    for (int64_t i = 0; i < count; i += tile_width) drop_tile(rule, first++, count - i < tile_width ? count - i : tile_width, x + i, y + i);
}

// Row `row` of a matrix with `columns` columns, into or within y.
inline void drop_row(const DropoutRule& rule, int64_t row, int64_t columns, const float* x, float* y) {
    if (rule.threshold == 0) {
        if (x != y) memcpy(y, x, static_cast<size_t>(columns) * sizeof(float));
        return;
    }
    dropout(rule, static_cast<uint64_t>(row * tiles_of(columns)), columns, x, y);
}

}  // namespace
}  // namespace safetune
