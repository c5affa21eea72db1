package dagrad.io;

/// A file that is not what it should be. The message is one line for the person whose file it is: the file, the place
/// in it, what is wrong, and what to do.
public final class FormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final int LONGEST = 1000;

    /// @param message may quote from the file: control characters become spaces, and it is cut if it is very long
    public FormatException(String message) {
        super(oneLine(message, LONGEST));
    }

    public FormatException(String message, Throwable cause) {
        super(oneLine(message, LONGEST), cause);
    }

    /// A name from a file as messages show it: in quotation marks, on one line, and not longer than is useful.
    public static String quoted(String name) {
        return '"' + oneLine(name, 60) + '"';
    }

    private static String oneLine(String text, int longest) {
        StringBuilder line = new StringBuilder();
        text.codePoints().limit(longest).map(FormatException::visible).forEach(line::appendCodePoint);
        return line.length() < text.length() ? line.append('…').toString() : line.toString();
    }

    /// The character, or a space in place of one that would move the cursor, end the line or hide.
    private static int visible(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> ' ';
            default -> character;
        };
    }
}
