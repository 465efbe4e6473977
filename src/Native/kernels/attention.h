// Attention that keeps no matrix of queries by keys (Dao et al. 2022, "FlashAttention"): a few rows of scores at a time, again in the backward pass.
#pragma once
#include "dropout.h"
#include "product.h"
#include "rows.h"

namespace safetune {
namespace {

constexpr int64_t query_rows = 32;  // rows of scores at a time

// Sizes padded to what `product` and dropout's tiles take.
struct Padded {
    int64_t size, keys;
    explicit Padded(const AttentionShape& s) : size((s.size + lanes - 1) / lanes * lanes), keys(tiles_of(s.keys) * tile_width) {}
};

// `rows` rows of `size` floats into rows of `padded_size`, zeros beside and below.
inline void pack(const float* from, int64_t row, int64_t rows, int64_t size, int64_t padded_rows, int64_t padded_size, float* to) {
    memset(to, 0, static_cast<size_t>(padded_rows * padded_size) * sizeof(float));
    for (int64_t i = 0; i < rows; ++i) memcpy(to + i * padded_size, from + i * row, static_cast<size_t>(size) * sizeof(float));
}

// The transpose in panels of tile_width rows: element (i, j) lies at [i / width][j][i % width].
inline void pack_transposed(const float* from, int64_t row, int64_t rows, int64_t size, int64_t padded_rows, float* to) {
    memset(to, 0, static_cast<size_t>(padded_rows * size) * sizeof(float));
    for (int64_t i = 0; i < rows; ++i) {
        float* panel = to + i / tile_width * tile_width * size + i % tile_width;
        for (int64_t j = 0; j < size; ++j) panel[j * tile_width] = from[i * row + j];
    }
}

inline void unpack(const float* from, int64_t padded_size, int64_t rows, int64_t size, float* to, int64_t row) {
    for (int64_t i = 0; i < rows; ++i) memcpy(to + i * row, from + i * padded_size, static_cast<size_t>(size) * sizeof(float));
}

// How many keys some query of the tile sees, rounded up to whole tiles.
inline int64_t seen_keys(const AttentionShape& s, const Padded& p, int64_t query) {
    if (!s.causal) return p.keys;
    int64_t last = query + query_rows + s.keys - s.queries;
    int64_t seen = tiles_of(last) * tile_width;
    return seen < p.keys ? seen : p.keys;
}

// left [query_rows, size] times the transposed panels: [query_rows, width].
inline void product_with_panels(const Padded& p, int64_t width, int64_t size, const float* left, const float* panels, float* to) {
    for (int64_t j = 0; j < width; j += tile_width)
        product(query_rows, tile_width, size, left, p.size, 1, panels + j * size, tile_width, to + j, p.keys, false);
}

// Adds the mask to a row of scores; what no query may see becomes minus infinity.
inline void mask_row(const AttentionShape& s, int64_t query, int64_t width, const float* mask, float* scores) {
    const int64_t visible = s.causal && query + 1 + s.keys - s.queries < s.keys ? query + 1 + s.keys - s.queries : s.keys;
    if (mask) map_row(visible < width ? visible : width, scores, [](Floats a, Floats b) { return a + b; }, scores, mask);
    for (int64_t j = visible; j < width; ++j) scores[j] = -__builtin_inff();
}

inline float largest(int64_t count, const float* x) {
    Floats most = load(x);  // rows are whole tiles
    for (int64_t i = lanes; i < count; i += lanes) most = larger(most, load(x + i));
    float value = most[0];
    for (int i = 1; i < lanes; ++i) value = most[i] > value ? most[i] : value;
    return value;
}

// The tile of a row of one head, for dropout.
inline uint64_t first_tile(const AttentionShape& s, int64_t head, int64_t query) { return static_cast<uint64_t>((head * s.queries + query) * tiles_of(s.keys)); }

int64_t attention_scratch(const AttentionShape& s) {
    Padded p(s);
    return p.keys * (s.size + p.size) + query_rows * (2 * p.size + p.keys);
}

void attention(const AttentionShape& s, int64_t first_head, const float* q, const float* k, const float* v, const float* mask, float* o, float* lse, float* scratch) {
    const Padded p(s);
    float *keys = scratch, *values = keys + p.keys * s.size, *queries = values + p.keys * p.size, *scores = queries + query_rows * p.size, *result = scores + query_rows * p.keys;
    pack_transposed(k, s.k_row, s.keys, s.size, p.keys, keys);
    pack(v, s.v_row, s.keys, s.size, p.keys, p.size, values);
    for (int64_t head = 0; head < s.group; ++head) {
        for (int64_t query = 0; query < s.queries; query += query_rows) {
            const int64_t rows = s.queries - query < query_rows ? s.queries - query : query_rows, width = seen_keys(s, p, query);
            pack(q + head * s.q_head + query * s.q_row, s.q_row, rows, s.size, query_rows, p.size, queries);
            map_row(rows * p.size, queries, [&](Floats a) { return a * s.scale; }, queries);
            product_with_panels(p, width, s.size, queries, keys, scores);
            for (int64_t i = 0; i < rows; ++i) {
                float* row = scores + i * p.keys;
                mask_row(s, query + i, width, mask ? mask + head * s.mask_head + (query + i) * s.mask_row : nullptr, row);
                const float most = largest(width, row);
                map_row(width, row, [most](Floats a) { return exponential(a - most); }, row);
                const float total = sum_row(width, [](Floats a) { return a; }, row);
                lse[head * s.queries + query + i] = most + __builtin_logf(total);
                map_row(width, row, [total](Floats a) { return a * (1 / total); }, row);
                if (s.dropout.threshold) dropout(s.dropout, first_tile(s, first_head + head, query + i), width, row, row);
            }
            product(query_rows, p.size, width, scores, p.keys, 1, values, p.size, result, p.size, false);
            unpack(result, p.size, rows, s.size, o + head * s.o_head + query * s.o_row, s.o_row);
        }
    }
}

int64_t attention_backward_scratch(const AttentionShape& s) {
    Padded p(s);
    return p.keys * (2 * s.size + 3 * p.size) + query_rows * (4 * p.size + 3 * p.keys);
}

void attention_backward(const AttentionShape& s, int64_t first_head, const float* q, const float* k, const float* v, const float* mask, const float* o, const float* lse,
                        const float* go, float* gq, float* gk, float* gv, float* scratch) {
    const Padded p(s);
    auto take = [&scratch](int64_t floats) {
        float* taken = scratch;
        scratch += floats;
        return taken;
    };
    float *keys_transposed = take(p.keys * s.size), *values_transposed = take(p.keys * s.size), *keys = take(p.keys * p.size), *sum_k = take(p.keys * p.size), *sum_v = take(p.keys * p.size);
    float *queries = take(query_rows * p.size), *scaled = take(query_rows * p.size), *above = take(query_rows * p.size), *result = take(query_rows * p.size);
    float *scores = take(query_rows * p.keys), *kept = take(query_rows * p.keys), *slopes = take(query_rows * p.keys);
    pack_transposed(k, s.k_row, s.keys, s.size, p.keys, keys_transposed);
    pack_transposed(v, s.v_row, s.keys, s.size, p.keys, values_transposed);
    pack(k, s.k_row, s.keys, s.size, p.keys, p.size, keys);
    memset(sum_k, 0, static_cast<size_t>(2 * p.keys * p.size) * sizeof(float));
    for (int64_t head = 0; head < s.group; ++head) {
        for (int64_t query = 0; query < s.queries; query += query_rows) {
            const int64_t rows = s.queries - query < query_rows ? s.queries - query : query_rows, width = seen_keys(s, p, query);
            pack(q + head * s.q_head + query * s.q_row, s.q_row, rows, s.size, query_rows, p.size, queries);
            map_row(query_rows * p.size, scaled, [&](Floats a) { return a * s.scale; }, queries);
            pack(go + head * s.o_head + query * s.o_row, s.o_row, rows, s.size, query_rows, p.size, above);
            product_with_panels(p, width, s.size, scaled, keys_transposed, scores);
            product_with_panels(p, width, s.size, above, values_transposed, slopes);
            for (int64_t i = 0; i < query_rows; ++i) {
                float *probabilities = scores + i * p.keys, *dropped = kept + i * p.keys, *slope = slopes + i * p.keys;
                if (i >= rows) {
                    memset(dropped, 0, static_cast<size_t>(width) * sizeof(float));
                    memset(slope, 0, static_cast<size_t>(width) * sizeof(float));
                    continue;
                }
                mask_row(s, query + i, width, mask ? mask + head * s.mask_head + (query + i) * s.mask_row : nullptr, probabilities);
                const float normaliser = lse[head * s.queries + query + i];
                map_row(width, probabilities, [normaliser](Floats a) { return exponential(a - normaliser); }, probabilities);
                const float mean = sum_row(s.size, [](Floats a, Floats b) { return a * b; }, above + i * p.size, o + head * s.o_head + (query + i) * s.o_row);
                if (s.dropout.threshold) {
                    keep_factors(s.dropout, first_tile(s, first_head + head, query + i), width / tile_width, dropped);
                    map_row(width, slope, [mean](Floats a, Floats g, Floats f) { return a * (g * f - mean); }, probabilities, slope, dropped);
                    map_row(width, dropped, [](Floats a, Floats f) { return a * f; }, probabilities, dropped);
                } else {
                    map_row(width, slope, [mean](Floats a, Floats g) { return a * (g - mean); }, probabilities, slope);
                    memcpy(dropped, probabilities, static_cast<size_t>(width) * sizeof(float));
                }
            }
            if (gv) product(width, p.size, query_rows, kept, 1, p.keys, above, p.size, sum_v, p.size, true);
            if (gk) product(width, p.size, query_rows, slopes, 1, p.keys, scaled, p.size, sum_k, p.size, true);
            if (!gq) continue;
            product(query_rows, p.size, width, slopes, p.keys, 1, keys, p.size, result, p.size, false);
            map_row(rows * p.size, result, [&](Floats a) { return a * s.scale; }, result);
            unpack(result, p.size, rows, s.size, gq + head * s.q_head + query * s.q_row, s.q_row);
        }
    }
    if (gk) unpack(sum_k, p.size, s.keys, s.size, gk, s.k_row);
    if (gv) unpack(sum_v, p.size, s.keys, s.size, gv, s.v_row);
}

}  // namespace
}  // namespace safetune
