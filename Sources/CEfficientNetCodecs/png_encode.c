#include "file.h"
#include "result.h"

#include <setjmp.h>
#include <string.h>

#include <png.h>

typedef struct {
  png_structp png;
  png_infop info;
  enc_file *file;
  jmp_buf exit;
  enc_result result;
} encoder;

static void fail(encoder *e, enc_status status, const char *message) {
  enc_fail(&e->result, status, message);
  longjmp(e->exit, 1);
}

/// The only possible error is the size: everything else is the same for every picture.
static void on_error(png_structp png, png_const_charp message) {
  fail(png_get_error_ptr(png), ENC_UNSUPPORTED, message);
}

static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void give(png_structp png, png_bytep bytes, size_t count) {
  encoder *e = png_get_io_ptr(png);
  if (!enc_file_reserve(e->file, count)) fail(e, ENC_OUT_OF_MEMORY, "");
  memcpy(e->file->bytes + e->file->count, bytes, count);
  e->file->count += count;
}

static void nothing_to_flush(png_structp png) { (void)png; }

/// setjmp is in a separate function, so that all variables that change live outside it.
static void run(encoder *e, const uint8_t *rgb, uint32_t width, uint32_t height) {
  if (setjmp(e->exit) != 0) return;
  e->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, e, on_error, on_warning);
  if (!e->png) fail(e, ENC_OUT_OF_MEMORY, "");
  e->info = png_create_info_struct(e->png);
  if (!e->info) fail(e, ENC_OUT_OF_MEMORY, "");
  png_set_write_fn(e->png, e, give, nothing_to_flush);
  png_set_user_limits(e->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(e->png, e->info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(e->png, e->info);
  for (size_t y = 0; y < height; y++) png_write_row(e->png, rgb + 3 * (size_t)width * y);
  png_write_end(e->png, NULL);
}

enc_result enc_png_encode(const uint8_t *rgb, uint32_t width, uint32_t height, enc_file *file) {
  encoder e;
  memset(&e, 0, sizeof e);
  e.file = file;
  e.result.width = width;
  e.result.height = height;
  run(&e, rgb, width, height);
  png_destroy_write_struct(&e.png, &e.info);
  return e.result;
}
