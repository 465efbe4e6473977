// What the CPU kernels compute, one table of them for each instruction set. No header of libtorch or of the C++ library may come in here: an inline
// function of theirs, compiled for AVX-512 and merged by the linker, would run on machines without it.
#pragma once
#include <stdint.h>

namespace safetune {

// Rows are processed in tiles of 64 elements, the last one padded: every instruction set draws a tile's numbers from the same eight counters.
constexpr int64_t tile_width = 64;
constexpr int64_t tiles_of(int64_t columns) { return (columns + tile_width - 1) / tile_width; }

// Dropout as a function of the element's place: nothing of it has to be kept. An element is zeroed where 16 bits drawn for it are below `threshold`.
struct DropoutRule {
    uint64_t seed = 0;
    uint32_t threshold = 0;  // p * 65536, rounded; 0 = nothing is dropped
    float scale = 1;         // 1 / (1 - threshold / 65536)
};

// y = LN(dropout(f) + x) over the last dimension; without f, LN(x); with `root_mean_square`, RMSNorm.
struct NormShape {
    int64_t columns;
    const float *weight, *bias;  // bias is null for RMSNorm
    float eps;
    bool root_mean_square;
    DropoutRule dropout;
};

// y += scale * B A dropout(x), row by row; the rank is at most `most_ranks`.
constexpr int64_t most_ranks = 64;
struct LoraShape {
    int64_t in, out, rank;
    float scale;
    DropoutRule dropout;
};

// softmax(scale * q k' + mask) v with dropout on the probabilities, for one batch element and one group of query heads that share keys and values.
// Rows of q, k, v and of the result lie *_row elements apart, the heads of a group *_head.
struct AttentionShape {
    int64_t queries, keys, size, group;
    int64_t q_row, q_head, k_row, v_row, o_row, o_head, mask_row, mask_head;
    float scale;
    bool causal;  // query i sees the keys up to i + keys - queries
    DropoutRule dropout;
};

struct Kernels {
    const char* name;

    // The factors, 0 or scale, of `count` tiles from `first` on.
    void (*keep_factors)(const DropoutRule&, uint64_t first, int64_t count, float* factors);
    // y = x * factors, for whole tiles from `first` on; `count` elements. y may be x.
    void (*dropout)(const DropoutRule&, uint64_t first, int64_t count, const float* x, float* y);

    void (*gelu)(int64_t count, const float* x, float* y);
    void (*gelu_backward)(int64_t count, const float* x, const float* gy, float* gx);

    // Rows [first, first + count). `normalised` is null, or takes what is between centring and weight. Pointers are those of row 0.
    void (*norm)(const NormShape&, int64_t first, int64_t count, const float* f, const float* x, float* y, float* rstd, float* normalised);
    // From y, or from `normalised` where it was kept. gf and gx may be null.
    void (*norm_backward)(const NormShape&, int64_t first, int64_t count, const float* y, const float* normalised, const float* rstd, const float* gy, float* gx, float* gf);

    // `scratch` holds tiles_of(in) * tile_width floats.
    void (*lora)(const LoraShape&, int64_t first, int64_t count, const float* x, const float* a, const float* b_transposed, float* low, float* y, float* scratch);
    // ga [rank, in] and gb_transposed [rank, out] are added to, or both null, and x and low with them; gx is added to, or null. `scratch` as above.
    void (*lora_backward)(const LoraShape&, int64_t first, int64_t count, const float* x, const float* low, const float* gy, const float* a, const float* b_transposed,
                          float* ga, float* gb_transposed, float* gx, float* scratch);

    // Floats of scratch that each of the two needs.
    int64_t (*attention_scratch)(const AttentionShape&);
    int64_t (*attention_backward_scratch)(const AttentionShape&);
    // `first_head` numbers the group's first head within the whole tensor, for dropout; lse is [group, queries].
    void (*attention)(const AttentionShape&, int64_t first_head, const float* q, const float* k, const float* v, const float* mask, float* o, float* lse, float* scratch);
    // Writes gq like q, gk and gv like k and v; each may be null.
    void (*attention_backward)(const AttentionShape&, int64_t first_head, const float* q, const float* k, const float* v, const float* mask, const float* o, const float* lse,
                               const float* go, float* gq, float* gk, float* gv, float* scratch);
};

// The table for this machine.
const Kernels& kernels();

extern const Kernels kernels_baseline, kernels_avx2, kernels_avx512;

}  // namespace safetune
