// One hidden layer, sixteen networks at a time: draw a chunk of neurons, evaluate
// their units at every point, contract with the output weights (or with the units
// themselves, for the random kernel) in float32, and add the chunk in float64.
#ifndef FW_NETWORK_H
#define FW_NETWORK_H

#include "layout.h"
#include "philox.h"

FW_INLINE fw_f32 fw_unit(int activation, fw_f32 z, fw_f32 slope) {
  const fw_f32 zero = fw_splat(0.0f);
  switch (activation) {
    case FW_RELU: return __builtin_elementwise_max(z, zero);
    case FW_LEAKY_RELU:
      return FW_FMA(slope, __builtin_elementwise_min(z, zero), __builtin_elementwise_max(z, zero));
    case FW_ERF: return fw_erf(z);
    case FW_GAUSS: return fw_exp(z);
    case FW_COS: return fw_cos(z);
    case FW_SIN: return fw_sin(z);
    case FW_TANH: return fw_tanh(z);
    case FW_GELU: return fw_gelu(z);
    case FW_SOFTPLUS: return fw_softplus(z);
    default: return z;
  }
}

// units[neuron][point] from weights [neuron][input] and biases [neuron].
FW_INLINE void fw_units_loop(int activation, int inputs, const fw_network_spec *spec,
                             const fw_f32 *weights, const fw_f32 *biases, int neurons,
                             fw_f32 *units) {
  const int points = spec->points;
  const fw_f32 slope = fw_splat(spec->slope);
  const fw_f32 mean = fw_splat(spec->hidden_mean);
  for (int j = 0; j < neurons; j++) {
    fw_f32 bias = spec->hidden_bias ? biases[j] : fw_splat(0.0f);
    bias += fw_splat(spec->hidden_bias_mean);
    const fw_f32 *w = weights + (int64_t)j * inputs;
    fw_f32 *row = units + (int64_t)j * points;
    for (int p = 0; p < points; p++) {
      const float *x = spec->x + (int64_t)p * inputs;
      fw_f32 z = bias;
      if (activation == FW_GAUSS) z -= fw_splat(spec->shift[p]);
      for (int a = 0; a < inputs; a++) z = FW_FMA(w[a] + mean, fw_splat(x[a]), z);
      row[p] = fw_unit(activation, z, slope);
    }
  }
}

FW_INLINE void fw_units_inputs(int activation, const fw_network_spec *spec, const fw_f32 *weights,
                               const fw_f32 *biases, int neurons, fw_f32 *units) {
  switch (spec->inputs) {
    case 1: fw_units_loop(activation, 1, spec, weights, biases, neurons, units); break;
    case 2: fw_units_loop(activation, 2, spec, weights, biases, neurons, units); break;
    case 3: fw_units_loop(activation, 3, spec, weights, biases, neurons, units); break;
    default: fw_units_loop(activation, spec->inputs, spec, weights, biases, neurons, units);
  }
}

static void fw_evaluate_units(const fw_network_spec *spec, const fw_f32 *weights,
                              const fw_f32 *biases, int neurons, fw_f32 *units) {
#define FW_CASE(name) \
  case name: fw_units_inputs(name, spec, weights, biases, neurons, units); break
  switch (spec->activation) {
    FW_CASE(FW_RELU);
    FW_CASE(FW_LEAKY_RELU);
    FW_CASE(FW_ERF);
    FW_CASE(FW_GAUSS);
    FW_CASE(FW_COS);
    FW_CASE(FW_SIN);
    FW_CASE(FW_TANH);
    FW_CASE(FW_GELU);
    FW_CASE(FW_SOFTPLUS);
    FW_CASE(FW_LINEAR);
  }
#undef FW_CASE
}

// sums[p] += sum_j left[j * stride] * units[j * points + p] for `block` points.
FW_INLINE void fw_contract_block(int block, const fw_f32 *left, int64_t stride,
                                 const fw_f32 *units, int64_t points, int neurons,
                                 fw_f64x16 *sums) {
  fw_f32 sum[8];
  for (int p = 0; p < block; p++) sum[p] = fw_splat(0.0f);
  for (int j = 0; j < neurons; j++) {
    fw_f32 l = left[j * stride];
    for (int p = 0; p < block; p++) sum[p] = FW_FMA(l, units[j * points + p], sum[p]);
  }
  for (int p = 0; p < block; p++) sums[p] += __builtin_convertvector(sum[p], fw_f64x16);
}

static void fw_contract(const fw_f32 *left, int64_t stride, const fw_f32 *units, int64_t points,
                        int count, int neurons, fw_f64x16 *sums) {
  int p = 0;
  for (; p + 6 <= count; p += 6)
    fw_contract_block(6, left, stride, units + p, points, neurons, sums + p);
  switch (count - p) {
    case 5: fw_contract_block(5, left, stride, units + p, points, neurons, sums + p); break;
    case 4: fw_contract_block(4, left, stride, units + p, points, neurons, sums + p); break;
    case 3: fw_contract_block(3, left, stride, units + p, points, neurons, sums + p); break;
    case 2: fw_contract_block(2, left, stride, units + p, points, neurons, sums + p); break;
    case 1: fw_contract_block(1, left, stride, units + p, points, neurons, sums + p); break;
  }
}

static void fw_add_output_biases(const fw_network_spec *spec, fw_networks networks,
                                 fw_f32 *scratch, fw_f64x16 *sums) {
  for (int i = 0; i < spec->outputs; i += FW_CHUNK) {
    int chunk = spec->outputs - i < FW_CHUNK ? spec->outputs - i : FW_CHUNK;
    if (spec->output_bias)
      fw_fill(spec->output_biases, networks, (uint64_t)i, fw_round_up4(chunk), scratch);
    for (int k = 0; k < chunk; k++) {
      fw_f32 bias = spec->output_bias ? scratch[k] : fw_splat(0.0f);
      bias += fw_splat(spec->output_bias_mean[i + k]);
      for (int p = 0; p < spec->points; p++)
        sums[(int64_t)p * spec->outputs + i + k] += __builtin_convertvector(bias, fw_f64x16);
    }
  }
}

// Sixteen networks; slots[slot * FW_BATCH + lane].
static void fw_sample_sixteen(const fw_network_spec *spec, fw_networks networks, double *slots,
                              fw_f32 *scratch) {
  const fw_layout l = fw_scratch_layout(spec);
  const int64_t count = fw_slots(spec);
  const int points = spec->points, outputs = spec->outputs;
  fw_f32 *weights = scratch + l.weights, *biases = scratch + l.biases;
  fw_f32 *output_weights = scratch + l.output_weights, *units = scratch + l.units;
  fw_f64x16 *sums = (fw_f64x16 *)(scratch + l.sums);
  for (int64_t s = 0; s < count; s++) sums[s] = (fw_f64x16)0.0;

  for (int first = 0; first < spec->width; first += FW_CHUNK) {
    int neurons = spec->width - first < FW_CHUNK ? spec->width - first : FW_CHUNK;
    fw_fill(spec->hidden_weights, networks, (uint64_t)first * spec->inputs,
            fw_round_up4((int64_t)neurons * spec->inputs), weights);
    if (spec->hidden_bias)
      fw_fill(spec->hidden_biases, networks, (uint64_t)first, fw_round_up4(neurons), biases);
    fw_evaluate_units(spec, weights, biases, neurons, units);
    switch (spec->quantity) {
      case FW_OUTPUTS:
        fw_fill(spec->output_weights, networks, (uint64_t)first * outputs,
                fw_round_up4((int64_t)neurons * outputs), output_weights);
        for (int i = 0; i < outputs; i++) {
          float mean = spec->output_mean[i];
          if (mean != 0.0f)
            for (int j = 0; j < neurons; j++) output_weights[j * outputs + i] += fw_splat(mean);
        }
        if (outputs == 1) {
          fw_contract(output_weights, 1, units, points, points, neurons, sums);
        } else {
          // Roles exchanged: the units of one point against every output's weights.
          for (int p = 0; p < points; p++)
            fw_contract(units + p, points, output_weights, outputs, outputs, neurons,
                        sums + (int64_t)p * outputs);
        }
        break;
      case FW_KERNEL: {
        int64_t slot = 0;
        for (int a = 0; a < points; a++) {
          fw_contract(units + a, points, units + a, points, points - a, neurons, sums + slot);
          slot += points - a;
        }
        break;
      }
      case FW_UNITS:
        for (int p = 0; p < points; p++) sums[p] = __builtin_convertvector(units[p], fw_f64x16);
        break;
    }
  }
  if (spec->quantity == FW_OUTPUTS) fw_add_output_biases(spec, networks, biases, sums);
  for (int64_t s = 0; s < count; s++) {
    fw_f64x16 value = sums[s];
    if (spec->quantity == FW_KERNEL)
      value = value * (fw_f64x16)spec->kernel_scale + (fw_f64x16)spec->kernel_offset;
    __builtin_memcpy(slots + s * FW_BATCH, &value, sizeof value);
  }
}

#endif
