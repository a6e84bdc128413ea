// Scalar field theory on a periodic lattice: the loops of its molecular dynamics, in double precision.
// Sites are numbered with the first axis fastest; rows along it are contiguous.
#ifndef FW_LATTICE_H
#define FW_LATTICE_H

#include "CSampling.h"

// Rows of neighbours along the other axes: up to six.
static inline int fw_lattice_rows(const fw_lattice *l, const double *phi, int64_t row,
                                  const double **out) {
  int count = 0;
  int64_t stride = 1, size = l->size;
  for (int axis = 1; axis < l->dimension; axis++) {
    int64_t at = row / stride % size;
    int64_t up = row + (at == size - 1 ? -(size - 1) : 1) * stride;
    int64_t down = row + (at == 0 ? size - 1 : -1) * stride;
    out[count++] = phi + up * size;
    out[count++] = phi + down * size;
    stride *= size;
  }
  return count;
}

#define FW_LATTICE_ROW(neighbours)                                             \
  for (int64_t x = 1; x < size - 1; x++) {                                     \
    double f = own[x];                                                         \
    double s = own[x - 1] + own[x + 1] neighbours;                             \
    pi[x] += eps * (s - f * (c + q * f * f));                                  \
  }                                                                            \
  for (int end = 0; end < 2; end++) {                                          \
    int64_t x = end ? size - 1 : 0;                                            \
    double f = own[x];                                                         \
    double s = own[x == 0 ? size - 1 : x - 1] + own[x == size - 1 ? 0 : x + 1] neighbours; \
    pi[x] += eps * (s - f * (c + q * f * f));                                  \
  }

// pi -= eps dS/dphi.
static void fw_lattice_kick_rows(const fw_lattice *l, const double *restrict phi,
                                 double *restrict all, double eps) {
  const int64_t size = l->size;
  const double c = 2.0 * l->dimension + l->mass_squared, q = l->coupling / 6.0;
  int64_t rows = 1;
  for (int axis = 1; axis < l->dimension; axis++) rows *= size;
  for (int64_t row = 0; row < rows; row++) {
    const double *restrict own = phi + row * size;
    double *restrict pi = all + row * size;
    const double *n[6];
    switch (fw_lattice_rows(l, phi, row, n)) {
      case 0: { FW_LATTICE_ROW() break; }
      case 2: {
        const double *n0 = n[0], *n1 = n[1];
        FW_LATTICE_ROW(+ n0[x] + n1[x]) break;
      }
      case 4: {
        const double *n0 = n[0], *n1 = n[1], *n2 = n[2], *n3 = n[3];
        FW_LATTICE_ROW(+ n0[x] + n1[x] + n2[x] + n3[x]) break;
      }
      default: {
        const double *n0 = n[0], *n1 = n[1], *n2 = n[2], *n3 = n[3], *n4 = n[4], *n5 = n[5];
        FW_LATTICE_ROW(+ n0[x] + n1[x] + n2[x] + n3[x] + n4[x] + n5[x]) break;
      }
    }
  }
}

// Sums in eight interleaved parts, the same for every vector width.
#define FW_LATTICE_PARTS 8

// S = sum over sites of sum over axes (phi(x + e) - phi(x))^2 / 2 + m^2 phi^2 / 2 + lambda phi^4 / 24.
static double fw_lattice_action_rows(const fw_lattice *l, const double *restrict phi) {
  const int64_t size = l->size;
  const double a = 0.5 * l->mass_squared, b = l->coupling / 24.0;
  int64_t rows = 1;
  for (int axis = 1; axis < l->dimension; axis++) rows *= size;
  double total = 0.0;
  for (int64_t row = 0; row < rows; row++) {
    const double *restrict own = phi + row * size;
    double part[FW_LATTICE_PARTS] = {0};
    for (int64_t x = 0; x < size; x++) {
      double f = own[x], r = own[x == size - 1 ? 0 : x + 1] - f, g = f * f;
      part[x % FW_LATTICE_PARTS] += 0.5 * r * r + g * (a + b * g);
    }
    const double *n[6];
    int count = fw_lattice_rows(l, phi, row, n);
    for (int k = 0; k < count; k += 2) {
      const double *up = n[k];
      for (int64_t x = 0; x < size; x++) {
        double r = up[x] - own[x];
        part[x % FW_LATTICE_PARTS] += 0.5 * r * r;
      }
    }
    for (int k = 0; k < FW_LATTICE_PARTS; k++) total += part[k];
  }
  return total;
}

static void fw_lattice_drift_sites(int64_t sites, double *restrict phi, const double *restrict pi,
                                   double eps) {
  for (int64_t x = 0; x < sites; x++) phi[x] += eps * pi[x];
}

#endif
