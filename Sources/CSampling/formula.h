// A user's formula on sixteen lanes: a stack machine whose every step runs over a block of
// vectors, so that choosing the step costs little beside doing it.
#ifndef FW_FORMULA_MACHINE_H
#define FW_FORMULA_MACHINE_H

#include <math.h>

#include "CSampling.h"
#include "fw_simd.h"

#define FW_FORMULA_BLOCK 8

enum {
  FW_OP_CONSTANT, FW_OP_VARIABLE, FW_OP_ADD, FW_OP_SUBTRACT, FW_OP_MULTIPLY, FW_OP_DIVIDE,
  FW_OP_NEGATE, FW_OP_POWER, FW_OP_EXP, FW_OP_LOG, FW_OP_SQRT, FW_OP_ABS, FW_OP_SIN, FW_OP_COS,
  FW_OP_TANH, FW_OP_ERF, FW_OP_SOFTPLUS, FW_OP_SIGMOID, FW_OP_RELU, FW_OP_GELU, FW_OP_MAXIMUM,
  FW_OP_MINIMUM, FW_OP_SIGN, FW_OP_STEP, FW_OP_TAN, FW_OP_SINH, FW_OP_COSH, FW_OP_ATAN,
  FW_OP_FRACTION,
};

#define FW_EACH(expression) \
  for (int k = 0; k < count; k++) { fw_f32 u = a[k]; a[k] = (expression); } break
#define FW_BOTH(expression) \
  for (int k = 0; k < count; k++) { fw_f32 u = b[k], v = a[k]; b[k] = (expression); } top--; break
#define FW_LANEWISE(function) \
  for (int k = 0; k < count; k++) for (int l = 0; l < FW_LANES; l++) a[k][l] = function(a[k][l]); break

// log where it is defined, and what libm gives elsewhere.
FW_INLINE fw_f32 fw_log_anywhere(fw_f32 u) {
  fw_f32 y = fw_log(__builtin_elementwise_max(u, fw_splat(1.17549435e-38f)));
  y = fw_select(u == fw_splat(0.0f), fw_splat(-INFINITY), y);
  return fw_select(u < fw_splat(0.0f), fw_splat(NAN), y);
}

FW_INLINE fw_f32 fw_whole_power(fw_f32 u, int n) {
  int size = n < 0 ? -n : n;
  fw_f32 y = fw_splat(1.0f);
  for (int k = 0; k < size; k++) y *= u;
  return n < 0 ? fw_splat(1.0f) / y : y;
}

// u^p for a p that is no whole number; 0 stays 0 for p > 0.
FW_INLINE fw_f32 fw_real_power(fw_f32 u, float p) {
  return fw_exp(fw_splat(p) * fw_log_anywhere(u));
}

static void fw_formula_steps(const fw_formula_step *steps, int count_of_steps, fw_f32 *z,
                             int count) {
  const fw_f32 zero = fw_splat(0.0f), one = fw_splat(1.0f);
  fw_f32 stack[FW_FORMULA_STACK][FW_FORMULA_BLOCK];
  int top = -1;
  for (int i = 0; i < count_of_steps; i++) {
    const float number = steps[i].number;
    if (steps[i].operation <= FW_OP_VARIABLE) {
      top++;
      for (int k = 0; k < count; k++)
        stack[top][k] = steps[i].operation == FW_OP_VARIABLE ? z[k] : fw_splat(number);
      continue;
    }
    fw_f32 *a = stack[top], *b = stack[top > 0 ? top - 1 : 0];
    switch (steps[i].operation) {
      case FW_OP_ADD: FW_BOTH(u + v);
      case FW_OP_SUBTRACT: FW_BOTH(u - v);
      case FW_OP_MULTIPLY: FW_BOTH(u * v);
      case FW_OP_DIVIDE: FW_BOTH(u / v);
      case FW_OP_MAXIMUM: FW_BOTH(__builtin_elementwise_max(u, v));
      case FW_OP_MINIMUM: FW_BOTH(__builtin_elementwise_min(u, v));
      case FW_OP_NEGATE: FW_EACH(-u);
      case FW_OP_POWER:
        if (number == (float)(int)number) {
          FW_EACH(fw_whole_power(u, (int)number));
        } else {
          FW_EACH(fw_real_power(u, number));
        }
        break;
      case FW_OP_EXP: FW_EACH(fw_exp(u));
      case FW_OP_LOG: FW_EACH(fw_log_anywhere(u));
      case FW_OP_SQRT: FW_EACH(__builtin_elementwise_sqrt(u));
      case FW_OP_ABS: FW_EACH(fw_abs(u));
      case FW_OP_SIN: FW_EACH(fw_sin(u));
      case FW_OP_COS: FW_EACH(fw_cos(u));
      case FW_OP_TANH: FW_EACH(fw_tanh(u));
      case FW_OP_ERF: FW_EACH(fw_erf(u));
      case FW_OP_SOFTPLUS: FW_EACH(fw_softplus(u));
      case FW_OP_SIGMOID: FW_EACH(FW_FMA(fw_tanh(fw_splat(0.5f) * u), fw_splat(0.5f), fw_splat(0.5f)));
      case FW_OP_RELU: FW_EACH(__builtin_elementwise_max(u, zero));
      case FW_OP_GELU: FW_EACH(fw_gelu(u));
      case FW_OP_SIGN: FW_EACH(fw_select(u > zero, one, fw_select(u < zero, -one, zero)));
      case FW_OP_STEP: FW_EACH(fw_select(u > zero, one, fw_select(u < zero, zero, fw_splat(0.5f))));
      case FW_OP_TAN: FW_EACH(fw_sin(u) / fw_cos(u));
      case FW_OP_SINH: FW_LANEWISE(sinhf);
      case FW_OP_COSH: FW_LANEWISE(coshf);
      case FW_OP_ATAN: FW_LANEWISE(atanf);
      case FW_OP_FRACTION: FW_EACH(u - __builtin_elementwise_floor(u));
    }
  }
  for (int k = 0; k < count; k++) z[k] = stack[0][k];
}

// At a removable pole, such as that of sin(x)/x, the value beside it.
static void fw_formula_block(const fw_formula_step *steps, int count_of_steps, fw_f32 *z,
                             int count) {
  fw_f32 kept[FW_FORMULA_BLOCK], beside[FW_FORMULA_BLOCK];
  int poles = 0;
  __builtin_memcpy(kept, z, (unsigned)count * sizeof *z);
  fw_formula_steps(steps, count_of_steps, z, count);
  for (int k = 0; k < count; k++) poles |= __builtin_reduce_or((fw_i32)(z[k] != z[k]));
  if (__builtin_expect(poles == 0, 1)) return;
  for (int k = 0; k < count; k++) beside[k] = kept[k] + fw_splat(1e-6f);
  fw_formula_steps(steps, count_of_steps, beside, count);
  for (int k = 0; k < count; k++) z[k] = fw_select(z[k] != z[k], beside[k], z[k]);
}

// Replaces each of `count` vectors by the formula of it.
static void fw_formula_apply(const fw_formula_step *steps, int count_of_steps, fw_f32 *z,
                             int64_t count) {
  for (int64_t k = 0; k < count; k += FW_FORMULA_BLOCK)
    fw_formula_block(steps, count_of_steps, z + k,
                     count - k < FW_FORMULA_BLOCK ? (int)(count - k) : FW_FORMULA_BLOCK);
}

#undef FW_EACH
#undef FW_BOTH
#undef FW_LANEWISE

#endif
