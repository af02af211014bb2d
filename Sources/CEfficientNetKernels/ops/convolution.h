// Convolutions with a square filter over all channels: the pixels under the filter are gathered into rows of a matrix,
// then multiplied with the weights.

/// Copies the pixels under the filter for output pixel (p, q): k·k·c floats in the order of the weights.
static void gather(const effnet_convolution *c, const float *image, size_t p, size_t q, float *out) {
  size_t taps = c->kernel, channels = c->input_channels;
  for (size_t i = 0; i < taps; i++) {
    // Unsigned wrap-around turns "above the image" into a row that is too large.
    size_t row = p * c->stride + i - c->top;
    for (size_t j = 0; j < taps; j++, out += channels) {
      size_t column = q * c->stride + j - c->left;
      if (row < c->input_height && column < c->input_width) {
        const float *pixel = image + (row * c->input_width + column) * c->x_stride;
        for (size_t n = 0; n < channels; n++) out[n] = pixel[n];
      } else {
        for (size_t n = 0; n < channels; n++) out[n] = 0.0f;
      }
    }
  }
}

static void convolution(const effnet_convolution *c) {
  size_t depth = c->kernel * c->kernel * c->input_channels;
  size_t image_floats = c->input_height * c->input_width * c->x_stride;
  for (size_t row = c->row_begin; row < c->row_end; row++) {
    const float *image = c->x + row / c->output_height * image_floats;
    size_t p = row % c->output_height;
    for (size_t q = 0; q < c->output_width; q += c->scratch_pixels) {
      size_t left = c->output_width - q;
      size_t pixels = left < c->scratch_pixels ? left : c->scratch_pixels;
      for (size_t i = 0; i < pixels; i++) gather(c, image, p, q + i, c->scratch + i * depth);
      size_t at = (row * c->output_width + q) * c->columns;
      effnet_pointwise product = {
          .x = c->scratch,
          .w = c->w,
          .bias = c->bias,
          .residual = c->residual ? c->residual + at : NULL,
          .y = c->y + at,
          .x_stride = depth,
          .depth = depth,
          .columns = c->columns,
          .row_begin = 0,
          .row_end = pixels,
          .panel_begin = 0,
          .panel_end = (c->columns + PANEL_VECTORS * VECTOR_FLOATS - 1) / (PANEL_VECTORS * VECTOR_FLOATS),
          .activation = c->activation,
      };
      pointwise(&product);
    }
  }
}
