#pragma once

#include "CEfficientNetCodecs.h"

#include <stdbool.h>

/// Makes room for `count` more bytes. Without memory, returns false and leaves the file unchanged.
bool enc_file_reserve(enc_file *file, size_t count);
