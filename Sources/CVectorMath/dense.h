// Dense linear algebra in float64 at one level; FW_NAME decorates the symbols.
//
// Every element is a sum in ascending order of the inner index, products rounded before they are added: the
// bits are those of three plain loops, whatever the level, the blocks and the threads.

#if defined(FW_HAS_SCALEF)
#define FW_DENSE_WIDTH 8
#define FW_DENSE_TALL 8
#elif defined(FW_HAS_FMA)
#define FW_DENSE_WIDTH 4
#define FW_DENSE_TALL 4
#else
#define FW_DENSE_WIDTH 2
#define FW_DENSE_TALL 4
#endif

typedef double fw_row __attribute__((vector_size(8 * FW_DENSE_WIDTH), aligned(8)));

enum {
  FW_TILE_ROWS = FW_DENSE_TALL,
  FW_TILE_COLUMNS = 2 * FW_DENSE_WIDTH,
  FW_PANEL_DEPTH = 256,
  FW_PANEL_ROWS = 64,
  FW_PANEL_COLUMNS = 512,
};

// c += a b, one tile: a is packed [depth][rows of a tile], b [depth][columns of a tile].
static inline void fw_dense_tile(int64_t depth, const double *a, const double *b, double *c,
                                 int64_t stride) {
#pragma clang fp contract(off)
  fw_row sum[FW_TILE_ROWS][2];
  for (int i = 0; i < FW_TILE_ROWS; i++) {
    sum[i][0] = *(const fw_row *)(c + i * stride);
    sum[i][1] = *(const fw_row *)(c + i * stride + FW_DENSE_WIDTH);
  }
  for (int64_t k = 0; k < depth; k++) {
    fw_row left = *(const fw_row *)(b + k * FW_TILE_COLUMNS);
    fw_row right = *(const fw_row *)(b + k * FW_TILE_COLUMNS + FW_DENSE_WIDTH);
    for (int i = 0; i < FW_TILE_ROWS; i++) {
      double factor = a[k * FW_TILE_ROWS + i];
      sum[i][0] += factor * left;
      sum[i][1] += factor * right;
    }
  }
  for (int i = 0; i < FW_TILE_ROWS; i++) {
    *(fw_row *)(c + i * stride) = sum[i][0];
    *(fw_row *)(c + i * stride + FW_DENSE_WIDTH) = sum[i][1];
  }
}

// A tile that reaches over the edge of c.
static inline void fw_dense_edge(int64_t depth, const double *a, const double *b, double *c,
                                 int64_t stride, int64_t rows, int64_t columns) {
  double whole[FW_TILE_ROWS * FW_TILE_COLUMNS] = {0};
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) whole[i * FW_TILE_COLUMNS + j] = c[i * stride + j];
  fw_dense_tile(depth, a, b, whole, FW_TILE_COLUMNS);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) c[i * stride + j] = whole[i * FW_TILE_COLUMNS + j];
}

static inline int64_t fw_least(int64_t a, int64_t b) { return a < b ? a : b; }

// `count` lines of a matrix, a tile of lines after the other, each [depth][line in the tile]; zeros fill up.
static inline void fw_dense_pack(const double *from, int64_t line, int64_t inner, int64_t count,
                                 int64_t depth, int64_t tile, double factor, double *to) {
  for (int64_t first = 0; first < count; first += tile) {
    int64_t own = fw_least(tile, count - first);
    for (int64_t k = 0; k < depth; k++) {
      const double *source = from + first * line + k * inner;
      for (int64_t i = 0; i < own; i++) to[i] = factor * source[i * line];
      for (int64_t i = own; i < tile; i++) to[i] = 0;
      to += tile;
    }
  }
}

void FW_NAME(fw_dense_update)(const fw_dense *d, double *work) {
  double *packed = work + fw_dense_panel(d->inner, d->columns);
  for (int64_t column = 0; column < d->columns; column += FW_PANEL_COLUMNS) {
    int64_t columns = fw_least(FW_PANEL_COLUMNS, d->columns - column);
    for (int64_t k = 0; k < d->inner; k += FW_PANEL_DEPTH) {
      int64_t depth = fw_least(FW_PANEL_DEPTH, d->inner - k);
      fw_dense_pack(d->b + k * d->b_row + column * d->b_column, d->b_column, d->b_row, columns,
                    depth, FW_TILE_COLUMNS, 1, work);
      for (int64_t row = 0; row < d->rows; row += FW_PANEL_ROWS) {
        int64_t rows = fw_least(FW_PANEL_ROWS, d->rows - row);
        // Below the diagonal of an upper triangle there is nothing to do.
        if (d->upper && column + columns <= row + d->first) continue;
        fw_dense_pack(d->a + row * d->a_row + k * d->a_column, d->a_row, d->a_column, rows, depth,
                      FW_TILE_ROWS, d->factor, packed);
        for (int64_t j = 0; j < columns; j += FW_TILE_COLUMNS)
          for (int64_t i = 0; i < rows; i += FW_TILE_ROWS) {
            double *c = d->c + (row + i) * d->c_row + column + j;
            const double *a = packed + i * depth;
            const double *b = work + j * depth;
            if (rows - i >= FW_TILE_ROWS && columns - j >= FW_TILE_COLUMNS)
              fw_dense_tile(depth, a, b, c, d->c_row);
            else
              fw_dense_edge(depth, a, b, c, d->c_row, fw_least(FW_TILE_ROWS, rows - i),
                            fw_least(FW_TILE_COLUMNS, columns - j));
          }
      }
    }
  }
}

void FW_NAME(fw_dense_add)(double factor, const double *x, double *y, int64_t count) {
#pragma clang fp contract(off)
  for (int64_t i = 0; i < count; i++) y[i] += factor * x[i];
}

void FW_NAME(fw_dense_add_two)(double a, const double *x, double b, const double *y, double *out,
                               int64_t count) {
#pragma clang fp contract(off)
  for (int64_t i = 0; i < count; i++) out[i] += a * x[i] + b * y[i];
}

void FW_NAME(fw_dense_rotate)(double cosine, double sine, double *x, double *y, int64_t count) {
#pragma clang fp contract(off)
  for (int64_t i = 0; i < count; i++) {
    double u = x[i], v = y[i];
    x[i] = cosine * u - sine * v;
    y[i] = sine * u + cosine * v;
  }
}

#undef FW_DENSE_WIDTH
#undef FW_DENSE_TALL
