// Sums and products channel by channel.

static void average_pool(const effnet_average_pool *p) {
  vf count = broadcast((float)p->pixels);
  for (size_t c = p->channel_begin; c < p->channel_end; c += VECTOR_FLOATS) {
    vf sum = broadcast(0.0f);
    for (size_t i = 0; i < p->pixels; i++) sum += LOAD(p->x + i * p->channels + c);
    STORE(p->y + c, sum / count);
  }
}

static void scale(const effnet_scale *s) {
  for (size_t i = 0; i < s->pixels; i++) {
    float *y = s->y + i * s->channels;
    for (size_t c = 0; c < s->channels; c += VECTOR_FLOATS) STORE(y + c, LOAD(y + c) * LOAD(s->gate + c));
  }
}
