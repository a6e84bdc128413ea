#include "CVectorMath.h"

#include <stdlib.h>
#include <string.h>

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

int32_t fw_level_chosen(void) {
  int32_t available = fw_level_available();
  const char *wanted = getenv("FIELDWORK_INSTRUCTION_SET");
  if (wanted != NULL)
    for (int32_t level = 0; level <= available; level++)
      if (strcmp(wanted, names[level]) == 0) return level;
  return available;
}

const char *fw_level_name(int32_t level) {
#if defined(__aarch64__)
  return "neon";
#else
  return names[level];
#endif
}

typedef void (*apply_function)(int32_t, const float *, float *, int64_t);

void fw_math_apply_baseline(int32_t, const float *, float *, int64_t);
#if defined(__x86_64__)
void fw_math_apply_avx2(int32_t, const float *, float *, int64_t);
void fw_math_apply_avx512(int32_t, const float *, float *, int64_t);
static const apply_function table[] = {fw_math_apply_baseline, fw_math_apply_avx2,
                                       fw_math_apply_avx512};
#else
static const apply_function table[] = {fw_math_apply_baseline};
#endif

void fw_math_apply(int32_t level, int32_t function, const float *x, float *y, int64_t blocks) {
  table[level](function, x, y, blocks);
}
