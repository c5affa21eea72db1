#include "process.h"

#include <cstring>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace dagrad_emu {
namespace {

// Files in memory, unlike pipes, need nobody to empty them while the program runs.
class MemoryFile {
public:
    explicit MemoryFile(const std::string &content = "") : descriptor(memfd_create("dagrad", MFD_CLOEXEC)) {
        for (size_t done = 0; done < content.size();) {
            ssize_t wrote = write(descriptor, content.data() + done, content.size() - done);
            if (wrote <= 0) break;
            done += static_cast<size_t>(wrote);
        }
        lseek(descriptor, 0, SEEK_SET);
    }
    MemoryFile(const MemoryFile &) = delete;
    MemoryFile &operator=(const MemoryFile &) = delete;
    ~MemoryFile() { close(descriptor); }

    std::string content() const {
        off_t size = lseek(descriptor, 0, SEEK_END);
        std::string text(static_cast<size_t>(size), '\0');
        ssize_t got = pread(descriptor, text.data(), text.size(), 0);
        text.resize(got < 0 ? 0 : static_cast<size_t>(got));
        return text;
    }

    const int descriptor;
};

std::vector<std::string> environment() {
    std::vector<std::string> kept;
    for (char **entry = environ; *entry; entry++) {
        if (strncmp(*entry, "LD_", 3) != 0 && strncmp(*entry, "LC_ALL=", 7) != 0) kept.emplace_back(*entry);
    }
    kept.emplace_back("LC_ALL=C");
    return kept;
}

std::vector<char *> pointers(std::vector<std::string> &texts) {
    std::vector<char *> result;
    for (std::string &text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

}

Outcome run(const std::vector<std::string> &arguments, const std::string &input) {
    MemoryFile in(input), out, err;
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in.descriptor, 0);
    posix_spawn_file_actions_adddup2(&files, out.descriptor, 1);
    posix_spawn_file_actions_adddup2(&files, err.descriptor, 2);
    std::vector<std::string> argument_texts = arguments, environment_texts = environment();
    pid_t child;
    int failed = posix_spawnp(&child, arguments[0].c_str(), &files, nullptr, pointers(argument_texts).data(),
                              pointers(environment_texts).data());
    posix_spawn_file_actions_destroy(&files);
    if (failed) return {127, "", arguments[0] + ": " + strerror(failed) + "\n"};
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out.content(), err.content()};
}

}
