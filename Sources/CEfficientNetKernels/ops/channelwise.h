// Sums and products channel by channel.

static void average_pool(const effnet_average_pool *p) {
  vf count = broadcast((float)p->pixels);
  for (size_t c = p->channel_begin; c < p->channel_end; c += VECTOR_FLOATS) {
    vf sum = broadcast(0.0f);
    for (size_t i = 0; i < p->pixels; i++) sum += LOAD(p->x + i * p->channels + c);
    STORE(p->y + c, sum / count);
  }
}

AI void scale_pixels(const effnet_activation activation, const effnet_scale *s) {
  for (size_t i = 0; i < s->pixels; i++) {
    float *y = s->y + i * s->channels;
    for (size_t c = 0; c < s->channels; c += VECTOR_FLOATS)
      STORE(y + c, activate(activation, LOAD(y + c) * LOAD(s->gate + c)));
  }
}

static void scale(const effnet_scale *s) {
  switch (s->activation) {
  case EFFNET_IDENTITY: scale_pixels(EFFNET_IDENTITY, s); break;
  case EFFNET_RELU: scale_pixels(EFFNET_RELU, s); break;
  case EFFNET_RELU6: scale_pixels(EFFNET_RELU6, s); break;
  case EFFNET_SILU: scale_pixels(EFFNET_SILU, s); break;
  case EFFNET_SIGMOID: scale_pixels(EFFNET_SIGMOID, s); break;
  }
}
