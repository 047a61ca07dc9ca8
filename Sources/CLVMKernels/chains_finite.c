#include "include/chains.h"

#include <math.h>

#include "clones.h"

#pragma STDC FP_CONTRACT OFF

// Forward and backward messages are held relative to their maximum in the linear domain, entry by entry
// with the logarithm where the entry is too small for that. A sum of products is taken from the linear
// entries; where it comes out so small that an underflowed term could matter, that one entry is taken
// again as a log-sum-exp. So each entry keeps its relative accuracy, whatever the later rows make of it,
// and the common case costs one product with the transition matrix and K exponentials a row.

// Linear entries below this have their logarithm beside them.
static const double smallest_linear = 1e-280;
// Sums of products of entries at most 1: what underflow can take away is below 1e-290.
static const double smallest_sum = 1e-250;

typedef struct {
  double *linear;  // exp(entry − maximum); may be 0 where `logs` has the entry
  double *logs;    // the entry less the maximum, set where linear < smallest_linear
} message;

typedef struct {
  long states;
  double *exponential;  // exp(log transition − shift of its column) [K, K]
  double *transposed;   // the same, transposed
  double *shift;        // column maxima, 0 where a column is impossible
  const double *logs;
} transition;

static double message_log(message m, long i) {
  return m.linear[i] < smallest_linear ? m.logs[i] : log(m.linear[i]);
}

static int load_transition(transition *t, const double *logs) {
  long k = t->states;
  int bad = 0;
  t->logs = logs;
  for (long j = 0; j < k; j++) t->shift[j] = -INFINITY;
  for (long i = 0; i < k; i++) {
    for (long j = 0; j < k; j++) {
      double v = logs[i * k + j];
      bad |= !(v < INFINITY);
      if (v > t->shift[j]) t->shift[j] = v;
    }
  }
  for (long j = 0; j < k; j++) {
    if (t->shift[j] == -INFINITY) t->shift[j] = 0;
  }
  for (long i = 0; i < k; i++) {
    for (long j = 0; j < k; j++) {
      double e = exp(logs[i * k + j] - t->shift[j]);
      t->exponential[i * k + j] = e;
      t->transposed[j * k + i] = e;
    }
  }
  return bad;
}

// out[j] = Σ_i x[i] matrix[i, j], summed in order of i whatever the vector width.
LVM_STATIC_CLONES(void, vector_times_matrix,
    (const double *restrict x, const double *restrict matrix, double *restrict out, long k),
    (x, matrix, out, k)) {
  for (long j = 0; j < k; j++) out[j] = 0;
  for (long i = 0; i < k; i++) {
    double w = x[i];
    const double *row = matrix + i * k;
    for (long j = 0; j < k; j++) out[j] += w * row[j];
  }
}

// out[j] = or += scale·x[j]·y[j].
LVM_STATIC_CLONES(void, add_products,
    (double *restrict out, double scale, const double *restrict x, const double *restrict y, long k,
     int accumulate),
    (out, scale, x, y, k, accumulate)) {
  if (accumulate) {
    for (long j = 0; j < k; j++) out[j] += scale * x[j] * y[j];
  } else {
    for (long j = 0; j < k; j++) out[j] = scale * x[j] * y[j];
  }
}

// A product of a message with the transition, kept to answer for sums too small to trust.
typedef struct {
  message source;  // summed over
  const transition *step;
  int backward;
} product;

// log Σ_i exp(source[i] + log transition[i, j]); for the backward product, over the columns of row j.
static double exact_log_product(const product *p, long j) {
  long k = p->step->states;
  const double *logs = p->step->logs + (p->backward ? j * k : j);
  long stride = p->backward ? 1 : k;
  double shift = p->backward ? 0 : p->step->shift[j];
  double top = -INFINITY;
  for (int pass = 0;; pass++) {
    double sum = 0;
    for (long i = 0; i < k; i++) {
      double term = logs[i * stride];
      if (term == -INFINITY || (p->source.linear[i] == 0 && p->source.logs[i] == -INFINITY)) continue;
      // The backward source holds the column shifts already.
      term += message_log(p->source, i) - (p->backward ? p->step->shift[i] : shift);
      if (pass == 0) top = term > top ? term : top;
      else sum += exp(term - top);
    }
    if (top == -INFINITY) return top;
    if (pass == 1) return top + log(sum);
  }
}

// Makes `result` from sums[j]·exp(gain[j]), sums being the linear products (null: all ones) that `origin`
// can take again. Returns the log of the maximum, which is taken out; −inf if all are impossible.
static double normalize(
  message result, const double *sums, const double *gain, const product *origin, long k
) {
  double top = 0;
  for (long j = 0; j < k; j++) {
    double v = 0;
    if (gain[j] > -INFINITY) {
      double s = sums ? sums[j] : 1;
      v = s < smallest_sum ? 0 : s * exp(gain[j]);
      if (v < smallest_linear) {
        v = 0;
        result.logs[j] = (s < smallest_sum ? exact_log_product(origin, j) : log(s)) + gain[j];
      } else {
        result.logs[j] = NAN;
      }
    } else {
      result.logs[j] = -INFINITY;
    }
    result.linear[j] = v;
    top = v > top ? v : top;
  }
  double log_top;
  if (top >= 1e-200) {
    log_top = log(top);
  } else {
    log_top = -INFINITY;
    for (long j = 0; j < k; j++) {
      if (result.linear[j] > 0) result.logs[j] = log(result.linear[j]);
      if (result.logs[j] > log_top) log_top = result.logs[j];
    }
    if (log_top == -INFINITY) return log_top;
  }
  for (long j = 0; j < k; j++) {
    if (top >= 1e-200 && result.linear[j] > 0) {
      result.linear[j] /= top;
      // A little below the threshold through the division.
      if (result.linear[j] < smallest_linear) result.logs[j] = log(result.linear[j]);
    } else {
      result.logs[j] -= log_top;
      result.linear[j] = exp(result.logs[j]);
    }
  }
  return log_top;
}

// gain[j] = factor[j] + shift[j] less its maximum, which is returned: −inf if all are impossible, NaN
// if one is NaN or +inf.
static double load_gain(double *gain, const double *factor, const double *shift, long k) {
  double top = -INFINITY;
  int bad = 0;
  for (long j = 0; j < k; j++) {
    gain[j] = factor[j] + (shift ? shift[j] : 0);
    bad |= !(gain[j] < INFINITY);
    if (gain[j] > top) top = gain[j];
  }
  if (bad) return NAN;
  if (top == -INFINITY) return top;
  for (long j = 0; j < k; j++) gain[j] -= top;
  return top;
}

// Neumaier's compensated sum.
typedef struct {
  double sum, low;
} total;

static void add(total *t, double v) {
  double s = t->sum + v;
  t->low += fabs(t->sum) >= fabs(v) ? (t->sum - s) + v : (v - s) + t->sum;
  t->sum = s;
}

typedef struct {
  message current, next;
  double *sums, *gain, *scratch;
  transition step;
} scratch_space;

long lvm_finite_chain_workspace(long states) { return 2 * states * states + 8 * states; }

static scratch_space place(double *workspace, long k) {
  scratch_space s;
  double *p = workspace;
  s.current = (message){p, p + k};
  s.next = (message){p + 2 * k, p + 3 * k};
  s.sums = p + 4 * k;
  s.gain = p + 5 * k;
  s.scratch = p + 6 * k;
  s.step = (transition){k, p + 8 * k, p + 8 * k + k * k, p + 7 * k, 0};
  return s;
}

static const double *at(lvm_chain_input input, long row) { return input.data + row * input.stride; }

// Filters the segment; row t's message goes to filtered + t·stride if not null, one number an entry: the
// linear one, or its (negative) logarithm where that is the one to use.
static double forward(const lvm_finite_chain *chain, scratch_space *s, double *filtered, long stride) {
  long k = chain->states;
  if (chain->rows == 0) return 0;
  double top = load_gain(s->gain, at(chain->log_emission, 0), chain->log_initial.data, k);
  if (!(top > -INFINITY)) return top;
  total sum = {0, 0};
  add(&sum, top);
  add(&sum, normalize(s->current, 0, s->gain, 0, k));
  for (long t = 0;;) {
    if (filtered) {
      for (long j = 0; j < k; j++) {
        double v = s->current.linear[j];
        filtered[t * stride + j] = v < smallest_linear ? s->current.logs[j] : v;
      }
    }
    if (++t == chain->rows) break;
    if (t == 1 || chain->log_transition.stride != 0) {
      if (load_transition(&s->step, at(chain->log_transition, t))) return NAN;
    }
    top = load_gain(s->gain, at(chain->log_emission, t), s->step.shift, k);
    if (!(top > -INFINITY)) return top;
    vector_times_matrix(s->current.linear, s->step.exponential, s->sums, k);
    product origin = {s->current, &s->step, 0};
    double change = normalize(s->next, s->sums, s->gain, &origin, k);
    if (!(change > -INFINITY)) return change;
    add(&sum, top);
    add(&sum, change);
    message swap = s->current;
    s->current = s->next;
    s->next = swap;
  }
  double rest = 0;
  for (long j = 0; j < k; j++) rest += s->current.linear[j];
  add(&sum, log(rest));
  return sum.sum + sum.low;
}

double lvm_finite_chain_log_normalizer(const lvm_finite_chain *chain, double *workspace) {
  scratch_space s = place(workspace, chain->states);
  return forward(chain, &s, 0, 0);
}

// Sets or adds the pair posterior between the filtered message at one row and the evidence (emission and
// future, column shifts taken in) at the next, and writes the next row's marginals.
static void write_pairs(
  message filtered, message evidence, const transition *step, double *marginals, double *pairs,
  int accumulate, double *gathered
) {
  long k = step->states;
  double mass = 0;
  vector_times_matrix(filtered.linear, step->exponential, gathered, k);
  for (long j = 0; j < k; j++) {
    gathered[j] *= evidence.linear[j];
    mass += gathered[j];
  }
  if (mass >= 1e-200) {
    double scale = 1 / mass;
    for (long i = 0; pairs && i < k; i++) {
      add_products(
        pairs + i * k, filtered.linear[i] * scale, step->exponential + i * k, evidence.linear, k,
        accumulate);
    }
  } else {
    double top = -INFINITY, sum = 0;
    for (long j = 0; j < k; j++) gathered[j] = 0;
    for (int pass = 0; pass < 3; pass++) {
      for (long i = 0; i < k; i++) {
        double from = message_log(filtered, i);
        for (long j = 0; j < k; j++) {
          double v = from + step->logs[i * k + j] - step->shift[j] + message_log(evidence, j);
          if (pass == 0) {
            top = v > top ? v : top;
          } else if (pass == 1) {
            sum += exp(v - top);
          } else {
            double p = exp(v - top) / sum;
            gathered[j] += p;
            if (pairs) pairs[i * k + j] = accumulate ? pairs[i * k + j] + p : p;
          }
        }
      }
    }
  }
  double sum = 0;
  for (long j = 0; j < k; j++) sum += gathered[j];
  for (long j = 0; j < k; j++) marginals[j] = gathered[j] / sum;
}

static void fill(
  const lvm_finite_chain *chain, double value, double *marginals, long marginal_stride, double *pairs,
  long pair_stride
) {
  long k = chain->states;
  for (long t = 0; t < chain->rows; t++) {
    for (long j = 0; j < k; j++) marginals[t * marginal_stride + j] = value;
    if (!pairs) continue;
    double *pair = pairs + t * pair_stride;
    if (t == 0 && pair_stride != 0) {
      for (long j = 0; j < k * k; j++) pair[j] = 0;
    } else {
      for (long j = 0; j < k * k; j++) pair[j] = pair_stride == 0 ? pair[j] + value : value;
    }
  }
}

double lvm_finite_chain_posterior(
  const lvm_finite_chain *chain, double *marginals, long marginal_stride, double *pairs,
  long pair_stride, double *workspace
) {
  long k = chain->states, n = chain->rows;
  scratch_space s = place(workspace, k);
  double value = forward(chain, &s, marginals, marginal_stride);
  if (n == 0) return value;
  if (!(value > -INFINITY)) {
    fill(chain, value == -INFINITY ? 0 : NAN, marginals, marginal_stride, pairs, pair_stride);
    return value;
  }
  // The last row's future is empty: its message is all ones.
  message beta = s.current, evidence = s.next;
  for (long j = 0; j < k; j++) {
    beta.linear[j] = 1;
    beta.logs[j] = NAN;
  }
  if (n == 1) {
    double sum = 0;
    for (long j = 0; j < k; j++) {
      if (marginals[j] < 0) marginals[j] = exp(marginals[j]);
      sum += marginals[j];
    }
    for (long j = 0; j < k; j++) marginals[j] /= sum;
  }
  for (long t = n - 1; t > 0; t--) {
    if (chain->log_transition.stride != 0 && t != n - 1) {
      load_transition(&s.step, at(chain->log_transition, t));
    }
    load_gain(s.gain, at(chain->log_emission, t), s.step.shift, k);
    // evidence = beta · exp(gain), by the same rule as the messages.
    for (long j = 0; j < k; j++) {
      if (beta.linear[j] < smallest_linear) {
        s.gain[j] += beta.logs[j];
        s.sums[j] = 1;
      } else {
        s.sums[j] = beta.linear[j];
      }
      // A product below the trusted sums is exact here: take it in the log domain.
      if (s.sums[j] < smallest_sum) {
        s.gain[j] += log(s.sums[j]);
        s.sums[j] = 1;
      }
    }
    normalize(evidence, s.sums, s.gain, 0, k);

    double *row = marginals + (t - 1) * marginal_stride;
    message filtered = {s.scratch, s.gain};
    for (long j = 0; j < k; j++) {
      int linear = row[j] >= 0;
      filtered.logs[j] = row[j];
      filtered.linear[j] = linear ? row[j] : exp(row[j]);
    }
    double *pair = pairs ? pairs + t * pair_stride : 0;
    write_pairs(
      filtered, evidence, &s.step, marginals + t * marginal_stride, pair, pair_stride == 0, s.sums);

    vector_times_matrix(evidence.linear, s.step.transposed, s.sums, k);
    if (t == 1) {
      // The first row's marginals: the filtered message times what its future says.
      double top = -INFINITY, sum = 0;
      product origin = {evidence, &s.step, 1};
      for (long i = 0; i < k; i++) {
        double v = message_log(filtered, i);
        if (v > -INFINITY) {
          v += s.sums[i] < smallest_sum ? exact_log_product(&origin, i) : log(s.sums[i]);
        }
        row[i] = v;
        top = v > top ? v : top;
      }
      for (long i = 0; i < k; i++) {
        row[i] = exp(row[i] - top);
        sum += row[i];
      }
      for (long i = 0; i < k; i++) row[i] /= sum;
    }
    for (long j = 0; j < k; j++) s.gain[j] = 0;
    product origin = {evidence, &s.step, 1};
    normalize(beta, s.sums, s.gain, &origin, k);
  }
  if (pairs && pair_stride != 0) {
    for (long j = 0; j < k * k; j++) pairs[j] = 0;
  }
  return value;
}
