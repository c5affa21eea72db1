// emulator-test [CASE]: runs one case, in a process that has its settings; lists their names without one.
#include "gpu.h"

#include <cstdio>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

namespace test {

void require(bool condition, const std::string &text) {
    if (!condition) throw Failure{text + " does not hold"};
}

void status_is(CUresult wanted, CUresult found, const std::string &what) {
    if (wanted == found) return;
    const char *wanted_name = "?", *found_name = "?";
    cuGetErrorName(wanted, &wanted_name);
    cuGetErrorName(found, &found_name);
    throw Failure{what + " gives " + found_name + ", not " + wanted_name + "; last fault: " + dagrad_emu_last_fault()};
}

void contains(const std::string &text, const std::string &part) {
    if (text.find(part) == std::string::npos) throw Failure{"\"" + text + "\" lacks \"" + part + "\""};
}

Compiled compile(const std::string &source, std::vector<const char *> options,
                 const std::map<std::string, std::string> &headers) {
    std::vector<const char *> names, texts;
    for (const auto &header : headers) {
        names.push_back(header.first.c_str());
        texts.push_back(header.second.c_str());
    }
    nvrtcProgram program;
    nvrtcCreateProgram(&program, source.c_str(), "test.cu", static_cast<int>(names.size()), texts.data(), names.data());
    Compiled result;
    result.status = nvrtcCompileProgram(program, static_cast<int>(options.size()), options.data());
    size_t size = 0;
    nvrtcGetProgramLogSize(program, &size);
    result.log.resize(size);
    nvrtcGetProgramLog(program, result.log.data());
    nvrtcGetCUBINSize(program, &size);
    result.image.resize(size);
    nvrtcGetCUBIN(program, result.image.data());
    nvrtcGetPTXSize(program, &size);
    result.ptx.resize(size);
    nvrtcGetPTX(program, result.ptx.data());
    nvrtcDestroyProgram(&program);
    return result;
}

Gpu::Gpu(const std::string &source) {
    GOOD(cuInit(0));
    CUcontext context;
    GOOD(cuDevicePrimaryCtxRetain(&context, 0));
    GOOD(cuCtxSetCurrent(context));
    if (source.empty()) return;
    Compiled compiled = compile(source);
    require(compiled.status == 0, compiled.log);
    GOOD(cuModuleLoadData(&module, compiled.image.data()));
}

Gpu::~Gpu() {
    if (module) cuModuleUnload(module);
    cuDevicePrimaryCtxRelease_v2(0);
}

CUfunction Gpu::function(const char *name) const {
    CUfunction function;
    GOOD(cuModuleGetFunction(&function, module, name));
    return function;
}

}

namespace {

int run(const test::Case &each) {
    try {
        each.run();
        return 0;
    } catch (const test::Failure &failure) {
        fprintf(stderr, "%s: %s\n", each.name, failure.text.c_str());
        return 1;
    }
}

#if defined(__SANITIZE_ADDRESS__)
// Whether the sanitizer ends the case's process.
int run_to_its_end(const test::Case &each) {
    pid_t child = fork();
    if (child == 0) {
        run(each);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
#endif

}

int main(int count, char **arguments) {
    std::vector<test::Case> all;
    for (const auto &some :
         {test::computing_cases(), test::fault_cases(), test::stream_cases(), test::interface_cases()}) {
        all.insert(all.end(), some.begin(), some.end());
    }
    for (const test::Case &each : all) {
        if (count < 2) printf("%s\n", each.name);
        if (count < 2 || strcmp(arguments[1], each.name) != 0) continue;
        // The settings of a case alone, whatever those of the caller; its faults are meant.
        for (const char *name : {"ORDER", "THREAD_ORDER", "BLOCK_ORDER", "SEED", "FILL", "CHECK", "ASYNC", "LOST_AFTER",
                                 "DEVICES", "MEMORY", "ARCH", "REPORT"}) {
            unsetenv((std::string("DAGRAD_EMU_") + name).c_str());
        }
        setenv("DAGRAD_EMU_QUIET", "1", 1);
        for (const char *setting : each.settings) putenv(const_cast<char *>(setting));
#if defined(__SANITIZE_ADDRESS__)
        if (each.sanitizer == test::Sanitizer::BLIND) return 0;
        if (each.sanitizer == test::Sanitizer::ENDS) return run_to_its_end(each);
#endif
        return run(each);
    }
    return count < 2 ? 0 : 2;
}
