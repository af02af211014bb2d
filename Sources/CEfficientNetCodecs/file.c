#include "file.h"

#include <stdlib.h>

bool enc_file_reserve(enc_file *file, size_t count) {
  if (count <= file->capacity - file->count) return true;
  if (count > SIZE_MAX / 4 || file->capacity > SIZE_MAX / 4) return false;
  size_t capacity = 2 * file->capacity + count;
  uint8_t *bytes = realloc(file->bytes, capacity);
  if (!bytes) return false;
  file->bytes = bytes;
  file->capacity = capacity;
  return true;
}

void enc_file_free(enc_file *file) {
  free(file->bytes);
  *file = (enc_file){0};
}
