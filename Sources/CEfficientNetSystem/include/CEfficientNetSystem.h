/// What the system offers to C programs only, and what Swift has no word for.
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/// A set of processors: bit i of the words is processor i. Empty where the system does not tell.
typedef struct effnet_processors {
  uint64_t words[16];
} effnet_processors;

/// The processors that a pool may use whose creator is the caller: those of the caller's own pool if it is a worker, whose
/// affinity mask lacks one of them, or else those of its affinity mask.
effnet_processors effnet_usable_processors(void);

/// How many they are, at least 1; of an empty set, those that are online.
size_t effnet_processor_count(const effnet_processors *processors);

/// The processor that the caller runs on, or −1 where the system does not tell.
int effnet_current_processor(void);

/// Makes the caller a worker of a pool that uses these processors: see effnet_usable_processors.
void effnet_become_worker(const effnet_processors *processors);

/// Lets a thread run on these processors except one (−1: on all of them). Does nothing if there is no other.
void effnet_keep_off(pthread_t thread, int processor, const effnet_processors *processors);

/// Tells the processor that this thread waits for another one: it spends less, and its twin gets more.
static inline void effnet_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}
