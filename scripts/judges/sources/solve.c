// Solves one small system of equations with LAPACK, and takes a dot product with BLAS.
#include <stdio.h>

void dgesv_(int *n, int *nrhs, double *a, int *lda, int *ipiv, double *b, int *ldb, int *info);
double ddot_(int *n, double *x, int *incx, double *y, int *incy);

int main(void) {
  double a[4] = {2, 1, 1, 3}, b[2] = {3, 5};
  int n = 2, one = 1, pivots[2], info;
  dgesv_(&n, &one, a, &n, pivots, b, &n, &info);
  printf("%d %g %g %g\n", info, b[0], b[1], ddot_(&n, b, &one, b, &one));
  return info;
}
