// Runs every kernel of one table and of the scalar table on random sizes, and requires identical
// bits in everything that they write or leave unchanged. It covers what the Swift tests cannot:
// 64-bit ARM in an emulator, and buffers of exactly the documented size under the address sanitizer
// (Scripts/check-kernels.sh).
//
// A table with bfloat16 instructions, which round differently, may be off by BFLOAT16_ERROR of the
// largest value; one that adds in fp16, by FLOAT16_ERROR.
#include "include/CEfficientNetKernels.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const effnet_kernels TABLE, effnet_kernels_scalar;
static const effnet_kernels *const tables[2] = {&effnet_kernels_scalar, &TABLE};

#ifndef BFLOAT16_ERROR
#define BFLOAT16_ERROR 0.0f
#endif
#ifndef FLOAT16_ERROR
#define FLOAT16_ERROR 0.0f
#endif

// 1 for no more than layers that read or write codes of int8.
#ifndef CODES_ONLY
#define CODES_ONLY 0
#endif

#if __has_feature(address_sanitizer)
#define TAIL 0 // the sanitizer checks accesses after buffers
#else
#define TAIL 64 // poisoned bytes after each buffer
#endif
#define POISON 0x71 // about 1.2e30 as a float and as a bfloat16, 1.1e4 as an fp16

static uint64_t state = 12345;
/// Returns a random number below `count`.
static size_t pick(size_t count) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(state >> 33) % count;
}
/// The largest number. In some cases products of two numbers are around the smallest normal
/// number.
static float magnitude = 1;
static float number(void) { return ((float)pick(1 << 24) / (1 << 23) - 1) * magnitude; }

// The memory of one case.
static void *allocations[128];
static int allocation_count = 0;
static void *poisoned(size_t bytes) {
  void *p = NULL;
  if (posix_memalign(&p, 64, bytes + TAIL)) abort();
  memset(p, POISON, bytes + TAIL);
  return allocations[allocation_count++] = p;
}
static void release(void) {
  while (allocation_count > 0) free(allocations[--allocation_count]);
}

static size_t bytes_of(effnet_precision precision) { return precision == EFFNET_FLOAT32 ? 4 : 2; }
static size_t words(effnet_precision precision, size_t n) { return precision == EFFNET_FLOAT32 ? n : (n + 1) / 2; }
static uint16_t half(effnet_precision precision, float x) {
  uint32_t bits;
  if (precision == EFFNET_INT8) return (uint16_t)(int16_t)x;
  if (precision == EFFNET_FLOAT16) {
    uint16_t rounded;
    memcpy(&rounded, &(_Float16){(_Float16)x}, 2);
    return rounded;
  }
  memcpy(&bits, &x, 4);
  return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}
static float value(effnet_precision precision, const void *p, size_t i) {
  if (precision == EFFNET_FLOAT32) return ((const float *)p)[i];
  if (precision == EFFNET_FLOAT16) return (float)((const _Float16 *)p)[i];
  if (precision == EFFNET_INT8) return ((const int16_t *)p)[i];
  uint32_t bits = (uint32_t)((const uint16_t *)p)[i] << 16;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}
/// The zero points of the inputs, residuals and outputs of a case in int8.
static int x_zero, residual_zero, y_zero;
static int any_zero(void) {
  const int zeros[] = {0, 1, 128, 255};
  return pick(2) ? zeros[pick(4)] : (int)pick(256);
}
/// Random numbers; in int8, codes of 16 bits with the zero point `zero`, which `stored` packs.
static void *elements(effnet_precision precision, size_t count, int zero) {
  void *p = poisoned(count * bytes_of(precision));
  for (size_t i = 0; i < count; i++) {
    if (precision == EFFNET_FLOAT32)
      ((float *)p)[i] = number();
    else
      ((uint16_t *)p)[i] = half(precision, precision == EFFNET_INT8 ? (float)pick(256) - (float)zero : number());
  }
  return p;
}
static void *numbers(effnet_precision precision, size_t count) { return elements(precision, count, x_zero); }

/// Whether a table stores elements in a byte.
static int in_bytes(int t, effnet_precision precision) {
  return precision == EFFNET_INT8 && tables[t]->codes_per_word == 4;
}
/// Memory for a table's elements.
static void *output(int t, effnet_precision precision, size_t count) {
  return poisoned(count * (in_bytes(t, precision) ? 1 : bytes_of(precision)));
}
/// A copy of elements as a table stores them.
static void *stored(int t, effnet_precision precision, const void *p, size_t count, int zero) {
  void *q = output(t, precision, count);
  if (!in_bytes(t, precision)) return memcpy(q, p, count * bytes_of(precision));
  for (size_t i = 0; i < count; i++) ((uint8_t *)q)[i] = (uint8_t)(((const int16_t *)p)[i] + zero);
  return q;
}
/// A copy of elements, and of the bytes behind them, that is the same for all tables. In int8, what
/// was not written is POISON as if in a byte.
static void *loaded(int t, effnet_precision precision, const void *p, size_t count, int zero) {
  int bytes = in_bytes(t, precision);
  void *q = poisoned(count * bytes_of(precision));
  memcpy(q, p, bytes ? 0 : count * bytes_of(precision));
  memcpy((char *)q + count * bytes_of(precision), (const char *)p + count * (bytes ? 1 : bytes_of(precision)), TAIL);
  if (precision != EFFNET_INT8) return q;
  int16_t *codes = q;
  for (size_t i = 0; i < count; i++) {
    if (bytes) codes[i] = (int16_t)(((const uint8_t *)p)[i] - zero);
    if (codes[i] == POISON * 0x101) codes[i] = (int16_t)(POISON - zero);
  }
  return q;
}
/// Weights as floats: in int8, integers from −127 to 127, most often the largest.
static float *weights(effnet_precision precision, size_t count) {
  float *w = numbers(EFFNET_FLOAT32, count);
  for (size_t i = 0; precision == EFFNET_INT8 && i < count; i++)
    w[i] = pick(2) ? (pick(2) ? 127.0f : -127.0f) : (float)pick(255) - 127;
  return w;
}
/// Random numbers that make codes of sums around 1.
static effnet_codes any_codes(int input_zero, int output_zero) {
  effnet_codes codes = {.form = (effnet_code_form)pick(3),
                        .inverse_scale = 20 + (float)pick(200) / 3,
                        .scale = 0.02f + (float)pick(100) / 1000,
                        .residual_scale = number(),
                        .input_scale = 0.37f,
                        .gate_scale = (float)pick(32769),
                        .gate_factor = (int16_t)(256 << pick(7)),
                        .input_zero = (int16_t)input_zero,
                        .residual_zero = (int16_t)residual_zero,
                        .output_zero = (int16_t)output_zero,
                        .lowest = (int16_t)-output_zero,
                        .highest = (int16_t)(255 - output_zero)};
  if (codes.form != EFFNET_BY_CURVE && pick(3) == 0) codes.lowest = 0, codes.highest = (int16_t)(codes.highest / 2);
  int shift = (int)pick(15);
  codes.limit = (int16_t)(32767 >> shift);
  codes.stretch = (int16_t)(1 << shift);
  codes.factor = (int16_t)(16384 + pick(16384));
  codes.last_factor = (int16_t)(256 << pick(7));
  for (int i = 0; i < 8; i++) {
    codes.curve[0][i] = (int16_t)pick(1140);
    codes.curve[1][i] = (int16_t)((int)pick(1000) - 500);
    codes.curve[2][i] = (int16_t)((int)pick(500) - 250);
  }
  return codes;
}
/// The rows of constants of a layer with codes and `depth` inputs, of weights w, for each output, and
/// behind them effnet_codes. Multipliers keep sums of integers around 1, or in units of words.
static float *constants(size_t columns, size_t depth, const float *w, int input_zero, int output_zero) {
  float *rows = numbers(EFFNET_FLOAT32, EFFNET_CONSTANT_ROWS * columns + EFFNET_CODES_WORDS);
  effnet_codes codes = any_codes(input_zero, output_zero);
  if (codes.form == EFFNET_BY_CURVE) codes.inverse_scale *= 100;
  memcpy(rows + EFFNET_CONSTANT_ROWS * columns, &codes, sizeof codes);
  // Layers of floats share the bias; they need numbers around 1.
  float unit = codes.form == EFFNET_IN_FLOATS || !w ? 1 : codes.inverse_scale;
  for (size_t n = 0; n < columns; n++) {
    float sum = 0;
    for (size_t k = 0; k < depth; k++) sum += w[k * columns + n];
    memcpy(&rows[EFFNET_SUM_START * columns + n], &(int32_t){-input_zero * (int32_t)sum}, 4);
    rows[EFFNET_MULTIPLIER * columns + n] *= 1e-5f * unit;
  }
  return rows;
}
static void *copy(const void *p, size_t bytes) {
  void *q = poisoned(bytes);
  return memcpy(q, p, bytes);
}

/// The number of elements of a map, and a map without memory.
static effnet_map shape(size_t pixels, size_t channels, int isSlabbed, size_t *count) {
  size_t slab = isSlabbed && channels > EFFNET_SLAB_CHANNELS ? EFFNET_SLAB_CHANNELS : channels;
  *count = (channels + slab - 1) / slab * pixels * slab;
  return (effnet_map){.slab = slab, .slab_stride = pixels * slab};
}
static size_t elements_of(effnet_map map, size_t pixels, size_t channels) {
  return (channels + map.slab - 1) / map.slab * pixels * map.slab;
}
/// The map as a table stores it.
static effnet_map stored_map(int t, effnet_precision precision, effnet_map map, size_t pixels, size_t channels) {
  map.data = stored(t, precision, map.data, elements_of(map, pixels, channels), x_zero);
  return map;
}
static effnet_map random_map(effnet_precision precision, size_t pixels, size_t channels, int isSlabbed) {
  size_t count;
  effnet_map map = shape(pixels, channels, isSlabbed, &count);
  map.data = numbers(precision, count);
  return map;
}
static size_t padded(size_t channels) {
  return (channels + EFFNET_CHANNEL_BLOCK - 1) / EFFNET_CHANNEL_BLOCK * EFFNET_CHANNEL_BLOCK;
}

/// Packs a matrix [taps][depth][columns] into a table's panels.
static void *pack(const effnet_kernels *table, effnet_precision precision, const float *w, size_t taps, size_t depth,
                  size_t columns) {
  int has_bytes = precision == EFFNET_INT8 && table->codes_per_word == 4;
  size_t height = has_bytes ? (depth + 3) / 4 : words(precision, depth);
  uint32_t *packed = poisoned(taps * height * columns * 4), *p = packed;
  for (size_t first = 0; first < columns; first += table->panel_columns)
    for (size_t tap = 0; tap < taps; tap++)
      for (size_t k = 0; k < height; k++)
        for (size_t n = first; n < first + table->panel_columns && n < columns; n++, p++) {
          const float *at = w + tap * depth * columns + n;
          if (precision == EFFNET_FLOAT32)
            memcpy(p, at + k * columns, 4);
          else if (has_bytes) {
            *p = 0;
            for (size_t i = 0; i < 4 && 4 * k + i < depth; i++)
              *p |= (uint32_t)(uint8_t)(int8_t)at[(4 * k + i) * columns] << 8 * i;
          } else
            *p = half(precision, at[2 * k * columns]) |
                 (uint32_t)(2 * k + 1 < depth ? half(precision, at[(2 * k + 1) * columns]) : 0) << 16;
        }
  return packed;
}

static const char *const names[] = {"fp32", "bf16", "fp16", "int8"};
static int failures = 0, checks = 0;
static void compare(const char *what, effnet_precision table, effnet_precision precision, const void *a, const void *b,
                    size_t count) {
  checks++;
  size_t bytes = count * bytes_of(precision);
  int isEqual = memcmp(a, b, bytes + TAIL) == 0;
  float error = table == EFFNET_BFLOAT16 ? BFLOAT16_ERROR : table == EFFNET_FLOAT16 ? FLOAT16_ERROR : 0;
  if (error > 0 && !isEqual) {
    float largest = 0, difference = 0;
    isEqual = 1;
    for (size_t i = 0; i < count; i++) {
      float x = value(precision, a, i), y = value(precision, b, i);
      int isPoison = memcmp((const char *)a + i * bytes_of(precision), "\x71\x71\x71\x71", bytes_of(precision)) == 0;
      if (isPoison)
        isEqual &= x == y;
      else
        largest = fmaxf(largest, fabsf(x)), difference = fmaxf(difference, fabsf(x - y));
    }
    isEqual &= difference <= error * largest;
    for (size_t i = 0; i < TAIL; i++) isEqual &= ((const char *)b)[bytes + i] == POISON;
  }
  if (isEqual) return;
  failures++;
  for (size_t i = 0; i < count; i++) {
    float x = value(precision, a, i), y = value(precision, b, i);
    if (memcmp(&x, &y, 4) == 0) continue;
    printf("%s, %s: element %zu is %g instead of %g\n", what, names[table], i, y, x);
    return;
  }
  printf("%s: writes behind its output\n", what);
}
static void compare_bytes(const char *what, const void *a, const void *b, size_t count) {
  checks++;
  if (memcmp(a, b, count + TAIL) == 0) return;
  failures++;
  printf("%s: different\n", what);
}

/// A random number of columns that are not padding; clears the weights [rows][columns] of the rest.
static size_t pad(float *w, size_t rows, size_t columns) {
  size_t outputs = columns - pick(EFFNET_CHANNEL_BLOCK);
  for (size_t row = 0; row < rows; row++)
    for (size_t n = outputs; n < columns; n++) w[row * columns + n] = 0;
  return outputs;
}

static const effnet_operations *operations(int t, effnet_precision precision) {
  switch (precision) {
  case EFFNET_FLOAT32: return tables[t]->float32;
  case EFFNET_BFLOAT16: return tables[t]->bfloat16;
  case EFFNET_FLOAT16: return tables[t]->float16;
  case EFFNET_INT8: return tables[t]->int8;
  }
}
static size_t panels(int t, size_t columns) {
  return (columns + tables[t]->panel_columns - 1) / tables[t]->panel_columns;
}
static effnet_activation any_activation(void) { return (effnet_activation)pick(5); }
static effnet_precision any_y(effnet_precision precision) {
  if (precision == EFFNET_FLOAT32) return pick(4) ? EFFNET_FLOAT32 : EFFNET_INT8;
  return pick(4) ? precision : EFFNET_FLOAT32;
}

static void check_product(effnet_precision precision) {
  size_t rows = 1 + pick(40), depth = 1 + pick(130), columns = 16 * (1 + pick(10)), cut = pick(rows + 1), count;
  effnet_precision yp = any_y(precision);
  size_t channels = precision == EFFNET_FLOAT32 && pick(4) == 0 ? depth : padded(depth);
  effnet_map x = random_map(precision, rows, channels, channels == depth ? 0 : (int)pick(2)),
             y = shape(rows, columns, (int)pick(2), &count);
  float *w = weights(precision, depth * columns);
  size_t outputs = pad(w, depth, columns);
  float *bias = constants(columns, depth, w, x_zero, y_zero);
  void *residual = pick(2) ? elements(precision, count, residual_zero) : NULL, *out[2];
  effnet_activation activation = any_activation();
  bool activates_sum = pick(2);
  for (int t = 0; t < 2; t++) {
    y.data = output(t, yp, count);
    effnet_product p = {.x = stored_map(t, precision, x, rows, channels),
                        .y = y,
                        .w = pack(tables[t], precision, w, 1, depth, columns),
                        .bias = bias,
                        .residual = residual ? stored(t, precision, residual, count, residual_zero) : NULL,
                        .depth = depth,
                        .outputs = outputs,
                        .columns = columns,
                        .activation = activation,
                        .activates_sum = activates_sum,
                        .y_precision = yp};
    size_t all = panels(t, columns), panel = pick(all + 1);
    if (pick(2)) p.next = (effnet_prefetch){.places = {{w, depth * columns * 4}}};
    for (int piece = 0; piece < 4; piece++) {
      p.row_begin = piece & 1 ? cut : 0, p.row_end = piece & 1 ? rows : cut;
      p.panel_begin = piece & 2 ? panel : 0, p.panel_end = piece & 2 ? all : panel;
      operations(t, precision)->product(&p);
    }
    out[t] = loaded(t, yp, y.data, count, y_zero);
  }
  compare("product", precision, yp, out[0], out[1], count);
}

static void check_widening_product(void) {
  size_t rows = 1 + pick(9), depth = 1 + pick(130), columns = 16 * (1 + pick(10)), cut = pick(rows + 1), count;
  effnet_map x = random_map(EFFNET_FLOAT32, rows, padded(depth), 0), y = shape(rows, columns, 0, &count);
  float *w = weights(EFFNET_INT8, depth * columns), *bias = numbers(EFFNET_FLOAT32, 2 * columns), *out[2];
  size_t outputs = pad(w, depth, columns), height = (depth + 3) / 4;
  int8_t *packed = poisoned(height * columns * 4);
  for (size_t n = 0; n < columns; n++)
    for (size_t k = 0; k < 4 * height; k++)
      packed[(n / 16 * 16 * height + k / 4 * 16 + n % 16) * 4 + k % 4] = k < depth ? (int8_t)w[k * columns + n] : 0;
  for (int t = 0; t < 2; t++) {
    y.data = out[t] = poisoned(count * 4);
    effnet_product p = {
        .x = x, .y = y, .w = packed, .bias = bias, .depth = depth, .outputs = outputs, .columns = columns};
    size_t all = panels(t, columns), panel = pick(all + 1);
    for (int piece = 0; piece < 4; piece++) {
      p.row_begin = piece & 1 ? cut : 0, p.row_end = piece & 1 ? rows : cut;
      p.panel_begin = piece & 2 ? panel : 0, p.panel_end = piece & 2 ? all : panel;
      tables[t]->widening_product(&p);
    }
  }
  compare("widening product", EFFNET_FLOAT32, EFFNET_FLOAT32, out[0], out[1], count);
}

static void check_pooled_product(effnet_precision precision) {
  size_t rows = 1 + pick(60), depth = 1 + pick(130), columns = 16 * (1 + pick(10));
  effnet_map x = random_map(precision, rows, padded(depth), 0);
  float *w = weights(precision, depth * columns), *out[2];
  size_t outputs = pad(w, depth, columns);
  float *bias = constants(columns, depth, w, x_zero, y_zero);
  effnet_activation activation = any_activation();
  for (int t = 0; t < 2; t++) {
    out[t] = poisoned(columns * 4);
    float *scratch = poisoned(EFFNET_CHANNEL_BLOCK * tables[t]->panel_columns * 4);
    effnet_pooled_product p = {.x = stored_map(t, precision, x, rows, padded(depth)),
                               .w = pack(tables[t], precision, w, 1, depth, columns),
                               .bias = bias,
                               .mean = out[t],
                               .scratch = scratch,
                               .depth = depth,
                               .outputs = outputs,
                               .columns = columns,
                               .rows = rows,
                               .activation = activation};
    size_t all = panels(t, columns), panel = pick(all + 1);
    p.panel_end = panel;
    operations(t, precision)->pooled_product(&p);
    p.panel_begin = panel, p.panel_end = all;
    operations(t, precision)->pooled_product(&p);
  }
  compare("pooled product", precision, EFFNET_FLOAT32, out[0], out[1], columns);
}

/// A random window in which every output reads part of the image.
static effnet_window any_window(size_t height, size_t width, size_t kernel, size_t stride) {
  effnet_window w = {.input_height = height,
                     .input_width = width,
                     .kernel = kernel,
                     .stride = stride,
                     .top = pick(kernel),
                     .left = pick(kernel)};
  size_t most_rows = (height + w.top - 1) / stride + 1, most_columns = (width + w.left - 1) / stride + 1;
  w.output_height = pick(4) ? most_rows : 1 + pick(most_rows);
  w.output_width = pick(4) ? most_columns : 1 + pick(most_columns);
  return w;
}

static void check_convolution(effnet_precision precision) {
  effnet_window window = any_window(1 + pick(12), 1 + pick(24), 1 + pick(7), 1 + pick(3));
  size_t inputs = 1 + pick(40), columns = 16 * (1 + pick(7)), taps = window.kernel * window.kernel, count;
  size_t rows = window.output_height, cut = pick(rows + 1);
  effnet_precision yp = any_y(precision);
  size_t pixels = window.input_height * window.input_width;
  size_t channels = precision == EFFNET_FLOAT32 && pick(2) ? inputs : padded(inputs);
  effnet_map x = random_map(precision, pixels, channels, 0);
  effnet_map y = shape(rows * window.output_width, columns, (int)pick(2), &count);
  float *w = weights(precision, taps * inputs * columns);
  size_t outputs = pad(w, taps * inputs, columns);
  float *bias = constants(columns, taps * inputs, w, x_zero, y_zero);
  void *residual = pick(2) ? elements(precision, count, residual_zero) : NULL, *out[2];
  effnet_activation activation = any_activation();
  bool activates_sum = pick(2);
  for (int t = 0; t < 2; t++) {
    y.data = output(t, yp, count);
    effnet_convolution c = {.x = stored_map(t, precision, x, pixels, channels),
                            .y = y,
                            .w = pack(tables[t], precision, w, taps, inputs, columns),
                            .bias = bias,
                            .residual = residual ? stored(t, precision, residual, count, residual_zero) : NULL,
                            .window = window,
                            .input_channels = inputs,
                            .outputs = outputs,
                            .columns = columns,
                            .activation = activation,
                            .activates_sum = activates_sum,
                            .y_precision = yp};
    size_t all = panels(t, columns), panel = pick(all + 1);
    for (int piece = 0; piece < 4; piece++) {
      c.row_begin = piece & 1 ? cut : 0, c.row_end = piece & 1 ? rows : cut;
      c.panel_begin = piece & 2 ? panel : 0, c.panel_end = piece & 2 ? all : panel;
      operations(t, precision)->convolution(&c);
    }
    out[t] = loaded(t, yp, y.data, count, y_zero);
  }
  compare("convolution", precision, yp, out[0], out[1], count);
}

static void check_separable(effnet_precision precision) {
  effnet_source source = (effnet_source)pick(3);
  size_t kernel = pick(3) ? 3 + 2 * pick(2) : 1 + pick(8), depth = 1 + pick(70), columns = 16 * (1 + pick(8)), count;
  effnet_window stem = any_window(1 + pick(16), 1 + pick(40), 1 + pick(4), 1 + pick(2));
  size_t height = 1 + pick(12), width = 1 + pick(40);
  if (source == EFFNET_CONVOLVED) height = stem.output_height, width = stem.output_width, depth = 1 + pick(4);
  effnet_window window = any_window(height, width, kernel, 1 + pick(kernel % 4 == 1 ? 2 : 3));
  size_t taps = source == EFFNET_CONVOLVED ? stem.kernel * stem.kernel : 1, pixels = height * width;
  effnet_precision wp = source == EFFNET_CONVOLVED ? EFFNET_FLOAT32 : precision;
  size_t inputs = source == EFFNET_CONVOLVED ? stem.input_height * stem.input_width : pixels;
  size_t channels = source == EFFNET_STORED ? columns : source == EFFNET_EXPANDED ? padded(depth) : depth;
  effnet_map x = random_map(wp, inputs, channels, source == EFFNET_STORED && pick(2));
  effnet_map y = shape(window.output_height * window.output_width, columns, (int)pick(4), &count);
  size_t slabs = (columns + EFFNET_SLAB_CHANNELS - 1) / EFFNET_SLAB_CHANNELS;
  float *w = weights(wp, taps * depth * columns);
  size_t outputs = pad(w, taps * depth, columns);
  float *bias = constants(columns, taps * depth, w, x_zero, x_zero);
  float *filters = weights(precision, slabs * kernel * kernel * EFFNET_SLAB_CHANNELS);
  float *by_channel = numbers(EFFNET_FLOAT32, kernel * kernel * columns), *sums[2] = {NULL, NULL};
  for (size_t tap = 0; tap < kernel * kernel; tap++)
    for (size_t c = 0; c < columns; c++)
      by_channel[tap * columns + c] =
          filters[(c / EFFNET_SLAB_CHANNELS * kernel * kernel + tap) * EFFNET_SLAB_CHANNELS + c % EFFNET_SLAB_CHANNELS];
  float *filter_bias = constants(columns, kernel * kernel, by_channel, x_zero, y_zero);
  effnet_activation first = any_activation(), second = any_activation();
  size_t rows = window.output_height, cut = pick(rows + 1), sum_count = pick(2) ? rows * columns : 0;
  void *out[2];
  for (int t = 0; t < 2; t++) {
    y.data = output(t, precision, count);
    if (sum_count > 0) sums[t] = poisoned(sum_count * 4);
    effnet_separable s = {.source = source,
                          .x = stored_map(t, wp, x, inputs, channels),
                          .y = y,
                          .bias = bias,
                          .depth = depth,
                          .outputs = outputs,
                          .stem_window = stem,
                          .source_activation = first,
                          .window = window,
                          .filter_bias = filter_bias,
                          .activation = second,
                          .columns = columns,
                          .sums = sums[t],
                          .ring_rows = 2};
    s.w = pack(tables[t], wp, w, taps, depth, columns);
    while (s.ring_rows < kernel) s.ring_rows *= 2;
    s.ring_width = (window.output_width + EFFNET_RING_MARGIN) * window.stride + kernel;
    if (s.ring_width < window.left + width) s.ring_width = window.left + width;
    s.ring = poisoned(s.ring_rows * s.ring_width * EFFNET_SLAB_CHANNELS * 4);
    for (size_t slab = 0; slab < slabs; slab++) {
      s.channel = slab * EFFNET_SLAB_CHANNELS;
      s.width = columns - s.channel < EFFNET_SLAB_CHANNELS ? columns - s.channel : EFFNET_SLAB_CHANNELS;
      s.filters = filters + slab * kernel * kernel * EFFNET_SLAB_CHANNELS;
      s.row_begin = 0, s.row_end = cut;
      operations(t, precision)->separable(&s);
      s.row_begin = cut, s.row_end = rows;
      operations(t, precision)->separable(&s);
    }
    out[t] = loaded(t, precision, y.data, count, y_zero);
  }
  compare("separable", precision, precision, out[0], out[1], count);
  if (sum_count > 0) compare("separable's sums", precision, EFFNET_FLOAT32, sums[0], sums[1], sum_count);
}

static void check_excitation(effnet_precision precision) {
  size_t rows = 1 + pick(50), columns = 16 * (1 + pick(10)), depth = 1 + pick(100), cut = pick(depth / 2 + 1) * 2;
  effnet_map x = random_map(precision, rows, columns, (int)pick(2));
  float *gate = numbers(EFFNET_FLOAT32, padded(depth)), *w = numbers(EFFNET_FLOAT32, depth * columns), *means[2];
  void *maps[2], *scaled[2];
  size_t stride = x.slab, width = 16 * (1 + pick(stride / 16));
  effnet_activation activation = any_activation();
  effnet_codes codes = any_codes(x_zero, y_zero);
  for (int t = 0; t < 2; t++) {
    means[t] = poisoned(columns * 4);
    effnet_mean m = {.x = stored_map(t, precision, x, rows, columns),
                     .scale = 0.37f,
                     .zero = in_bytes(t, precision) ? (float)x_zero : 0,
                     .y = means[t],
                     .rows = rows,
                     .count = 1 + rows * 3,
                     .channels = columns};
    operations(t, precision)->mean(&m);
    void *map = stored(t, precision, x.data, rows * stride, x_zero);
    effnet_scale s = {.y = map,
                      .gate = means[0],
                      .codes = &codes,
                      .pixels = rows,
                      .stride = stride,
                      .width = width,
                      .activation = activation};
    operations(t, precision)->scale(&s);
    // What is not scaled still has the zero point of x.
    maps[t] = loaded(t, precision, map, rows * stride, y_zero);
    for (size_t i = 0; in_bytes(t, precision) && i < rows * stride; i++)
      if (i % stride >= width) ((int16_t *)maps[t])[i] += (int16_t)(y_zero - x_zero);
    if (precision == EFFNET_INT8) continue; // its gates scale maps only
    void *packed = pack(tables[t], precision, w, 1, depth, columns);
    uint32_t *y = poisoned(words(precision, depth) * columns * 4);
    effnet_scale_weights g = {.x = packed, .y = y, .gate = gate, .depth = depth, .columns = columns, .end = cut};
    operations(t, precision)->scale_weights(&g);
    g.begin = cut, g.end = depth;
    operations(t, precision)->scale_weights(&g);
    // The inputs of one panel of the scalar table after the other.
    scaled[t] = poisoned(words(precision, depth) * columns * 4);
    uint32_t *to = scaled[t];
    for (size_t n = 0; n < columns; n++)
      for (size_t k = 0; k < words(precision, depth); k++) {
        size_t panel = n / tables[t]->panel_columns * tables[t]->panel_columns, left = columns - panel;
        if (left > tables[t]->panel_columns) left = tables[t]->panel_columns;
        *to++ = y[panel * words(precision, depth) + k * left + n - panel];
      }
  }
  compare("mean", precision, EFFNET_FLOAT32, means[0], means[1], columns);
  compare("scale", precision, precision, maps[0], maps[1], rows * stride);
  if (precision != EFFNET_INT8)
    compare("scaled weights", precision, precision, scaled[0], scaled[1],
            words(precision, depth) * columns * 4 / bytes_of(precision));
}

/// Resizes and normalizes rows of up to 70 pixels.
static void check_resize(size_t width, size_t rows) {
  size_t outputs = 1 + width * 5 / 7, first[70], taps[70], most = width < 7 ? width : 7;
  int32_t w[70 * 7];
  for (size_t i = 0; i < outputs; i++) {
    taps[i] = 1 + pick(most);
    first[i] = pick(width - taps[i] + 1);
    for (size_t j = 0; j < 7; j++) w[7 * i + j] = (int32_t)(number() * (1 << 21)) + (1 << 19);
  }
  uint8_t *x = poisoned(3 * width * rows), *scratch = poisoned(3 * EFFNET_RESIZE_ROWS * (width + outputs));
  for (size_t i = 0; i < 3 * width * rows; i++) x[i] = (uint8_t)pick(256);
  uint8_t *along[2], *down[2];
  float *normal[2];
  for (int t = 0; t < 2; t++) {
    along[t] = poisoned(3 * outputs * rows);
    effnet_resize_along a = {.x = x,
                             .w = w,
                             .first = first,
                             .taps = taps,
                             .y = along[t],
                             .scratch = scratch,
                             .x_stride = 3 * width,
                             .w_stride = 7,
                             .y_stride = 3 * outputs,
                             .rows = rows,
                             .column_end = width,
                             .outputs = outputs};
    tables[t]->resize_along(&a);
    down[t] = poisoned(3 * width);
    effnet_resize_down d = {
        .x = x, .w = w, .y = down[t], .x_stride = 3 * width, .taps = rows < 7 ? rows : 7, .bytes = 3 * width};
    tables[t]->resize_down(&d);
    normal[t] = poisoned(3 * width * 4);
    effnet_normalize f = {.x = x,
                          .y = normal[t],
                          .bytes = 3 * width,
                          .mean = {123.675f, 116.28f, 103.53f},
                          .std = {58.395f, 57.12f, 57.375f}};
    tables[t]->normalize(&f);
  }
  compare_bytes("resize along", along[0], along[1], 3 * outputs * rows);
  compare_bytes("resize down", down[0], down[1], 3 * width);
  compare("normalize", EFFNET_FLOAT32, EFFNET_FLOAT32, normal[0], normal[1], 3 * width);
}

/// Dot products of up to 9 rows and up to 6 queries of up to 70 numbers, at any byte offset.
static void check_dots(effnet_precision precision) {
  size_t rows = 1 + pick(9), queries = pick(7), depth = 1 + pick(70), offset = pick(4);
  size_t stride = depth * bytes_of(precision);
  char *x = poisoned(rows * stride + offset);
  memcpy(x + offset, numbers(precision, rows * depth), rows * stride);
  float *q = numbers(EFFNET_FLOAT32, queries * depth), *y[2], *squares[2];
  for (int t = 0; t < 2; t++) {
    y[t] = poisoned(queries * rows * 4);
    squares[t] = poisoned(rows * 4);
    effnet_dots d = {.x = x + offset,
                     .q = q,
                     .y = y[t],
                     .squares = squares[t],
                     .rows = rows,
                     .queries = queries,
                     .depth = depth,
                     .x_stride = stride,
                     .q_stride = depth,
                     .y_stride = rows,
                     .precision = precision};
    tables[t]->dots(&d);
  }
  compare("dots", EFFNET_FLOAT32, EFFNET_FLOAT32, y[0], y[1], queries * rows);
  compare("squares", EFFNET_FLOAT32, EFFNET_FLOAT32, squares[0], squares[1], rows);
}

/// Requires every element to be `expected`, up to 1 %.
static void require_all(const char *what, effnet_precision precision, const void *found, size_t count, float expected) {
  checks++;
  for (size_t i = 0; i < count; i++) {
    float y = value(precision, found, i);
    if (fabsf(y - expected) <= 0.01f * fabsf(expected)) continue;
    failures++;
    printf("%s: element %zu is %g instead of %g\n", what, i, y, expected);
    return;
  }
}
static uint16_t *repeated(float x, size_t count) {
  uint16_t *p = poisoned(count * 2);
  for (size_t i = 0; i < count; i++) p[i] = half(EFFNET_FLOAT16, x);
  return p;
}

/// A product of fp16 with sums around `sum`, which may be above 65504, and a finite activation.
static void check_large_product(size_t depth, float sum, effnet_activation activation, float expected) {
  enum { ROWS = 9, COLUMNS = 64 };
  float *w = poisoned(depth * COLUMNS * 4), *bias = poisoned(COLUMNS * 4);
  for (size_t i = 0; i < depth * COLUMNS; i++) w[i] = sum / (float)depth / 20;
  for (size_t i = 0; i < COLUMNS; i++) bias[i] = 0;
  for (int t = 0; t < 2; t++) {
    uint16_t *y = poisoned(ROWS * COLUMNS * 2);
    effnet_product p = {.x = {repeated(20, ROWS * depth), depth, ROWS * depth},
                        .y = {y, COLUMNS, ROWS * COLUMNS},
                        .w = pack(tables[t], EFFNET_FLOAT16, w, 1, depth, COLUMNS),
                        .bias = bias,
                        .depth = depth,
                        .outputs = COLUMNS,
                        .columns = COLUMNS,
                        .row_end = ROWS,
                        .panel_end = panels(t, COLUMNS),
                        .activation = activation,
                        .y_precision = EFFNET_FLOAT16};
    tables[t]->float16->product(&p);
    require_all("large product", EFFNET_FLOAT16, y, ROWS * COLUMNS, expected);
  }
  release();
}

/// A depthwise convolution of fp16 whose outputs are 60,000; their sums must not overflow.
static void check_large_sums(size_t outputs) {
  enum { COLUMNS = 48 };
  float *filters = poisoned(9 * EFFNET_SLAB_CHANNELS * 4), *bias = poisoned(COLUMNS * 4);
  for (size_t i = 0; i < 9 * EFFNET_SLAB_CHANNELS; i++) filters[i] = i / EFFNET_SLAB_CHANNELS == 4;
  for (size_t i = 0; i < COLUMNS; i++) bias[i] = 0;
  for (int t = 0; t < 2; t++) {
    uint16_t *y = poisoned(outputs * COLUMNS * 2);
    float *sums = poisoned(COLUMNS * 4);
    size_t ring_width = outputs + EFFNET_RING_MARGIN + 3;
    effnet_separable s = {.source = EFFNET_STORED,
                          .x = {repeated(60000, outputs * COLUMNS), COLUMNS, outputs * COLUMNS},
                          .y = {y, COLUMNS, outputs * COLUMNS},
                          .window = {1, outputs, 1, outputs, 3, 1, 1, 1},
                          .filters = filters,
                          .filter_bias = bias,
                          .columns = COLUMNS,
                          .width = COLUMNS,
                          .sums = sums,
                          .ring = poisoned(4 * ring_width * EFFNET_SLAB_CHANNELS * 4),
                          .ring_rows = 4,
                          .ring_width = ring_width,
                          .row_end = 1};
    tables[t]->float16->separable(&s);
    require_all("large outputs", EFFNET_FLOAT16, y, outputs * COLUMNS, 60000);
    require_all("their sums", EFFNET_FLOAT32, sums, COLUMNS, 60000 * (float)outputs);
  }
  release();
}

/// Numbers of fp16 around the end of its range.
static void check_large_numbers(void) {
  for (size_t outputs = 1; outputs <= 30; outputs++) check_large_sums(outputs);
  // A sum of more than 128 products may be above 65504 if its activation is below.
  for (size_t depth = 1024; depth <= 1026; depth += 2) {
    check_large_product(depth, 400e3f, EFFNET_RELU6, 6);
    check_large_product(depth, -400e3f, EFFNET_RELU6, 0);
    check_large_product(depth, -400e3f, EFFNET_RELU, 0);
    check_large_product(depth, -400e3f, EFFNET_SILU, 0);
    check_large_product(depth, -400e3f, EFFNET_SIGMOID, 0);
    check_large_product(depth, 400e3f, EFFNET_SIGMOID, 1);
  }
  for (size_t depth = 96; depth <= 160; depth += 64) {
    check_large_product(depth, -60e3f, EFFNET_SILU, 0);
    check_large_product(depth, 60e3f, EFFNET_SILU, 60e3f);
    check_large_product(depth, -60e3f, EFFNET_SIGMOID, 0);
    check_large_product(depth, 60e3f, EFFNET_SIGMOID, 1);
    check_large_product(depth, -60e3f, EFFNET_RELU, 0);
    check_large_product(depth, 60e3f, EFFNET_RELU6, 6);
  }
}

#include "compare_training.h"

int main(void) {
  effnet_begin_kernel();
  for (int n = 0; n < CASES; n++) {
    effnet_precision precision = CODES_ONLY ? (n % 4 ? EFFNET_INT8 : EFFNET_FLOAT32) : (effnet_precision)(n % 4);
    magnitude = n % 7 != 6 || precision == EFFNET_INT8 ? 1 : precision == EFFNET_FLOAT16 ? 0x1p-8f : 0x1p-63f;
    x_zero = any_zero(), residual_zero = any_zero(), y_zero = any_zero();
    check_product(precision), release();
    if (precision == EFFNET_INT8) check_widening_product(), release();
    check_pooled_product(precision), release();
    check_convolution(precision), release();
    check_separable(precision), release();
    check_excitation(precision), release();
    if (precision <= EFFNET_BFLOAT16) check_dots(precision), release();
    magnitude = 1;
    if (!CODES_ONLY) check_training(EFFNET_FLOAT32), check_training(EFFNET_BFLOAT16);
  }
  if (!CODES_ONLY) check_large_numbers();
  for (size_t width = 1; width <= 70 && !CODES_ONLY; width++)
    for (size_t rows = 1; rows <= EFFNET_RESIZE_ROWS; rows += 3) check_resize(width, rows), release();
  printf("%s against scalar: %d of %d checks give the same bits%s%s\n", TABLE.name, checks - failures, checks,
         BFLOAT16_ERROR > 0 ? ", in bf16 nearly the same numbers" : "",
         FLOAT16_ERROR > 0 ? ", in fp16 nearly the same numbers" : "");
  return failures > 0;
}
