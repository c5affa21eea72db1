#include "compile.h"

#include "image.h"
#include "kernel_source.h"
#include "process.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace dagrad_emu {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool SANITIZED = true;
#else
constexpr bool SANITIZED = false;
#endif

// abi.h and dialect.h, by the build.
const char PRELUDE[] =
#include "prelude.inc"
    ;

// A folder for the files of one compilation.
class Folder {
public:
    Folder() {
        const char *parent = getenv("TMPDIR");
        std::string name = std::string(parent && *parent ? parent : "/tmp") + "/dagrad-emulator-XXXXXX";
        if (mkdtemp(name.data())) path = name;
    }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;
    ~Folder() {
        for (const std::string &file : files) unlink(file.c_str());
        for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) rmdir(folder->c_str());
        if (!path.empty()) rmdir(path.c_str());
    }

    // The full name of a file in it, whose own folders are made.
    std::string file(const std::string &name) {
        for (size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
            std::string folder = path + "/" + name.substr(0, slash);
            if (mkdir(folder.c_str(), 0700) == 0) folders.push_back(folder);
        }
        files.push_back(path + "/" + name);
        return files.back();
    }

    std::string path;

private:
    std::vector<std::string> files, folders;
};

struct Options {
    std::vector<std::string> for_preprocessor;
    std::string standard = "-std=c++17";
    bool fuse = true;
    int arch = 52;
    std::string errors;
};

bool begins(const std::string &text, const std::string &start) { return text.rfind(start, 0) == 0; }

// What follows `long_name=` or `short_name` in the option, in *value.
bool takes(const std::string &option, const std::string &long_name, const std::string &short_name, std::string *value) {
    for (const std::string &start : {long_name + "=", short_name}) {
        if (start.size() > 1 && begins(option, start) && option.size() > start.size()) {
            *value = option.substr(start.size());
            return true;
        }
    }
    return false;
}

// Options that change no result of a kernel that is right.
bool is_harmless(const std::string &option) {
    static const char *const KNOWN[] = {
        "-lineinfo",
        "--generate-line-info",
        "-G",
        "--device-debug",
        "-w",
        "--disable-warnings",
        "--restrict",
        "-restrict",
        "--maxrregcount=",
        "-maxrregcount=",
        "--ptxas-options=",
        "-Xptxas=",
        "--device-as-default-execution-space",
        "-default-device",
        "--relocatable-device-code=false",
        "-rdc=false",
        "--extra-device-vectorization",
        "-extra-device-vectorization",
        "--prec-div=true",
        "--prec-sqrt=true",
        "--ftz=false",
        "--diag-",
        "-diag-",
        "--display-error-number",
        "-Werror",
        "-no-pch",
    };
    return std::any_of(std::begin(KNOWN), std::end(KNOWN), [&](const char *known) { return begins(option, known); });
}

void take_arch(const std::string &value, const std::vector<int> &archs, Options &options) {
    size_t digits = value.find_first_of("0123456789");
    options.arch = digits == std::string::npos ? 0 : atoi(value.c_str() + digits);
    bool known = std::find(archs.begin(), archs.end(), options.arch) != archs.end();
    if (!known || !(begins(value, "sm_") || begins(value, "compute_"))) {
        options.errors += "nvrtc: error: invalid value for --gpu-architecture (-arch): " + value + "\n";
    }
}

Options options_of(const std::vector<std::string> &given, const std::vector<int> &archs) {
    Options options;
    for (size_t i = 0; i < given.size(); i++) {
        std::string option = given[i], value;
        // "-D", "NAME" and such as one.
        static const char *const LONG[] = {
            "-D", "-I", "-U", "-arch", "--gpu-architecture", "-std", "--std", "--define-macro", "--include-path"};
        if (std::find(std::begin(LONG), std::end(LONG), option) != std::end(LONG) && i + 1 < given.size()) {
            option += (option.size() > 2 ? "=" : "") + given[++i];
        }
        if (takes(option, "--gpu-architecture", "-arch=", &value)) {
            take_arch(value, archs, options);
        } else if (takes(option, "--std", "-std=", &value)) {
            options.standard = "-std=" + value;
        } else if (takes(option, "--define-macro", "-D", &value)) {
            options.for_preprocessor.push_back("-D" + value);
        } else if (takes(option, "--undefine-macro", "-U", &value)) {
            options.for_preprocessor.push_back("-U" + value);
        } else if (takes(option, "--include-path", "-I", &value)) {
            options.for_preprocessor.push_back("-I" + value);
        } else if (takes(option, "--fmad", "-fmad=", &value)) {
            options.fuse = value == "true";
        } else if (!is_harmless(option)) {
            options.errors += "nvrtc: error: unrecognized option " + option + " found\n";
        }
    }
    return options;
}

std::string compiler() {
    const char *chosen = getenv("DAGRAD_EMU_CXX");
    return chosen && *chosen ? chosen : "g++";
}

bool is_set(const char *variable, bool otherwise) {
    const char *value = getenv(variable);
    return value && *value ? value[0] != '0' : otherwise;
}

Outcome preprocess(const std::string &source, const std::string &name, const Options &options, const Folder &folder) {
    std::vector<std::string> command = {compiler(),
                                        "-E",
                                        "-x",
                                        "c++",
                                        "-nostdinc",
                                        "-nostdinc++",
                                        options.standard,
                                        "-D__CUDACC__=1",
                                        "-D__CUDACC_RTC__=1",
                                        "-D__NVCC__=1",
                                        "-DDAGRAD_EMULATOR=1",
                                        "-I" + folder.path};
    command.insert(command.end(), options.for_preprocessor.begin(), options.for_preprocessor.end());
    command.push_back("-");
    return run(command, "# 1 \"" + name + "\"\n" + source);
}

Outcome build(const std::string &text, const Options &options, bool checked, const std::string &object) {
    std::vector<std::string> command = {compiler(),
                                        "-shared",
                                        "-pipe",
                                        "-x",
                                        "c++",
                                        options.standard,
                                        "-w",
                                        "-fPIC",
                                        "-fno-exceptions",
                                        "-fno-rtti",
                                        "-fno-asynchronous-unwind-tables",
                                        "-fno-gnu-unique",
                                        "-fno-semantic-interposition",
                                        "-fno-math-errno",
                                        "-fno-trapping-math",
                                        "-fno-tree-vectorize",
                                        "-fwrapv",
                                        "-fno-strict-aliasing",
                                        "-fno-diagnostics-show-caret",
                                        "-fmax-errors=30",
                                        "-nostdinc",
                                        "-nostdlib",
                                        "-Wl,-Bsymbolic",
                                        options.fuse ? "-ffp-contract=fast" : "-ffp-contract=off"};
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        command.insert(command.end(), {"-mavx2", "-mfma"});
#endif
    // Checked code is mostly calls, so optimising it costs more than it gives; and it would take vectors apart, whose
    // alignment is checked.
    command.push_back(checked ? "-Og" : "-O1");
    if (SANITIZED) {
        command.insert(command.end(), {"-g1", "-fsanitize=address", "-fno-omit-frame-pointer"});
    } else if (checked) {
        command.insert(command.end(),
                       {"-fsanitize=kernel-address", "--param", "asan-instrumentation-with-call-threshold=0", "--param",
                        "asan-stack=0", "--param", "asan-globals=0"});
    }
    if (checked) command.push_back("-fsanitize=bounds");
    std::istringstream more(getenv("DAGRAD_EMU_CXXFLAGS") ? getenv("DAGRAD_EMU_CXXFLAGS") : "");
    command.insert(command.end(), std::istream_iterator<std::string>(more), {});
    command.insert(command.end(), {"-o", object, "-", "-lm"});
    return run(command, text);
}

std::string content(const std::string &file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

Compilation failed(Compilation::End end, const std::string &log) { return {end, log, ""}; }

}

Compilation compile(const std::string &source, const std::string &name, const Headers &headers,
                    const std::vector<std::string> &given, const std::vector<int> &archs) {
    using End = Compilation::End;
    Options options = options_of(given, archs);
    if (!options.errors.empty()) return failed(End::BAD_OPTION, options.errors);
    Folder folder;
    if (folder.path.empty())
        return failed(End::NO_COMPILER, "the emulator can make no folder for temporary files; set TMPDIR\n");
    for (const auto &header : headers) std::ofstream(folder.file(header.first), std::ios::binary) << header.second;

    Outcome preprocessed = preprocess(source, name, options, folder);
    if (preprocessed.status == 127) {
        return failed(End::NO_COMPILER,
                      "the emulator compiles kernels with g++, which is not there: " + preprocessed.errors);
    }
    if (preprocessed.status != 0) return failed(End::BAD_PROGRAM, preprocessed.errors);
    bool checked = is_set("DAGRAD_EMU_CHECK", true);
    Rewritten rewritten = rewrite(preprocessed.output, checked);
    if (!rewritten.errors.empty()) return failed(End::BAD_PROGRAM, preprocessed.errors + rewritten.errors);

    std::string object = folder.file("kernels.so");
    std::string text =
        "# 1 \"the emulator's CUDA\"\n" + std::string(PRELUDE) + "\n# 1 \"" + name + "\"\n" + rewritten.text;
    if (const char *kept = getenv("DAGRAD_EMU_KEEP")) std::ofstream(kept, std::ios::binary) << text;
    Outcome built = build(text, options, checked, object);
    if (built.status != 0) return failed(End::BAD_PROGRAM, preprocessed.errors + built.errors);
    return {End::GOOD, preprocessed.errors + built.errors,
            image_of(content(object), static_cast<unsigned>(options.arch), checked, SANITIZED)};
}

}
