// Rows of Gaussian expectations of pairs in float64, at one level; FW_NAME decorates the symbols.
#include "fw_simd.h"

#define FW_WIDE 8

FW_INLINE fw_f64 fw_load64(const double *p, int count) {
  fw_f64 v = (fw_f64)0.0;
  __builtin_memcpy(&v, p, (unsigned)count * sizeof *p);
  return v;
}

FW_INLINE fw_f64 fw_load8(const double *p) {
  fw_f64 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

typedef int64_t fw_i64 __attribute__((ext_vector_type(8)));

FW_INLINE fw_f64 fw_select64(fw_i64 mask, fw_f64 yes, fw_f64 no) {
  return (fw_f64)(((fw_i64)yes & mask) | ((fw_i64)no & ~mask));
}

// asin(s) for |s| <= sqrt(1/2), z = s^2: the rational approximation of fdlibm; 1 ulp up to 1/2, which all
// callers keep to.
FW_INLINE fw_f64 fw_asin64(fw_f64 s, fw_f64 z) {
  const fw_f64 one = (fw_f64)1.0;
  fw_f64 p = (fw_f64)3.47933107596021167570e-05;
  p = p * z + (fw_f64)7.91534994289814532176e-04;
  p = p * z - (fw_f64)4.00555345006794114027e-02;
  p = p * z + (fw_f64)2.01212532134862925881e-01;
  p = p * z - (fw_f64)3.25565818622400915405e-01;
  p = p * z + (fw_f64)1.66666666666666657415e-01;
  fw_f64 q = (fw_f64)7.70381505559019352791e-02;
  q = q * z - (fw_f64)6.88283971605453293030e-01;
  q = q * z + (fw_f64)2.02094576023350569471e+00;
  q = q * z - (fw_f64)2.40339491173441421878e+00;
  q = q * z + one;
  return s + s * (p * z / q);
}

// Of an angle t in [0, pi/2], given its cosine and 1 - cosine each to its own digits: pi/2 - t and t.
FW_INLINE void fw_angle(fw_f64 cosine, fw_f64 rest, fw_f64 *to_right, fw_f64 *angle) {
  const fw_f64 half = (fw_f64)0.5, zero = (fw_f64)0.0;
  const fw_f64 quarter = (fw_f64)1.57079632679489661923;
  fw_i64 inner = cosine <= half;
  fw_f64 z = fw_select64(inner, cosine * cosine, rest * half);
  fw_f64 s = fw_select64(inner, cosine,
                         __builtin_elementwise_sqrt(__builtin_elementwise_max(z, zero)));
  fw_f64 r = fw_asin64(s, z);
  *to_right = fw_select64(inner, r, quarter - (r + r));
  *angle = fw_select64(inner, quarter - r, r + r);
}

#define FW_ROW(expression)                                                     \
  for (int64_t j = 0; j < count; j += FW_WIDE) {                               \
    int left = count - j < FW_WIDE ? (int)(count - j) : FW_WIDE;               \
    fw_f64 x = left == FW_WIDE ? fw_load8(c12 + j) : fw_load64(c12 + j, left); \
    fw_f64 y = left == FW_WIDE ? fw_load8(c22 + j) : fw_load64(c22 + j, left); \
    fw_f64 value = (expression);                                               \
    if (left == FW_WIDE)                                                       \
      __builtin_memcpy(out + j, &value, sizeof value);                         \
    else                                                                       \
      __builtin_memcpy(out + j, &value, (unsigned)left * sizeof *out);         \
  }

FW_INLINE fw_f64 fw_determinant(fw_f64 c11, fw_f64 x, fw_f64 y) {
  return __builtin_elementwise_max(c11 * y - x * x, (fw_f64)0.0);
}

// (2/pi) asin(2 c12 / sqrt((1 + 2 c11)(1 + 2 c22))).
FW_INLINE fw_f64 fw_arcsine_pair(fw_f64 c11, fw_f64 x, fw_f64 y) {
  const fw_f64 one = (fw_f64)1.0, two = (fw_f64)2.0, zero = (fw_f64)0.0;
  fw_f64 scale = __builtin_elementwise_sqrt((one + two * c11) * (one + two * y));
  fw_f64 size = two * __builtin_elementwise_max(x, -x);
  // (1 + 2 c11)(1 + 2 c22) - 4 c12^2, over scale (scale + size): 1 - size/scale.
  fw_f64 rest = one + two * (c11 + y) + two * two * fw_determinant(c11, x, y);
  fw_f64 right, angle;
  fw_angle(__builtin_elementwise_min(size / scale, one), rest / (scale * (scale + size)), &right,
           &angle);
  right *= (fw_f64)0.63661977236758134308;
  return fw_select64(x < zero, -right, right);
}

// sqrt(c11 c22) [sin t + (pi - t) cos t] / 2 pi; near t = pi, with u = pi - t, sin u - u cos u as a series.
FW_INLINE fw_f64 fw_arccosine_pair(fw_f64 c11, fw_f64 x, fw_f64 y) {
  const fw_f64 zero = (fw_f64)0.0, one = (fw_f64)1.0;
  fw_f64 scale = __builtin_elementwise_sqrt(c11) * __builtin_elementwise_sqrt(y);
  fw_i64 empty = scale <= zero;
  scale = fw_select64(empty, one, scale);
  fw_f64 size = __builtin_elementwise_max(x, -x);
  fw_f64 determinant = fw_determinant(c11, x, y);
  fw_f64 cosine = __builtin_elementwise_min(size / scale, one);
  fw_f64 right, u;
  fw_angle(cosine, determinant / (scale * (scale + size)), &right, &u);
  fw_f64 sine = __builtin_elementwise_sqrt(determinant) / scale;
  fw_f64 acute = sine + ((fw_f64)3.14159265358979323846 - u) * cosine;
  fw_f64 z = u * u;
  // 2k/(2k+1)! (-1)^(k+1), k = 1 ... 9.
  fw_f64 p = (fw_f64)1.4797143443923793e-16;
  p = p * z - (fw_f64)4.498331606952833e-14;
  p = p * z + (fw_f64)1.0706029224547743e-11;
  p = p * z - (fw_f64)1.9270852604185937e-09;
  p = p * z + (fw_f64)2.505210838544172e-07;
  p = p * z - (fw_f64)2.2045855379188714e-05;
  p = p * z + (fw_f64)1.1904761904761906e-03;
  p = p * z - (fw_f64)3.3333333333333333e-02;
  p = p * z + (fw_f64)3.3333333333333333e-01;
  fw_f64 obtuse = fw_select64(u < (fw_f64)0.7, u * z * p, sine - u * cosine);
  fw_f64 value = scale * fw_select64(x < zero, obtuse, acute) * (fw_f64)0.15915494309189533577;
  return fw_select64(empty, zero, value);
}

void FW_NAME(fw_arcsine_pairs)(double c11, const double *c12, const double *c22, double *out,
                               int64_t count) {
  FW_ROW(fw_arcsine_pair((fw_f64)c11, x, y))
}

void FW_NAME(fw_arccosine_pairs)(double c11, const double *c12, const double *c22, double *out,
                                 int64_t count) {
  FW_ROW(fw_arccosine_pair((fw_f64)c11, x, y))
}

// out[j] = sum_k factor[k] coefficient[k * stride + j] rho[j]^k, by Horner's rule in blocks of
// columns.
void FW_NAME(fw_power_rows)(const double *factor, int64_t terms, const double *coefficient,
                            int64_t stride, const double *rho, double *out, int64_t count) {
  int64_t j = 0;
  for (; j + 4 * FW_WIDE <= count; j += 4 * FW_WIDE) {
    fw_f64 sum[4], r[4];
    for (int v = 0; v < 4; v++) {
      sum[v] = (fw_f64)0.0;
      r[v] = fw_load8(rho + j + v * FW_WIDE);
    }
    for (int64_t k = terms - 1; k >= 0; k--)
      for (int v = 0; v < 4; v++)
        sum[v] = FW_FMA(sum[v], r[v],
                        (fw_f64)factor[k] * fw_load8(coefficient + k * stride + j + v * FW_WIDE));
    __builtin_memcpy(out + j, sum, sizeof sum);
  }
  for (; j < count; j++) {
    double sum = 0.0;
    for (int64_t k = terms - 1; k >= 0; k--)
      sum = sum * rho[j] + factor[k] * coefficient[k * stride + j];
    out[j] = sum;
  }
}

#undef FW_ROW
