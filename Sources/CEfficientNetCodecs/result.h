#pragma once

#include "CEfficientNetCodecs.h"

#include <stdio.h>

/// Notes the first failure and its reason.
static inline void enc_fail(enc_result *result, enc_status status, const char *message) {
  if (result->status != ENC_OK) return;
  result->status = status;
  snprintf(result->message, sizeof result->message, "%s", message);
}
