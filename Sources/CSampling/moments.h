// Sums of products over a batch of 64 samples held in eight vectors.
#ifndef FW_MOMENTS_H
#define FW_MOMENTS_H

#include "CSampling.h"
#include "fw_simd.h"

#define FW_BATCH_VECTORS (FW_BATCH / 8)

FW_INLINE double fw_reduce(fw_f64 v) {
  typedef double f64x4 __attribute__((ext_vector_type(4)));
  typedef double f64x2 __attribute__((ext_vector_type(2)));
  f64x4 four = v.lo + v.hi;
  f64x2 two = four.lo + four.hi;
  return two.x + two.y;
}

FW_INLINE double fw_dot(const fw_f64 *left, const fw_f64 *right) {
  fw_f64 even = left[0] * right[0], odd = left[1] * right[1];
#pragma clang loop unroll(full)
  for (int v = 2; v < FW_BATCH_VECTORS; v += 2) {
    even = FW_FMA(left[v], right[v], even);
    odd = FW_FMA(left[v + 1], right[v + 1], odd);
  }
  return fw_reduce(even + odd);
}

FW_INLINE void fw_moments_loop(const fw_moment_plan *plan, double *arrays, double *sums) {
  fw_f64 *const all = (fw_f64 *)arrays;
  for (int64_t k = 0; k < plan->products; k++) {
    const fw_f64 *left = all + (int64_t)plan->product_left[k] * FW_BATCH_VECTORS;
    const fw_f64 *right = all + (int64_t)plan->product_right[k] * FW_BATCH_VECTORS;
    fw_f64 *out = all + (plan->slots + k) * FW_BATCH_VECTORS;
    for (int v = 0; v < FW_BATCH_VECTORS; v++) out[v] = left[v] * right[v];
  }
  for (int64_t g = 0; g < plan->groups; g++) {
    fw_f64 left[FW_BATCH_VECTORS];
    int32_t factor = plan->group_left[g];
    for (int v = 0; v < FW_BATCH_VECTORS; v++)
      left[v] = factor < 0 ? (fw_f64)1.0 : all[(int64_t)factor * FW_BATCH_VECTORS + v];
    for (int64_t k = plan->group_start[g]; k < plan->group_start[g + 1]; k++)
      sums[k] += fw_dot(left, all + (int64_t)plan->sum_right[k] * FW_BATCH_VECTORS);
  }
}

#endif
