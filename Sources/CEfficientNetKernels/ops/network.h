// The operations of a network in one precision. Included by float32.h, bfloat16.h, float16.h and
// int8.h, which define:
//
//     NAME(f)            f with the precision's suffix
//     PRECISION          its value in the interface
//     element            the type of an element of a feature map
//     ELEMENTS_PER_WORD  1, 2 or 4: products read their inputs and weights in words of 32 bits
//     LOAD_ELEMENTS, STORE_ELEMENTS   a vector of elements as floats; int8 stores words instead
//     TILE_ROWS          most rows of a product's tile
//     MULTIPLY_ADD       a · b + sum over words
//     MULTIPLY_ADD_LOW   the same for the lower half of a vector; undefined: whole vectors only
//     FOLD_WORDS         0 if sums are floats; otherwise they are added to floats after this many
//                        words
//     FOLD               turns two vectors of such sums into floats
//     ACTIVATE           the activation of a vector of sums, known at compile time
//     ACTIVATE_ANY       the same at run time
//     ring_element       the type of an element of a depthwise convolution's ring
//     RING_PRECISION     its value in the interface
//     LOAD_RING, STORE_RING   a vector of such elements as floats
//     RING_OF_CELLS      defined if the ring has cells of codes instead: see ring_cells.h
//     SCALE_WORD         a vector of words times the gates of its elements; undefined: gates scale maps
//                        only
//
// and for training:
//
//     JOIN_ROWS          a vector of words from two consecutive rows of floats, or from one row
//     ADD_TO_ELEMENT     adds a float to an element

#define WORDS(elements) (((elements) + ELEMENTS_PER_WORD - 1) / ELEMENTS_PER_WORD)

#include "gemm.h"
#include "product.h"
#include "convolution.h"
#include "depthwise.h"
#include "separable.h"
#include "excitation.h"
#include "peak.h"

#define OPERATIONS                                                                                                     \
  {                                                                                                                    \
      .product = NAME(product),                                                                                        \
      .pooled_product = NAME(pooled_product),                                                                          \
      .convolution = NAME(convolution),                                                                                \
      .separable = NAME(separable),                                                                                    \
      .mean = NAME(mean),                                                                                              \
      .scale = NAME(scale),                                                                                            \
      .scale_weights = SCALE_WEIGHTS,                                                                                  \
      .depthwise_columns = NAME(depthwise_columns),                                                                    \
      .peak = NAME(peak),                                                                                              \
  }

#undef WORDS
