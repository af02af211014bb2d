#include "file.h"
#include "result.h"

#include <setjmp.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

typedef struct {
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_destination_mgr destination;
  enc_file *file;
  jmp_buf exit;
  enc_result result;
} encoder;

static encoder *of(j_common_ptr common) { return common->client_data; }

static void fail(encoder *e, enc_status status, const char *message) {
  enc_fail(&e->result, status, message);
  longjmp(e->exit, 1);
}

/// The only possible errors are memory and size: everything else is the same for every picture.
static void on_error(j_common_ptr common) {
  char message[JMSG_LENGTH_MAX];
  common->err->format_message(common, message);
  fail(of(common), common->err->msg_code == JERR_OUT_OF_MEMORY ? ENC_OUT_OF_MEMORY : ENC_UNSUPPORTED, message);
}

static void print_nothing(j_common_ptr common) { (void)common; }

/// Lets libjpeg write after the existing bytes.
static void open_room(j_compress_ptr jpeg) {
  encoder *e = of((j_common_ptr)jpeg);
  if (!enc_file_reserve(e->file, 1 << 14)) fail(e, ENC_OUT_OF_MEMORY, "");
  e->destination.next_output_byte = e->file->bytes + e->file->count;
  e->destination.free_in_buffer = e->file->capacity - e->file->count;
}

/// Called when all room is used, whatever `free_in_buffer` is.
static boolean on_full(j_compress_ptr jpeg) {
  encoder *e = of((j_common_ptr)jpeg);
  e->file->count = e->file->capacity;
  open_room(jpeg);
  return TRUE;
}

static void on_end(j_compress_ptr jpeg) {
  encoder *e = of((j_common_ptr)jpeg);
  e->file->count = e->file->capacity - e->destination.free_in_buffer;
}

/// setjmp is in a separate function, so that all variables that change live outside it.
static void run(encoder *e, const uint8_t *rgb, uint32_t width, uint32_t height, int quality) {
  if (setjmp(e->exit) != 0) return;
  j_compress_ptr jpeg = &e->jpeg;
  jpeg_create_compress(jpeg);
  e->destination = (struct jpeg_destination_mgr){
      .init_destination = open_room, .empty_output_buffer = on_full, .term_destination = on_end};
  jpeg->dest = &e->destination;
  jpeg->image_width = width;
  jpeg->image_height = height;
  jpeg->input_components = 3;
  jpeg->in_color_space = JCS_RGB;
  jpeg_set_defaults(jpeg);
  jpeg_set_quality(jpeg, quality, TRUE);
  jpeg_start_compress(jpeg, TRUE);
  while (jpeg->next_scanline < jpeg->image_height) {
    // libjpeg only reads the row, but takes no const.
    JSAMPROW row = (JSAMPROW)(rgb + 3 * (size_t)width * jpeg->next_scanline);
    jpeg_write_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_compress(jpeg);
}

enc_result enc_jpeg_encode(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, enc_file *file) {
  encoder e;
  memset(&e, 0, sizeof e);
  e.file = file;
  e.result.width = width;
  e.result.height = height;
  e.jpeg.err = jpeg_std_error(&e.errors);
  e.errors.error_exit = on_error;
  e.errors.output_message = print_nothing;
  e.jpeg.client_data = &e;
  run(&e, rgb, width, height, quality);
  jpeg_destroy_compress(&e.jpeg);
  return e.result;
}
