#include "CVectorMath.h"
#define FW_NAME(symbol) symbol##_baseline
#include "apply.h"
#include "dense.h"
#include "pairs.h"
