// One hidden layer, sixteen networks at a time: draw a chunk of neurons, evaluate
// their units at every point, contract with the output weights (or with the units
// themselves, for the random kernel) in float32, and add the chunk in float64.
#ifndef FW_NETWORK_H
#define FW_NETWORK_H

#include "formula.h"
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

// The unit of one neuron at one point, from its weights and its bias.
FW_INLINE fw_f32 fw_unit_at(int activation, int inputs, const fw_network_spec *spec, int point,
                            const fw_f32 *w, fw_f32 bias, fw_f32 slope, fw_f32 mean) {
  const float *x = spec->x + (int64_t)point * inputs;
  fw_f32 z = bias;
  if (activation == FW_GAUSS) z -= fw_splat(spec->shift[point]);
  for (int a = 0; a < inputs; a++) z = FW_FMA(w[a] + mean, fw_splat(x[a]), z);
  return fw_unit(activation, z, slope);
}

FW_INLINE fw_f32 fw_bias_of(const fw_network_spec *spec, const fw_f32 *biases, int neuron) {
  fw_f32 bias = spec->hidden_bias ? biases[neuron] : fw_splat(0.0f);
  return bias + fw_splat(spec->hidden_bias_mean);
}

// units[neuron][point] from weights [neuron][input] and biases [neuron].
FW_INLINE void fw_units_loop(int activation, int inputs, const fw_network_spec *spec,
                             const fw_f32 *weights, const fw_f32 *biases, int neurons,
                             fw_f32 *units) {
  const int points = spec->points;
  const fw_f32 slope = fw_splat(spec->slope), mean = fw_splat(spec->hidden_mean);
  for (int j = 0; j < neurons; j++) {
    const fw_f32 bias = fw_bias_of(spec, biases, j);
    for (int p = 0; p < points; p++)
      units[(int64_t)j * points + p] = fw_unit_at(activation, inputs, spec, p,
                                                  weights + (int64_t)j * inputs, bias, slope, mean);
  }
}

// sums[p] += sum_j output[j] s_j(p) for `block` points from `first` on: the units of a network with
// one output are contracted as they are evaluated and never stored.
FW_INLINE void fw_output_block(int block, int activation, int inputs, const fw_network_spec *spec,
                               const fw_f32 *weights, const fw_f32 *biases, const fw_f32 *output,
                               int neurons, int first, fw_f64x16 *sums) {
  const fw_f32 slope = fw_splat(spec->slope), mean = fw_splat(spec->hidden_mean);
  fw_f32 sum[6];
  for (int p = 0; p < block; p++) sum[p] = fw_splat(0.0f);
  for (int j = 0; j < neurons; j++) {
    const fw_f32 bias = fw_bias_of(spec, biases, j);
    for (int p = 0; p < block; p++)
      sum[p] = FW_FMA(output[j], fw_unit_at(activation, inputs, spec, first + p,
                                            weights + (int64_t)j * inputs, bias, slope, mean),
                      sum[p]);
  }
  for (int p = 0; p < block; p++) sums[first + p] += __builtin_convertvector(sum[p], fw_f64x16);
}

FW_INLINE void fw_output_loop(int activation, int inputs, const fw_network_spec *spec,
                              const fw_f32 *weights, const fw_f32 *biases, const fw_f32 *output,
                              int neurons, fw_f64x16 *sums) {
  int p = 0;
  for (; p + 6 <= spec->points; p += 6)
    fw_output_block(6, activation, inputs, spec, weights, biases, output, neurons, p, sums);
  for (; p + 2 <= spec->points; p += 2)
    fw_output_block(2, activation, inputs, spec, weights, biases, output, neurons, p, sums);
  if (p < spec->points)
    fw_output_block(1, activation, inputs, spec, weights, biases, output, neurons, p, sums);
}

// The number of inputs, where it is small, and the activation are constants of the loops.
#define FW_FOR_INPUTS(loop, activation, ...)                        \
  switch (spec->inputs) {                                           \
    case 1: loop(activation, 1, spec, __VA_ARGS__); break;          \
    case 2: loop(activation, 2, spec, __VA_ARGS__); break;          \
    case 3: loop(activation, 3, spec, __VA_ARGS__); break;          \
    default: loop(activation, spec->inputs, spec, __VA_ARGS__);     \
  }                                                                 \
  break

#define FW_FOR_ACTIVATION(loop, ...)                                          \
  switch (spec->activation) {                                                 \
    case FW_RELU: FW_FOR_INPUTS(loop, FW_RELU, __VA_ARGS__);                  \
    case FW_LEAKY_RELU: FW_FOR_INPUTS(loop, FW_LEAKY_RELU, __VA_ARGS__);      \
    case FW_ERF: FW_FOR_INPUTS(loop, FW_ERF, __VA_ARGS__);                    \
    case FW_GAUSS: FW_FOR_INPUTS(loop, FW_GAUSS, __VA_ARGS__);                \
    case FW_COS: FW_FOR_INPUTS(loop, FW_COS, __VA_ARGS__);                    \
    case FW_SIN: FW_FOR_INPUTS(loop, FW_SIN, __VA_ARGS__);                    \
    case FW_TANH: FW_FOR_INPUTS(loop, FW_TANH, __VA_ARGS__);                  \
    case FW_GELU: FW_FOR_INPUTS(loop, FW_GELU, __VA_ARGS__);                  \
    case FW_SOFTPLUS: FW_FOR_INPUTS(loop, FW_SOFTPLUS, __VA_ARGS__);          \
    case FW_FORMULA: /* of the pre-activations, afterwards */                 \
    case FW_LINEAR: FW_FOR_INPUTS(loop, FW_LINEAR, __VA_ARGS__);              \
  }

static void fw_evaluate_units(const fw_network_spec *spec, const fw_f32 *weights,
                              const fw_f32 *biases, int neurons, fw_f32 *units) {
  FW_FOR_ACTIVATION(fw_units_loop, weights, biases, neurons, units)
  if (spec->activation == FW_FORMULA)
    fw_formula_apply(spec->formula, spec->formula_steps, units, (int64_t)neurons * spec->points);
}

static void fw_evaluate_output(const fw_network_spec *spec, const fw_f32 *weights,
                               const fw_f32 *biases, const fw_f32 *output, int neurons,
                               fw_f64x16 *sums) {
  FW_FOR_ACTIVATION(fw_output_loop, weights, biases, output, neurons, sums)
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

// sums[point][output] += the output biases.
static void fw_add_output_biases(int points, int outputs, int drawn, fw_source source,
                                 const float *means, fw_networks networks, fw_f32 *scratch,
                                 fw_f64x16 *sums) {
  for (int i = 0; i < outputs; i += FW_CHUNK) {
    int chunk = outputs - i < FW_CHUNK ? outputs - i : FW_CHUNK;
    if (drawn) fw_fill(source, networks, (uint64_t)i, fw_round_up4(chunk), scratch);
    for (int k = 0; k < chunk; k++) {
      fw_f32 bias = drawn ? scratch[k] : fw_splat(0.0f);
      bias += fw_splat(means[i + k]);
      for (int p = 0; p < points; p++)
        sums[(int64_t)p * outputs + i + k] += __builtin_convertvector(bias, fw_f64x16);
    }
  }
}

// Output weights of `neurons` neurons from `first` on, [neuron][output].
static void fw_fill_output_weights(int outputs, fw_source source, const float *means,
                                   fw_networks networks, int64_t first, int neurons,
                                   fw_f32 *weights) {
  fw_fill(source, networks, (uint64_t)first * outputs, fw_round_up4((int64_t)neurons * outputs),
          weights);
  for (int i = 0; i < outputs; i++)
    if (means[i] != 0.0f)
      for (int j = 0; j < neurons; j++) weights[j * outputs + i] += fw_splat(means[i]);
}

// sums[pair a <= b] += sum_j s_j(a) s_j(b).
static void fw_add_kernel(const fw_f32 *units, int points, int neurons, fw_f64x16 *sums) {
  int64_t slot = 0;
  for (int a = 0; a < points; a++) {
    fw_contract(units + a, points, units + a, points, points - a, neurons, sums + slot);
    slot += points - a;
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
    const int single =
        spec->quantity == FW_OUTPUTS && outputs == 1 && spec->activation != FW_FORMULA;
    if (!single) fw_evaluate_units(spec, weights, biases, neurons, units);
    switch (spec->quantity) {
      case FW_OUTPUTS:
        fw_fill_output_weights(outputs, spec->output_weights, spec->output_mean, networks, first,
                               neurons, output_weights);
        if (single) {
          fw_evaluate_output(spec, weights, biases, output_weights, neurons, sums);
        } else {
          // Roles exchanged: the units of one point against every output's weights.
          for (int p = 0; p < points; p++)
            fw_contract(units + p, points, output_weights, outputs, outputs, neurons,
                        sums + (int64_t)p * outputs);
        }
        break;
      case FW_KERNEL: fw_add_kernel(units, points, neurons, sums); break;
      case FW_UNITS:
        for (int p = 0; p < points; p++) sums[p] = __builtin_convertvector(units[p], fw_f64x16);
        break;
    }
  }
  if (spec->quantity == FW_OUTPUTS)
    fw_add_output_biases(points, outputs, spec->output_bias, spec->output_biases,
                         spec->output_bias_mean, networks, biases, sums);
  for (int64_t s = 0; s < count; s++) {
    fw_f64x16 value = sums[s];
    if (spec->quantity == FW_KERNEL)
      value = value * (fw_f64x16)spec->kernel_scale + (fw_f64x16)spec->kernel_offset;
    __builtin_memcpy(slots + s * FW_BATCH, &value, sizeof value);
  }
}

#endif
