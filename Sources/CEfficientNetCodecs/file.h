#pragma once

#include "CEfficientNetCodecs.h"

#include <stdbool.h>

/// Makes room for `count` more bytes; false, with the file as it was, if there is no memory.
bool enc_file_reserve(enc_file *file, size_t count);
