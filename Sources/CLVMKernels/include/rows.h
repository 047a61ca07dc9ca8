// Passes over the rows of a table.
#ifndef LVM_ROWS_H
#define LVM_ROWS_H

// out[r, j] = x[r, j] − centre[j], and sums[j] += out[r, j], row after row; `out` may be `x`.
void lvm_centre_rows(const double *x, const double *centre, double *out, double *sums, long rows,
                     long width);

#endif
