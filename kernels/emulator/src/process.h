// Runs another program and waits for it.
#pragma once

#include <string>
#include <vector>

namespace dagrad_emu {

struct Outcome {
    // As the shell counts it: 127 if the program was not found, 128 + n if signal n ended it.
    int status;
    std::string output;
    std::string errors;
};

// `arguments[0]` is looked for in PATH. The program sees `input` as its standard input, messages in English, and none
// of the libraries that were preloaded into this process.
Outcome run(const std::vector<std::string> &arguments, const std::string &input);

}
