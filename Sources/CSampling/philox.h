// Philox4x32-10 (Salmon et al., SC'11) on 16 lanes, and the variates made of it.
//
// The words of a lane live in the low halves of 64-bit elements, even lanes in
// one vector and odd lanes in the other: a 32 x 32 -> 64 bit product then needs
// no shuffles, and what is left in the high halves never matters.
#ifndef FW_PHILOX_H
#define FW_PHILOX_H

#include "CSampling.h"
#include "fw_simd.h"

typedef struct {
  fw_u64 even, odd;
} fw_word;

typedef struct {
  fw_u32 word[4];
} fw_block;

#define FW_LOW ((fw_u64)0xffffffffull)

FW_INLINE fw_u64 fw_product(fw_u64 x, uint32_t m) { return (x & FW_LOW) * (fw_u64)(uint64_t)m; }

FW_INLINE fw_word fw_splat_word(uint32_t x) {
  return (fw_word){(fw_u64)(uint64_t)x, (fw_u64)(uint64_t)x};
}

// The low halves of both vectors, interleaved. A shuffle, not a shift: a shift is folded into the
// product before it, which then becomes a slow 64-bit one.
FW_INLINE fw_u32 fw_join(fw_word w) {
  return __builtin_shufflevector((fw_u32)w.even, (fw_u32)w.odd, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24,
                                 10, 26, 12, 28, 14, 30);
}

FW_INLINE uint32_t fw_high(uint32_t x, uint32_t m) { return (uint32_t)(((uint64_t)x * m) >> 32); }

// Counter (c0, c1 + lane, c2, c3), key (k0, k1). Only word 1 differs between the lanes, so the
// first round, and half of the second, are scalar.
FW_INLINE fw_block fw_philox_block(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0,
                                   uint32_t k1) {
  const uint32_t m0 = 0xD2511F53u, m1 = 0xCD9E8D57u, w0 = 0x9E3779B9u, w1 = 0xBB67AE85u;
  const fw_u64 lane = {0, 2, 4, 6, 8, 10, 12, 14};
  uint32_t mix = fw_high(c2, m1) ^ k0;
  fw_word a = {((fw_u64)(uint64_t)c1 + lane) ^ (uint64_t)mix,
               ((fw_u64)(uint64_t)c1 + lane + 1) ^ (uint64_t)mix};
  uint32_t scalar_b = c2 * m1, scalar_c = fw_high(c0, m0) ^ c3 ^ k1, scalar_d = c0 * m0;
  k0 += w0;
  k1 += w1;

  fw_u64 even = fw_product(a.even, m0), odd = fw_product(a.odd, m0);
  fw_word c = {(even >> 32) ^ (uint64_t)(scalar_d ^ k1), (odd >> 32) ^ (uint64_t)(scalar_d ^ k1)};
  fw_word d = {even, odd};
  a = fw_splat_word(fw_high(scalar_c, m1) ^ scalar_b ^ k0);
  fw_word b = fw_splat_word(scalar_c * m1);
#pragma clang loop unroll(full)
  for (int round = 2; round < 10; round++) {
    k0 += w0;
    k1 += w1;
    fw_u64 p0e = fw_product(a.even, m0), p0o = fw_product(a.odd, m0);
    fw_u64 p1e = fw_product(c.even, m1), p1o = fw_product(c.odd, m1);
    a = (fw_word){(p1e >> 32) ^ b.even ^ (uint64_t)k0, (p1o >> 32) ^ b.odd ^ (uint64_t)k0};
    c = (fw_word){(p0e >> 32) ^ d.even ^ (uint64_t)k1, (p0o >> 32) ^ d.odd ^ (uint64_t)k1};
    b = (fw_word){p1e, p1o};
    d = (fw_word){p0e, p0o};
  }
  return (fw_block){{fw_join(a), fw_join(b), fw_join(c), fw_join(d)}};
}

// The random words at position `draw` of a stream for sixteen networks.
FW_INLINE fw_block fw_random_block(uint64_t stream, fw_networks n, uint32_t draw) {
  return fw_philox_block(draw, (uint32_t)n.first,
                         (n.run & 0xffffu) | ((uint32_t)(n.first >> 32) << 16), (uint32_t)stream,
                         (uint32_t)n.seed, (uint32_t)(n.seed >> 32) ^ (uint32_t)(stream >> 32));
}

// Below this word a uniform takes 32 further bits, so that the tails do not end at 2^-32.
#define FW_REFINE_BELOW 256u

// ln of the uniform (k + 1/2) / 2^32.
FW_INLINE fw_f32 fw_log_uniform(fw_u32 k) {
  return fw_log(FW_FMA(__builtin_convertvector(k, fw_f32), fw_splat(0x1p-32f), fw_splat(0x1p-33f)));
}

// The same with 32 further bits, `extra`, where k is small.
FW_INLINE fw_f32 fw_log_uniform_refined(fw_u32 k, fw_u32 extra) {
  fw_f32 coarse =
      FW_FMA(__builtin_convertvector(k, fw_f32), fw_splat(0x1p-32f), fw_splat(0x1p-33f));
  fw_f32 low = FW_FMA(__builtin_convertvector(extra, fw_f32), fw_splat(0x1p-64f), fw_splat(0x1p-65f));
  fw_f32 fine = FW_FMA(__builtin_convertvector(k, fw_f32), fw_splat(0x1p-32f), low);
  return fw_log(fw_select(k < FW_REFINE_BELOW, fine, coarse));
}

FW_INLINE int fw_any_small(fw_u32 k) {
  return __builtin_reduce_or((fw_i32)(k < FW_REFINE_BELOW)) != 0;
}

// Box-Muller: two normals of standard deviation `scale` from ln u and a random angle;
// `spread` is -2 scale^2.
FW_INLINE void fw_pair(fw_f32 log_u, fw_u32 angle, fw_f32 spread, fw_f32 *first, fw_f32 *second) {
  fw_f32 s, c;
  fw_f32 r = __builtin_elementwise_sqrt(log_u * spread);
  fw_sincos_random(angle, &s, &c);
  *first = r * c;
  *second = r * s;
}

// Laplace variate of unit variance: the sign in the lowest bit.
FW_INLINE fw_f32 fw_laplace(fw_u32 k, fw_f32 log_u, fw_f32 scale) {
  fw_f32 magnitude = fw_abs(log_u * (scale * fw_splat(0.70710678118654752f)));
  return (fw_f32)((fw_u32)magnitude | (k << 31));
}

// Student t of unit variance by the polar method of Bailey (Math. Comp. 62, 1994): the squared radius
// (dof - 2)(u^(-2/dof) - 1) as -2 ln u (1 - 2/dof) (exp(y) - 1)/y, y = -2 ln u/dof, which keeps its
// digits at any number of degrees of freedom. `rate` is 2/dof, `shrink` 1 - 2/dof.
FW_INLINE fw_f32 fw_student(fw_f32 log_u, fw_u32 angle, float rate, float shrink, fw_f32 scale) {
  fw_f32 s, c;
  fw_sincos_random(angle, &s, &c);
  fw_f32 size = fw_abs(log_u);
  fw_f32 square = size * fw_splat(2.0f * shrink) * fw_exp_slope(size * fw_splat(rate));
  return __builtin_elementwise_sqrt(square) * c * scale;
}

// Blocks whose words are drawn before any is transformed: Philox and Box-Muller are long chains of
// dependent steps, and apart the processor overlaps several of each.
#define FW_AHEAD 8

FW_INLINE void fw_draw_words(uint64_t stream, fw_networks n, uint32_t draw, int blocks,
                             fw_block *words) {
  for (int k = 0; k < blocks; k++) words[k] = fw_random_block(stream, n, draw + (uint32_t)k);
}

// Four variates (two for Student's t) of a block, with the refinement of small words.
FW_INLINE void fw_transform(fw_source source, fw_networks n, uint32_t draw, const fw_block *b,
                            fw_f32 *out) {
  const uint32_t refinement = 0x80000000u;
  const fw_f32 scale = fw_splat(source.scale);
  switch (source.kind) {
    case FW_GAUSSIAN: {
      // The square of a very small scale would underflow: it is applied at the end.
      const int faint = source.scale < 0x1p-50f;
      const fw_f32 spread = fw_splat(faint ? -2.0f : -2.0f * source.scale * source.scale);
      fw_f32 l0 = fw_log_uniform(b->word[0]), l1 = fw_log_uniform(b->word[2]);
      if (__builtin_expect(fw_any_small(__builtin_elementwise_min(b->word[0], b->word[2])), 0)) {
        fw_block e = fw_random_block(source.stream, n, draw | refinement);
        l0 = fw_log_uniform_refined(b->word[0], e.word[0]);
        l1 = fw_log_uniform_refined(b->word[2], e.word[2]);
      }
      fw_pair(l0, b->word[1], spread, out, out + 1);
      fw_pair(l1, b->word[3], spread, out + 2, out + 3);
      if (__builtin_expect(faint, 0))
        for (int k = 0; k < 4; k++) out[k] *= scale;
      break;
    }
    case FW_UNIFORM: {
      // sqrt(3) times a uniform on (-1, 1).
      const fw_f32 unit = scale * fw_splat(1.7320508075688772f * 0x1p-31f);
      for (int k = 0; k < 4; k++)
        out[k] = (__builtin_convertvector((fw_i32)b->word[k], fw_f32) + fw_splat(0.5f)) * unit;
      break;
    }
    case FW_LAPLACE: {
      fw_block e = *b;
      fw_u32 least = __builtin_elementwise_min(__builtin_elementwise_min(b->word[0], b->word[1]),
                                               __builtin_elementwise_min(b->word[2], b->word[3]));
      if (__builtin_expect(fw_any_small(least), 0))
        e = fw_random_block(source.stream, n, draw | refinement);
      for (int k = 0; k < 4; k++)
        out[k] = fw_laplace(b->word[k], fw_log_uniform_refined(b->word[k], e.word[k]), scale);
      break;
    }
    case FW_STUDENT_T: {
      // The second variate of a polar pair would not be independent of the first.
      fw_block e = *b;
      if (__builtin_expect(fw_any_small(__builtin_elementwise_min(b->word[0], b->word[2])), 0))
        e = fw_random_block(source.stream, n, draw | refinement);
      for (int k = 0; k < 2; k++)
        out[k] = fw_student(fw_log_uniform_refined(b->word[2 * k], e.word[2 * k]),
                            b->word[2 * k + 1], source.rate, source.shrink, scale);
      break;
    }
  }
}

FW_INLINE void fw_fill_kind(int kind, fw_source source, fw_networks n, uint64_t first,
                            int64_t count, fw_f32 *out) {
  const int variates = kind == FW_STUDENT_T ? 2 : 4;
  fw_block words[FW_AHEAD];
  source.kind = kind;
  uint32_t draw = (uint32_t)(first / (uint64_t)variates);
  for (int64_t left = count / variates; left > 0; left -= FW_AHEAD) {
    int blocks = left < FW_AHEAD ? (int)left : FW_AHEAD;
    fw_draw_words(source.stream, n, draw, blocks, words);
    for (int k = 0; k < blocks; k++)
      fw_transform(source, n, draw + (uint32_t)k, &words[k], out + variates * k);
    draw += FW_AHEAD;
    out += variates * FW_AHEAD;
  }
}

// Variates first ... first + count - 1 (multiples of four) into out[count].
static void fw_fill(fw_source source, fw_networks n, uint64_t first, int64_t count, fw_f32 *out) {
  switch (source.kind) {
    case FW_GAUSSIAN: fw_fill_kind(FW_GAUSSIAN, source, n, first, count, out); break;
    case FW_UNIFORM: fw_fill_kind(FW_UNIFORM, source, n, first, count, out); break;
    case FW_LAPLACE: fw_fill_kind(FW_LAPLACE, source, n, first, count, out); break;
    case FW_STUDENT_T: fw_fill_kind(FW_STUDENT_T, source, n, first, count, out); break;
  }
}

#endif
