// Reading floats from an HDF5 file in memory, by libhdf5.
//
// libhdf5 is loaded when the first file is opened: linked, it and the 30 libraries that it brings (curl, Kerberos, LDAP …)
// would take 10 ms from every start of the program. One call at a time: Debian's build is not thread safe.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// An open file, or a negative number.
typedef int64_t effnet_hdf5_file;

/// Loads libhdf5, once. NULL, or why it cannot be used.
const char *effnet_hdf5_load(void);

/// Opens the file that the bytes are, for reading; negative if that fails. The bytes outlive it.
effnet_hdf5_file effnet_hdf5_open(const void *bytes, size_t count);

/// Reads a data set as floats into `elements`, which has room for it. 0, or a negative number if that fails.
int effnet_hdf5_read(effnet_hdf5_file file, const char *path, float *elements);

void effnet_hdf5_close(effnet_hdf5_file file);

/// Whether zlib unpacks the chunk to exactly `size` bytes; `scratch` has room for one more.
int effnet_hdf5_unpacks(const void *chunk, size_t count, void *scratch, size_t size);
