// Batch norm: from the moments of a batch to a factor and a term for each channel, and back. Sums
// over images are in double precision, in their order.

static double sum_over_images(const float *partial, size_t images, size_t stride, size_t channel) {
  double sum = 0;
  for (size_t n = 0; n < images; n++) sum += (double)partial[n * stride + channel];
  return sum;
}

static void norm_forward(const effnet_norm *b) {
  for (size_t c = 0; c < b->channels; c++) {
    double mean = (double)b->running_mean[c], variance = (double)b->running_variance[c];
    if (!b->is_frozen) {
      mean = sum_over_images(b->sum, b->images, b->stride, c) / b->count;
      variance = sum_over_images(b->product, b->images, b->stride, c) / b->count - mean * mean;
      if (variance < 0) variance = 0;
      // Source: PyTorch, whose running variance is that of a sample (divided by n − 1).
      double sample = b->count > 1 ? variance * b->count / (b->count - 1) : variance, kept = b->momentum;
      b->running_mean[c] = (float)(kept * (double)b->running_mean[c] + (1 - kept) * mean);
      b->running_variance[c] = (float)(kept * (double)b->running_variance[c] + (1 - kept) * sample);
    }
    double inverse = 1 / __builtin_sqrt(variance + b->epsilon), scale = (double)b->gamma[c] * inverse;
    b->mean[c] = (float)mean;
    b->inverse[c] = (float)inverse;
    b->scale[c] = (float)scale;
    b->shift[c] = (float)((double)b->beta[c] - mean * scale);
  }
}

/// dβ = Σ g, dγ = Σ g · ŷ, and dy = c1 · g + c2 · y + c3 = scale · (g − dβ / count − ŷ · dγ / count).
static void norm_backward(const effnet_norm *b) {
  for (size_t c = 0; c < b->channels; c++) {
    double inverse = (double)b->inverse[c], scale = (double)b->scale[c];
    double dbeta = sum_over_images(b->sum, b->images, b->stride, c);
    double dgamma = sum_over_images(b->product, b->images, b->stride, c) * inverse;
    if (b->dgamma) {
      b->dgamma[c] += (float)dgamma;
      b->dbeta[c] += (float)dbeta;
    }
    double slope = b->is_frozen ? 0 : scale * inverse * dgamma / b->count;
    double level = b->is_frozen ? 0 : scale * dbeta / b->count;
    b->c1[c] = (float)scale;
    b->c2[c] = (float)-slope;
    b->c3[c] = (float)((double)b->mean[c] * slope - level);
  }
}

/// The sums of the gradient before an activation, from the two parts of effnet_projection_backward.
static void join_sums(const effnet_join_sums *s) {
  for (size_t c = 0; c < s->channels; c += VECTOR_FLOATS) {
    vf gate = s->gate ? LOAD(s->gate + c) : broadcast(1.0f);
    vf pooled = s->pooled ? LOAD(s->pooled + c) * broadcast(s->pooled_share) : broadcast(0.0f);
    STORE(s->sum + c, FMA(gate, LOAD(s->sum + c), pooled * LOAD(s->slope_sum + c)));
    STORE(s->product + c, FMA(gate, LOAD(s->product + c), pooled * LOAD(s->slope_product + c)));
  }
}
