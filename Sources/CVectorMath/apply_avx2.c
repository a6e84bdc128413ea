#include "CVectorMath.h"
#if defined(__x86_64__)
#include "fw_target_avx2.h"
#define FW_NAME(symbol) symbol##_avx2
#include "apply.h"
#include "dense.h"
#include "pairs.h"
#pragma clang attribute pop
#endif
