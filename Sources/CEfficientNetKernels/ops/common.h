// The common start of every kernel file. Fused multiply-adds are written explicitly and the
// compiler makes no others, so that all instruction sets round alike.
#pragma once

#include "include/CEfficientNetKernels.h"
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define AI static inline __attribute__((always_inline))
#define UNROLL_FOR(...) _Pragma("clang loop unroll(full)") for (__VA_ARGS__)
