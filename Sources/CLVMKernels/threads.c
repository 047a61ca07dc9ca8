#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

// About 20 µs of waiting before a worker parks.
enum { LVM_SPINS = 400 };

// A worker's share of the tasks, on a cache line of its own.
typedef struct {
  _Alignas(64) atomic_long next;
  long end;
} lvm_share;

struct lvm_pool {
  pthread_mutex_t mutex;
  pthread_cond_t wake, done;
  atomic_long generation;
  atomic_int busy;
  int stopping, workers, parked, callerWaits;
  long tasks;
  void *context;
  void (*body)(void *, long, long);
  pthread_t *threads;
  lvm_share *shares;
};

typedef struct {
  lvm_pool *pool;
  long worker;
} lvm_worker;

static void lvm_pause(void) {
#if defined(__x86_64__)
  for (int i = 0; i < 8; i++) __builtin_ia32_pause();
#elif defined(__aarch64__)
  for (int i = 0; i < 8; i++) __asm__ volatile("yield");
#endif
}

// A worker's own tasks first, the same ones in every run of as many, so that what they touch is still in
// its cache; then what is left of the others'.
static void lvm_take_tasks(lvm_pool *pool, long worker) {
  long workers = pool->workers + 1;
  for (long k = 0; k < workers; k++) {
    lvm_share *share = pool->shares + (worker + k) % workers;
    while (atomic_load(&share->next) < share->end) {
      long task = atomic_fetch_add(&share->next, 1);
      if (task >= share->end) break;
      pool->body(pool->context, task, worker);
    }
  }
}

static void *lvm_worker_main(void *argument) {
  lvm_worker self = *(lvm_worker *)argument;
  free(argument);
  lvm_pool *pool = self.pool;
  long seen = 0;
  for (;;) {
    for (int i = 0; i < LVM_SPINS && atomic_load(&pool->generation) == seen; i++) lvm_pause();
    pthread_mutex_lock(&pool->mutex);
    pool->parked++;
    while (atomic_load(&pool->generation) == seen && !pool->stopping)
      pthread_cond_wait(&pool->wake, &pool->mutex);
    pool->parked--;
    int stopping = pool->stopping;
    seen = atomic_load(&pool->generation);
    pthread_mutex_unlock(&pool->mutex);
    if (stopping) return 0;
    lvm_take_tasks(pool, self.worker);
    if (atomic_fetch_sub(&pool->busy, 1) == 1) {
      pthread_mutex_lock(&pool->mutex);
      if (pool->callerWaits) pthread_cond_signal(&pool->done);
      pthread_mutex_unlock(&pool->mutex);
    }
  }
}

lvm_pool *lvm_pool_create(int threads) {
  lvm_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return 0;
  pool->threads = calloc(threads > 1 ? threads - 1 : 1, sizeof(pthread_t));
  pool->shares = aligned_alloc(64, sizeof(lvm_share) * (threads > 1 ? threads : 1));
  if (!pool->threads || !pool->shares) {
    free(pool->threads);
    free(pool->shares);
    free(pool);
    return 0;
  }
  pthread_mutex_init(&pool->mutex, 0);
  pthread_cond_init(&pool->wake, 0);
  pthread_cond_init(&pool->done, 0);
  for (int i = 0; i + 1 < threads; i++) {
    lvm_worker *worker = malloc(sizeof *worker);
    if (!worker) break;
    worker->pool = pool;
    worker->worker = i + 1;
    if (pthread_create(&pool->threads[i], 0, lvm_worker_main, worker)) {
      free(worker);
      break;
    }
    pool->workers++;
  }
  return pool;
}

void lvm_pool_run(lvm_pool *pool, long tasks, void *context, void (*body)(void *, long, long)) {
  if (pool->workers == 0 || tasks <= 1) {
    for (long task = 0; task < tasks; task++) body(context, task, 0);
    return;
  }
  pthread_mutex_lock(&pool->mutex);
  pool->tasks = tasks;
  pool->context = context;
  pool->body = body;
  long workers = pool->workers + 1;
  for (long w = 0; w < workers; w++) {
    atomic_store(&pool->shares[w].next, tasks * w / workers);
    pool->shares[w].end = tasks * (w + 1) / workers;
  }
  atomic_store(&pool->busy, pool->workers);
  atomic_fetch_add(&pool->generation, 1);
  if (pool->parked) pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
  lvm_take_tasks(pool, 0);
  for (int i = 0; i < LVM_SPINS && atomic_load(&pool->busy); i++) lvm_pause();
  if (atomic_load(&pool->busy)) {
    pthread_mutex_lock(&pool->mutex);
    pool->callerWaits = 1;
    while (atomic_load(&pool->busy)) pthread_cond_wait(&pool->done, &pool->mutex);
    pool->callerWaits = 0;
    pthread_mutex_unlock(&pool->mutex);
  }
}

void lvm_pool_destroy(lvm_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  pool->stopping = 1;
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
  for (int i = 0; i < pool->workers; i++) pthread_join(pool->threads[i], 0);
  pthread_cond_destroy(&pool->wake);
  pthread_cond_destroy(&pool->done);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->threads);
  free(pool->shares);
  free(pool);
}
