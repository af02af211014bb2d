// clang-format off
#include "CEfficientNetHDF5.h"

// Without the trait HDF5 this file is empty: its headers may not be there.
#if EFFNET_HDF5

#include <dlfcn.h>
#include <stdio.h>
#include <zlib.h>

#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#else
#include <hdf5.h>
#endif

// The functions and constants of libhdf5 that are used.
#define FUNCTIONS(X)                                                                                                   \
  X(H5open) X(H5get_libversion) X(H5Eset_auto2) X(H5PLset_loading_state) X(H5Pcreate) X(H5Pclose) X(H5Pset_fapl_core)  \
  X(H5Pset_file_image) X(H5Pset_file_image_callbacks) X(H5Fopen) X(H5Fclose) X(H5Dopen2) X(H5Dread) X(H5Dclose)

static struct {
#define DECLARE(name) __typeof__(name) *name;
  FUNCTIONS(DECLARE)
#undef DECLARE
  hid_t file_access, native_float;
} hdf5;

/// Finds the functions in a library; NULL, or why it cannot be used.
static const char *find(void *library) {
#define FIND(name)                                                                                                     \
  if (!(hdf5.name = (__typeof__(name) *)dlsym(library, #name))) return "libhdf5 has no function " #name;
  FUNCTIONS(FIND)
#undef FIND
  unsigned major = 0, minor = 0, release = 0;
  hdf5.H5get_libversion(&major, &minor, &release);
  if (major == H5_VERS_MAJOR && minor == H5_VERS_MINOR) return NULL;
  static char message[100];
  snprintf(message, sizeof message, "libhdf5 is version %u.%u, this program was built for %u.%u", major, minor,
           (unsigned)H5_VERS_MAJOR, (unsigned)H5_VERS_MINOR);
  return message;
}

static const char *load(void) {
  // Debian's for one process first; several versions may be there.
  static const char *const names[] = {
      "libhdf5_serial.so.103", "libhdf5_serial.so.200", "libhdf5_serial.so.310", "libhdf5_serial.so",
      "libhdf5.so.103",        "libhdf5.so.200",        "libhdf5.so.310",        "libhdf5.so",
  };
  const char *reason = "libhdf5 is not installed (Debian: libhdf5-103-1 or libhdf5-dev)";
  void *library = NULL;
  for (size_t i = 0; reason && i < sizeof names / sizeof *names; i++) {
    if ((library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL))) reason = find(library);
  }
  if (reason) return reason;
  // It loads no plugins.
  if (hdf5.H5open() < 0 || hdf5.H5PLset_loading_state(0) < 0) return "libhdf5 does not start";
  const hid_t *file_access = dlsym(library, "H5P_CLS_FILE_ACCESS_ID_g");
  const hid_t *native_float = dlsym(library, "H5T_NATIVE_FLOAT_g");
  if (!file_access || !native_float) return "libhdf5 lacks constants";
  hdf5.file_access = *file_access;
  hdf5.native_float = *native_float;
  return NULL;
}

const char *effnet_hdf5_load(void) {
  static int is_loaded = 0;
  static const char *reason = NULL;
  if (!is_loaded) {
    reason = load();
    is_loaded = 1;
  }
  return reason;
}

// The calls that libhdf5 makes for the image of a file: it is used where it lies, instead of being copied twice. Nothing
// is written to a file that is open for reading.
static void *image_malloc(size_t size, H5FD_file_image_op_t operation, void *image) {
  (void)size, (void)operation;
  return image;
}
static void *image_memcpy(void *to, const void *from, size_t size, H5FD_file_image_op_t operation, void *image) {
  (void)from, (void)size, (void)operation, (void)image;
  return to;
}
static void *image_realloc(void *bytes, size_t size, H5FD_file_image_op_t operation, void *image) {
  (void)bytes, (void)size, (void)operation, (void)image;
  return NULL;
}
static herr_t image_free(void *bytes, H5FD_file_image_op_t operation, void *image) {
  (void)bytes, (void)operation, (void)image;
  return 0;
}
static void *image_keep(void *image) { return image; }
static herr_t image_release(void *image) {
  (void)image;
  return 0;
}

effnet_hdf5_file effnet_hdf5_open(const void *bytes, size_t count) {
  // Some builds print errors again in every new thread.
  hdf5.H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const hid_t access = hdf5.H5Pcreate(hdf5.file_access);
  if (access < 0) return -1;
  H5FD_file_image_callbacks_t callbacks = {
      .image_malloc = image_malloc,
      .image_memcpy = image_memcpy,
      .image_realloc = image_realloc,
      .image_free = image_free,
      .udata_copy = image_keep,
      .udata_free = image_release,
      .udata = (void *)bytes,
  };
  hid_t file = -1;
  // HDF5 wants a name under which there is no file: nothing is in /dev/null.
  if (hdf5.H5Pset_fapl_core(access, 1 << 20, 0) >= 0 &&
      hdf5.H5Pset_file_image_callbacks(access, &callbacks) >= 0 &&
      hdf5.H5Pset_file_image(access, (void *)bytes, count) >= 0)
    // H5F_ACC_RDONLY is a macro that calls H5check_version, which is not linked.
    file = hdf5.H5Fopen("/dev/null/image", 0, access);
  hdf5.H5Pclose(access);
  return file;
}

int effnet_hdf5_read(effnet_hdf5_file file, const char *path, float *elements) {
  const hid_t dataset = hdf5.H5Dopen2(file, path, H5P_DEFAULT);
  if (dataset < 0) return -1;
  const herr_t status = hdf5.H5Dread(dataset, hdf5.native_float, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements);
  hdf5.H5Dclose(dataset);
  return status < 0 ? -1 : 0;
}

void effnet_hdf5_close(effnet_hdf5_file file) { hdf5.H5Fclose(file); }

int effnet_hdf5_unpacks(const void *chunk, size_t count, void *scratch, size_t size) {
  uLongf unpacked = size + 1;
  return uncompress(scratch, &unpacked, chunk, count) == Z_OK && unpacked == size;
}

#endif
