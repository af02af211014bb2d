// The training kernels on random sizes; included by compare.c.

#define F32 EFFNET_FLOAT32
/// The precision of maps.
static effnet_precision maps = F32;
static const effnet_training *training_of(int t) {
  return maps == F32 ? tables[t]->training_float32 : tables[t]->training_bfloat16;
}
static size_t whole_slabs(size_t n) {
  return (n + EFFNET_SLAB_CHANNELS - 1) / EFFNET_SLAB_CHANNELS * EFFNET_SLAB_CHANNELS;
}
static float *channel_numbers(size_t channels) { return numbers(F32, channels); }
static float *perhaps(size_t channels) { return pick(3) ? channel_numbers(channels) : NULL; }
static void compare_floats(const char *what, float *const out[2], size_t count) {
  if (out[0]) compare(what, maps, F32, out[0], out[1], count);
}
static void compare_maps(const char *what, void *const out[2], size_t count) {
  if (out[0]) compare(what, maps, maps, out[0], out[1], count);
}
/// Two buffers with the same initial contents.
static void twins(float *out[2], size_t count) {
  out[0] = numbers(F32, count);
  out[1] = copy(out[0], count * 4);
}
static void twin_maps(void *out[2], size_t count) {
  out[0] = numbers(maps, count);
  out[1] = copy(out[0], count * bytes_of(maps));
}
/// The size of rows of elements, and of pairs of rows as words.
static float *poisoned_rows(size_t columns) { return poisoned(EFFNET_TRAINING_ROWS * columns * bytes_of(maps)); }
static float *poisoned_stack(size_t columns) {
  return maps == F32 ? NULL : poisoned(EFFNET_TRAINING_ROWS / 2 * columns * 4);
}
static effnet_map map_of(effnet_map like, void *data) {
  like.data = data;
  return like;
}

static effnet_view any_view(size_t pixels, size_t channels, int isSlabbed) {
  return (effnet_view){.y = random_map(maps, pixels, channels, isSlabbed),
                       .scale = perhaps(channels),
                       .shift = perhaps(channels),
                       .activation = any_activation(),
                       .gate = perhaps(channels)};
}

/// The gradient of a view of `pixels` pixels.
static effnet_gradient any_gradient(size_t pixels, size_t channels, int isSlabbed) {
  effnet_gradient d = {.view = any_view(pixels, channels, isSlabbed),
                       .pooled = perhaps(channels),
                       .pooled_share = 1 / (float)pixels,
                       .c1 = perhaps(channels),
                       .c2 = perhaps(channels),
                       .c3 = perhaps(channels)};
  if (pick(4)) d.g = random_map(maps, pixels, channels, pick(3) ? isSlabbed : (int)pick(2));
  return d;
}

static void check_training_product(void) {
  size_t kernel = pick(2) ? 1 : 1 + pick(5), stride = kernel > 1 ? 1 + pick(2) : 1;
  effnet_window window = any_window(1 + pick(20), 1 + pick(20), kernel, stride);
  if (kernel == 1) {
    window.top = window.left = 0;
    window.output_height = window.input_height, window.output_width = window.input_width;
  }
  int isSlabbed = (int)pick(2), gathers = kernel > 1 || stride > 1;
  size_t depth = 1 + pick(60), columns = 16 * (1 + pick(12)), rows = kernel * kernel * depth, count, dx_count;
  size_t inputs = window.input_height * window.input_width, outputs = window.output_height * window.output_width;
  effnet_view x = any_view(inputs, gathers && pick(2) ? depth : padded(depth), !gathers && pick(2));
  if (gathers) x = (effnet_view){.y = x.y};
  effnet_view stored = {.y = random_map(maps, inputs, padded(depth), 0)};
  effnet_gradient d = any_gradient(outputs, columns, isSlabbed);
  effnet_map y = shape(outputs, columns, isSlabbed, &count), dx = shape(inputs, padded(depth), 0, &dx_count);
  float *w = numbers(F32, rows * columns), *bias = channel_numbers(columns), *zeros = channel_numbers(padded(rows));
  memset(zeros, 0, padded(rows) * 4);
  void *out[2], *dxs[2], *late[2], *gs[2] = {NULL, NULL};
  float *sum[2], *square[2], *dw[2], *dbias[2];
  twins(dw, rows * columns), twins(dbias, columns), twin_maps(dxs, dx_count);
  // Two calls: the first stores dy in the memory of g.
  size_t split = !gathers && isSlabbed && d.g.slab == y.slab && d.g.data != NULL && pick(2);
  int accumulates = (int)pick(2), hasBias = (int)pick(2), hasWeights = split || pick(4) > 0;
  for (int t = 0; t < 2; t++) {
    const effnet_training *training = training_of(t);
    float *packed = poisoned(words(maps, rows) * columns * 4);
    float *transposed = poisoned(padded(rows) * words(maps, columns) * 4);
    effnet_packing forth = {w, packed, rows, columns}, back = {w, transposed, rows, columns};
    training->pack_rows(&forth), training->pack_transposed(&back);
    out[t] = poisoned(count * bytes_of(maps)), sum[t] = poisoned(columns * 4), square[t] = poisoned(columns * 4);
    effnet_training_product p = {.x = x,
                                 .w = packed,
                                 .bias = bias,
                                 .y = map_of(y, out[t]),
                                 .window = window,
                                 .depth = depth,
                                 .columns = columns,
                                 .sum = sum[t],
                                 .square = square[t],
                                 .scratch = poisoned_rows(whole_slabs(rows))};
    training->product_forward(&p);
    if (!gathers) p.x = stored; // backward reads a stored input
    effnet_product_backward b = {.forward = p,
                                 .gradient = d,
                                 .transposed = transposed,
                                 .zeros = zeros,
                                 .dw = hasWeights ? dw[t] : NULL,
                                 .dbias = hasBias ? dbias[t] : NULL,
                                 .dx = map_of(dx, dxs[t]),
                                 .accumulates = accumulates,
                                 .column_end = columns,
                                 .dy_scratch = poisoned_rows(whole_slabs(columns)),
                                 .dx_scratch = poisoned(EFFNET_TRAINING_ROWS * padded(rows) * 4),
                                 .x_stack = poisoned_stack(padded(rows)),
                                 .dy_stack = poisoned_stack(whole_slabs(columns))};
    if (split) {
      gs[t] = copy(d.g.data, count * bytes_of(maps));
      b.dy = b.gradient.g = map_of(d.g, gs[t]);
      b.dx = (effnet_map){0};
      for (size_t first = 0; first < columns; first += y.slab) {
        b.column_begin = first, b.column_end = first + y.slab < columns ? first + y.slab : columns;
        training->product_backward(&b);
      }
      b.dw = b.dbias = NULL, b.dx = map_of(dx, dxs[t]), b.has_dy = true, b.column_begin = 0, b.column_end = columns;
    }
    training->product_backward(&b);
    late[t] = gs[t];
  }
  compare_maps("product's output", out, count);
  compare_floats("product's sum", sum, columns), compare_floats("product's square", square, columns);
  compare_floats("product's dw", dw, rows * columns), compare_floats("product's dbias", dbias, columns);
  compare_maps("product's dx", dxs, dx_count), compare_maps("product's dy", late, count);
}

static void check_projection(void) {
  size_t pixels = 1 + pick(250), depth = 1 + pick(150), inputs = padded(depth), columns = 16 * (1 + pick(8)), count;
  int isSlabbed = (int)pick(2), mode = (int)pick(3);
  effnet_view x = any_view(pixels, inputs, isSlabbed);
  effnet_map dy = random_map(maps, pixels, columns, 0), g = shape(pixels, inputs, isSlabbed, &count);
  float *w = numbers(F32, depth * columns), *mean = channel_numbers(inputs), *zeros = channel_numbers(inputs);
  float *pooled = perhaps(inputs);
  memset(zeros, 0, inputs * 4);
  void *gs[2];
  float *dw[2], *vectors[5][2];
  twins(dw, depth * columns);
  int hasGate = (int)pick(2), hasWeights = pick(4) > 0;
  for (int t = 0; t < 2; t++) {
    const effnet_training *training = training_of(t);
    float *transposed = poisoned(inputs * words(maps, columns) * 4);
    effnet_packing back = {w, transposed, depth, columns};
    training->pack_transposed(&back);
    gs[t] = poisoned(count * bytes_of(maps));
    for (int n = 0; n < 5; n++) vectors[n][t] = poisoned(inputs * 4);
    effnet_projection_backward b = {.x = x,
                                    .dy = dy,
                                    .g = map_of(g, gs[t]),
                                    .transposed = transposed,
                                    .zeros = zeros,
                                    .dw = hasWeights ? dw[t] : NULL,
                                    .dgate = hasGate ? vectors[0][t] : NULL,
                                    .depth = depth,
                                    .inputs = inputs,
                                    .columns = columns,
                                    .pixels = pixels,
                                    .scratch = poisoned_rows(EFFNET_SLAB_CHANNELS),
                                    .value_stack = poisoned_stack(EFFNET_SLAB_CHANNELS),
                                    .dy_stack = poisoned_stack(columns)};
    if (mode > 0) b.mean = mean, b.sum = vectors[1][t], b.product = vectors[2][t];
    if (mode > 1) b.slope_sum = vectors[3][t], b.slope_product = vectors[4][t];
    for (b.channel = 0; b.channel < inputs; b.channel += EFFNET_SLAB_CHANNELS) {
      b.width = inputs - b.channel < EFFNET_SLAB_CHANNELS ? inputs - b.channel : EFFNET_SLAB_CHANNELS;
      training->projection_backward(&b);
    }
    if (mode < 2) continue;
    effnet_join_sums j = {.gate = x.gate,
                          .pooled = pooled,
                          .pooled_share = 0.25f,
                          .sum = b.sum,
                          .product = b.product,
                          .slope_sum = b.slope_sum,
                          .slope_product = b.slope_product,
                          .channels = inputs};
    training->join_sums(&j);
  }
  compare_maps("projection's g", gs, count), compare_floats("projection's dw", dw, depth * columns);
  for (int n = 0; n < 5; n++) compare_floats("projection's sums", vectors[n], inputs);
}

static void check_training_depthwise(void) {
  size_t kernel = pick(3) ? 3 + 2 * pick(2) : 1 + pick(8);
  effnet_window window = any_window(1 + pick(20), 1 + pick(70), kernel, 1 + pick(3));
  size_t channels = 16 * (1 + pick(7)), slabs = whole_slabs(channels) / EFFNET_SLAB_CHANNELS, count, g_count;
  size_t inputs = window.input_height * window.input_width, outputs = window.output_height * window.output_width;
  size_t taps = kernel * kernel * EFFNET_SLAB_CHANNELS;
  int isView = (int)pick(2), wantsInput = pick(4) > 0, accumulates = (int)pick(2), hasBias = (int)pick(2);
  effnet_view x = any_view(inputs, channels, isView || pick(2));
  x.gate = NULL;
  if (!isView) x = (effnet_view){.y = x.y};
  effnet_gradient d = any_gradient(outputs, channels, 1);
  effnet_map y = shape(outputs, channels, (int)pick(4), &count), g = shape(inputs, channels, (int)pick(2), &g_count);
  float *filters = numbers(F32, slabs * taps), *bias = channel_numbers(channels), *mean = channel_numbers(channels);
  void *out[2], *gs[2];
  float *moments[2][2], *dw[2], *dbias[2], *sums[2][2];
  twins(dw, slabs * taps), twins(dbias, channels), twin_maps(gs, g_count);
  size_t ring_rows = 1, ring_width = (window.output_width + EFFNET_RING_MARGIN) * window.stride + kernel;
  while (ring_rows < kernel) ring_rows *= 2;
  if (ring_width < window.left + window.input_width) ring_width = window.left + window.input_width;
  for (int t = 0; t < 2; t++) {
    const effnet_training *training = training_of(t);
    out[t] = poisoned(count * bytes_of(maps));
    for (int n = 0; n < 2; n++) moments[n][t] = poisoned(channels * 4), sums[n][t] = poisoned(channels * 4);
    effnet_training_depthwise f = {.x = x,
                                   .bias = hasBias ? bias : NULL,
                                   .y = map_of(y, out[t]),
                                   .window = window,
                                   .sum = moments[0][t],
                                   .square = moments[1][t],
                                   .ring_rows = ring_rows,
                                   .ring_width = ring_width,
                                   .scratch = poisoned(ring_rows * ring_width * EFFNET_SLAB_CHANNELS * 4)};
    effnet_depthwise_backward b = {.gradient = d,
                                   .mean = mean,
                                   .accumulates = accumulates,
                                   .dbias = hasBias ? dbias[t] : NULL,
                                   .scratch = poisoned(training->depthwise_scratch(&window) * 4)};
    if (wantsInput) b.g = map_of(g, gs[t]);
    if (isView) b.sum = sums[0][t], b.product = sums[1][t];
    for (size_t slab = 0; slab < slabs; slab++) {
      f.channel = slab * EFFNET_SLAB_CHANNELS, f.filters = filters + slab * taps;
      f.width = channels - f.channel < EFFNET_SLAB_CHANNELS ? channels - f.channel : EFFNET_SLAB_CHANNELS;
      training->depthwise_forward(&f);
      b.forward = f, b.dw = dw[t] + slab * taps;
      training->depthwise_backward(&b);
    }
  }
  compare_maps("depthwise", out, count), compare_floats("depthwise's dw", dw, slabs * taps);
  compare_maps("depthwise's g", gs, g_count), compare_floats("depthwise's dbias", dbias, channels);
  for (int n = 0; n < 2; n++) compare_floats("depthwise's moments", moments[n], channels);
  for (int n = 0; n < 2; n++) compare_floats("depthwise's sums", sums[n], channels);
}

static void check_training_maps(void) {
  size_t pixels = 1 + pick(250), channels = 16 * (1 + pick(10)), count;
  int isSlabbed = (int)pick(2);
  effnet_view v = any_view(pixels, channels, isSlabbed);
  effnet_gradient d = any_gradient(pixels, channels, isSlabbed);
  effnet_map out = shape(pixels, channels, (int)pick(2), &count), g = random_map(maps, pixels, channels, (int)pick(2));
  void *residual = pick(2) ? numbers(maps, count) : NULL, *stored[2], *gradient[2], *added[2], *rounded[2];
  float *mean = channel_numbers(channels), *vectors[4][2], *floats = channel_numbers(channels - 3);
  twin_maps(added, count);
  for (int t = 0; t < 2; t++) {
    const effnet_training *training = training_of(t);
    stored[t] = poisoned(count * bytes_of(maps)), gradient[t] = poisoned(count * bytes_of(maps));
    rounded[t] = poisoned((channels - 3) * bytes_of(maps));
    training->store_elements(floats, rounded[t], channels - 3);
    for (int n = 0; n < 4; n++) vectors[n][t] = poisoned(channels * 4);
    training->store_view(&(effnet_store_view){v, map_of(out, stored[t]), residual, pixels, channels});
    training->pool_view(&(effnet_pool_view){v, vectors[0][t], pixels, channels});
    training->reduce_gradient(&(effnet_reduce_gradient){d, mean, vectors[1][t], vectors[2][t], pixels, channels});
    training->store_gradient(&(effnet_store_gradient){d, map_of(out, gradient[t]), pixels, channels});
    training->gate_gradient(&(effnet_gate_gradient){v, g, vectors[3][t], pixels, channels});
    training->add_product(&(effnet_add_product){stored[t], residual, added[t], count, isSlabbed});
  }
  compare_maps("store_view", stored, count), compare_maps("store_gradient", gradient, count);
  compare_maps("add_product", added, count), compare_maps("store_elements", rounded, channels - 3);
  for (int n = 0; n < 4; n++) compare_floats("sums over pixels", vectors[n], channels);
}

static void check_optimizers(void) {
  size_t count = 16 * (1 + pick(20));
  float *state[5][2];
  for (int n = 0; n < 5; n++) twins(state[n], count);
  for (size_t i = 0; i < count; i++) state[2][0][i] = state[2][1][i] = fabsf(state[2][0][i]); // mean squares
  effnet_optimizer_step step = {.count = count,
                                .scale = 0.5f,
                                .rate = 0.1f,
                                .decay = 0.01f,
                                .momentum = 0.9f,
                                .beta2 = 0.99f,
                                .epsilon = 1e-3f,
                                .correction1 = 0.5f,
                                .root_correction2 = 0.7f,
                                .nesterov = pick(2)};
  size_t kind = pick(3);
  for (int t = 0; t < 2; t++) {
    const effnet_training *training = training_of(t);
    step.w = state[0][t], step.m = state[1][t], step.v = state[2][t], step.g = state[3][t];
    (kind == 0 ? training->sgd : kind == 1 ? training->rmsprop : training->adamw)(&step);
    training->moving_average(&(effnet_moving_average){state[4][t], state[0][t], count, 0.99f});
  }
  for (int n = 0; n < 5; n++) compare_floats("an optimizer", state[n], count);
}

static void check_norm(void) {
  size_t channels = 16 * (1 + pick(6)), images = 1 + pick(5);
  float *state[13][2], *sum = numbers(F32, images * channels), *product = numbers(F32, images * channels);
  for (int n = 0; n < 13; n++) twins(state[n], channels);
  bool isFrozen = pick(2);
  for (size_t i = 0; i < channels; i++) state[3][0][i] = state[3][1][i] = fabsf(state[3][0][i]); // the variance
  for (int t = 0; t < 2; t++) {
    float *s[13];
    for (int n = 0; n < 13; n++) s[n] = state[n][t];
    effnet_norm b = {.sum = sum,
                     .product = product,
                     .images = images,
                     .stride = channels,
                     .channels = channels,
                     .count = (double)(images * 7),
                     .epsilon = 1e-3,
                     .momentum = 0.9,
                     .is_frozen = isFrozen,
                     .gamma = s[0],
                     .beta = s[1],
                     .running_mean = s[2],
                     .running_variance = s[3],
                     .mean = s[4],
                     .inverse = s[5],
                     .scale = s[6],
                     .shift = s[7],
                     .dgamma = s[8],
                     .dbeta = s[9],
                     .c1 = s[10],
                     .c2 = s[11],
                     .c3 = s[12]};
    training_of(t)->norm_forward(&b);
    training_of(t)->norm_backward(&b);
  }
  for (int n = 0; n < 13; n++) compare_floats("batch norm", state[n], channels);
}

static void check_training(effnet_precision precision) {
  maps = precision;
  check_training_product(), release();
  check_projection(), release();
  check_training_depthwise(), release();
  check_training_maps(), release();
  check_optimizers(), release();
  check_norm(), release();
}
