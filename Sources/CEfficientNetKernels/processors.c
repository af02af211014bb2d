#define _GNU_SOURCE
#include "include/CEfficientNetKernels.h"
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

size_t effnet_available_processors(void) {
#if defined(__linux__)
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0 && CPU_COUNT(&mask) > 0) return CPU_COUNT(&mask);
#endif
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (size_t)count : 1;
}

int effnet_current_processor(void) {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

void effnet_keep_off(pthread_t thread, int processor) {
#if defined(__linux__)
  cpu_set_t mask;
  if (processor < 0 || processor >= CPU_SETSIZE || sched_getaffinity(0, sizeof mask, &mask) != 0) return;
  CPU_CLR(processor, &mask);
  if (CPU_COUNT(&mask) > 0) pthread_setaffinity_np(thread, sizeof mask, &mask);
#else
  (void)thread, (void)processor;
#endif
}
