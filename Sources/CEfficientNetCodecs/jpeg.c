#include "result.h"

#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

/// Limits on the cost of a file's scans. Encoders write about ten scans.
enum {
  MAXIMUM_SCANS = 500,
  /// The number of 8×8 blocks of coefficients that all scans visit together: 16 scans of every
  /// component of the largest photo (178 million pixels, three full components), or 500 scans of a
  /// photo of 11 million pixels with halved colors.
  MAXIMUM_VISITS = 1 << 27,
  /// What a visit counts in arithmetic coding, where a block of a few bits can take 0.24 µs (one
  /// core of a Zen 4).
  ARITHMETIC_VISIT = 16,
};

typedef struct {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  /// The last counted scan, and the number of blocks visited up to it.
  int scans;
  size_t visits;
  jmp_buf exit;
  enc_result result;
} decoder;

static decoder *of(j_common_ptr common) { return common->client_data; }

static void fail(decoder *d, enc_status status, const char *message) {
  enc_fail(&d->result, status, message);
  longjmp(d->exit, 1);
}

static void fail_in_libjpegs_words(j_common_ptr common, enc_status status) {
  char message[JMSG_LENGTH_MAX];
  common->err->format_message(common, message);
  fail(of(common), status, message);
}

static void on_error(j_common_ptr common) {
  switch (common->err->msg_code) {
  case JERR_NO_BACKING_STORE:
  case JERR_OUT_OF_MEMORY: fail_in_libjpegs_words(common, ENC_OUT_OF_MEMORY); break;
  case JERR_BAD_PRECISION:
  case JERR_CONVERSION_NOTIMPL:
  case JERR_NOT_COMPILED: fail_in_libjpegs_words(common, ENC_UNSUPPORTED); break;
  case JERR_SOF_UNSUPPORTED:
    fail(of(common), ENC_UNSUPPORTED,
         "it is lossless or hierarchical, or damaged; get an intact copy of it, or save it again as "
         "baseline JPEG");
    break;
  default: fail_in_libjpegs_words(common, ENC_CORRUPT);
  }
}

/// libjpeg warns (level −1) and continues if data is damaged. Here, damage is an error. Each
/// warning is judged on its own, and unlisted warnings count as damage.
static void on_message(j_common_ptr common, int level) {
  if (level >= 0) return;
  switch (common->err->msg_code) {
  // No pixel is lost.
  case JWRN_EXTRANEOUS_DATA: // stray bytes before a marker are skipped; earlier data is complete
  case JWRN_NOT_SEQUENTIAL:  // the spectral range of a sequential scan is unused; some phones write 0…0
  case JWRN_JFIF_MAJOR:      // an unknown version of the header with the pixels' aspect
  case JWRN_ADOBE_XFORM:     // an unknown color code: YCbCr or YCCK, as in files without a code
  case JWRN_BOGUS_ICC:       // a damaged color profile, which is not applied
    return;
  // Pixels are lost, or invented by libjpeg.
  case JWRN_HIT_MARKER:        // a scan ends early; the rest is gray
  case JWRN_HUFF_BAD_CODE:     // a code that is in no table; 0 is used
  case JWRN_ARITH_BAD_CODE:    // the same in an arithmetic scan
  case JWRN_MUST_RESYNC:       // a restart marker is missing or out of order
  case JWRN_BOGUS_PROGRESSION: // a scan refines bits whose earlier scan is missing
  case JWRN_JPEG_EOF:          // the file ends; libjpeg inserts an end
  case JWRN_TOO_MUCH_DATA:     // more rows than the picture has
  default: fail_in_libjpegs_words(common, ENC_CORRUPT);
  }
}

static void print_nothing(j_common_ptr common) { (void)common; }

static void nothing_to_start_or_end(j_decompress_ptr jpeg) { (void)jpeg; }

/// All bytes are in memory from the start: a request for more means that the file ends early.
static boolean on_end_of_bytes(j_decompress_ptr jpeg) {
  fail(of((j_common_ptr)jpeg), ENC_TRUNCATED, "");
  return FALSE;
}

static void skip(j_decompress_ptr jpeg, long count) {
  if (count <= 0) return;
  if ((size_t)count > jpeg->src->bytes_in_buffer) on_end_of_bytes(jpeg);
  jpeg->src->next_input_byte += count;
  jpeg->src->bytes_in_buffer -= (size_t)count;
}

static size_t blocks(const jpeg_component_info *component) {
  return (size_t)component->width_in_blocks * component->height_in_blocks;
}

/// Called at least once in every scan, before its first row of blocks.
static void on_progress(j_common_ptr common) {
  decoder *d = of(common);
  j_decompress_ptr jpeg = &d->jpeg;
  if (jpeg->input_scan_number == d->scans) return;
  d->scans = jpeg->input_scan_number;
  for (int i = 0; i < jpeg->comps_in_scan; i++) {
    size_t visits = blocks(jpeg->cur_comp_info[i]);
    d->visits += jpeg->arith_code ? ARITHMETIC_VISIT * visits : visits;
  }
  if (d->scans > MAXIMUM_SCANS || d->visits > MAXIMUM_VISITS)
    fail(d, ENC_UNSUPPORTED, "it has more scans than encoders write; save it again as baseline JPEG");
}

/// The bytes of coefficients that libjpeg keeps until all scans are read; 0 for a picture of one
/// scan.
static size_t coefficient_bytes(j_decompress_ptr jpeg) {
  if (!jpeg_has_multiple_scans(jpeg)) return 0;
  size_t bytes = 0;
  for (int i = 0; i < jpeg->num_components; i++) {
    const jpeg_component_info *component = &jpeg->comp_info[i];
    // libjpeg rounds up to whole groups of interleaved blocks.
    size_t columns = component->width_in_blocks + (size_t)component->h_samp_factor;
    size_t rows = component->height_in_blocks + (size_t)component->v_samp_factor;
    bytes += sizeof(JBLOCK) * columns * rows;
  }
  return bytes;
}

/// Reads up to the first scan.
static void read_header(decoder *d, const uint8_t *bytes, size_t count) {
  jpeg_create_decompress(&d->jpeg);
  d->source = (struct jpeg_source_mgr){
      .next_input_byte = bytes,
      .bytes_in_buffer = count,
      .init_source = nothing_to_start_or_end,
      .fill_input_buffer = on_end_of_bytes,
      .skip_input_data = skip,
      .resync_to_restart = jpeg_resync_to_restart,
      .term_source = nothing_to_start_or_end,
  };
  d->progress.progress_monitor = on_progress;
  d->jpeg.src = &d->source;
  d->jpeg.progress = &d->progress;
  jpeg_read_header(&d->jpeg, TRUE);
  d->result.width = d->jpeg.image_width;
  d->result.height = d->jpeg.image_height;
  d->result.workspace = coefficient_bytes(&d->jpeg);
  // Using more memory is an error; otherwise, a libjpeg with temporary files would write them. The
  // rest of the memory grows only with rows.
  d->jpeg.mem->max_memory_to_use = (long)(d->result.workspace + 4096 * (size_t)d->result.width + (1 << 24));
}

/// round(a · b / 255)
static uint8_t product(unsigned a, unsigned b) {
  unsigned t = a * b + 128;
  return (uint8_t)(((t >> 8) + t) >> 8);
}

/// Inverted CMYK to RGB, as in Pillow: r = k − round((255 − c) · k / 255). As in files of Adobe's
/// programs, c and k are the light that cyan and black let through: 255 minus the ink.
static void rgb_of_cmyk_row(uint8_t *rgb, const uint8_t *cmyk, size_t width) {
  for (size_t x = 0; x < width; x++)
    for (size_t c = 0; c < 3; c++)
      rgb[3 * x + c] = (uint8_t)(cmyk[4 * x + 3] - product(255u - cmyk[4 * x + c], cmyk[4 * x + 3]));
}

static void read_rows(decoder *d, uint8_t *rgb) {
  j_decompress_ptr jpeg = &d->jpeg;
  size_t width = jpeg->image_width;
  bool is_cmyk = jpeg->num_components == 4;
  jpeg->out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(jpeg);
  uint8_t *cmyk = is_cmyk ? jpeg->mem->alloc_large((j_common_ptr)jpeg, JPOOL_IMAGE, 4 * width) : NULL;
  while (jpeg->output_scanline < jpeg->output_height) {
    uint8_t *row = rgb + 3 * width * jpeg->output_scanline;
    JSAMPROW target = is_cmyk ? cmyk : row;
    jpeg_read_scanlines(jpeg, &target, 1);
    if (is_cmyk) rgb_of_cmyk_row(row, cmyk, width);
  }
  jpeg_finish_decompress(jpeg);
}

/// Runs the first step, and the second if `rgb` is not NULL.
///
/// setjmp is in a separate function, so that all variables that change live outside it.
static void run(decoder *d, const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height) {
  if (setjmp(d->exit) != 0) return;
  read_header(d, bytes, count);
  if (!rgb) return;
  if (d->result.width != width || d->result.height != height)
    fail(d, ENC_CORRUPT, "the size changed while it was read");
  read_rows(d, rgb);
}

static enc_result read(const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height) {
  decoder d;
  memset(&d, 0, sizeof d);
  d.jpeg.err = jpeg_std_error(&d.errors);
  d.errors.error_exit = on_error;
  d.errors.emit_message = on_message;
  d.errors.output_message = print_nothing;
  d.jpeg.client_data = &d;
  run(&d, bytes, count, rgb, width, height);
  jpeg_destroy_decompress(&d.jpeg);
  return d.result;
}

enc_result enc_jpeg_header(const uint8_t *bytes, size_t count) { return read(bytes, count, NULL, 0, 0); }

enc_result enc_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height) {
  return read(bytes, count, rgb, width, height);
}
