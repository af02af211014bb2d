#define _GNU_SOURCE
#include "include/CEfficientNetSystem.h"
#include <string.h>
#include <unistd.h>
#include <sched.h>

_Static_assert(sizeof(effnet_processors) == sizeof(cpu_set_t), "a set of processors is the system's");

/// The processors of this worker's pool; empty for a thread that is not a worker.
static _Thread_local effnet_processors pool_processors;

static size_t count_of(const effnet_processors *processors) {
  cpu_set_t mask;
  memcpy(&mask, processors, sizeof mask);
  return (size_t)CPU_COUNT(&mask);
}

effnet_processors effnet_usable_processors(void) {
  effnet_processors result = {{0}};
  if (count_of(&pool_processors) > 0) return pool_processors;
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) memcpy(&result, &mask, sizeof mask);
  return result;
}

size_t effnet_processor_count(const effnet_processors *processors) {
  size_t usable = count_of(processors);
  if (usable > 0) return usable;
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (size_t)count : 1;
}

int effnet_current_processor(void) { return sched_getcpu(); }

void effnet_become_worker(const effnet_processors *processors) { pool_processors = *processors; }

void effnet_keep_off(pthread_t thread, int processor, const effnet_processors *processors) {
  cpu_set_t mask;
  memcpy(&mask, processors, sizeof mask);
  if (processor >= 0 && processor < CPU_SETSIZE) CPU_CLR(processor, &mask);
  if (CPU_COUNT(&mask) > 0) pthread_setaffinity_np(thread, sizeof mask, &mask);
}
