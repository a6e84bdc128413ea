// Where the working arrays of one network evaluation lie in the scratch.
#ifndef FW_LAYOUT_H
#define FW_LAYOUT_H

#include "CSampling.h"

// Neurons summed in float32 before the float64 total takes them.
#define FW_CHUNK 32

static inline int64_t fw_slots(const fw_network_spec *spec) {
  int64_t points = spec->points;
  switch (spec->quantity) {
    case FW_OUTPUTS: return points * spec->outputs;
    case FW_KERNEL: return points * (points + 1) / 2;
    default: return points;
  }
}

static inline int64_t fw_round_up4(int64_t n) { return (n + 3) & ~(int64_t)3; }

// Scratch, in vectors of 16 floats: weights, biases, output weights, units, then sums (float64).
typedef struct {
  int64_t weights, biases, output_weights, units, sums, total;
} fw_layout;

static inline fw_layout fw_scratch_layout(const fw_network_spec *spec) {
  int64_t slots = fw_slots(spec);
  fw_layout l;
  l.weights = 0;
  l.biases = l.weights + fw_round_up4((int64_t)FW_CHUNK * spec->inputs);
  l.output_weights = l.biases + FW_CHUNK;
  l.units = l.output_weights + fw_round_up4((int64_t)FW_CHUNK * spec->outputs);
  l.sums = l.units + (int64_t)FW_CHUNK * spec->points;
  l.total = l.sums + 2 * slots;
  return l;
}

#endif
