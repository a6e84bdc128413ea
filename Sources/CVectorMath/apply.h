// The body of fw_math_apply at one level; FW_NAME decorates the symbol.
#include "fw_simd.h"

#define FW_LOOP(call)                                    \
  for (int64_t i = 0; i < blocks; i++) {                 \
    fw_f32 v;                                            \
    __builtin_memcpy(&v, x + 16 * i, sizeof v);          \
    v = call(v);                                         \
    __builtin_memcpy(y + 16 * i, &v, sizeof v);          \
  }                                                      \
  break

void FW_NAME(fw_math_apply)(int32_t function, const float *x, float *y, int64_t blocks) {
  switch (function) {
    case FW_MATH_EXP: FW_LOOP(fw_exp);
    case FW_MATH_LOG: FW_LOOP(fw_log);
    case FW_MATH_SIN: FW_LOOP(fw_sin);
    case FW_MATH_COS: FW_LOOP(fw_cos);
    case FW_MATH_ERF: FW_LOOP(fw_erf);
    case FW_MATH_TANH: FW_LOOP(fw_tanh);
    case FW_MATH_SOFTPLUS: FW_LOOP(fw_softplus);
    case FW_MATH_GELU: FW_LOOP(fw_gelu);
  }
}
