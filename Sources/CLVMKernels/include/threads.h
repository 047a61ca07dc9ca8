// Persistent workers that take numbered tasks; they spin briefly, then park.
#ifndef LVM_THREADS_H
#define LVM_THREADS_H

typedef struct lvm_pool lvm_pool;

// A pool of `threads` including the caller's; null where memory or threads are refused.
lvm_pool *lvm_pool_create(int threads);

// Calls body(context, task, worker) once for each task in [0, tasks), the caller helping as worker 0;
// returns when all are done. One call at a time.
void lvm_pool_run(lvm_pool *pool, long tasks, void *context,
                  void (*body)(void *context, long task, long worker));

// Stops and joins the workers.
void lvm_pool_destroy(lvm_pool *pool);

#endif
