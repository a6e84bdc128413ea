// Opens the AVX-512 level: what follows, to the matching pragma pop, may use AVX-512 F, BW, DQ and VL.
#define FW_HAS_FMA 1
#define FW_HAS_SCALEF 1
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
