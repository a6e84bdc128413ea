// Sums of plane waves on a grid of rows: fields of scalar networks, their interaction, and its gradient.
// Rows are padded to eight columns; padding has weight 0.
#ifndef FW_WAVES_H
#define FW_WAVES_H

#include "CSampling.h"

typedef double fw_d8 __attribute__((vector_size(64)));

static inline fw_d8 fw_d8_load(const double *p) {
  fw_d8 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

static inline void fw_d8_store(double *p, fw_d8 v) { __builtin_memcpy(p, &v, sizeof v); }

static inline fw_d8 fw_d8_splat(double x) { return (fw_d8){x, x, x, x, x, x, x, x}; }

static inline double fw_d8_sum(fw_d8 v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// phi, or the sum of squares of all components, those of the others in `rest` (NULL: one component).
static inline fw_d8 fw_potential_argument(const fw_potential *v, fw_d8 phi, const double *rest,
                                          int64_t at) {
  if (!v->even) return phi;
  return rest ? phi * phi + fw_d8_load(rest + at) : phi * phi;
}

// V(phi).
static inline fw_d8 fw_potential_value(const fw_potential *v, fw_d8 phi, const double *rest,
                                       int64_t at) {
  const fw_d8 z = fw_potential_argument(v, phi, rest, at);
  fw_d8 sum = fw_d8_splat(v->coefficient[v->count - 1]);
  for (int k = v->count - 2; k >= 0; k--) sum = sum * z + fw_d8_splat(v->coefficient[k]);
  return sum * z;
}

// dV/dphi of one component.
static inline fw_d8 fw_potential_slope(const fw_potential *v, fw_d8 phi, const double *rest,
                                       int64_t at) {
  const fw_d8 z = fw_potential_argument(v, phi, rest, at);
  fw_d8 sum = fw_d8_splat(v->coefficient[v->count - 1] * v->count);
  for (int k = v->count - 2; k >= 0; k--)
    sum = sum * z + fw_d8_splat(v->coefficient[k] * (k + 1));
  return v->even ? 2.0 * phi * sum : sum;
}

#define FW_WAVE_ROW                                                                                \
  const int64_t start = row * g->columns;                                                          \
  const fw_d8 nr = fw_d8_splat(fresh->factor * fresh->real[row]),                                  \
              ni = fw_d8_splat(fresh->factor * fresh->imaginary[row]),                             \
              pr = fw_d8_splat(old->factor * old->real[row]),                                      \
              pi = fw_d8_splat(old->factor * old->imaginary[row]);

#define FW_WAVE_STEP                                                                               \
  fw_d8 phi = fw_d8_load(field + start + x);                                                       \
  phi += nr * fw_d8_load(fresh->cosines + x) - ni * fw_d8_load(fresh->sines + x);                  \
  phi -= pr * fw_d8_load(old->cosines + x) - pi * fw_d8_load(old->sines + x);                      \
  fw_d8_store(moved + start + x, phi);

// moved = field + fresh - old; squares += moved^2.
static void fw_wave_shift_rows(const fw_wave_grid *g, const double *field, const fw_wave *fresh,
                               const fw_wave *old, double *moved, double *squares) {
  for (int64_t row = 0; row < g->rows; row++) {
    FW_WAVE_ROW
    for (int64_t x = 0; x < g->columns; x += 8) {
      FW_WAVE_STEP
      fw_d8_store(squares + start + x, fw_d8_load(squares + start + x) + phi * phi);
    }
  }
}

// moved = field + fresh - old, and its sum of w V.
static double fw_wave_move_rows(const fw_wave_grid *g, const double *field, const fw_wave *fresh,
                                const fw_wave *old, const double *rest, const fw_potential *v,
                                double *moved) {
  fw_d8 total = fw_d8_splat(0.0);
  for (int64_t row = 0; row < g->rows; row++) {
    FW_WAVE_ROW
    for (int64_t x = 0; x < g->columns; x += 8) {
      FW_WAVE_STEP
      fw_d8 value = fw_potential_value(v, phi, rest, start + x);
      if (g->weights) value *= fw_d8_load(g->weights + start + x);
      total += value;
    }
  }
  return fw_d8_sum(total);
}

// field += wave.
static void fw_wave_add_rows(const fw_wave_grid *g, const fw_wave *wave, double *field) {
  for (int64_t row = 0; row < g->rows; row++) {
    double *out = field + row * g->columns;
    const fw_d8 re = fw_d8_splat(wave->factor * wave->real[row]),
                im = fw_d8_splat(wave->factor * wave->imaginary[row]);
    for (int64_t x = 0; x < g->columns; x += 8) {
      fw_d8 phi = fw_d8_load(out + x);
      phi += re * fw_d8_load(wave->cosines + x) - im * fw_d8_load(wave->sines + x);
      fw_d8_store(out + x, phi);
    }
  }
}

// Sums over each row of force times (cosine, sine), and of these times every column coordinate:
// out[row * 2 (axes + 1)].
static void fw_wave_project_rows(const fw_wave_grid *g, const double *force, const fw_wave *wave,
                                 double *out) {
  for (int64_t row = 0; row < g->rows; row++) {
    const double *f = force + row * g->columns;
    for (int axis = -1; axis < g->axes; axis++) {
      const double *x0 = axis < 0 ? 0 : g->coordinates + axis * g->columns;
      fw_d8 c = fw_d8_splat(0.0), s = fw_d8_splat(0.0);
      for (int64_t x = 0; x < g->columns; x += 8) {
        fw_d8 own = fw_d8_load(f + x);
        if (x0) own *= fw_d8_load(x0 + x);
        c += own * fw_d8_load(wave->cosines + x);
        s += own * fw_d8_load(wave->sines + x);
      }
      *out++ = fw_d8_sum(c);
      *out++ = fw_d8_sum(s);
    }
  }
}

// The sum of w V, and force = w dV/dphi (NULL: not wanted).
static double fw_potential_rows(const fw_wave_grid *g, const double *field, const double *rest,
                                const fw_potential *v, double *force) {
  fw_d8 total = fw_d8_splat(0.0);
  for (int64_t x = 0; x < g->rows * g->columns; x += 8) {
    fw_d8 phi = fw_d8_load(field + x);
    fw_d8 w = g->weights ? fw_d8_load(g->weights + x) : fw_d8_splat(1.0);
    total += w * fw_potential_value(v, phi, rest, x);
    if (force) fw_d8_store(force + x, w * fw_potential_slope(v, phi, rest, x));
  }
  return fw_d8_sum(total);
}

// cos and sin of start + x step by rotations, eight at a time; zeros up to `columns`.
static void fw_wave_ramp_columns(int64_t count, int64_t columns, double start, double step,
                                 double *cosines, double *sines) {
  fw_d8 c, s;
  for (int lane = 0; lane < 8; lane++) {
    c[lane] = __builtin_cos(start + lane * step);
    s[lane] = __builtin_sin(start + lane * step);
  }
  const fw_d8 rc = fw_d8_splat(__builtin_cos(8.0 * step)), rs = fw_d8_splat(__builtin_sin(8.0 * step));
  for (int64_t x = 0; x < columns; x += 8) {
    fw_d8_store(cosines + x, c);
    fw_d8_store(sines + x, s);
    fw_d8 next = c * rc - s * rs;
    s = s * rc + c * rs;
    c = next;
  }
  for (int64_t x = count; x < columns; x++) cosines[x] = sines[x] = 0.0;
}

#endif
