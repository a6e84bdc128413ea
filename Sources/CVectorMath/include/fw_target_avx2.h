// Opens the AVX2 level: what follows, to the matching pragma pop, may use AVX2 and FMA.
#define FW_HAS_FMA 1
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
