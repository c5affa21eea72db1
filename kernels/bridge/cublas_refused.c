/* All functions of the list, weak: those of cublas.c come before them. */
#include "forward.h"

#define F(name)                                                                                                        \
    EXPORTED __attribute__((weak)) int name(void) {                                                                    \
        dagrad_bridge_refuse(#name);                                                                                   \
        return 15; /* CUBLAS_STATUS_NOT_SUPPORTED */                                                                   \
    }
#include "cublas12_functions.inc"
