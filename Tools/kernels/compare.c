// Runs every kernel of one table against the scalar table and demands the same bits. For machines where the Swift tests
// cannot run: 64-bit ARM in an emulator, or the tiles of AVX-512 on a machine without it (Scripts/check-kernels.sh).
#include "include/CEfficientNetKernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const effnet_kernels TABLE, effnet_kernels_scalar;

static uint32_t state = 12345;
static float next(void) {
  state = state * 1664525u + 1013904223u;
  return (float)(int)(state >> 8) / 8388608.0f - 1.0f;
}
static float *numbers(size_t count) {
  float *p = aligned_alloc(64, (count * 4 + 127) / 64 * 64);
  for (size_t i = 0; i < count; i++) p[i] = next();
  return p;
}
/// Output memory with a poisoned tail of 16 floats.
static float *poisoned(size_t count) {
  float *p = aligned_alloc(64, ((count + 16) * 4 + 127) / 64 * 64);
  for (size_t i = 0; i < count + 16; i++) p[i] = 1e30f;
  return p;
}
static int failures = 0, checks = 0;
static void compare(const char *what, const float *a, const float *b, size_t count) {
  checks++;
  int isEqual = 1;
  for (size_t i = 0; i < count; i++) isEqual &= a[i] == b[i];
  for (size_t i = count; i < count + 16; i++) isEqual &= a[i] == 1e30f && b[i] == 1e30f;
  if (!isEqual) {
    failures++;
    printf("%s: different\n", what);
  }
}
static uint8_t *bytes(size_t count) {
  uint8_t *p = malloc(count);
  for (size_t i = 0; i < count; i++) p[i] = (uint8_t)(128 + 128 * next());
  return p;
}
/// The same for bytes; the tail is 64 of them.
static uint8_t *poisoned_bytes(size_t count) { return memset(malloc(count + 64), 0xA5, count + 64); }
static void compare_bytes(const char *what, const uint8_t *a, const uint8_t *b, size_t count) {
  checks++;
  int isEqual = memcmp(a, b, count) == 0;
  for (size_t i = count; i < count + 64; i++) isEqual &= a[i] == 0xA5 && b[i] == 0xA5;
  if (!isEqual) {
    failures++;
    printf("%s: different\n", what);
  }
}

/// The panels of `table` for a matrix [depth][columns].
static float *pack(const effnet_kernels *table, const float *w, size_t depth, size_t columns) {
  float *packed = numbers(depth * columns), *p = packed;
  for (size_t first = 0; first < columns; first += table->panel_columns)
    for (size_t k = 0; k < depth; k++)
      for (size_t n = first; n < first + table->panel_columns && n < columns; n++) *p++ = w[k * columns + n];
  return packed;
}

static size_t panels(const effnet_kernels *table, size_t columns) {
  return (columns + table->panel_columns - 1) / table->panel_columns;
}

int main(void) {
  const effnet_kernels *tables[2] = {&effnet_kernels_scalar, &TABLE};
  char what[100];
  for (size_t rows = 1; rows <= 17; rows++)
    for (size_t depth = 1; depth <= 65; depth += 16)
      for (size_t columns = 16; columns <= 160; columns += 16) {
        float *x = numbers(rows * depth), *w = numbers(depth * columns), *b = numbers(columns), *r = numbers(rows * columns);
        effnet_activation activation = (effnet_activation)((rows + columns / 16) % 4);
        float *y[2];
        for (int t = 0; t < 2; t++) {
          y[t] = poisoned(rows * columns);
          effnet_pointwise p = {.x = x, .w = pack(tables[t], w, depth, columns), .bias = b,
                                .residual = rows % 2 ? r : NULL, .y = y[t], .x_stride = depth, .depth = depth,
                                .columns = columns, .row_end = rows, .panel_end = panels(tables[t], columns),
                                .activation = activation};
          tables[t]->pointwise(&p);
        }
        snprintf(what, sizeof what, "pointwise %zu×%zu×%zu", rows, depth, columns);
        compare(what, y[0], y[1], rows * columns);
      }
  for (size_t side = 1; side <= 33; side++)
    for (size_t kernel = 1; kernel <= 7; kernel += 2)
      for (size_t stride = 1; stride <= 2; stride++) {
        size_t out = (side + stride - 1) / stride, total = (out - 1) * stride + kernel;
        size_t before = total > side ? (total - side) / 2 : 0, channels = 48, columns = 64, inputs = 3;
        float *x = numbers(side * side * channels), *w = numbers(kernel * kernel * channels), *b = numbers(columns);
        float *wide = numbers(kernel * kernel * inputs * columns), *scratch = numbers(8 * kernel * kernel * inputs);
        float *y[2], *z[2];
        for (int t = 0; t < 2; t++) {
          y[t] = poisoned(out * out * channels);
          effnet_depthwise d = {.x = x, .w = w, .bias = b, .y = y[t], .input_height = side, .input_width = side,
                                .output_height = out, .output_width = out, .channels = channels, .kernel = kernel,
                                .stride = stride, .top = before, .left = before, .row_end = out,
                                .activation = EFFNET_SILU};
          tables[t]->depthwise(&d);
          z[t] = poisoned(out * out * columns);
          effnet_convolution c = {.x = x, .w = pack(tables[t], wide, kernel * kernel * inputs, columns), .bias = b,
                                  .y = z[t], .scratch = scratch, .input_height = side, .input_width = side,
                                  .input_channels = inputs, .x_stride = inputs, .output_height = out,
                                  .output_width = out, .columns = columns, .kernel = kernel, .stride = stride,
                                  .top = before, .left = before, .scratch_pixels = 8, .row_end = out,
                                  .activation = EFFNET_RELU6};
          tables[t]->convolution(&c);
        }
        snprintf(what, sizeof what, "depthwise %zu kernel %zu stride %zu", side, kernel, stride);
        compare(what, y[0], y[1], out * out * channels);
        snprintf(what, sizeof what, "convolution %zu kernel %zu stride %zu", side, kernel, stride);
        compare(what, z[0], z[1], out * out * columns);
      }
  for (size_t pixels = 1; pixels < 50; pixels++) {
    size_t channels = 96;
    float *x = numbers(pixels * channels), *y[2], *z[2];
    for (int t = 0; t < 2; t++) {
      y[t] = poisoned(channels);
      effnet_average_pool p = {.x = x, .y = y[t], .pixels = pixels, .channels = channels, .channel_end = channels};
      tables[t]->average_pool(&p);
      z[t] = poisoned(pixels * channels);
      memcpy(z[t], x, pixels * channels * 4);
      effnet_scale s = {.y = z[t], .gate = y[t], .pixels = pixels, .channels = channels,
                        .activation = (effnet_activation)(pixels % 5)};
      tables[t]->scale(&s);
    }
    compare("average pool", y[0], y[1], channels);
    compare("scale", z[0], z[1], pixels * channels);
  }
  for (size_t width = 1; width <= 70; width++)
    for (size_t rows = 1; rows <= EFFNET_RESIZE_ROWS; rows += 3) {
      size_t outputs = 1 + width * 5 / 7, first[70], taps[70], most = width < 7 ? width : 7;
      int32_t w[70 * 7];
      for (size_t i = 0; i < outputs; i++) {
        taps[i] = 1 + (size_t)(most * (0.5f + 0.49f * next()));
        if (taps[i] > most) taps[i] = most;
        first[i] = (size_t)((width - taps[i]) * (0.5f + 0.5f * next()));
        for (size_t j = 0; j < 7; j++) w[7 * i + j] = (int32_t)(next() * (1 << 21)) + (1 << 19);
      }
      uint8_t *x = bytes(3 * width * rows), *scratch = bytes(3 * EFFNET_RESIZE_ROWS * (width + outputs)), *y[2], *z[2];
      float *n[2];
      for (int t = 0; t < 2; t++) {
        y[t] = poisoned_bytes(3 * outputs * rows);
        effnet_resize_along a = {.x = x, .w = w, .first = first, .taps = taps, .y = y[t], .scratch = scratch,
                                 .x_stride = 3 * width, .w_stride = 7, .y_stride = 3 * outputs, .rows = rows,
                                 .column_end = width, .outputs = outputs};
        tables[t]->resize_along(&a);
        z[t] = poisoned_bytes(3 * width);
        effnet_resize_down d = {.x = x, .w = w, .y = z[t], .x_stride = 3 * width, .taps = rows < 7 ? rows : 7,
                                .bytes = 3 * width};
        tables[t]->resize_down(&d);
        n[t] = poisoned(3 * width);
        effnet_normalize f = {.x = x, .y = n[t], .bytes = 3 * width, .mean = {123.675f, 116.28f, 103.53f},
                              .std = {58.395f, 57.12f, 57.375f}};
        tables[t]->normalize(&f);
      }
      snprintf(what, sizeof what, "resize along %zu×%zu", rows, width);
      compare_bytes(what, y[0], y[1], 3 * outputs * rows);
      snprintf(what, sizeof what, "resize down %zu×%zu", rows, width);
      compare_bytes(what, z[0], z[1], 3 * width);
      compare("normalize", n[0], n[1], 3 * width);
    }
  printf("%s against scalar: %d of %d checks give the same bits\n", TABLE.name, checks - failures, checks);
  return failures > 0;
}
