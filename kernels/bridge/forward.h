/* How a function of CUDA 12 is passed on to the library of CUDA 13.

   The functions that Dagrad calls have the same parameters and the same numbers (status, data and compute types, modes)
   in both versions; cuBLAS 13 and NVRTC 13 changed what they accept, not how they are called. So a call goes on as it
   is. What a status means, and every limit on shapes and types, is the library's own to say. */
#ifndef DAGRAD_BRIDGE_FORWARD_H
#define DAGRAD_BRIDGE_FORWARD_H

#define EXPORTED __attribute__((visibility("default")))

/* The function of that name in the library behind the bridge, which is opened at the first call; 0 if it has none, which
   is said once for each function. */
void *dagrad_bridge_find(const char *library, const char *name);

/* Says that a function is not passed on. */
void dagrad_bridge_refuse(const char *name);

/* Defines `name`. A call that cannot be passed on returns `missing`. */
#define FORWARD(name, result, missing, parameters, arguments)                                                          \
    EXPORTED result name parameters {                                                                                  \
        static result(*there) parameters;                                                                              \
        if (!there)                                                                                                    \
            there = (result(*) parameters)dagrad_bridge_find(LIBRARY, #name);                                          \
        return there ? there arguments : (missing);                                                                    \
    }

#endif
