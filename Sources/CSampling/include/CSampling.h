// The inner loops of sampling: counter-based random variates, one-hidden-layer
// networks (16 across the vector lanes), and sums of products.
#ifndef CSAMPLING_H
#define CSAMPLING_H

#include <stdint.h>

#define FW_LANES 16
// Networks of one batch; sums over a batch run in a fixed order.
#define FW_BATCH 64

// Densities of a parameter, as standardised variates times `scale`.
enum { FW_GAUSSIAN = 0, FW_UNIFORM = 1, FW_LAPLACE = 2, FW_STUDENT_T = 3 };

// A source of independent variates: one density and one random stream.
typedef struct {
  int32_t kind;
  float scale;   // multiplies the standardised variate (unit variance)
  float rate;    // Student t only: 2 / degrees of freedom
  float shrink;  // Student t only: 1 - 2 / degrees of freedom
  uint64_t stream;
} fw_source;

// A source; `dof` matters to Student's t alone.
static inline fw_source fw_make_source(int32_t kind, double scale, double dof, uint64_t stream) {
  double rate = dof > 0 ? 2 / dof : 0;
  double shrink = dof > 0 ? (dof - 2) / dof : 1;
  return (fw_source){kind, (float)scale, (float)rate, (float)shrink, stream};
}

// Sixteen consecutive networks of one run.
typedef struct {
  uint64_t seed;
  uint32_t run;
  uint64_t first;  // index within the run, a multiple of 16, below 2^48
} fw_networks;

enum {
  FW_RELU = 0,
  FW_LEAKY_RELU = 1,
  FW_ERF = 2,
  FW_GAUSS = 3,
  FW_COS = 4,
  FW_SIN = 5,
  FW_TANH = 6,
  FW_GELU = 7,
  FW_SOFTPLUS = 8,
  FW_LINEAR = 9,
  FW_FORMULA = 10,
};

// Values that may wait while a formula is evaluated.
#define FW_FORMULA_STACK 16

// One step of a formula: an operation of formula.h, with its constant or exponent.
typedef struct {
  int32_t operation;
  float number;
} fw_formula_step;

enum {
  FW_OUTPUTS = 0,  // slots [point][output]: the outputs of the network
  FW_KERNEL = 1,   // slots [pair a <= b]: offset + scale * sum_j s_j(a) s_j(b)
  FW_UNITS = 2,    // slots [point]: the hidden units of a width-1 network
};

// One hidden layer. Pointers are borrowed for the duration of a call.
typedef struct {
  int32_t inputs, width, outputs, points;
  int32_t activation;
  float slope;  // leaky relu
  int32_t formula_steps;                  // FW_FORMULA
  const fw_formula_step *_Nullable formula;
  int32_t quantity;
  int32_t hidden_bias, output_bias;       // whether the source is used
  float hidden_mean;                      // mean of every hidden weight
  float hidden_bias_mean;
  double kernel_offset, kernel_scale;     // FW_KERNEL
  fw_source hidden_weights, hidden_biases, output_weights, output_biases;
  const float *_Nonnull x;                // [point][input]
  const float *_Nonnull shift;            // [point]: subtracted from z (gauss), else unused
  const float *_Nonnull output_mean;      // [output]
  const float *_Nonnull output_bias_mean; // [output]
} fw_network_spec;

// Floats of scratch that fw_sample needs (64-byte aligned).
int64_t fw_scratch_floats(const fw_network_spec *_Nonnull spec);

// Number of slots that fw_sample writes.
int64_t fw_slot_count(const fw_network_spec *_Nonnull spec);

// Draws networks first ... first + 63 and writes slots[slot * 64 + network].
// Networks at or beyond `count` are written as zeros.
void fw_sample(int32_t level, const fw_network_spec *_Nonnull spec, fw_networks networks,
               int32_t count, double *_Nonnull slots, float *_Nonnull scratch);

// One hidden layer of a network of any depth.
typedef struct {
  int32_t width;
  int32_t activation;
  float slope;
  int32_t formula_steps;
  const fw_formula_step *_Nullable formula;
  // Whether pre-activations are drawn from the random kernel of the layer below (for the first
  // layer, from `first_factor`) instead of from weights.
  int32_t chained;
  int32_t bias;                       // whether a bias is drawn and added
  float mean, bias_mean;              // of the weights and biases, where they are drawn
  fw_source weights, biases;          // chained: `weights` are unit normals [point][neuron]
  double kernel_offset, kernel_scale; // of the random kernel that the units of this layer make
} fw_layer;

// A network of any depth. Pointers are borrowed for the duration of a call.
typedef struct {
  int32_t inputs, outputs, points, layers;
  const fw_layer *_Nonnull layer;
  int32_t quantity;                       // FW_OUTPUTS or FW_KERNEL
  int32_t recorded;                       // FW_KERNEL: layers whose kernels are written, last first
  int32_t output_bias;
  fw_source output_weights, output_biases;
  const float *_Nonnull x;                // [point][input]
  const float *_Nonnull shift;            // [point]: subtracted from z in the first layer
  const float *_Nonnull first_factor;     // lower triangle [point][direction] of K^(1)'s root
  const float *_Nonnull output_mean;      // [output]
  const float *_Nonnull output_bias_mean; // [output]
} fw_deep_spec;

int64_t fw_deep_scratch_floats(const fw_deep_spec *_Nonnull spec);

// As fw_sample, for networks of any depth.
void fw_sample_deep(int32_t level, const fw_deep_spec *_Nonnull spec, fw_networks networks,
                    int32_t count, double *_Nonnull slots, float *_Nonnull scratch);

// Variates first ... first + count - 1 of a source for 16 networks: out[variate * 16 + lane].
// `first` and `count` are multiples of four.
void fw_variates(int32_t level, fw_source source, fw_networks networks, uint64_t first,
                 int64_t count, float *_Nonnull out);

// Philox4x32-10 of 16 counters that differ in word 1 only, by the lane: out[word * 16 + lane].
void fw_philox(int32_t level, const uint32_t *_Nonnull counter, const uint32_t *_Nonnull key,
               uint32_t *_Nonnull out);

// Box-Muller of 16 pairs of 32-bit words: out[lane], out[16 + lane].
void fw_box_muller(int32_t level, const uint32_t *_Nonnull words, float *_Nonnull out);

// Sums of products over one batch.
// arrays[i * 64 + network]: the first `slots` are given, the products follow.
typedef struct {
  int64_t products;                      // arrays[slots + k] = arrays[left] * arrays[right]
  int64_t slots;
  const int32_t *_Nonnull product_left;
  const int32_t *_Nonnull product_right;
  int64_t groups;                        // sums, grouped by their left factor
  const int32_t *_Nonnull group_left;    // -1: the factor one
  const int64_t *_Nonnull group_start;   // groups + 1 entries into sum_right
  const int32_t *_Nonnull sum_right;
} fw_moment_plan;

// sums[k] += sum over the batch of left * right.
void fw_moments(int32_t level, const fw_moment_plan *_Nonnull plan, double *_Nonnull arrays,
                double *_Nonnull sums);

// A scalar field with a phi^4 coupling on a periodic lattice of size^dimension sites, dimension 1 to 4,
// the first axis fastest.
typedef struct {
  int32_t dimension;
  int64_t size;
  double mass_squared;
  double coupling;  // lambda / 24 phi^4
} fw_lattice;

// pi -= eps dS/dphi.
void fw_lattice_kick(int32_t level, const fw_lattice *_Nonnull lattice, const double *_Nonnull phi,
                     double *_Nonnull pi, double eps);

// phi += eps pi.
void fw_lattice_drift(int32_t level, int64_t sites, double *_Nonnull phi,
                      const double *_Nonnull pi, double eps);

// The action; a sum in a fixed order.
double fw_lattice_action(int32_t level, const fw_lattice *_Nonnull lattice,
                         const double *_Nonnull phi);

// Plane waves on a grid of rows x columns, columns a multiple of 8 with weight 0 in the padding.
typedef struct {
  int64_t rows, columns;
  const double *_Nullable weights;      // [row][column]; NULL: 1 everywhere
  int32_t axes;                         // coordinates that vary along the columns
  const double *_Nullable coordinates;  // [axis][column]
} fw_wave_grid;

// factor (real[row] cosines[column] - imaginary[row] sines[column]).
typedef struct {
  double factor;
  const double *_Nonnull real, *_Nonnull imaginary;
  const double *_Nonnull cosines, *_Nonnull sines;
} fw_wave;

// V = sum over k of coefficient[k] z^(k+1), z = phi, or the sum of squares of all components if `even`.
typedef struct {
  int32_t even, count;
  double coefficient[12];
} fw_potential;

// moved = field + fresh - old; returns the sum of w V(moved). `rest`: squares of the other components.
double fw_wave_move(int32_t level, const fw_wave_grid *_Nonnull grid, const double *_Nonnull field,
                    const fw_wave *_Nonnull fresh, const fw_wave *_Nonnull old,
                    const double *_Nullable rest, const fw_potential *_Nonnull potential,
                    double *_Nonnull moved);

// moved = field + fresh - old; squares += moved^2.
void fw_wave_shift(int32_t level, const fw_wave_grid *_Nonnull grid, const double *_Nonnull field,
                   const fw_wave *_Nonnull fresh, const fw_wave *_Nonnull old,
                   double *_Nonnull moved, double *_Nonnull squares);

// field += wave.
void fw_wave_add(int32_t level, const fw_wave_grid *_Nonnull grid, const fw_wave *_Nonnull wave,
                 double *_Nonnull field);

// out[row][axis + 1][2]: sums over a row of force times cosine and sine, first plain, then times each
// column coordinate; without the factor.
void fw_wave_project(int32_t level, const fw_wave_grid *_Nonnull grid, const double *_Nonnull force,
                     const fw_wave *_Nonnull wave, double *_Nonnull out);

// The sum of w V; force = w dV/dphi where it is wanted.
double fw_potential_sum(int32_t level, const fw_wave_grid *_Nonnull grid,
                        const double *_Nonnull field, const double *_Nullable rest,
                        const fw_potential *_Nonnull potential, double *_Nullable force);

// cos and sin of start + x step, x < count; zeros up to `columns`.
void fw_wave_ramp(int32_t level, int64_t count, int64_t columns, double start, double step,
                  double *_Nonnull cosines, double *_Nonnull sines);

#endif
