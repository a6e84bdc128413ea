#include "CSampling.h"
#define FW_NAME(symbol) symbol##_baseline
#include "level.h"
