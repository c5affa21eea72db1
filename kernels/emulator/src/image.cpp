#include "image.h"

#include <cstring>

namespace dagrad_emu {
namespace {

constexpr char TEXT_MARK[] = "// PTX of the Dagrad CUDA emulator: an image in hexadecimal\n";

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string from_text(const char *text) {
    std::string image;
    for (; digit(text[0]) >= 0 && digit(text[1]) >= 0; text += 2) {
        image += static_cast<char>(digit(text[0]) << 4 | digit(text[1]));
    }
    return image;
}

}

uint32_t sources() {
    return
#include "sources.inc"
        ;
}

uint64_t sum_of(const char *bytes, size_t size) {
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i < size; i++) sum = (sum ^ static_cast<unsigned char>(bytes[i])) * 1099511628211u;
    return sum;
}

std::string image_of(const std::string &object, unsigned arch, bool checked, bool sanitized) {
    ImageHeader header{};
    memcpy(header.magic, ImageHeader::MAGIC, sizeof header.magic);
    header.sources = sources();
    header.arch = arch;
    header.checked = checked;
    header.sanitized = sanitized;
    header.size = object.size();
    header.sum = sum_of(object.data(), object.size());
    return std::string(reinterpret_cast<const char *>(&header), sizeof header) + object;
}

std::string text_of(const std::string &image) {
    std::string text = TEXT_MARK;
    for (unsigned char byte : image) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

std::string image_at(const void *data, bool &damaged) {
    damaged = false;
    const char *bytes = static_cast<const char *>(data);
    std::string decoded;
    if (strncmp(bytes, TEXT_MARK, sizeof TEXT_MARK - 1) == 0) {
        decoded = from_text(bytes + sizeof TEXT_MARK - 1);
        bytes = decoded.data();
        damaged = decoded.size() < sizeof(ImageHeader);
    }
    if (damaged || strncmp(bytes, ImageHeader::MAGIC, sizeof ImageHeader::magic) != 0) return "";
    ImageHeader header;
    memcpy(&header, bytes, sizeof header);
    if (!decoded.empty() && header.size != decoded.size() - sizeof header) damaged = true;
    // A size that cannot be is not followed into memory that may not be there.
    if (header.size > (size_t{1} << 30)) damaged = true;
    if (!damaged) damaged = sum_of(bytes + sizeof header, header.size) != header.sum;
    return damaged ? "" : std::string(bytes, sizeof header + header.size);
}

}
