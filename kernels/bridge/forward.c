#include "forward.h"

#include <dlfcn.h>
#include <stdio.h>

/* The old names of what moved from libdl into libc with glibc 2.34, so that the bridge runs on older systems too. */
__asm__(".symver dlopen, dlopen@GLIBC_2.2.5");
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
__asm__(".symver dlerror, dlerror@GLIBC_2.2.5");

void *dagrad_bridge_find(const char *library, const char *name) {
    /* Never closed. The linker counts openings; a library that the program opened by its path is found by its name. */
    void *open = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    if (!open) {
        fprintf(stderr, "dagrad: the bridge to CUDA 13 cannot open %s: %s\n", library, dlerror());
        return 0;
    }
    void *found = dlsym(open, name);
    if (!found)
        fprintf(stderr, "dagrad: %s has no %s; install the libraries of CUDA 12 or of CUDA 13.0\n", library, name);
    return found;
}

void dagrad_bridge_refuse(const char *name) {
    fprintf(stderr, "dagrad: the bridge to CUDA 13 does not pass on %s\n", name);
}
