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

// Scratch of a network of any depth, in vectors of 16 floats.
typedef struct {
  int64_t below, units, weights, biases, normals, factor, sums, total;
} fw_deep_layout;

static inline int64_t fw_deep_slots(const fw_deep_spec *spec) {
  int64_t points = spec->points;
  return spec->quantity == FW_OUTPUTS ? points * spec->outputs
                                      : spec->recorded * (points * (points + 1) / 2);
}

static inline fw_deep_layout fw_deep_scratch_layout(const fw_deep_spec *spec) {
  int64_t points = spec->points, pairs = points * (points + 1) / 2;
  int64_t widest = spec->layer[0].chained ? FW_CHUNK : spec->inputs;
  for (int l = 0; l < spec->layers; l++) {
    int64_t held = spec->layer[l].chained ? FW_CHUNK : spec->layer[l].width;
    if (held > widest) widest = held;
  }
  int64_t outputs = points * spec->outputs;
  fw_deep_layout l;
  l.below = 0;
  l.units = l.below + widest * points;
  l.weights = l.units + widest * points;
  // A chunk of a row that starts anywhere, or of output weights.
  l.biases = l.weights + fw_round_up4((int64_t)FW_CHUNK * spec->outputs) + FW_CHUNK + 8;
  l.normals = l.biases + FW_CHUNK;
  l.factor = l.normals + FW_CHUNK * points;
  l.sums = l.factor + pairs;
  l.total = l.sums + 2 * (outputs > pairs ? outputs : pairs) + 2 * pairs;
  return l;
}

#endif
