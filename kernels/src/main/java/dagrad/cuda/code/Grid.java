package dagrad.cuda.code;

/// How many blocks of how many threads, and the bytes of shared memory that a block is given besides its static ones.
public record Grid(int x, int y, int z, int threadsX, int threadsY, int sharedBytes) {
    /// @throws IllegalArgumentException if an extent is below 1, or there are more than 1024 threads in a block
    public Grid {
        if (x < 1 || y < 1 || z < 1 || threadsX < 1 || threadsY < 1 || threadsX * threadsY > 1024 || sharedBytes < 0) {
            throw new IllegalArgumentException("no grid of " + x + "x" + y + "x" + z + " blocks of " + threadsX + "x"
                    + threadsY + " threads with " + sharedBytes + " bytes");
        }
    }

    public static Grid of(int blocks, int threads) {
        return new Grid(blocks, 1, 1, threads, 1, 0);
    }

    public Grid withShared(int bytes) {
        return new Grid(x, y, z, threadsX, threadsY, bytes);
    }

    public long blocks() {
        return (long) x * y * z;
    }
}
