// CVODE, the BDF integrator of SUNDIALS, behind a few functions that are the same in versions 5 to 7.
#ifndef FIELDWORK_CSUNDIALS_H
#define FIELDWORK_CSUNDIALS_H

#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <stdlib.h>
#include <string.h>
#include <sundials/sundials_config.h>
#include <sunlinsol/sunlinsol_band.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_band.h>
#include <sunmatrix/sunmatrix_dense.h>

#if SUNDIALS_VERSION_MAJOR >= 6
#define FW_CONTEXT , ode->context
typedef sunrealtype fw_real;
#else
#define FW_CONTEXT
typedef realtype fw_real;
#endif

// dy/dt; 0 for success, above 0 for a point that cannot be evaluated (a smaller step is tried).
typedef int (*fw_ode_slope)(double t, const double *y, double *dy, void *user);
// df/dy, column by column: dense n x n, or for a band of `upper` and `lower` diagonals, element (i, j)
// at j * (upper + lower + 1) + i - j + upper.
typedef int (*fw_ode_jacobian)(double t, const double *y, double *jacobian, void *user);

typedef struct {
  void *memory;
  N_Vector y;
  SUNMatrix matrix;
  SUNLinearSolver solver;
  long n, upper, lower;
  int banded;
  fw_ode_slope slope;
  fw_ode_jacobian jacobian;
  double *columns;
  void *user;
#if SUNDIALS_VERSION_MAJOR >= 6
  SUNContext context;
#endif
} fw_ode;

static int fw_ode_call_slope(fw_real t, N_Vector y, N_Vector dy, void *user) {
  fw_ode *ode = (fw_ode *)user;
  return ode->slope(t, N_VGetArrayPointer(y), N_VGetArrayPointer(dy), ode->user);
}

static int fw_ode_call_jacobian(fw_real t, N_Vector y, N_Vector f, SUNMatrix matrix, void *user,
                                N_Vector a, N_Vector b, N_Vector c) {
  fw_ode *ode = (fw_ode *)user;
  (void)f, (void)a, (void)b, (void)c;
  int status = ode->jacobian(t, N_VGetArrayPointer(y), ode->columns, ode->user);
  if (status) return status;
  if (!ode->banded) {
    memcpy(SUNDenseMatrix_Data(matrix), ode->columns, sizeof(double) * ode->n * ode->n);
    return 0;
  }
  const long width = ode->upper + ode->lower + 1;
  for (long j = 0; j < ode->n; j++) {
    fw_real *column = SUNBandMatrix_Column(matrix, j);
    for (long i = j - ode->upper < 0 ? 0 : j - ode->upper;
         i <= j + ode->lower && i < ode->n; i++)
      SM_COLUMN_ELEMENT_B(column, i, j) = ode->columns[j * width + i - j + ode->upper];
  }
  return 0;
}

static inline void fw_ode_free(fw_ode *ode) {
  if (!ode) return;
  if (ode->memory) CVodeFree(&ode->memory);
  if (ode->solver) SUNLinSolFree(ode->solver);
  if (ode->matrix) SUNMatDestroy(ode->matrix);
  if (ode->y) N_VDestroy(ode->y);
#if SUNDIALS_VERSION_MAJOR >= 6
  if (ode->context) SUNContext_Free(&ode->context);
#endif
  free(ode->columns);
  free(ode);
}

#if SUNDIALS_VERSION_MAJOR >= 7
static void fw_ode_silent(int line, const char *func, const char *file, const char *msg,
                          SUNErrCode code, void *data, SUNContext context) {
  (void)line, (void)func, (void)file, (void)msg, (void)code, (void)data, (void)context;
}
#else
static void fw_ode_silent(int code, const char *module, const char *function, char *message,
                          void *data) {
  (void)code, (void)module, (void)function, (void)message, (void)data;
}
#endif

// Band widths below zero: dense. NULL where memory runs out.
static inline fw_ode *fw_ode_make(long n, double t, const double *y, double relative,
                                  const double *absolute, long upper, long lower,
                                  fw_ode_slope slope, fw_ode_jacobian jacobian, void *user) {
  fw_ode *ode = (fw_ode *)calloc(1, sizeof *ode);
  if (!ode) return NULL;
  ode->n = n, ode->upper = upper, ode->lower = lower, ode->banded = upper >= 0;
  ode->slope = slope, ode->jacobian = jacobian, ode->user = user;
  ode->columns =
      (double *)calloc(ode->banded ? n * (upper + lower + 1) : n * n, sizeof(double));
#if SUNDIALS_VERSION_MAJOR >= 7
  int failed = SUNContext_Create(SUN_COMM_NULL, &ode->context);
  if (!failed) {
    SUNContext_ClearErrHandlers(ode->context);
    SUNContext_PushErrHandler(ode->context, fw_ode_silent, NULL);
  }
#elif SUNDIALS_VERSION_MAJOR >= 6
  int failed = SUNContext_Create(NULL, &ode->context);
#else
  int failed = 0;
#endif
  N_Vector tolerance = NULL;
  if (!failed) {
    ode->y = N_VNew_Serial(n FW_CONTEXT);
    tolerance = N_VNew_Serial(n FW_CONTEXT);
    ode->memory = CVodeCreate(CV_BDF FW_CONTEXT);
    ode->matrix = ode->banded ? SUNBandMatrix(n, upper, lower FW_CONTEXT)
                              : SUNDenseMatrix(n, n FW_CONTEXT);
  }
  failed = failed || !ode->y || !tolerance || !ode->memory || !ode->matrix || !ode->columns;
  if (!failed) {
    memcpy(N_VGetArrayPointer(ode->y), y, sizeof(double) * n);
    memcpy(N_VGetArrayPointer(tolerance), absolute, sizeof(double) * n);
    ode->solver = ode->banded ? SUNLinSol_Band(ode->y, ode->matrix FW_CONTEXT)
                              : SUNLinSol_Dense(ode->y, ode->matrix FW_CONTEXT);
#if SUNDIALS_VERSION_MAJOR < 7
    CVodeSetErrHandlerFn(ode->memory, fw_ode_silent, NULL);
#endif
    failed = !ode->solver || CVodeInit(ode->memory, fw_ode_call_slope, t, ode->y) ||
             CVodeSVtolerances(ode->memory, relative, tolerance) ||
             CVodeSetUserData(ode->memory, ode) ||
             CVodeSetLinearSolver(ode->memory, ode->solver, ode->matrix) ||
             CVodeSetMaxNumSteps(ode->memory, 1000000);
    if (!failed && jacobian) failed = CVodeSetJacFn(ode->memory, fw_ode_call_jacobian);
  }
  if (tolerance) N_VDestroy(tolerance);
  if (failed) {
    fw_ode_free(ode);
    return NULL;
  }
  return ode;
}

// One internal step towards t = end; the state after it in y, its time in t.
static inline int fw_ode_step(fw_ode *ode, double end, double *t, double *y) {
  int status = CVode(ode->memory, end, ode->y, t, CV_ONE_STEP);
  memcpy(y, N_VGetArrayPointer(ode->y), sizeof(double) * ode->n);
  return status;
}

// The state at a time within the last step.
static inline int fw_ode_interpolate(fw_ode *ode, double t, double *y) {
  int status = CVodeGetDky(ode->memory, t, 0, ode->y);
  memcpy(y, N_VGetArrayPointer(ode->y), sizeof(double) * ode->n);
  return status;
}

static inline void fw_ode_limit_step(fw_ode *ode, double largest) {
  CVodeSetMaxStep(ode->memory, largest);
}

#endif
