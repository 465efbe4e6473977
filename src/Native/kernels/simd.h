// Vectors of the instruction set that this file is compiled for, through GCC's vector extension.
#pragma once
#include "kernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <string.h>

namespace safetune {
namespace {  // one copy for each instruction set

#if defined(__AVX512F__)
constexpr int lanes = 16;
#elif defined(__AVX2__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif

typedef float Floats __attribute__((vector_size(4 * lanes)));
typedef int32_t Ints __attribute__((vector_size(4 * lanes)));
typedef uint64_t Words __attribute__((vector_size(4 * lanes)));  // lanes / 2 of them
typedef int64_t WordMask __attribute__((vector_size(4 * lanes)));
typedef int32_t HalfMask __attribute__((vector_size(2 * lanes)));
typedef float HalfFloats __attribute__((vector_size(2 * lanes)));

inline Floats load(const float* from) {
    Floats v;
    memcpy(&v, from, sizeof v);
    return v;
}

inline void store(float* to, Floats v) { memcpy(to, &v, sizeof v); }

inline Floats all(float value) { return value - Floats{}; }

inline float sum(Floats v) {
    float total = 0;
    for (int i = 0; i < lanes; ++i) total += v[i];
    return total;
}

inline Floats larger(Floats a, Floats b) { return a > b ? a : b; }
inline Floats smaller(Floats a, Floats b) { return a < b ? a : b; }

// The product of the lower halves of each 64-bit lane.
inline Words multiply_low(Words a, Words b) {
#if defined(__AVX512F__)
    return (Words)_mm512_maskz_mul_epu32(0xFF, (__m512i)a, (__m512i)b);  // without a mask GCC 12 warns about its own header
#elif defined(__AVX2__)
    return (Words)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__x86_64__)
    return (Words)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
#endif
}

// e^x to 2 units in the last place; 0 below -87.3. What is no number stays none.
inline Floats exponential(Floats x) {
    const Floats lowest = all(-87.33654f), log2e = all(1.44269504f);
    auto zero = x < lowest;
    x = zero ? lowest : x;
    x = x > 88.37626f ? all(88.37626f) : x;
    const Floats shift = all(12582912.f);  // 1.5 * 2^23: adding it rounds to an integer
    Floats n = (x * log2e + shift) - shift;
    Floats r = x - n * 0.693359375f + n * 2.12194440e-4f;
    Floats p = all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.f;
    Ints power = (__builtin_convertvector(n, Ints) + 127) << 23;
    Floats scale;
    memcpy(&scale, &power, sizeof scale);
    return zero ? Floats{} : p * scale;
}

// erf as a quotient of polynomials (Eigen's coefficients), to 3 units in the last place.
inline Floats error_function(Floats x) {
    x = smaller(larger(x, all(-4.f)), all(4.f));
    Floats s = x * x;
    Floats p = all(-2.72614225801306e-10f);
    p = p * s + 2.77068142495902e-08f;
    p = p * s + -2.10102402082508e-06f;
    p = p * s + -5.69250639462346e-05f;
    p = p * s + -7.34990630326855e-04f;
    p = p * s + -2.95459980854025e-03f;
    p = p * s + -1.60960333262415e-02f;
    Floats q = all(-1.45660718464996e-05f);
    q = q * s + -2.13374055278905e-04f;
    q = q * s + -1.68282697438203e-03f;
    q = q * s + -7.37332916720468e-03f;
    q = q * s + -1.42647390514189e-02f;
    return x * p / q;
}

}  // namespace
}  // namespace safetune
