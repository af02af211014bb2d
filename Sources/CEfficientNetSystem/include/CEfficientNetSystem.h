/// System calls and instructions that Swift cannot express.
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/// A set of processors: bit i of the words is processor i. Empty if the system does not tell.
typedef struct effnet_processors {
  uint64_t words[16];
} effnet_processors;

/// Returns the processors for a pool that the caller creates. For a worker these are its own
/// pool's, because its affinity mask lacks one of them; for other threads, those of the affinity
/// mask.
effnet_processors effnet_usable_processors(void);

/// Returns the number of processors in a set, at least 1; for an empty set, the number that are
/// online.
size_t effnet_processor_count(const effnet_processors *processors);

/// Returns the processor that the caller runs on, or −1 if the system does not tell.
int effnet_current_processor(void);

/// Makes the caller a worker of a pool that uses these processors: see effnet_usable_processors.
void effnet_become_worker(const effnet_processors *processors);

/// Lets a thread run on all of these processors but one (−1: on all). Does nothing if no other is
/// left.
void effnet_keep_off(pthread_t thread, int processor, const effnet_processors *processors);

/// Tells the processor that this thread spins, which saves energy and leaves more to the other
/// thread of its core.
static inline void effnet_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}
