#include "CEfficientNetCodecs.h"

#include <limits.h>
#include <stdbool.h>

#include <zlib.h>

ptrdiff_t enc_inflate(const uint8_t *bytes, size_t count, uint8_t *target, size_t capacity) {
  if (count > UINT_MAX || capacity > UINT_MAX) return -1;
  z_stream stream = {
      .next_in = (Bytef *)bytes, // zlib only reads
      .avail_in = (uInt)count,
      .next_out = target,
      .avail_out = (uInt)capacity,
  };
  if (inflateInit(&stream) != Z_OK) return -1;
  int status = inflate(&stream, Z_SYNC_FLUSH);
  // Z_BUF_ERROR means that nothing is left to read. With room left, the data ended early; without,
  // they may continue.
  bool is_whole = status == Z_STREAM_END || ((status == Z_OK || status == Z_BUF_ERROR) && stream.avail_out > 0);
  size_t written = capacity - stream.avail_out;
  inflateEnd(&stream);
  return is_whole ? (ptrdiff_t)written : -1;
}
