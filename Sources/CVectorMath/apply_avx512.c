#include "CVectorMath.h"
#if defined(__x86_64__)
#include "fw_target_avx512.h"
#define FW_NAME(symbol) symbol##_avx512
#include "apply.h"
#include "dense.h"
#include "pairs.h"
#pragma clang attribute pop
#endif
