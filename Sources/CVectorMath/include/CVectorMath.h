// Elementary functions on arrays of float32, at every instruction-set level of
// this machine, and the choice of the level.
#ifndef CVECTORMATH_H
#define CVECTORMATH_H

#include <stdint.h>

// Instruction-set levels, in ascending order.
enum { FW_LEVEL_BASELINE = 0, FW_LEVEL_AVX2 = 1, FW_LEVEL_AVX512 = 2 };

// Highest level of this machine.
int32_t fw_level_available(void);

// The level in use: the highest available, or the one named by the environment
// variable FIELDWORK_INSTRUCTION_SET (baseline, avx2, avx512) if it is available.
int32_t fw_level_chosen(void);

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

#endif
