#include "kernel_source.h"

#include <cctype>
#include <cstdlib>
#include <set>

namespace dagrad_emu {
namespace {

enum class Kind { WORD, SPACE, TEXT, SIGN };

struct Token {
    Kind kind;
    std::string text;
    bool is(const char *other) const { return text == other; }
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }

// The token that begins at `at`; line markers and other directives are spaces.
Token token_at(const std::string &s, size_t at, bool line_start) {
    size_t end = at + 1;
    char c = s[at];
    if (c == '#' && line_start) {
        while (end < s.size() && s[end] != '\n') end++;
        return {Kind::SPACE, s.substr(at, end - at)};
    }
    if (std::isspace(static_cast<unsigned char>(c))) return {Kind::SPACE, s.substr(at, 1)};
    if (is_word(c)) {
        while (end < s.size() && is_word(s[end])) end++;
        return {Kind::WORD, s.substr(at, end - at)};
    }
    if (c == '"' || c == '\'') {
        while (end < s.size() && s[end] != c && s[end] != '\n') end += s[end] == '\\' ? 2 : 1;
        end = std::min(end + 1, s.size());
        return {Kind::TEXT, s.substr(at, end - at)};
    }
    return {Kind::SIGN, s.substr(at, 1)};
}

std::vector<Token> tokens_of(const std::string &s) {
    std::vector<Token> tokens;
    bool line_start = true;
    for (size_t at = 0; at < s.size();) {
        Token token = token_at(s, at, line_start);
        at += token.text.size();
        line_start = token.is("\n") || (line_start && token.kind == Kind::SPACE && token.text[0] != '#');
        tokens.push_back(std::move(token));
    }
    return tokens;
}

struct Kernel {
    std::string name;
    // The arguments of its __launch_bounds__, or nothing.
    std::string bounds;
};

class Rewriter {
public:
    explicit Rewriter(const std::string &source) : tokens(tokens_of(source)) {}

    Rewritten rewrite(bool checked) {
        for (size_t i = 0; i < tokens.size(); i++) {
            const Token &token = tokens[i];
            track(token);
            if (token.kind != Kind::WORD) continue;
            if (token.is("__global__")) kernel(i);
            if (token.is("__shared__")) shared(i);
            if (token.is("asm") || token.is("__asm__"))
                error("inline PTX does not run on the emulator: keep it behind __CUDA_ARCH__");
            if (token.text.rfind("__builtin_", 0) == 0) error(token.text + " is of g++, not of CUDA");
        }
        Rewritten result;
        for (const Token &token : tokens) result.text += token.text;
        result.text += table(checked);
        for (const Kernel &kernel : kernels) result.kernels.push_back(kernel.name);
        result.errors = errors;
        return result;
    }

private:
    std::vector<Token> tokens;
    std::vector<Kernel> kernels;
    std::set<std::string> names;
    std::string errors;
    std::string file = "\"\"";
    int line = 1;
    int variables = 0;
    // For each open brace, whether it is of a namespace or of extern "C".
    std::vector<bool> braces;

    static constexpr size_t NONE = static_cast<size_t>(-1);

    void track(const Token &token) {
        if (token.is("\n")) line++;
        if (token.kind == Kind::SPACE && token.text[0] == '#') {
            char *rest = nullptr;
            long number = std::strtol(token.text.c_str() + 1, &rest, 10);
            if (number > 0 && std::string(rest).find('"') != std::string::npos) {
                line = static_cast<int>(number) - 1;
                std::string name(rest);
                file = name.substr(name.find('"'), name.rfind('"') - name.find('"') + 1);
            }
        }
        if (token.is("{")) braces.push_back(opens_namespace(static_cast<size_t>(&token - tokens.data())));
        if (token.is("}") && !braces.empty()) braces.pop_back();
    }

    bool in_function() const {
        for (bool is_namespace : braces) {
            if (!is_namespace) return true;
        }
        return false;
    }

    bool opens_namespace(size_t brace) const {
        size_t before = previous(brace);
        if (before != NONE && tokens[before].is("\"C\"")) return true;
        for (; before != NONE && (tokens[before].kind == Kind::WORD || tokens[before].is(":"));
             before = previous(before)) {
            if (tokens[before].is("namespace")) return true;
        }
        return false;
    }

    void error(const std::string &message) {
        errors += file.substr(1, file.size() - 2) + ":" + std::to_string(line) + ": error: " + message + "\n";
    }

    size_t previous(size_t i) const {
        while (i-- > 0) {
            if (tokens[i].kind != Kind::SPACE) return i;
        }
        return NONE;
    }

    size_t next(size_t i) const {
        while (++i < tokens.size()) {
            if (tokens[i].kind != Kind::SPACE) return i;
        }
        return NONE;
    }

    // The sign that closes the one at `open`, or NONE.
    size_t closing(size_t open) const {
        int depth = 0;
        for (size_t i = open; i < tokens.size(); i++) {
            if (tokens[i].kind != Kind::SIGN) continue;
            char c = tokens[i].text[0];
            if (c == '(' || c == '[' || c == '{') depth++;
            if ((c == ')' || c == ']' || c == '}') && --depth == 0) return i;
        }
        return NONE;
    }

    std::string text(size_t from, size_t to) const {
        std::string result;
        bool apart = false;
        for (size_t i = from; i < to; i++) {
            if (tokens[i].kind != Kind::SPACE) result += (apart && !result.empty() ? " " : "") + tokens[i].text;
            apart = tokens[i].kind == Kind::SPACE;
        }
        return result;
    }

    // Removes the tokens, but keeps the lines.
    void erase(size_t from, size_t to) {
        for (size_t i = from; i < to; i++) {
            if (tokens[i].kind != Kind::SPACE) tokens[i] = {Kind::SPACE, " "};
        }
    }

    // `__launch_bounds__(…)` at `at`: its arguments, and it is gone.
    std::string take_bounds(size_t at) {
        size_t open = next(at);
        size_t close = closing(open);
        if (close == NONE) return "";
        std::string bounds = text(open + 1, close);
        erase(at, close + 1);
        return bounds;
    }

    void kernel(size_t at) {
        Kernel kernel;
        bool is_template = false;
        // What comes before __global__ in its declaration.
        for (size_t i = previous(at); i != NONE && !is_end(i); i = previous(i)) {
            if (tokens[i].is("template")) is_template = true;
            if (tokens[i].is("__launch_bounds__")) kernel.bounds = take_bounds(i);
            if (tokens[i].is("extern")) {
                size_t language = next(i);
                erase(i, i + 1);
                if (tokens[language].kind == Kind::TEXT) erase(language, language + 1);
            }
        }
        tokens[at].text = "static";
        size_t open = NONE;
        for (size_t i = next(at); i != NONE && !tokens[i].is("{") && !tokens[i].is(";"); i = next(i)) {
            if (tokens[i].is("__launch_bounds__")) {
                kernel.bounds = take_bounds(i);
            } else if (tokens[i].is("(")) {
                open = i;
                break;
            }
        }
        size_t close = open == NONE ? NONE : closing(open);
        if (close == NONE || next(close) == NONE) return error("__global__ without a function");
        if (!tokens[next(close)].is("{") || is_template) return;
        kernel.name = tokens[previous(open)].text;
        if (!names.insert(kernel.name).second) return error("a second kernel " + kernel.name);
        kernels.push_back(kernel);
    }

    bool is_end(size_t i) const { return tokens[i].is(";") || tokens[i].is("}") || tokens[i].is("{"); }

    void shared(size_t at) {
        size_t before = previous(at);
        bool dynamic = before != NONE && tokens[before].is("extern");
        if (before != NONE && (dynamic || tokens[before].is("static"))) erase(before, before + 1);
        size_t end = at;
        while (end < tokens.size() && !tokens[end].is(";")) end++;
        if (end == tokens.size()) return error("__shared__ without a variable");
        std::string align = take_alignment(at, end);
        size_t name = NONE;
        for (size_t i = next(at);
             i < end && !tokens[i].is("[") && !(tokens[i].is(",") && name != NONE && depth_of_angles(at, i) == 0);
             i = next(i)) {
            if (tokens[i].kind == Kind::WORD) name = i;
        }
        if (name == NONE) return error("__shared__ without a variable");
        std::string type = text(at + 1, name);
        std::string replacement;
        if (dynamic) {
            replacement =
                type + " *const " + tokens[name].text + " = reinterpret_cast<" + type + " *>(dagrad_emu_self.shared)";
            if (!in_function()) return shared_outside(at, end, tokens[name].text, type);
        } else if (!in_function()) {
            return error("the emulator wants __shared__ variables in functions");
        } else {
            replacement = declarators(name, end, type, align);
        }
        replace(at, end, replacement);
    }

    // Puts the text in the place of the tokens; their line ends come behind it.
    void replace(size_t from, size_t to, const std::string &by) {
        erase(from, to);
        tokens[from] = {Kind::SPACE, by};
    }

    int depth_of_angles(size_t from, size_t to) const {
        int depth = 0;
        for (size_t i = from; i < to; i++) depth += tokens[i].is("<") ? 1 : tokens[i].is(">") ? -1 : 0;
        return depth;
    }

    // A variable of the whole program: what it means depends on the block, so it is a macro.
    void shared_outside(size_t at, size_t end, const std::string &name, const std::string &type) {
        replace(at, end + 1,
                "\n#define " + name + " (reinterpret_cast<" + type + " *>(dagrad_emu_self.shared))\n# " +
                    std::to_string(line) + " " + file + "\n");
    }

    // __align__(n) or alignas(n) between the two: n, or nothing, and it is gone.
    std::string take_alignment(size_t from, size_t to) {
        for (size_t i = from; i < to; i++) {
            if (!tokens[i].is("__align__") && !tokens[i].is("alignas")) continue;
            size_t close = closing(next(i));
            if (close == NONE || close > to) break;
            std::string align = text(next(i) + 1, close);
            erase(i, close + 1);
            return align;
        }
        return "";
    }

    std::string declarators(size_t name, size_t end, const std::string &type, const std::string &align) {
        std::string result;
        while (name != NONE && name < end) {
            std::string extents;
            size_t i = next(name);
            for (; i < end && tokens[i].is("["); i = next(i)) {
                size_t close = closing(i);
                extents += "[(" + text(i + 1, close) + ")]";
                i = close;
            }
            if (i < end && !tokens[i].is(",")) {
                error("__shared__ variables have no initial value");
                return result;
            }
            result += (result.empty() ? "" : "; ") + std::string("auto &") + tokens[name].text +
                      " = dagrad_emu::shared<" + type + " " + extents + ", " + std::to_string(variables++) +
                      (align.empty() ? "" : ", (" + align + ")") + ">()";
            name = i < end ? next(i) : NONE;
        }
        return result;
    }

    std::string table(bool checked) const {
        std::string result =
            "\n# 1 \"kernels of this program\"\nnamespace dagrad_emu {\nstatic const Kernel table[] = {\n";
        for (const Kernel &kernel : kernels) {
            std::string entry = "Entry<::" + kernel.name + ">";
            result += "{\"" + kernel.name + "\", " + entry + "::run, " + entry + "::parameters, " + entry +
                      "::count, " + (kernel.bounds.empty() ? "0" : kernel.bounds) + "},\n";
        }
        result += "{}};\n}\nextern \"C\" const dagrad_emu::Image dagrad_emu_image = {" +
                  std::string(checked ? "true" : "false") + ", dagrad_emu::table, " + std::to_string(kernels.size()) +
                  "};\n";
        return result;
    }
};

}

Rewritten rewrite(const std::string &preprocessed, bool checked) { return Rewriter(preprocessed).rewrite(checked); }

}
