// The matrix product of the emulated cuBLAS, by blocks, without anything of CUDA in it.
//
//   C = alpha * op(A) * op(B) + beta * C        op(X) = X or its transpose
//
// All matrices are column-major, as in cuBLAS: element (i, j) of C lies at c[i + j * ldc]. op(A) is m x k, op(B) k x n.
// The operands are in float32, bfloat16 or float64; sums are kept in float32, or in float64 for float64 operands, and
// rounded to C's type once, at the end.
//
// Every element is summed in an order that depends on k alone: blocks of 256 terms, each from the first term to the
// last, and then the blocks in their order. So a product does not depend on its position, nor on its neighbours.
#ifndef DAGRAD_EMULATOR_CUBLAS_ARITHMETIC_H
#define DAGRAD_EMULATOR_CUBLAS_ARITHMETIC_H

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace dagrad {

enum class Type { F32, BF16, F64 };

// What happens to float32 operands before they are multiplied.
enum class Rounding {
    NONE,
    TF32, // to 10 bits of fraction, to nearest, ties away from zero: cvt.rna.tf32.f32 of the PTX manual
    BF16, // to 7 bits of fraction, to nearest, ties to even
};

inline size_t bytes(Type type) {
    return type == Type::BF16 ? 2 : type == Type::F32 ? 4 : 8;
}

inline uint32_t bitsOf(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    return bits;
}

inline float floatOf(uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

// Infinities and NaNs stay what they are: adding to their bits would make others of them.
inline bool isFinite(uint32_t bits) {
    return (bits & 0x7f800000u) != 0x7f800000u;
}

inline float roundToTf32(float value) {
    uint32_t bits = bitsOf(value);
    return isFinite(bits) ? floatOf((bits + 0x1000u) & 0xffffe000u) : value;
}

inline uint16_t roundToBf16(float value) {
    uint32_t bits = bitsOf(value);
    if (!isFinite(bits)) {
        bool nan = (bits & 0x007fffffu) != 0;
        return static_cast<uint16_t>(bits >> 16 | (nan ? 0x40u : 0u));
    }
    return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

inline float fromBf16(uint16_t bits) {
    return floatOf(static_cast<uint32_t>(bits) << 16);
}

struct Product {
    int64_t m, n, k;
    Type in, out;
    Rounding rounding;
    bool transposeA, transposeB;
    int64_t lda, ldb, ldc;
    // In float32 for float32 sums; a double holds either. With alpha 0, A and B are not read; with beta 0, C is not.
    double alpha, beta;
};

void multiply(const Product &product, const void *a, const void *b, void *c);

} // namespace dagrad

#endif
