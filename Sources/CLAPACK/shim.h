// The Fortran interface of LAPACK, the one that OpenBLAS and Accelerate share.
#ifndef FIELDWORK_CLAPACK_H
#define FIELDWORK_CLAPACK_H

void dsyev_(const char *job, const char *triangle, const int *n, double *a, const int *lda,
            double *w, double *work, const int *lwork, int *info);

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
