#include "CHDF5Driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif
#endif

typedef struct {
  H5FD_t public_part;
  int descriptor;
  haddr_t end_of_addresses;
  haddr_t end_of_file;
  fw_h5_sink *sink;
} fw_file;

typedef struct {
  fw_h5_sink *sink;
} fw_access;

static void note(fw_h5_sink *sink, int cause) {
  if (sink->failure == 0) sink->failure = cause != 0 ? cause : EIO;
}

static H5FD_t *file_open(const char *name, unsigned flags, hid_t access, haddr_t largest) {
  (void)largest;
  const fw_access *info = H5Pget_driver_info(access);
  if (info == NULL) return NULL;
  int mode = (flags & H5F_ACC_RDWR) ? O_RDWR : O_RDONLY;
  if (flags & H5F_ACC_CREAT) mode |= O_CREAT;
  if (flags & H5F_ACC_TRUNC) mode |= O_TRUNC;
  if (flags & H5F_ACC_EXCL) mode |= O_EXCL;
  int descriptor = open(name, mode | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    note(info->sink, errno);
    return NULL;
  }
  fw_file *file = calloc(1, sizeof *file);
  off_t end = lseek(descriptor, 0, SEEK_END);
  if (file == NULL || end < 0) {
    note(info->sink, errno);
    free(file);
    close(descriptor);
    return NULL;
  }
  file->descriptor = descriptor;
  file->sink = info->sink;
  file->end_of_file = (haddr_t)end;
  return &file->public_part;
}

static herr_t file_close(H5FD_t *base) {
  fw_file *file = (fw_file *)base;
  if (close(file->descriptor) != 0) note(file->sink, errno);
  free(file);
  return 0;
}

static herr_t file_query(const H5FD_t *base, unsigned long *flags) {
  (void)base;
  // Small pieces are gathered, so that the system is called rarely.
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE
    | H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

static haddr_t get_end_of_addresses(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return ((const fw_file *)base)->end_of_addresses;
}

static herr_t set_end_of_addresses(H5FD_t *base, H5FD_mem_t type, haddr_t address) {
  (void)type;
  ((fw_file *)base)->end_of_addresses = address;
  return 0;
}

static haddr_t get_end_of_file(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return ((const fw_file *)base)->end_of_file;
}

static herr_t file_read(
  H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, void *buffer
) {
  (void)type;
  (void)transfer;
  fw_file *file = (fw_file *)base;
  char *to = buffer;
  while (size > 0) {
    ssize_t n = pread(file->descriptor, to, size, (off_t)address);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) note(file->sink, errno);
    if (n <= 0) {
      // What was never written reads as zero.
      memset(to, 0, size);
      return 0;
    }
    to += n;
    address += (haddr_t)n;
    size -= (size_t)n;
  }
  return 0;
}

static herr_t file_write(
  H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, const void *buffer
) {
  (void)type;
  (void)transfer;
  fw_file *file = (fw_file *)base;
  if (address + size > file->end_of_file) file->end_of_file = address + size;
  if (file->sink->failure != 0) return 0;
  const char *from = buffer;
  while (size > 0) {
    ssize_t n = pwrite(file->descriptor, from, size, (off_t)address);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      note(file->sink, n < 0 ? errno : ENOSPC);
      return 0;
    }
    from += n;
    address += (haddr_t)n;
    size -= (size_t)n;
  }
  return 0;
}

static herr_t file_truncate(H5FD_t *base, hid_t transfer, hbool_t closing) {
  (void)transfer;
  (void)closing;
  fw_file *file = (fw_file *)base;
  if (file->end_of_addresses == file->end_of_file) return 0;
  file->end_of_file = file->end_of_addresses;
  if (file->sink->failure == 0
      && ftruncate(file->descriptor, (off_t)file->end_of_addresses) != 0) {
    note(file->sink, errno);
  }
  return 0;
}

static const H5FD_class_t driver = {
#ifdef H5FD_CLASS_VERSION
  .version = H5FD_CLASS_VERSION,
#endif
#ifdef H5_VFD_RESERVED
  .value = (H5FD_class_value_t)(H5_VFD_RESERVED + 71),
#endif
  .name = "fieldwork",
  .maxaddr = ((haddr_t)1 << (8 * sizeof(off_t) - 1)) - 1,
  .fc_degree = H5F_CLOSE_WEAK,
  .fapl_size = sizeof(fw_access),
  .open = file_open,
  .close = file_close,
  .query = file_query,
  .get_eoa = get_end_of_addresses,
  .set_eoa = set_end_of_addresses,
  .get_eof = get_end_of_file,
  .read = file_read,
  .write = file_write,
  .truncate = file_truncate,
  .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t fw_h5_sink_access(fw_h5_sink *sink) {
  hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  if (list < 0) return list;
  // The list and the file hold the driver from here on.
  hid_t registered = H5FDregister(&driver);
  fw_access access = {.sink = sink};
  herr_t status = registered < 0 ? -1 : H5Pset_driver(list, registered, &access);
  if (registered >= 0) H5FDunregister(registered);
  if (status < 0) {
    H5Pclose(list);
    return -1;
  }
  return list;
}
