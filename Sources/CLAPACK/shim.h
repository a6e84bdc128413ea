// The Fortran interface of LAPACK, the one that OpenBLAS and Accelerate share.
#ifndef FIELDWORK_CLAPACK_H
#define FIELDWORK_CLAPACK_H

void dsyev_(const char *job, const char *triangle, const int *n, double *a, const int *lda,
            double *w, double *work, const int *lwork, int *info);

void dgesv_(const int *n, const int *columns, double *a, const int *lda, int *pivots, double *b,
            const int *ldb, int *info);

void dgeev_(const char *left, const char *right, const int *n, double *a, const int *lda,
            double *real, double *imaginary, double *vl, const int *ldvl, double *vr,
            const int *ldvr, double *work, const int *lwork, int *info);

void dgesvd_(const char *left, const char *right, const int *m, const int *n, double *a,
             const int *lda, double *s, double *u, const int *ldu, double *vt, const int *ldvt,
             double *work, const int *lwork, int *info);

void dsyrk_(const char *triangle, const char *transposed, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *beta, double *c,
            const int *ldc);

void dgemm_(const char *left, const char *right, const int *m, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
            const double *beta, double *c, const int *ldc);

void dpotrf_(const char *triangle, const int *n, double *a, const int *lda, int *info);

void dpocon_(const char *triangle, const int *n, const double *a, const int *lda,
             const double *norm, double *reciprocal, double *work, int *integers, int *info);

void dpstrf_(const char *triangle, const int *n, double *a, const int *lda, int *pivots, int *rank,
             const double *tolerance, double *work, int *info);

void dtrsm_(const char *side, const char *triangle, const char *transposed, const char *diagonal,
            const int *m, const int *n, const double *alpha, const double *a, const int *lda,
            double *b, const int *ldb);

#ifndef __APPLE__
void openblas_set_num_threads(int threads);
#endif

// The project runs threads of its own: OpenBLAS gets one.
static inline void fw_single_threaded_blas(void) {
#ifndef __APPLE__
  openblas_set_num_threads(1);
#endif
}

#endif
