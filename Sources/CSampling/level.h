// The entry points of one instruction-set level; FW_NAME decorates the symbols.
#include "deep.h"
#include "lattice.h"
#include "moments.h"
#include "network.h"
#include "philox.h"
#include "waves.h"

// Four groups of sixteen networks; zeros at and beyond `count`.
#define FW_IN_SIXTEENS(sixteen, slot_count)                                      \
  const int64_t all = (slot_count);                                              \
  for (int group = 0; group < FW_BATCH / FW_LANES; group++) {                    \
    int lanes = count - group * FW_LANES;                                        \
    double *out = slots + group * FW_LANES;                                      \
    if (lanes > 0) {                                                             \
      fw_networks own = networks;                                                \
      own.first += (uint64_t)group * FW_LANES;                                   \
      sixteen(spec, own, out, (fw_f32 *)scratch);                                \
    }                                                                            \
    for (int lane = lanes > 0 ? lanes : 0; lane < FW_LANES; lane++)              \
      for (int64_t s = 0; s < all; s++) out[s * FW_BATCH + lane] = 0.0;          \
  }

void FW_NAME(fw_sample)(const fw_network_spec *spec, fw_networks networks, int32_t count,
                        double *slots, float *scratch) {
  FW_IN_SIXTEENS(fw_sample_sixteen, fw_slots(spec))
}

void FW_NAME(fw_sample_deep)(const fw_deep_spec *spec, fw_networks networks, int32_t count,
                             double *slots, float *scratch) {
  FW_IN_SIXTEENS(fw_deep_sixteen, fw_deep_slots(spec))
}

void FW_NAME(fw_variates)(fw_source source, fw_networks networks, uint64_t first, int64_t count,
                          float *out) {
  fw_f32 four[4];
  for (int64_t i = 0; i < count; i += 4) {
    fw_fill(source, networks, first + (uint64_t)i, 4, four);
    __builtin_memcpy(out + i * FW_LANES, four, sizeof four);
  }
}

void FW_NAME(fw_philox)(const uint32_t *counter, const uint32_t *key, uint32_t *out) {
  fw_block b =
      fw_philox_block(counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
  __builtin_memcpy(out, b.word, sizeof b.word);
}

void FW_NAME(fw_box_muller)(const uint32_t *words, float *out) {
  fw_u32 k0, k1;
  fw_f32 pair[2];
  __builtin_memcpy(&k0, words, sizeof k0);
  __builtin_memcpy(&k1, words + FW_LANES, sizeof k1);
  fw_pair(fw_log_uniform(k0), k1, fw_splat(-2.0f), &pair[0], &pair[1]);
  __builtin_memcpy(out, pair, sizeof pair);
}

void FW_NAME(fw_moments)(const fw_moment_plan *plan, double *arrays, double *sums) {
  fw_moments_loop(plan, arrays, sums);
}

void FW_NAME(fw_lattice_kick)(const fw_lattice *lattice, const double *phi, double *pi, double eps) {
  fw_lattice_kick_rows(lattice, phi, pi, eps);
}

void FW_NAME(fw_lattice_drift)(int64_t sites, double *phi, const double *pi, double eps) {
  fw_lattice_drift_sites(sites, phi, pi, eps);
}

double FW_NAME(fw_lattice_action)(const fw_lattice *lattice, const double *phi) {
  return fw_lattice_action_rows(lattice, phi);
}

double FW_NAME(fw_wave_move)(const fw_wave_grid *grid, const double *field, const fw_wave *fresh,
                             const fw_wave *old, const double *rest, const fw_potential *potential,
                             double *moved) {
  return fw_wave_move_rows(grid, field, fresh, old, rest, potential, moved);
}

void FW_NAME(fw_wave_shift)(const fw_wave_grid *grid, const double *field, const fw_wave *fresh,
                            const fw_wave *old, double *moved, double *squares) {
  fw_wave_shift_rows(grid, field, fresh, old, moved, squares);
}

void FW_NAME(fw_wave_add)(const fw_wave_grid *grid, const fw_wave *wave, double *field) {
  fw_wave_add_rows(grid, wave, field);
}

void FW_NAME(fw_wave_project)(const fw_wave_grid *grid, const double *force, const fw_wave *wave,
                              double *out) {
  fw_wave_project_rows(grid, force, wave, out);
}

double FW_NAME(fw_potential_sum)(const fw_wave_grid *grid, const double *field, const double *rest,
                                 const fw_potential *potential, double *force) {
  return fw_potential_rows(grid, field, rest, potential, force);
}

void FW_NAME(fw_wave_ramp)(int64_t count, int64_t columns, double start, double step,
                           double *cosines, double *sines) {
  fw_wave_ramp_columns(count, columns, start, step, cosines, sines);
}
