#include "CVectorMath.h"
#define FW_NAME(symbol) symbol##_baseline
#include "apply.h"
#include "pairs.h"
