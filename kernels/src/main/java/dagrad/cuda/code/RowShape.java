package dagrad.cuda.code;

/// How threads are laid over rows: which share a row, how many rows a block has at a time, and how rows are cut into
/// parts where sums of columns are wanted. It follows from the shapes alone, so sums are the same on every card.
///
/// @param rows axes that count rows
/// @param columns axes within a row
/// @param width adjacent elements of a thread
/// @param lanes threads of a row: a power of two up to 32, or some warps
/// @param turns rows of a block at a time
/// @param strips columns are cut into so many pieces for blocks of their own
/// @param parts rows are cut into so many pieces for blocks of their own; 1 if no columns are summed
record RowShape(Space rows, Space columns, int width, int lanes, int turns, long strips, long parts) {
    static final int WARP = 32;
    private static final int THREADS = 256;
    private static final int MOST_LANES = 512;
    /// Blocks wanted for sums of columns, and rows below which a block is not worth its part.
    private static final int WANTED_BLOCKS = 1024;
    private static final int LEAST_TURNS = 8;
    /// Parts are added up in groups of so many, if there are more than twice as many.
    static final int GROUP = 16;

    /// @param reducesRows whether rows are looked at twice, so that a block must have all of each
    /// @param sumsColumns whether columns are summed
    static RowShape of(Space rows, Space columns, int width, boolean reducesRows, boolean sumsColumns) {
        long packs = columns.by(width).size();
        int lanes = (int) Math.min(WARP, Long.highestOneBit(2 * packs - 1));
        if (reducesRows && packs > WARP) {
            lanes = (int) Math.min(MOST_LANES, Math.ceilDiv(packs, (long) WARP) * WARP);
        }
        int turns = lanes > WARP ? 1 : THREADS / lanes;
        long strips = reducesRows ? 1 : Math.ceilDiv(packs, (long) lanes);
        long parts = 1;
        if (sumsColumns) {
            long useful = Math.ceilDiv(rows.size(), (long) turns * LEAST_TURNS);
            long wanted = Math.ceilDiv(WANTED_BLOCKS / (reducesRows ? 2 : 1), strips);
            parts = Math.clamp(wanted, 1, useful);
            parts = Math.ceilDiv(rows.size(), Math.ceilDiv(rows.size(), parts));
        }
        return new RowShape(rows, columns, width, lanes, turns, strips, parts);
    }

    int threads() {
        return lanes * turns;
    }

    /// The columns as a thread walks over them.
    Space packs() {
        return columns.by(width);
    }

    /// Packs that a thread has of each row.
    int each() {
        return Math.toIntExact(Math.ceilDiv(packs().size(), strips * lanes));
    }

    /// Rows of a part, but for the last.
    long rowsOfPart() {
        return Math.ceilDiv(rows.size(), parts);
    }

    /// Whether parts are added up in groups first.
    boolean hasGroups() {
        return parts > 2 * GROUP;
    }

    long groups() {
        return hasGroups() ? Math.ceilDiv(parts, (long) GROUP) : 1;
    }

    /// Tickets of a strip: one for all groups, then one for each.
    long tickets() {
        return hasGroups() ? 1 + groups() : 1;
    }
}
