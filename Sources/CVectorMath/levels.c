#include "CVectorMath.h"

static const char *const names[] = {"baseline", "avx2", "avx512"};

int32_t fw_level_available(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return FW_LEVEL_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return FW_LEVEL_AVX2;
#endif
  return FW_LEVEL_BASELINE;
}

const char *fw_level_name(int32_t level) {
#if defined(__aarch64__)
  return "neon";
#else
  return names[level];
#endif
}

#define FW_DECLARE(suffix)                                                                    \
  void fw_math_apply##suffix(int32_t, const float *, float *, int64_t);                       \
  void fw_arcsine_pairs##suffix(double, const double *, const double *, double *, int64_t);   \
  void fw_arccosine_pairs##suffix(double, const double *, const double *, double *, int64_t); \
  void fw_power_rows##suffix(const double *, int64_t, const double *, int64_t, const double *, double *, int64_t); \
  void fw_dense_update##suffix(const fw_dense *, double *);                                   \
  void fw_dense_add##suffix(double, const double *, double *, int64_t);                       \
  void fw_dense_add_two##suffix(double, const double *, double, const double *, double *, int64_t); \
  void fw_dense_rotate##suffix(double, double, double *, double *, int64_t);

FW_DECLARE(_baseline)
#if defined(__x86_64__)
FW_DECLARE(_avx2)
FW_DECLARE(_avx512)
#define FW_TABLE(f) {f##_baseline, f##_avx2, f##_avx512}
#else
#define FW_TABLE(f) {f##_baseline}
#endif

void fw_math_apply(int32_t level, int32_t function, const float *x, float *y, int64_t blocks) {
  static void (*const table[])(int32_t, const float *, float *, int64_t) = FW_TABLE(fw_math_apply);
  table[level](function, x, y, blocks);
}

typedef void (*pair_function)(double, const double *, const double *, double *, int64_t);

void fw_arcsine_pairs(int32_t level, double c11, const double *c12, const double *c22, double *out,
                      int64_t count) {
  static const pair_function table[] = FW_TABLE(fw_arcsine_pairs);
  table[level](c11, c12, c22, out, count);
}

void fw_arccosine_pairs(int32_t level, double c11, const double *c12, const double *c22,
                        double *out, int64_t count) {
  static const pair_function table[] = FW_TABLE(fw_arccosine_pairs);
  table[level](c11, c12, c22, out, count);
}

void fw_power_rows(int32_t level, const double *factor, int64_t terms, const double *coefficient,
                   int64_t stride, const double *rho, double *out, int64_t count) {
  static void (*const table[])(const double *, int64_t, const double *, int64_t, const double *,
                               double *, int64_t) = FW_TABLE(fw_power_rows);
  table[level](factor, terms, coefficient, stride, rho, out, count);
}

void fw_dense_update(int32_t level, const fw_dense *update, double *work) {
  static void (*const table[])(const fw_dense *, double *) = FW_TABLE(fw_dense_update);
  table[level](update, work);
}

void fw_dense_add(int32_t level, double factor, const double *x, double *y, int64_t count) {
  static void (*const table[])(double, const double *, double *, int64_t) = FW_TABLE(fw_dense_add);
  table[level](factor, x, y, count);
}

void fw_dense_add_two(int32_t level, double a, const double *x, double b, const double *y,
                      double *out, int64_t count) {
  static void (*const table[])(double, const double *, double, const double *, double *, int64_t) =
      FW_TABLE(fw_dense_add_two);
  table[level](a, x, b, y, out, count);
}

void fw_dense_rotate(int32_t level, double cosine, double sine, double *x, double *y,
                     int64_t count) {
  static void (*const table[])(double, double, double *, double *, int64_t) =
      FW_TABLE(fw_dense_rotate);
  table[level](cosine, sine, x, y, count);
}
