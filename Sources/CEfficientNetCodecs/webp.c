#include "CEfficientNetCodecs.h"

#ifdef EFFNET_WEBP

#include "result.h"

#include <webp/decode.h>

static void note(enc_result *result, VP8StatusCode code) {
  switch (code) {
  case VP8_STATUS_OK: break;
  case VP8_STATUS_SUSPENDED:
  case VP8_STATUS_NOT_ENOUGH_DATA: enc_fail(result, ENC_TRUNCATED, ""); break;
  case VP8_STATUS_OUT_OF_MEMORY: enc_fail(result, ENC_OUT_OF_MEMORY, ""); break;
  case VP8_STATUS_UNSUPPORTED_FEATURE: enc_fail(result, ENC_UNSUPPORTED, "an unknown feature"); break;
  case VP8_STATUS_INVALID_PARAM:
  case VP8_STATUS_USER_ABORT:
  case VP8_STATUS_BITSTREAM_ERROR: enc_fail(result, ENC_CORRUPT, ""); break;
  }
}

/// libwebp stops at the end of the pixels. A file shorter than its RIFF header states is truncated
/// nevertheless.
static void check_length(enc_result *result, const uint8_t *bytes, size_t count) {
  if (count < 12) {
    enc_fail(result, ENC_TRUNCATED, "");
    return;
  }
  size_t promised = (size_t)bytes[4] | (size_t)bytes[5] << 8 | (size_t)bytes[6] << 16 | (size_t)bytes[7] << 24;
  if (count - 8 < promised) enc_fail(result, ENC_TRUNCATED, "");
}

enc_result enc_webp_header(const uint8_t *bytes, size_t count) {
  enc_result result = {0};
  check_length(&result, bytes, count);
  if (result.status != ENC_OK) return result;
  WebPBitstreamFeatures features;
  note(&result, WebPGetFeatures(bytes, count, &features));
  if (result.status != ENC_OK) return result;
  if (features.has_animation)
    enc_fail(&result, ENC_UNSUPPORTED, "an animation; save one frame of it as a still picture");
  result.width = (uint32_t)features.width;
  result.height = (uint32_t)features.height;
  // Lossless pictures are first decoded to 4 bytes per pixel, alpha to one byte per pixel.
  result.workspace = (size_t)(features.format == 2 ? 4 : features.has_alpha) * result.width * result.height;
  return result;
}

enc_result enc_webp_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height) {
  enc_result result = enc_webp_header(bytes, count);
  if (result.status != ENC_OK) return result;
  if (result.width != width || result.height != height) {
    enc_fail(&result, ENC_CORRUPT, "the size changed while it was read");
    return result;
  }
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) {
    enc_fail(&result, ENC_UNSUPPORTED, "libwebp is another version than its header");
    return result;
  }
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = rgb;
  config.output.u.RGBA.stride = (int)(3 * width);
  config.output.u.RGBA.size = 3 * (size_t)width * height;
  note(&result, WebPDecode(bytes, count, &config));
  WebPFreeDecBuffer(&config.output);
  return result;
}

#endif
