// Products whose left operand is mostly zeros, as binary images, counts and one-hot columns are.
#ifndef LVM_PRODUCTS_SPARSE_H
#define LVM_PRODUCTS_SPARSE_H

// Whether few of a sample of A's numbers differ from zero. A[m, k] has one stride of 1.
int lvm_looks_sparse(const float *a, long a_row, long a_column, long m, long n, long k);

// The first rows of C[m, n] (+)= A[m, k] B[k, n] by the numbers of A that are not zero; returns how many
// rows it did: 0 where the next ones have too many. The bits are those of the dense product of finite
// numbers, since adding nothing changes nothing.
long lvm_sgemm_sparse(const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
                      long c_row, long m, long n, long k, int add);

#endif
