// The functions of cuBLAS that JCuda's natives ask the linker for and that the emulator does not have: each answers
// CUBLAS_STATUS_NOT_SUPPORTED. They are weak, so the list may name all functions; those in cublas.cpp come first.
extern "C" {

#define F(name)                                                                                                        \
    __attribute__((weak, visibility("default"))) int name() {                                                          \
        return 15;                                                                                                     \
    }
#include "../../bridge/cublas12_functions.inc"
}
