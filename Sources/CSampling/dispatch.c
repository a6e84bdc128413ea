// Sizes, and the choice of the instruction-set level of each entry point.
#include "layout.h"

int64_t fw_slot_count(const fw_network_spec *spec) { return fw_slots(spec); }

int64_t fw_scratch_floats(const fw_network_spec *spec) {
  return fw_scratch_layout(spec).total * FW_LANES;
}

int64_t fw_deep_scratch_floats(const fw_deep_spec *spec) {
  return fw_deep_scratch_layout(spec).total * FW_LANES;
}

#define FW_DECLARE(suffix)                                                                       \
  void fw_sample_deep##suffix(const fw_deep_spec *, fw_networks, int32_t, double *, float *);    \
  void fw_sample##suffix(const fw_network_spec *, fw_networks, int32_t, double *, float *);      \
  void fw_variates##suffix(fw_source, fw_networks, uint64_t, int64_t, float *);                  \
  void fw_philox##suffix(const uint32_t *, const uint32_t *, uint32_t *);                        \
  void fw_box_muller##suffix(const uint32_t *, float *);                                         \
  void fw_moments##suffix(const fw_moment_plan *, double *, double *);                           \
  void fw_lattice_kick##suffix(const fw_lattice *, const double *, double *, double);            \
  void fw_lattice_drift##suffix(int64_t, double *, const double *, double);                      \
  double fw_lattice_action##suffix(const fw_lattice *, const double *);                          \
  double fw_wave_move##suffix(const fw_wave_grid *, const double *, const fw_wave *,             \
                              const fw_wave *, const double *, const fw_potential *, double *);  \
  void fw_wave_shift##suffix(const fw_wave_grid *, const double *, const fw_wave *,              \
                             const fw_wave *, double *, double *);                               \
  void fw_wave_add##suffix(const fw_wave_grid *, const fw_wave *, double *);                     \
  void fw_wave_project##suffix(const fw_wave_grid *, const double *, const fw_wave *, double *); \
  double fw_potential_sum##suffix(const fw_wave_grid *, const double *, const double *,          \
                                  const fw_potential *, double *);                               \
  void fw_wave_ramp##suffix(int64_t, int64_t, double, double, double *, double *);

FW_DECLARE(_baseline)
#if defined(__x86_64__)
FW_DECLARE(_avx2)
FW_DECLARE(_avx512)
#define FW_TABLE(f) {f##_baseline, f##_avx2, f##_avx512}
#else
#define FW_TABLE(f) {f##_baseline}
#endif

void fw_sample(int32_t level, const fw_network_spec *spec, fw_networks networks, int32_t count,
               double *slots, float *scratch) {
  static void (*const table[])(const fw_network_spec *, fw_networks, int32_t, double *, float *) =
      FW_TABLE(fw_sample);
  table[level](spec, networks, count, slots, scratch);
}

void fw_sample_deep(int32_t level, const fw_deep_spec *spec, fw_networks networks, int32_t count,
                    double *slots, float *scratch) {
  static void (*const table[])(const fw_deep_spec *, fw_networks, int32_t, double *, float *) =
      FW_TABLE(fw_sample_deep);
  table[level](spec, networks, count, slots, scratch);
}

void fw_variates(int32_t level, fw_source source, fw_networks networks, uint64_t first,
                 int64_t count, float *out) {
  static void (*const table[])(fw_source, fw_networks, uint64_t, int64_t, float *) =
      FW_TABLE(fw_variates);
  table[level](source, networks, first, count, out);
}

void fw_philox(int32_t level, const uint32_t *counter, const uint32_t *key, uint32_t *out) {
  static void (*const table[])(const uint32_t *, const uint32_t *, uint32_t *) =
      FW_TABLE(fw_philox);
  table[level](counter, key, out);
}

void fw_box_muller(int32_t level, const uint32_t *words, float *out) {
  static void (*const table[])(const uint32_t *, float *) = FW_TABLE(fw_box_muller);
  table[level](words, out);
}

void fw_moments(int32_t level, const fw_moment_plan *plan, double *arrays, double *sums) {
  static void (*const table[])(const fw_moment_plan *, double *, double *) = FW_TABLE(fw_moments);
  table[level](plan, arrays, sums);
}

void fw_lattice_kick(int32_t level, const fw_lattice *lattice, const double *phi, double *pi,
                     double eps) {
  static void (*const table[])(const fw_lattice *, const double *, double *, double) =
      FW_TABLE(fw_lattice_kick);
  table[level](lattice, phi, pi, eps);
}

void fw_lattice_drift(int32_t level, int64_t sites, double *phi, const double *pi, double eps) {
  static void (*const table[])(int64_t, double *, const double *, double) =
      FW_TABLE(fw_lattice_drift);
  table[level](sites, phi, pi, eps);
}

double fw_lattice_action(int32_t level, const fw_lattice *lattice, const double *phi) {
  static double (*const table[])(const fw_lattice *, const double *) = FW_TABLE(fw_lattice_action);
  return table[level](lattice, phi);
}

double fw_wave_move(int32_t level, const fw_wave_grid *grid, const double *field,
                    const fw_wave *fresh, const fw_wave *old, const double *rest,
                    const fw_potential *potential, double *moved) {
  static double (*const table[])(const fw_wave_grid *, const double *, const fw_wave *,
                                 const fw_wave *, const double *, const fw_potential *, double *) =
      FW_TABLE(fw_wave_move);
  return table[level](grid, field, fresh, old, rest, potential, moved);
}

void fw_wave_shift(int32_t level, const fw_wave_grid *grid, const double *field,
                   const fw_wave *fresh, const fw_wave *old, double *moved, double *squares) {
  static void (*const table[])(const fw_wave_grid *, const double *, const fw_wave *,
                               const fw_wave *, double *, double *) = FW_TABLE(fw_wave_shift);
  table[level](grid, field, fresh, old, moved, squares);
}

void fw_wave_add(int32_t level, const fw_wave_grid *grid, const fw_wave *wave, double *field) {
  static void (*const table[])(const fw_wave_grid *, const fw_wave *, double *) =
      FW_TABLE(fw_wave_add);
  table[level](grid, wave, field);
}

void fw_wave_project(int32_t level, const fw_wave_grid *grid, const double *force,
                     const fw_wave *wave, double *out) {
  static void (*const table[])(const fw_wave_grid *, const double *, const fw_wave *, double *) =
      FW_TABLE(fw_wave_project);
  table[level](grid, force, wave, out);
}

double fw_potential_sum(int32_t level, const fw_wave_grid *grid, const double *field,
                        const double *rest, const fw_potential *potential, double *force) {
  static double (*const table[])(const fw_wave_grid *, const double *, const double *,
                                 const fw_potential *, double *) = FW_TABLE(fw_potential_sum);
  return table[level](grid, field, rest, potential, force);
}

void fw_wave_ramp(int32_t level, int64_t count, int64_t columns, double start, double step,
                  double *cosines, double *sines) {
  static void (*const table[])(int64_t, int64_t, double, double, double *, double *) =
      FW_TABLE(fw_wave_ramp);
  table[level](count, columns, start, step, cosines, sines);
}
