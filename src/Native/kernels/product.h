// Small matrix products whose operands lie in the near caches: c = a b, or c += a b.
#pragma once
#include "simd.h"

namespace safetune {
namespace {

// `rows` by `vectors` vectors of c; element (i, k) of a is a[i * a_row + k * a_column], so that it may be a transposed matrix.
template <int rows, int vectors>
inline void product_tile(int64_t depth, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c, int64_t c_row, bool add) {
    Floats sums[rows][vectors];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < vectors; ++j) sums[i][j] = add ? load(c + i * c_row + j * lanes) : Floats{};
    for (int64_t k = 0; k < depth; ++k) {
        Floats right[vectors];
#pragma GCC unroll 4
        for (int j = 0; j < vectors; ++j) right[j] = load(b + k * b_row + j * lanes);
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i) {
            const float left = a[i * a_row + k * a_column];
#pragma GCC unroll 4
            for (int j = 0; j < vectors; ++j) sums[i][j] += left * right[j];
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < vectors; ++j) store(c + i * c_row + j * lanes, sums[i][j]);
}

// `m` is a multiple of 8, `n` of the number of lanes.
inline void product(int64_t m, int64_t n, int64_t depth, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c, int64_t c_row, bool add) {
    // As many sums as the registers hold, and at least the eight that two units of latency four want.
    constexpr int wide = lanes == 16 ? 4 : 2, narrow_rows = 8, wide_rows = 4;
    int64_t j = 0;
    for (; j + wide * lanes <= n; j += wide * lanes)
        for (int64_t i = 0; i < m; i += wide_rows)
            product_tile<wide_rows, wide>(depth, a + i * a_row, a_row, a_column, b + j, b_row, c + i * c_row + j, c_row, add);
    for (; lanes == 16 && j + 2 * lanes <= n; j += 2 * lanes)
        for (int64_t i = 0; i < m; i += narrow_rows)
            product_tile<narrow_rows, 2>(depth, a + i * a_row, a_row, a_column, b + j, b_row, c + i * c_row + j, c_row, add);
    for (; j < n; j += lanes)
        for (int64_t i = 0; i < m; i += narrow_rows)
            product_tile<narrow_rows, 1>(depth, a + i * a_row, a_row, a_column, b + j, b_row, c + i * c_row + j, c_row, add);
}

}  // namespace
}  // namespace safetune
