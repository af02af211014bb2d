/// Decodes photos to RGB by libjpeg, libpng and libwebp, encodes RGB as JPEG and PNG, and inflates
/// the texts in PNG by zlib.
///
/// libjpeg and libpng report errors by longjmp, which ends here, inside C, and becomes a status.
/// Nothing is printed. Every format has the same two steps:
///
///     enc_result header = enc_jpeg_header(bytes, count);       // reads the size, allocates little
///     uint8_t *rgb = malloc(3 * (size_t)header.width * header.height);
///     enc_result picture = enc_jpeg_decode(bytes, count, rgb, header.width, header.height);
///
/// `rgb` has height × width × 3 bytes; its contents after a failure are undefined. Encoding is one
/// step:
///
///     enc_file file = {0};
///     enc_result result = enc_png_encode(rgb, width, height, &file);
///     enc_file_free(&file);                                    // whether it succeeded or not
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The status of a call.
typedef enum {
  ENC_OK,
  /// The bytes end before the picture does.
  ENC_TRUNCATED,
  /// The bytes break the rules of the format.
  ENC_CORRUPT,
  /// A variant of the format that is not supported.
  ENC_UNSUPPORTED,
  /// The library could not allocate memory.
  ENC_OUT_OF_MEMORY,
} enc_status;

/// The result of a step.
typedef struct {
  enc_status status;
  /// Size in pixels, before rotation by EXIF.
  uint32_t width, height;
  /// The bytes that decoding allocates besides `rgb`, as far as they grow with the number of
  /// pixels.
  size_t workspace;
  /// The reason, in the library's words; for ENC_TRUNCATED, the place where the bytes end, such as
  /// "before the last row of pixels". Empty if the status is enough.
  char message[200];
} enc_result;

/// An encoded picture in memory.
typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} enc_file;

/// Frees the bytes.
void enc_file_free(enc_file *file);

enc_result enc_jpeg_header(const uint8_t *bytes, size_t count);
/// Reads baseline and progressive files; gray, YCbCr, RGB, CMYK and YCCK (the last two inverted, as
/// Adobe writes them).
enc_result enc_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height);
/// Writes YCbCr with the colors at half the resolution; quality from 1 to 100. ENC_UNSUPPORTED for
/// sides above 65,500.
enc_result enc_jpeg_encode(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, enc_file *file);

enc_result enc_png_header(const uint8_t *bytes, size_t count);
/// Reads every color type and depth; alpha is dropped, 16-bit samples keep their high byte. The
/// end chunk may be missing, and surplus pixels are skipped. ENC_UNSUPPORTED for more than 1,000,000
/// rows.
enc_result enc_png_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height);
/// Writes 8-bit RGB. ENC_UNSUPPORTED for sides that are 0 or above 2³¹ − 1.
enc_result enc_png_encode(const uint8_t *rgb, uint32_t width, uint32_t height, enc_file *file);

/// Decompresses zlib data, even if it ends early, to at most `capacity` bytes. Returns their
/// number, or −1 if the data is damaged or longer.
ptrdiff_t enc_inflate(const uint8_t *bytes, size_t count, uint8_t *target, size_t capacity);

// The next two functions exist only if EFFNET_WEBP is defined.
enc_result enc_webp_header(const uint8_t *bytes, size_t count);
/// Reads lossy and lossless files; alpha is dropped, animations are unsupported.
enc_result enc_webp_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height);
