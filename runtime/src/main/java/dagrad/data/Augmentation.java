package dagrad.data;

/// How images are varied for training, each time they are seen: `new Augmentation(true, 2)`.
///
/// @param flip whether half of them are mirrored, left to right
/// @param shift up to how many pixels they are moved, in each direction; what comes in from outside is 0. Moving is
///     cropping at random from an image with margins of that width.
public record Augmentation(boolean flip, int shift) {
    public static final Augmentation NONE = new Augmentation(false, 0);

    private static final long MOST_SHIFT = 1 << 15;

    /// @throws IllegalArgumentException if the shift is negative, or larger than any image
    public Augmentation {
        if (shift < 0 || shift > MOST_SHIFT) {
            throw new IllegalArgumentException("images are moved by 0 or more pixels, not " + shift);
        }
    }

    /// What happens to one image.
    ///
    /// @param chance of the epoch
    /// @param example its number
    boolean flips(long chance, int example) {
        return flip && (bits(chance, example) & 1) != 0;
    }

    /// To the right, or down.
    int movesAcross(long chance, int example) {
        return moved(bits(chance, example) >>> 1);
    }

    int movesDown(long chance, int example) {
        return moved(bits(chance, example) >>> 32);
    }

    private int moved(long bits) {
        return (int) ((bits & 0x7fff_ffffL) % (2L * shift + 1)) - shift;
    }

    private static long bits(long chance, int example) {
        return Chance.bits(chance, example, 0);
    }
}
