#include "CEfficientNetCodecs.h"
int enc_placeholder(void){return 0;}
