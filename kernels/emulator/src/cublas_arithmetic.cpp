// The blocks: 256 columns of C at a time; for each of them, 256 terms of the sums at a time, of which B's part is packed
// (256 KiB, in the second-level cache) and A's part is packed 96 rows at a time; of these, tiles of 16 x 6 sums are
// held in registers. Packing also widens, transposes and rounds the operands, so that one kernel serves all types.
#include "cublas_arithmetic.h"

#include <algorithm>
#include <vector>

namespace dagrad {
namespace {

constexpr int64_t COLUMNS = 256, TERMS = 256, ROWS = 96;

// A tile of sums: two vectors of 32 bytes high, six columns wide. With two vectors of A and one number of B these are
// 15 registers of the 16 that AVX2 has.
constexpr int64_t WIDTH = 6;
template <class T> constexpr int64_t HEIGHT = 64 / sizeof(T);

// sums[i + j * ld] += the products of `terms` terms; a is packed by HEIGHT rows, b by WIDTH columns.
template <class T>
inline __attribute__((always_inline)) void tile(int64_t terms, const T *a, const T *b, T *sums, int64_t ld) {
    typedef T Vector __attribute__((vector_size(32)));
    Vector low[WIDTH] = {}, high[WIDTH] = {};
    for (int64_t p = 0; p < terms; p++) {
        Vector a0, a1;
        std::memcpy(&a0, a + p * HEIGHT<T>, 32);
        std::memcpy(&a1, a + p * HEIGHT<T> + HEIGHT<T> / 2, 32);
#pragma GCC unroll 6
        for (int64_t j = 0; j < WIDTH; j++) {
            T factor = b[p * WIDTH + j];
            low[j] += a0 * factor;
            high[j] += a1 * factor;
        }
    }
#pragma GCC unroll 6
    for (int64_t j = 0; j < WIDTH; j++) {
        Vector sum;
        T *column = sums + j * ld;
        std::memcpy(&sum, column, 32);
        sum += low[j];
        std::memcpy(column, &sum, 32);
        std::memcpy(&sum, column + HEIGHT<T> / 2, 32);
        sum += high[j];
        std::memcpy(column + HEIGHT<T> / 2, &sum, 32);
    }
}

template <class T>
inline __attribute__((always_inline)) void tiles(int64_t rows, int64_t columns, int64_t terms, const T *a, const T *b,
                                                 T *sums, int64_t ld) {
    for (int64_t j = 0; j < columns; j += WIDTH)
        for (int64_t i = 0; i < rows; i += HEIGHT<T>)
            tile(terms, a + i * terms, b + j * terms, sums + i + j * ld, ld);
}

// The only code that there is twice: for processors with AVX2 and FMA, and for any. Which one runs is decided when the
// library is loaded (function multiversioning of GCC).
#define DAGRAD_TILES_OF(T, TARGET)                                                                                     \
    __attribute__((target(TARGET))) void tilesOf(int64_t rows, int64_t columns, int64_t terms, const T *a, const T *b, \
                                                 T *sums, int64_t ld) {                                                \
        tiles(rows, columns, terms, a, b, sums, ld);                                                                   \
    }
DAGRAD_TILES_OF(float, "default")
DAGRAD_TILES_OF(float, "avx2,fma")
DAGRAD_TILES_OF(double, "default")
DAGRAD_TILES_OF(double, "avx2,fma")

inline float widen(float value) {
    return value;
}
inline float widen(uint16_t value) {
    return fromBf16(value);
}
inline double widen(double value) {
    return value;
}

// Packs `lanes` x `terms` elements of a matrix in groups of `group` lanes, filled up with zeros: lanes are rows of A or
// columns of B. Element (lane, term) lies at from[lane * laneStep + term * termStep].
template <class T, class From>
void pack(int64_t group, int64_t lanes, int64_t terms, const From *from, int64_t laneStep, int64_t termStep, T *to) {
    for (int64_t first = 0; first < lanes; first += group, to += group * terms) {
        int64_t there = std::min(group, lanes - first);
        const From *corner = from + first * laneStep;
        if (there < group)
            std::fill(to, to + group * terms, T(0));
        if (laneStep == 1) {
            for (int64_t p = 0; p < terms; p++)
                for (int64_t i = 0; i < there; i++)
                    to[p * group + i] = widen(corner[i + p * termStep]);
        } else {
            for (int64_t i = 0; i < there; i++)
                for (int64_t p = 0; p < terms; p++)
                    to[p * group + i] = widen(corner[i * laneStep + p * termStep]);
        }
    }
}

void round(Rounding rounding, std::vector<float> &values) {
    switch (rounding) {
    case Rounding::NONE:
        return;
    case Rounding::TF32:
        for (float &value : values)
            value = roundToTf32(value);
        return;
    case Rounding::BF16:
        for (float &value : values)
            value = fromBf16(roundToBf16(value));
        return;
    }
}

void round(Rounding, std::vector<double> &) {}

int64_t upTo(int64_t multiple, int64_t n) {
    return (n + multiple - 1) / multiple * multiple;
}

// The sums of `columns` columns of C, from column `first` on.
template <class T, class From>
void sum(const Product &p, const From *a, const From *b, int64_t first, int64_t columns, std::vector<T> &sums) {
    thread_local std::vector<T> packedA, packedB;
    int64_t ld = upTo(HEIGHT<T>, p.m), width = upTo(WIDTH, columns);
    int64_t rowStep = p.transposeA ? p.lda : 1, termStepA = p.transposeA ? 1 : p.lda;
    int64_t columnStep = p.transposeB ? 1 : p.ldb, termStepB = p.transposeB ? p.ldb : 1;
    sums.assign(static_cast<size_t>(ld * width), T(0));
    for (int64_t term = 0; term < p.k; term += TERMS) {
        int64_t terms = std::min(TERMS, p.k - term);
        packedB.resize(static_cast<size_t>(width * terms));
        pack(WIDTH, columns, terms, b + first * columnStep + term * termStepB, columnStep, termStepB, packedB.data());
        round(p.rounding, packedB);
        for (int64_t row = 0; row < p.m; row += ROWS) {
            int64_t rows = std::min(ROWS, p.m - row);
            packedA.resize(static_cast<size_t>(upTo(HEIGHT<T>, rows) * terms));
            pack(HEIGHT<T>, rows, terms, a + row * rowStep + term * termStepA, rowStep, termStepA, packedA.data());
            round(p.rounding, packedA);
            tilesOf(rows, columns, terms, packedA.data(), packedB.data(), sums.data() + row, ld);
        }
    }
}

inline void narrow(float value, float *to) {
    *to = value;
}
inline void narrow(float value, uint16_t *to) {
    *to = roundToBf16(value);
}
inline void narrow(double value, double *to) {
    *to = value;
}

template <class T, class From, class To> void product(const Product &p, const From *a, const From *b, To *c) {
    thread_local std::vector<T> sums;
    T alpha = static_cast<T>(p.alpha), beta = static_cast<T>(p.beta);
    int64_t ld = upTo(HEIGHT<T>, p.m);
    for (int64_t first = 0; first < p.n; first += COLUMNS) {
        int64_t columns = std::min(COLUMNS, p.n - first);
        if (alpha != 0)
            sum<T, From>(p, a, b, first, columns, sums);
        else
            sums.assign(static_cast<size_t>(ld * columns), T(0));
        for (int64_t j = 0; j < columns; j++) {
            const T *column = sums.data() + j * ld;
            To *out = c + (first + j) * p.ldc;
            for (int64_t i = 0; i < p.m; i++) {
                T scaled = alpha * column[i];
                narrow(beta == 0 ? scaled : scaled + beta * widen(out[i]), out + i);
            }
        }
    }
}

} // namespace

void multiply(const Product &p, const void *a, const void *b, void *c) {
    if (p.in == Type::F64)
        product<double>(p, static_cast<const double *>(a), static_cast<const double *>(b), static_cast<double *>(c));
    else if (p.in == Type::F32)
        product<float>(p, static_cast<const float *>(a), static_cast<const float *>(b), static_cast<float *>(c));
    else if (p.out == Type::F32)
        product<float>(p, static_cast<const uint16_t *>(a), static_cast<const uint16_t *>(b), static_cast<float *>(c));
    else
        product<float>(p, static_cast<const uint16_t *>(a), static_cast<const uint16_t *>(b),
                       static_cast<uint16_t *>(c));
}

} // namespace dagrad
