// libnvrtc: the interface of NVRTC over `compile`.
#include "compile.h"
#include "emulator.h"
#include "image.h"

#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <set>

#ifndef DAGRAD_EMU_CUDA
#define DAGRAD_EMU_CUDA 12
#endif

namespace dagrad_emu {
namespace {

enum Status {
    SUCCESS = 0,
    INVALID_INPUT = 3,
    INVALID_PROGRAM = 4,
    INVALID_OPTION = 5,
    COMPILATION = 6,
    BUILTIN_OPERATION_FAILURE = 7,
    NO_NAMES_AFTER_COMPILATION = 8,
    NO_NAMES_BEFORE_COMPILATION = 9,
    NAME_EXPRESSION_NOT_VALID = 10,
};

const char *const NAMES[] = {
    "NVRTC_SUCCESS",
    "NVRTC_ERROR_OUT_OF_MEMORY",
    "NVRTC_ERROR_PROGRAM_CREATION_FAILURE",
    "NVRTC_ERROR_INVALID_INPUT",
    "NVRTC_ERROR_INVALID_PROGRAM",
    "NVRTC_ERROR_INVALID_OPTION",
    "NVRTC_ERROR_COMPILATION",
    "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE",
    "NVRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION",
    "NVRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION",
    "NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID",
    "NVRTC_ERROR_INTERNAL_ERROR",
};

#if DAGRAD_EMU_CUDA == 12
constexpr int MINOR = 9;
const std::vector<int> ARCHS = {50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 101, 103, 120, 121};
#else
constexpr int MINOR = 0;
const std::vector<int> ARCHS = {75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121};
#endif

struct Program {
    std::string source, name;
    Headers headers;
    std::string log, image, text;
    bool compiled;
    std::set<std::string> expressions;
};

std::mutex lock;
std::set<Program *> programs;

bool is_program(Program *program) {
    std::lock_guard<std::mutex> held(lock);
    return programs.count(program) != 0;
}

// The driver's function, where the driver is loaded.
template <class F>
F in_driver(const char *name) {
    static void *driver = dlopen("libcuda.so.1", RTLD_NOW);
    return driver ? reinterpret_cast<F>(dlsym(driver, name)) : nullptr;
}

void count_live(int change) {
    if (auto live = in_driver<void (*)(int)>("dagrad_emu_live")) live(change);
}

// One of a program's texts; its size counts the end of a text that is one for C.
template <class Get>
int size_of(Program *program, size_t *size, size_t end, Get get) {
    if (!size) return INVALID_INPUT;
    if (!is_program(program)) return INVALID_PROGRAM;
    *size = get(*program).size() + end;
    return SUCCESS;
}

template <class Get>
int copy_of(Program *program, char *to, size_t end, Get get) {
    if (!to) return INVALID_INPUT;
    if (!is_program(program)) return INVALID_PROGRAM;
    const std::string &text = get(*program);
    memcpy(to, text.c_str(), text.size() + end);
    return SUCCESS;
}

const std::string &log_of(Program &program) { return program.log; }
const std::string &cubin_of(Program &program) { return program.image; }
const std::string &ptx_of(Program &program) {
    if (program.text.empty() && !program.image.empty()) program.text = text_of(program.image);
    return program.text;
}

}
}

using namespace dagrad_emu;
using nvrtcProgram = Program *;
#define NVRTC extern "C" DAGRAD_EMU_API

NVRTC const char *nvrtcGetErrorString(int status) {
    bool known = status >= 0 && status < static_cast<int>(sizeof NAMES / sizeof NAMES[0]);
    return known ? NAMES[status] : "NVRTC_ERROR unknown";
}

NVRTC int nvrtcVersion(int *major, int *minor) {
    if (!major || !minor) return INVALID_INPUT;
    *major = DAGRAD_EMU_CUDA;
    *minor = MINOR;
    return SUCCESS;
}

NVRTC int nvrtcGetNumSupportedArchs(int *count) {
    if (!count) return INVALID_INPUT;
    *count = static_cast<int>(ARCHS.size());
    return SUCCESS;
}

NVRTC int nvrtcGetSupportedArchs(int *archs) {
    if (!archs) return INVALID_INPUT;
    memcpy(archs, ARCHS.data(), ARCHS.size() * sizeof(int));
    return SUCCESS;
}

NVRTC int nvrtcCreateProgram(nvrtcProgram *program, const char *source, const char *name, int count,
                             const char *const *headers, const char *const *names) {
    if (!program || !source || count < 0 || (count > 0 && (!headers || !names))) return INVALID_INPUT;
    *program = new Program{source, name && *name ? name : "default_program", {}, "", "", "", false, {}};
    for (int i = 0; i < count; i++) (*program)->headers.emplace_back(names[i], headers[i]);
    std::lock_guard<std::mutex> held(lock);
    programs.insert(*program);
    count_live(1);
    return SUCCESS;
}

NVRTC int nvrtcDestroyProgram(nvrtcProgram *program) {
    if (!program) return INVALID_INPUT;
    {
        std::lock_guard<std::mutex> held(lock);
        if (programs.erase(*program) == 0) return INVALID_PROGRAM;
    }
    delete *program;
    *program = nullptr;
    count_live(-1);
    return SUCCESS;
}

NVRTC int nvrtcCompileProgram(nvrtcProgram program, int count, const char *const *options) {
    if (count < 0 || (count > 0 && !options)) return INVALID_INPUT;
    if (!is_program(program)) return INVALID_PROGRAM;
    if (auto compiled = in_driver<void (*)()>("dagrad_emu_compiled")) compiled();
    Compilation result = compile(program->source, program->name, program->headers,
                                 std::vector<std::string>(options, options + count), ARCHS);
    program->log = result.log;
    program->image = result.image;
    program->text.clear();
    program->compiled = true;
    switch (result.end) {
    case Compilation::End::GOOD: return SUCCESS;
    case Compilation::End::BAD_OPTION: return INVALID_OPTION;
    case Compilation::End::BAD_PROGRAM: return COMPILATION;
    case Compilation::End::NO_COMPILER: return BUILTIN_OPERATION_FAILURE;
    }
    return BUILTIN_OPERATION_FAILURE;
}

NVRTC int nvrtcGetProgramLogSize(nvrtcProgram p, size_t *size) { return size_of(p, size, 1, log_of); }
NVRTC int nvrtcGetProgramLog(nvrtcProgram p, char *to) { return copy_of(p, to, 1, log_of); }
NVRTC int nvrtcGetCUBINSize(nvrtcProgram p, size_t *size) { return size_of(p, size, 0, cubin_of); }
NVRTC int nvrtcGetCUBIN(nvrtcProgram p, char *to) { return copy_of(p, to, 0, cubin_of); }
NVRTC int nvrtcGetPTXSize(nvrtcProgram p, size_t *size) { return size_of(p, size, 1, ptx_of); }
NVRTC int nvrtcGetPTX(nvrtcProgram p, char *to) { return copy_of(p, to, 1, ptx_of); }

NVRTC int nvrtcAddNameExpression(nvrtcProgram program, const char *expression) {
    if (!expression) return INVALID_INPUT;
    if (!is_program(program)) return INVALID_PROGRAM;
    if (program->compiled) return NO_NAMES_AFTER_COMPILATION;
    program->expressions.insert(expression);
    return SUCCESS;
}

// Kernels are extern "C": their names are as written.
NVRTC int nvrtcGetLoweredName(nvrtcProgram program, const char *expression, const char **name) {
    if (!expression || !name) return INVALID_INPUT;
    if (!is_program(program)) return INVALID_PROGRAM;
    if (!program->compiled) return NO_NAMES_BEFORE_COMPILATION;
    auto found = program->expressions.find(expression);
    if (found == program->expressions.end()) return NAME_EXPRESSION_NOT_VALID;
    *name = found->c_str() + (found->front() == '&' ? 1 : 0);
    return SUCCESS;
}

// There is neither LTO IR, nor NVVM, nor OptiX IR.
#define ABSENT(name)                                                                                             \
    NVRTC int nvrtcGet##name##Size(nvrtcProgram p, size_t *) {                                                   \
        return is_program(p) ? INVALID_INPUT : INVALID_PROGRAM;                                                  \
    }                                                                                                            \
    NVRTC int nvrtcGet##name(nvrtcProgram p, char *) { return is_program(p) ? INVALID_INPUT : INVALID_PROGRAM; }
ABSENT(LTOIR)
ABSENT(NVVM)
ABSENT(OptiXIR)
