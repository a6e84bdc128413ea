// HDF5, and its macro constants as functions: Swift imports no macros that call.
#ifndef FIELDWORK_CHDF5_H
#define FIELDWORK_CHDF5_H

#include <hdf5.h>

static inline hid_t fw_h5_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t fw_h5_float_file(void) { return H5T_IEEE_F32LE; }
static inline hid_t fw_h5_double_file(void) { return H5T_IEEE_F64LE; }
static inline hid_t fw_h5_string(void) { return H5T_C_S1; }
static inline hid_t fw_h5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t fw_h5_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t fw_h5_link_create(void) { return H5P_LINK_CREATE; }
static inline hid_t fw_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t fw_h5_all(void) { return H5S_ALL; }
static inline unsigned fw_h5_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned fw_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline void fw_h5_quiet(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

#endif
