#include "result.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/// Limits on the cost of a file.
enum {
  /// The bytes that are read after the last row of pixels; the rest is skipped. libpng decompresses
  /// surplus pixels, and a megabyte of them takes seconds. Encoders write a checksum of 4 bytes.
  MAXIMUM_SURPLUS = 1 << 10,
  /// libpng's own default. A row takes it up to 0.13 µs besides its pixels (one core of a Zen 4).
  MAXIMUM_ROWS = 1000000,
};

/// The progress of reading.
typedef enum { HEADER, ROWS, BEHIND } stage;

typedef struct {
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t count;
  stage stage;
  /// The number of bytes read after the last row of pixels.
  size_t surplus;
  /// Whether an allocation failed; libpng reports it only as text.
  bool is_out_of_memory;
  jmp_buf exit;
  enc_result result;
} decoder;

static void fail(decoder *d, enc_status status, const char *message) {
  enc_fail(&d->result, status, message);
  longjmp(d->exit, 1);
}

static void on_error(png_structp png, png_const_charp message) {
  decoder *d = png_get_error_ptr(png);
  fail(d, d->is_out_of_memory ? ENC_OUT_OF_MEMORY : ENC_CORRUPT, message);
}

static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static png_voidp allocate(png_structp png, png_alloc_size_t count) {
  void *memory = malloc(count);
  if (!memory) ((decoder *)png_get_mem_ptr(png))->is_out_of_memory = true;
  return memory;
}

static void release(png_structp png, png_voidp memory) {
  (void)png;
  free(memory);
}

/// Handles the end of the bytes: accepted if all pixels are read and at most the chunk IEND is
/// missing.
static void end(decoder *d) {
  char place[64] = "";
  switch (d->stage) {
  case HEADER: break;
  case ROWS: snprintf(place, sizeof place, "before the last row of pixels"); break;
  case BEHIND: {
    png_uint_32 name = png_get_io_chunk_type(d->png);
    bool is_between = (png_get_io_state(d->png) & PNG_IO_MASK_LOC) == PNG_IO_CHUNK_HDR;
    if (is_between || name == 0x49454E44) longjmp(d->exit, 1); // IEND
    snprintf(place, sizeof place, "in the chunk %c%c%c%c after the pixels", (char)(name >> 24), (char)(name >> 16),
             (char)(name >> 8), (char)name);
  }
  }
  fail(d, ENC_TRUNCATED, place);
}

/// Returns whether `png_read_row` has finished the last row.
static bool has_all_rows(decoder *d) {
  return png_get_interlace_type(d->png, d->info) == PNG_INTERLACE_NONE
             ? png_get_current_row_number(d->png) == d->result.height
             : png_get_current_pass_number(d->png) == PNG_INTERLACE_ADAM7_PASSES;
}

static void take(png_structp png, png_bytep target, size_t count) {
  decoder *d = png_get_io_ptr(png);
  if (count > d->count) end(d);
  if (d->stage == ROWS && has_all_rows(d) && (d->surplus += count) > MAXIMUM_SURPLUS) longjmp(d->exit, 1);
  memcpy(target, d->bytes, count);
  d->bytes += count;
  d->count -= count;
}

/// Reads everything before the pixels. A wrong checksum is an error in every chunk. Text, color
/// profiles and other chunks that do not change the pixels are checked and ignored. The caller
/// limits the number of pixels.
static void read_header(decoder *d) {
  d->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, d, on_error, on_warning, d, allocate, release);
  if (!d->png) fail(d, ENC_OUT_OF_MEMORY, "");
  d->info = png_create_info_struct(d->png);
  if (!d->info) fail(d, ENC_OUT_OF_MEMORY, "");
  png_set_read_fn(d->png, d, take);
  png_set_user_limits(d->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_crc_action(d->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(d->png, d->info);
  d->result.width = png_get_image_width(d->png, d->info);
  d->result.height = png_get_image_height(d->png, d->info);
}

static void read_rows(decoder *d, uint8_t *rgb) {
  if (d->result.height > MAXIMUM_ROWS) fail(d, ENC_UNSUPPORTED, "it has more than 1,000,000 rows; cut it into parts");
  png_set_expand(d->png);      // palette to RGB, 1, 2 and 4 bits to 8
  png_set_strip_16(d->png);    // the high byte
  png_set_strip_alpha(d->png); // also the alpha of a tRNS chunk
  png_set_gray_to_rgb(d->png);
  int passes = png_set_interlace_handling(d->png);
  png_read_update_info(d->png, d->info);
  size_t row_bytes = 3 * (size_t)d->result.width;
  if (png_get_rowbytes(d->png, d->info) != row_bytes) fail(d, ENC_UNSUPPORTED, "rows that are not 8-bit RGB");
  d->stage = ROWS;
  for (int pass = 0; pass < passes; pass++)
    for (size_t y = 0; y < d->result.height; y++) png_read_row(d->png, rgb + y * row_bytes, NULL);
  d->stage = BEHIND;
  png_read_end(d->png, NULL);
}

/// Runs the first step, and the second if `rgb` is not NULL.
///
/// setjmp is in a separate function, so that all variables that change live outside it.
static void run(decoder *d, uint8_t *rgb, uint32_t width, uint32_t height) {
  if (setjmp(d->exit) != 0) return;
  read_header(d);
  if (!rgb) return;
  if (d->result.width != width || d->result.height != height)
    fail(d, ENC_CORRUPT, "the size changed while it was read");
  read_rows(d, rgb);
}

/// Returns whether a file ends where `end` accepts it, by the lengths of its chunks.
static bool is_whole(const uint8_t *bytes, size_t count) {
  size_t offset = 8;
  while (count - offset >= 8) {
    const uint8_t *chunk = bytes + offset;
    if (memcmp(chunk + 4, "IEND", 4) == 0) return true;
    size_t size = 12 + ((size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3]);
    if (size > count - offset) return false;
    offset += size;
  }
  return true;
}

static enc_result read(const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height) {
  decoder d;
  memset(&d, 0, sizeof d);
  d.bytes = bytes;
  d.count = count;
  run(&d, rgb, width, height);
  png_destroy_read_struct(&d.png, &d.info, NULL);
  if (d.surplus > MAXIMUM_SURPLUS && !is_whole(bytes, count))
    enc_fail(&d.result, ENC_TRUNCATED, "after the last row of pixels");
  return d.result;
}

enc_result enc_png_header(const uint8_t *bytes, size_t count) { return read(bytes, count, NULL, 0, 0); }

enc_result enc_png_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height) {
  return read(bytes, count, rgb, width, height);
}
