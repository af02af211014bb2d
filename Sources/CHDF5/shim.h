#pragma once
#include <hdf5.h>
#include <zlib.h>

// Swift does not import HDF5's constants that are macros with casts or calls in them.
static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_default(void) { return H5P_DEFAULT; }
static inline hid_t chdf5_whole(void) { return H5S_ALL; }

// HDF5 neither prints errors nor loads plugins.
static inline void chdf5_prepare(void) {
  H5open();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
}

// The calls that HDF5 makes for the image of a file: it is used where it lies, instead of being copied twice. Nothing is
// written to a file that is open for reading.
static inline void *chdf5_image_malloc(size_t size, H5FD_file_image_op_t operation, void *image) {
  (void)size, (void)operation;
  return image;
}
static inline void *chdf5_image_memcpy(void *to, const void *from, size_t size, H5FD_file_image_op_t operation,
                                       void *image) {
  (void)from, (void)size, (void)operation, (void)image;
  return to;
}
static inline void *chdf5_image_realloc(void *bytes, size_t size, H5FD_file_image_op_t operation, void *image) {
  (void)bytes, (void)size, (void)operation, (void)image;
  return NULL;
}
static inline herr_t chdf5_image_free(void *bytes, H5FD_file_image_op_t operation, void *image) {
  (void)bytes, (void)operation, (void)image;
  return 0;
}
static inline void *chdf5_image_keep(void *image) { return image; }
static inline herr_t chdf5_image_release(void *image) {
  (void)image;
  return 0;
}

// Opens the file that the bytes are, for reading; negative if that fails. The bytes outlive it.
static inline hid_t chdf5_open(const void *bytes, size_t count) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (access < 0) return -1;
  H5FD_file_image_callbacks_t callbacks = {.image_malloc = chdf5_image_malloc,
                                           .image_memcpy = chdf5_image_memcpy,
                                           .image_realloc = chdf5_image_realloc,
                                           .image_free = chdf5_image_free,
                                           .udata_copy = chdf5_image_keep,
                                           .udata_free = chdf5_image_release,
                                           .udata = (void *)bytes};
  hid_t file = -1;
  // HDF5 wants a name under which there is no file: nothing is in /dev/null.
  if (H5Pset_fapl_core(access, 1 << 20, 0) >= 0 && H5Pset_file_image_callbacks(access, &callbacks) >= 0 &&
      H5Pset_file_image(access, (void *)bytes, count) >= 0)
    file = H5Fopen("/dev/null/image", H5F_ACC_RDONLY, access);
  H5Pclose(access);
  return file;
}
