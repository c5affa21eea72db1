#include "executor.h"

namespace dagrad_emu {

unsigned Limits::most_shared(int arch) { return shared_of_multiprocessor(arch) - 1024; }

unsigned Limits::shared_of_multiprocessor(int arch) {
    switch (arch) {
    case 75: return 65 << 10;
    case 80:
    case 87: return 164 << 10;
    case 86:
    case 88:
    case 89:
    case 120:
    case 121: return 100 << 10;
    default: return arch >= 90 ? 228 << 10 : 97 << 10;
    }
}

unsigned Limits::threads_of_multiprocessor(int arch) {
    switch (arch) {
    case 75: return 1024;
    case 86:
    case 87:
    case 88:
    case 89:
    case 120:
    case 121: return 1536;
    default: return 2048;
    }
}

}
