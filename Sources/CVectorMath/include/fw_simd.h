// Vector types and elementary functions on 16 float32 lanes.
//
// The instruction set is the one in force where this header is included: each
// instruction-set level of a target includes it once, inside its own
// `#pragma clang attribute push(__attribute__((target(...))))`.
#ifndef FW_SIMD_H
#define FW_SIMD_H

#include <stdint.h>

#pragma STDC FP_CONTRACT OFF
// Everything here is inlined: no vector crosses a call, so its calling convention is moot.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float fw_f32 __attribute__((ext_vector_type(16)));
typedef int32_t fw_i32 __attribute__((ext_vector_type(16)));
typedef uint32_t fw_u32 __attribute__((ext_vector_type(16)));
typedef uint64_t fw_u64 __attribute__((ext_vector_type(8)));
typedef double fw_f64 __attribute__((ext_vector_type(8)));
typedef double fw_f64x16 __attribute__((ext_vector_type(16)));

#define FW_INLINE static inline __attribute__((always_inline))

// Fused multiply-add where the level has one; the baseline of x86 does not, and
// a library call per lane would cost a hundred times the product and the sum.
#if defined(FW_HAS_FMA) || defined(__aarch64__)
#define FW_FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#else
#define FW_FMA(a, b, c) ((a) * (b) + (c))
#endif

FW_INLINE fw_f32 fw_splat(float x) { return (fw_f32)x; }

FW_INLINE fw_f32 fw_select(fw_i32 mask, fw_f32 yes, fw_f32 no) {
  return (fw_f32)(((fw_i32)yes & mask) | ((fw_i32)no & ~mask));
}

FW_INLINE fw_f32 fw_abs(fw_f32 x) { return (fw_f32)((fw_i32)x & 0x7fffffff); }

FW_INLINE fw_f32 fw_copysign(fw_f32 magnitude, fw_f32 sign) {
  return (fw_f32)(((fw_i32)magnitude & 0x7fffffff) | ((fw_i32)sign & (int32_t)0x80000000));
}

// Nearest integer of |x| < 2^22, ties to even.
FW_INLINE fw_f32 fw_round(fw_f32 x) {
  const fw_f32 magic = fw_splat(12582912.0f);
  return (x + magic) - magic;
}

// 2^n for integer-valued n in [-126, 127].
FW_INLINE fw_f32 fw_power_of_two(fw_i32 n) { return (fw_f32)((n + 127) << 23); }

// exp(x): Cody-Waite reduction, polynomial of degree 6, scaled by one instruction where there is
// one and in two steps elsewhere, so that overflow and gradual underflow come out as in libm.
FW_INLINE fw_f32 fw_exp(fw_f32 x) {
  fw_f32 clamped = __builtin_elementwise_min(
      __builtin_elementwise_max(x, fw_splat(-104.0f)), fw_splat(89.0f));
  fw_f32 n = fw_round(clamped * fw_splat(1.44269504088896341f));
  fw_f32 r = FW_FMA(n, fw_splat(-0.693359375f), clamped);
  r = FW_FMA(n, fw_splat(2.12194440e-4f), r);
  fw_f32 p = fw_splat(1.9875691500e-4f);
  p = FW_FMA(p, r, fw_splat(1.3981999507e-3f));
  p = FW_FMA(p, r, fw_splat(8.3334519073e-3f));
  p = FW_FMA(p, r, fw_splat(4.1665795894e-2f));
  p = FW_FMA(p, r, fw_splat(1.6666665459e-1f));
  p = FW_FMA(p, r, fw_splat(5.0000001201e-1f));
  p = FW_FMA(p, r * r, r) + fw_splat(1.0f);
#if defined(FW_HAS_SCALEF)
  return __builtin_ia32_scalefps512_mask(p, n, p, (unsigned short)0xffff, 4);
#else
  fw_i32 k = __builtin_convertvector(n, fw_i32);
  fw_i32 half = k >> 1;
  return (p * fw_power_of_two(half)) * fw_power_of_two(k - half);
#endif
}

// (exp(x) - 1) / x for 0 <= x <= 88, without the cancellation of small x.
FW_INLINE fw_f32 fw_exp_slope(fw_f32 x) {
  const fw_f32 one = fw_splat(1.0f);
  fw_f32 n = fw_round(x * fw_splat(1.44269504088896341f));
  fw_f32 r = FW_FMA(n, fw_splat(-0.693359375f), x);
  r = FW_FMA(n, fw_splat(2.12194440e-4f), r);
  fw_f32 p = fw_splat(1.9875691500e-4f);
  p = FW_FMA(p, r, fw_splat(1.3981999507e-3f));
  p = FW_FMA(p, r, fw_splat(8.3334519073e-3f));
  p = FW_FMA(p, r, fw_splat(4.1665795894e-2f));
  p = FW_FMA(p, r, fw_splat(1.6666665459e-1f));
  p = FW_FMA(p, r, fw_splat(5.0000001201e-1f));
  // exp(r) - 1, then 2^n exp(r) - 1 = 2^n (exp(r) - 1) + (2^n - 1).
  p = FW_FMA(p, r * r, r);
  fw_f32 power = fw_power_of_two(__builtin_convertvector(n, fw_i32));
  fw_f32 grown = FW_FMA(p, power, power - one);
  // Below, the ratio is 1 to the last digit.
  fw_i32 tiny = x < fw_splat(0x1p-25f);
  return fw_select(tiny, one, grown / fw_select(tiny, one, x));
}

// log(x) of positive normal x.
FW_INLINE fw_f32 fw_log(fw_f32 x) {
  fw_i32 bits = (fw_i32)x;
  fw_i32 exponent = (bits - 0x3f3504f3) >> 23;
  fw_f32 f = (fw_f32)(bits - (exponent << 23)) - fw_splat(1.0f);
  fw_f32 e = __builtin_convertvector(exponent, fw_f32);
  fw_f32 p = fw_splat(7.0376836292e-2f);
  p = FW_FMA(p, f, fw_splat(-1.1514610310e-1f));
  p = FW_FMA(p, f, fw_splat(1.1676998740e-1f));
  p = FW_FMA(p, f, fw_splat(-1.2420140846e-1f));
  p = FW_FMA(p, f, fw_splat(1.4249322787e-1f));
  p = FW_FMA(p, f, fw_splat(-1.6668057665e-1f));
  p = FW_FMA(p, f, fw_splat(2.0000714765e-1f));
  p = FW_FMA(p, f, fw_splat(-2.4999993993e-1f));
  p = FW_FMA(p, f, fw_splat(3.3333331174e-1f));
  fw_f32 square = f * f;
  fw_f32 y = f * square * p;
  y = FW_FMA(e, fw_splat(-2.12194440e-4f), y);
  y = FW_FMA(square, fw_splat(-0.5f), y);
  return FW_FMA(e, fw_splat(0.693359375f), f + y);
}

// Sine and cosine of r in [-pi/4, pi/4].
FW_INLINE fw_f32 fw_sin_kernel(fw_f32 r) {
  fw_f32 z = r * r;
  fw_f32 p = FW_FMA(fw_splat(-1.9515295891e-4f), z, fw_splat(8.3321608736e-3f));
  p = FW_FMA(p, z, fw_splat(-1.6666654611e-1f));
  return FW_FMA(p * z, r, r);
}

FW_INLINE fw_f32 fw_cos_kernel(fw_f32 r) {
  fw_f32 z = r * r;
  fw_f32 p = FW_FMA(fw_splat(2.443315711809948e-5f), z, fw_splat(-1.388731625493765e-3f));
  p = FW_FMA(p, z, fw_splat(4.166664568298827e-2f));
  return FW_FMA(p * z, z, FW_FMA(z, fw_splat(-0.5f), fw_splat(1.0f)));
}

// Sine of the reduced argument r in the quadrant q (mod 4); cosine is quadrant q+1.
FW_INLINE fw_f32 fw_sin_quadrant(fw_f32 r, fw_i32 q) {
  fw_f32 y = fw_select((q & 1) != 0, fw_cos_kernel(r), fw_sin_kernel(r));
  return (fw_f32)((fw_i32)y ^ ((q & 2) << 30));
}

// Sine and cosine of a uniform angle made of 32 random bits: the word as a signed
// number spans (-pi/2, pi/2), its lowest bit turns the point by pi. No octants, no swaps.
FW_INLINE void fw_sincos_random(fw_u32 k, fw_f32 *sine, fw_f32 *cosine) {
  fw_u32 turn = k << 31;
  fw_f32 r = __builtin_convertvector((fw_i32)k, fw_f32) * fw_splat(7.3145903963357984e-10f);
  fw_f32 z = r * r;
  fw_f32 s = FW_FMA(fw_splat(2.6000546189e-06f), z, fw_splat(-1.9806615132e-04f));
  s = FW_FMA(s, z, fw_splat(8.3330172906e-03f));
  s = FW_FMA(s, z, fw_splat(-1.6666657096e-01f));
  s = FW_FMA(s * z, r, r);
  fw_f32 c = FW_FMA(fw_splat(-2.6193814012e-07f), z, fw_splat(2.4769304182e-05f));
  c = FW_FMA(c, z, fw_splat(-1.3888569161e-03f));
  c = FW_FMA(c, z, fw_splat(4.1666655773e-02f));
  c = FW_FMA(c, z, fw_splat(-0.5f));
  c = FW_FMA(c, z, fw_splat(1.0f));
  *sine = (fw_f32)((fw_u32)s ^ turn);
  *cosine = (fw_f32)((fw_u32)c ^ turn);
}

// Quadrant and remainder of x by pi/2, reduced in float64: good to |x| = 1e6.
FW_INLINE fw_f32 fw_reduce_quadrant(fw_f32 x, fw_i32 *q) {
  fw_f64x16 z = __builtin_convertvector(x, fw_f64x16);
  const fw_f64x16 magic = (fw_f64x16)6755399441055744.0;
  fw_f64x16 n = (z * (fw_f64x16)0.63661977236758134308 + magic) - magic;
  fw_f64x16 r = (z - n * (fw_f64x16)1.57079632673412561417) - n * (fw_f64x16)6.07710050650619224932e-11;
  *q = __builtin_convertvector(n, fw_i32);
  return __builtin_convertvector(r, fw_f32);
}

FW_INLINE fw_f32 fw_sin(fw_f32 x) {
  fw_i32 q;
  fw_f32 r = fw_reduce_quadrant(x, &q);
  return fw_sin_quadrant(r, q);
}

FW_INLINE fw_f32 fw_cos(fw_f32 x) {
  fw_i32 q;
  fw_f32 r = fw_reduce_quadrant(x, &q);
  return fw_sin_quadrant(r, q + 1);
}

// erf(x): odd polynomial of degree 27 on |x| <= 3.67, constant beyond; absolute error 4e-7.
FW_INLINE fw_f32 fw_erf(fw_f32 x) {
  fw_f32 y = __builtin_elementwise_min(
      __builtin_elementwise_max(x, fw_splat(-3.67f)), fw_splat(3.67f));
  fw_f32 u = FW_FMA(y * y, fw_splat(1.484902256e-01f), fw_splat(-1.0f));
  fw_f32 p = fw_splat(-1.320410470e-03f);
  p = FW_FMA(p, u, fw_splat(3.490550538e-03f));
  p = FW_FMA(p, u, fw_splat(-3.397556598e-03f));
  p = FW_FMA(p, u, fw_splat(5.049173539e-03f));
  p = FW_FMA(p, u, fw_splat(-1.336532259e-02f));
  p = FW_FMA(p, u, fw_splat(2.393346267e-02f));
  p = FW_FMA(p, u, fw_splat(-3.511771492e-02f));
  p = FW_FMA(p, u, fw_splat(5.056993162e-02f));
  p = FW_FMA(p, u, fw_splat(-6.977024246e-02f));
  p = FW_FMA(p, u, fw_splat(9.043293951e-02f));
  p = FW_FMA(p, u, fw_splat(-1.130238709e-01f));
  p = FW_FMA(p, u, fw_splat(1.417018814e-01f));
  p = FW_FMA(p, u, fw_splat(-1.919542221e-01f));
  p = FW_FMA(p, u, fw_splat(3.852508737e-01f));
  return y * p;
}

// tanh(x): rational approximation of degree 13/6 on |x| <= 7.905, constant beyond.
FW_INLINE fw_f32 fw_tanh(fw_f32 x) {
  fw_f32 y = __builtin_elementwise_min(
      __builtin_elementwise_max(x, fw_splat(-7.90531110763549805f)), fw_splat(7.90531110763549805f));
  fw_f32 z = y * y;
  fw_f32 p = fw_splat(-2.76076847742355e-16f);
  p = FW_FMA(p, z, fw_splat(2.00018790482477e-13f));
  p = FW_FMA(p, z, fw_splat(-8.60467152213735e-11f));
  p = FW_FMA(p, z, fw_splat(5.12229709037114e-08f));
  p = FW_FMA(p, z, fw_splat(1.48572235717979e-05f));
  p = FW_FMA(p, z, fw_splat(6.37261928875436e-04f));
  p = FW_FMA(p, z, fw_splat(4.89352455891786e-03f));
  fw_f32 q = fw_splat(1.19825839466702e-06f);
  q = FW_FMA(q, z, fw_splat(1.18534705686654e-04f));
  q = FW_FMA(q, z, fw_splat(2.26843463243900e-03f));
  q = FW_FMA(q, z, fw_splat(4.89352518554385e-03f));
  fw_f32 value = y * p / q;
  return fw_select(fw_abs(x) < fw_splat(4.0e-4f), x, value);
}

// log(1 + exp(x)).
FW_INLINE fw_f32 fw_softplus(fw_f32 x) {
  fw_f32 e = fw_exp(-fw_abs(x));
  return __builtin_elementwise_max(x, fw_splat(0.0f)) + fw_log(fw_splat(1.0f) + e);
}

// x Phi(x), with Phi the distribution function of the standard normal.
FW_INLINE fw_f32 fw_gelu(fw_f32 x) {
  fw_f32 half = x * fw_splat(0.5f);
  return FW_FMA(half, fw_erf(x * fw_splat(0.70710678118654752f)), half);
}

#endif
