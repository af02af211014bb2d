#include "CEfficientNetKernels.h"
int enk_placeholder(void){return 0;}
