// Networks of any depth, sixteen at a time, layer by layer.
//
// A layer is either explicit (weights drawn, units of all neurons kept) or a link of the
// random-kernel chain: given the layer below, the pre-activations of different neurons are
// independent Gaussians with the covariance Kh of that layer, so that drawing one normal a point
// and neuron replaces the weight matrix.
#ifndef FW_DEEP_H
#define FW_DEEP_H

#include "network.h"

#define FW_ALL(expression) \
  for (int64_t k = 0; k < count; k++) { fw_f32 u = z[k]; z[k] = (expression); } break

static void fw_apply_activation(const fw_layer *layer, fw_f32 *z, int64_t count) {
  const fw_f32 slope = fw_splat(layer->slope);
  switch (layer->activation) {
    case FW_RELU: FW_ALL(fw_unit(FW_RELU, u, slope));
    case FW_LEAKY_RELU: FW_ALL(fw_unit(FW_LEAKY_RELU, u, slope));
    case FW_ERF: FW_ALL(fw_unit(FW_ERF, u, slope));
    case FW_GAUSS: FW_ALL(fw_unit(FW_GAUSS, u, slope));
    case FW_COS: FW_ALL(fw_unit(FW_COS, u, slope));
    case FW_SIN: FW_ALL(fw_unit(FW_SIN, u, slope));
    case FW_TANH: FW_ALL(fw_unit(FW_TANH, u, slope));
    case FW_GELU: FW_ALL(fw_unit(FW_GELU, u, slope));
    case FW_SOFTPLUS: FW_ALL(fw_unit(FW_SOFTPLUS, u, slope));
    case FW_FORMULA: fw_formula_apply(layer->formula, layer->formula_steps, z, count); break;
  }
}

#undef FW_ALL

// Adds the bias of each neuron, and in the first layer subtracts the shift of each point.
static void fw_add_biases(const fw_deep_spec *spec, int l, fw_networks networks, int64_t first,
                          int neurons, fw_f32 *scratch, fw_f32 *z) {
  const fw_layer *layer = &spec->layer[l];
  const int points = spec->points;
  if (layer->bias)
    fw_fill(layer->biases, networks, (uint64_t)first, fw_round_up4(neurons), scratch);
  if (layer->bias || layer->bias_mean != 0.0f)
    for (int j = 0; j < neurons; j++) {
      fw_f32 bias = (layer->bias ? scratch[j] : fw_splat(0.0f)) + fw_splat(layer->bias_mean);
      for (int p = 0; p < points; p++) z[(int64_t)j * points + p] += bias;
    }
  if (l == 0 && layer->activation == FW_GAUSS)
    for (int j = 0; j < neurons; j++)
      for (int p = 0; p < points; p++)
        z[(int64_t)j * points + p] -= fw_splat(spec->shift[p]);
}

// z[neuron][point] = sum_k w[neuron][k] below[k][point] for one neuron.
static void fw_explicit_row(const fw_layer *layer, fw_networks networks, int64_t neuron,
                            int64_t fan_in, const fw_f32 *below, int points, fw_f32 *weights,
                            fw_f64x16 *sums, fw_f32 *z) {
  for (int p = 0; p < points; p++) sums[p] = (fw_f64x16)0.0;
  for (int64_t k = 0; k < fan_in; k += FW_CHUNK) {
    int chunk = fan_in - k < FW_CHUNK ? (int)(fan_in - k) : FW_CHUNK;
    uint64_t index = (uint64_t)(neuron * fan_in + k), start = index & ~(uint64_t)3;
    int64_t skip = (int64_t)(index - start);
    fw_fill(layer->weights, networks, start, fw_round_up4(skip + chunk), weights);
    if (layer->mean != 0.0f)
      for (int j = 0; j < chunk; j++) weights[skip + j] += fw_splat(layer->mean);
    fw_contract(weights + skip, 1, below + k * points, points, points, chunk, sums);
  }
  for (int p = 0; p < points; p++) z[p] = __builtin_convertvector(sums[p], fw_f32);
}

// z[neuron][point] = sum_q factor[point][q] g[q][neuron] for a chunk of neurons.
static void fw_chained_chunk(const fw_layer *layer, fw_networks networks, int64_t first,
                             int neurons, const fw_f32 *factor, int points, fw_f32 *normals,
                             fw_f32 *z) {
  const int64_t stride = fw_round_up4(layer->width);
  for (int q = 0; q < points; q++)
    fw_fill(layer->weights, networks, (uint64_t)(q * stride + first), fw_round_up4(neurons),
            normals + (int64_t)q * FW_CHUNK);
  for (int j = 0; j < neurons; j++) {
    const fw_f32 *row = factor;
    for (int p = 0; p < points; p++) {
      fw_f32 sum = row[0] * normals[j];
      for (int q = 1; q <= p; q++) sum = FW_FMA(row[q], normals[q * FW_CHUNK + j], sum);
      z[(int64_t)j * points + p] = sum;
      row += p + 1;
    }
  }
}

FW_INLINE fw_f64x16 fw_root64(fw_f64x16 x) { return __builtin_elementwise_sqrt(x); }

// Lower Cholesky factor of the kernel, pair by pair (a <= b) in float64. A pivot that is rounding
// (the units are float32) counts as zero with its column: collinear inputs, dead networks.
static void fw_cholesky(const fw_f64x16 *kernel, int points, fw_f64x16 *work, fw_f32 *factor) {
  const fw_f64x16 zero = (fw_f64x16)0.0;
  // work[b (b+1)/2 + a] = L[b][a].
  for (int a = 0; a < points; a++) {
    const int64_t row_a = (int64_t)a * (a + 1) / 2;
    const int64_t slot = (int64_t)a * points - (int64_t)a * (a - 1) / 2;
    fw_f64x16 pivot = kernel[slot];
    for (int k = 0; k < a; k++) pivot -= work[row_a + k] * work[row_a + k];
    fw_f64x16 least = kernel[slot] * (fw_f64x16)2e-7;
    // Lanes whose pivot counts.
    __typeof__(pivot > least) live = pivot > least;
    fw_f64x16 root = fw_root64(__builtin_elementwise_max(pivot, zero));
    fw_f64x16 inverse = (fw_f64x16)1.0 / root;
    root = (fw_f64x16)((__typeof__(live))root & live);
    inverse = (fw_f64x16)((__typeof__(live))inverse & live);
    work[row_a + a] = root;
    for (int b = a + 1; b < points; b++) {
      const int64_t row_b = (int64_t)b * (b + 1) / 2;
      fw_f64x16 sum = kernel[slot + b - a];
      for (int k = 0; k < a; k++) sum -= work[row_b + k] * work[row_a + k];
      work[row_b + a] = sum * inverse;
    }
  }
  const int64_t pairs = (int64_t)points * (points + 1) / 2;
  for (int64_t k = 0; k < pairs; k++) factor[k] = __builtin_convertvector(work[k], fw_f32);
}

// Sixteen networks; slots[slot * FW_BATCH + lane].
static void fw_deep_sixteen(const fw_deep_spec *spec, fw_networks networks, double *slots,
                            fw_f32 *scratch) {
  const fw_deep_layout l = fw_deep_scratch_layout(spec);
  const int points = spec->points, outputs = spec->outputs;
  const int64_t pairs = (int64_t)points * (points + 1) / 2;
  fw_f32 *below = scratch + l.below, *units = scratch + l.units;
  fw_f32 *weights = scratch + l.weights, *biases = scratch + l.biases;
  fw_f32 *normals = scratch + l.normals, *factor = scratch + l.factor;
  fw_f64x16 *sums = (fw_f64x16 *)(scratch + l.sums);
  fw_f64x16 *work = (fw_f64x16 *)(scratch + l.total) - pairs;
  int64_t fan_in = spec->inputs;

  if (spec->layer[0].chained) {
    for (int64_t k = 0; k < pairs; k++) factor[k] = fw_splat(spec->first_factor[k]);
  } else {
    for (int64_t a = 0; a < fan_in; a++)
      for (int p = 0; p < points; p++) below[a * points + p] = fw_splat(spec->x[p * fan_in + a]);
  }
  for (int h = 0; h < spec->layers; h++) {
    const fw_layer *layer = &spec->layer[h];
    const int recorded = spec->quantity == FW_KERNEL && h >= spec->layers - spec->recorded;
    const int linked = h + 1 < spec->layers && spec->layer[h + 1].chained;
    if (!layer->chained) {
      for (int64_t first = 0; first < layer->width; first += FW_CHUNK) {
        int neurons = layer->width - first < FW_CHUNK ? (int)(layer->width - first) : FW_CHUNK;
        fw_f32 *z = units + first * points;
        for (int j = 0; j < neurons; j++)
          fw_explicit_row(layer, networks, first + j, fan_in, below, points, weights, sums,
                          z + (int64_t)j * points);
        fw_add_biases(spec, h, networks, first, neurons, biases, z);
        fw_apply_activation(layer, z, (int64_t)neurons * points);
      }
    }
    if (recorded || linked) {
      for (int64_t k = 0; k < pairs; k++) sums[k] = (fw_f64x16)0.0;
      for (int64_t first = 0; first < layer->width; first += FW_CHUNK) {
        int neurons = layer->width - first < FW_CHUNK ? (int)(layer->width - first) : FW_CHUNK;
        fw_f32 *z = layer->chained ? units : units + first * points;
        if (layer->chained) {
          fw_chained_chunk(layer, networks, first, neurons, factor, points, normals, z);
          fw_add_biases(spec, h, networks, first, neurons, biases, z);
          fw_apply_activation(layer, z, (int64_t)neurons * points);
        }
        fw_add_kernel(z, points, neurons, sums);
      }
      for (int64_t k = 0; k < pairs; k++)
        sums[k] = sums[k] * (fw_f64x16)layer->kernel_scale + (fw_f64x16)layer->kernel_offset;
      if (recorded)
        for (int64_t k = 0; k < pairs; k++)
          __builtin_memcpy(slots + ((spec->layers - 1 - h) * pairs + k) * FW_BATCH, &sums[k],
                           sizeof sums[k]);
      if (linked) fw_cholesky(sums, points, work, factor);
    }
    fw_f32 *swap = below;
    below = units;
    units = swap;
    fan_in = layer->width;
  }
  if (spec->quantity != FW_OUTPUTS) return;
  for (int64_t s = 0; s < (int64_t)points * outputs; s++) sums[s] = (fw_f64x16)0.0;
  for (int64_t first = 0; first < fan_in; first += FW_CHUNK) {
    int neurons = fan_in - first < FW_CHUNK ? (int)(fan_in - first) : FW_CHUNK;
    fw_fill_output_weights(outputs, spec->output_weights, spec->output_mean, networks, first,
                           neurons, weights);
    for (int p = 0; p < points; p++)
      fw_contract(below + first * points + p, points, weights, outputs, outputs, neurons,
                  sums + (int64_t)p * outputs);
  }
  fw_add_output_biases(points, outputs, spec->output_bias, spec->output_biases,
                       spec->output_bias_mean, networks, biases, sums);
  for (int64_t s = 0; s < (int64_t)points * outputs; s++)
    __builtin_memcpy(slots + s * FW_BATCH, &sums[s], sizeof sums[s]);
}

#endif
