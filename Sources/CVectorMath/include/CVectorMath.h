// Elementary functions on arrays of float32, at every instruction-set level of
// this machine, and the choice of the level.
#ifndef CVECTORMATH_H
#define CVECTORMATH_H

#include <stdint.h>

// Instruction-set levels, in ascending order.
enum { FW_LEVEL_BASELINE = 0, FW_LEVEL_AVX2 = 1, FW_LEVEL_AVX512 = 2 };

// Highest level of this machine.
int32_t fw_level_available(void);

// Name of a level: "baseline" (NEON on ARM), "avx2", "avx512".
const char *_Nonnull fw_level_name(int32_t level);

enum {
  FW_MATH_EXP = 0,
  FW_MATH_LOG = 1,
  FW_MATH_SIN = 2,
  FW_MATH_COS = 3,
  FW_MATH_ERF = 4,
  FW_MATH_TANH = 5,
  FW_MATH_SOFTPLUS = 6,
  FW_MATH_GELU = 7,
};

// y[i] = function(x[i]) for i < 16 * blocks, at the given level.
void fw_math_apply(int32_t level, int32_t function, const float *_Nonnull x, float *_Nonnull y,
                   int64_t blocks);

// E[erf(z1) erf(z2)] for a row of covariances (c11, c12[j], c22[j]), in float64.
void fw_arcsine_pairs(int32_t level, double c11, const double *_Nonnull c12,
                      const double *_Nonnull c22, double *_Nonnull out, int64_t count);

// E[max(0, z1) max(0, z2)], likewise; 0 where a variance is.
void fw_arccosine_pairs(int32_t level, double c11, const double *_Nonnull c12,
                        const double *_Nonnull c22, double *_Nonnull out, int64_t count);

// out[j] = sum over k < terms of factor[k] coefficient[k * stride + j] rho[j]^k.
void fw_power_rows(int32_t level, const double *_Nonnull factor, int64_t terms,
                   const double *_Nonnull coefficient, int64_t stride, const double *_Nonnull rho,
                   double *_Nonnull out, int64_t count);

// Dense matrices in float64. Each element is the sum of three plain loops, in ascending order of the inner
// index and without fused operations: the same bits at every level.

// c += factor a b; strides in elements.
typedef struct {
  int64_t rows, inner, columns;
  const double *_Nonnull a;
  int64_t a_row, a_column;
  const double *_Nonnull b;
  int64_t b_row, b_column;
  double *_Nonnull c;
  int64_t c_row;
  // 1 or -1.
  double factor;
  // Not 0: elements left of the diagonal, which starts at row -`first`, may be left as they are.
  int64_t upper, first;
} fw_dense;

// Doubles of the packed part of b: no more than a panel, and whole tiles.
static inline int64_t fw_dense_panel(int64_t inner, int64_t columns) {
  return (inner < 256 ? inner : 256) * (columns < 512 ? (columns + 15) / 16 * 16 : 512);
}

// Doubles of the workspace of `fw_dense_update`.
static inline int64_t fw_dense_work(const fw_dense *_Nonnull update) {
  return fw_dense_panel(update->inner, update->columns) +
         (update->inner < 256 ? update->inner : 256) * 64;
}

void fw_dense_update(int32_t level, const fw_dense *_Nonnull update, double *_Nonnull work);

// y += factor x.
void fw_dense_add(int32_t level, double factor, const double *_Nonnull x, double *_Nonnull y,
                  int64_t count);

// out += a x + b y.
void fw_dense_add_two(int32_t level, double a, const double *_Nonnull x, double b,
                      const double *_Nonnull y, double *_Nonnull out, int64_t count);

// x, y = cosine x - sine y, sine x + cosine y.
void fw_dense_rotate(int32_t level, double cosine, double sine, double *_Nonnull x,
                     double *_Nonnull y, int64_t count);

#endif
