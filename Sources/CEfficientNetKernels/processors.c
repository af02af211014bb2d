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
