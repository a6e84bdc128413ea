// A file driver of HDF5 for files that are written once, from beginning to end.
//
// HDF5 does not survive a write that fails: files stay half open, and the library crashes when the
// process ends. This driver never tells it. The first failure is kept in the sink, whose owner looks at
// it; from then on writes go nowhere.
#ifndef FIELDWORK_CHDF5_DRIVER_H
#define FIELDWORK_CHDF5_DRIVER_H

#include <hdf5.h>

typedef struct fw_h5_sink {
  /// errno of the first failure; 0 while there is none.
  int failure;
} fw_h5_sink;

/// A file access list with which H5Fcreate writes into the sink; negative where there is none. The sink must outlive
/// the file.
hid_t fw_h5_sink_access(fw_h5_sink *sink);

#endif
