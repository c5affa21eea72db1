package dagrad.cpu;

import java.util.ArrayList;
import java.util.List;

/// Tiles that the launches of an executable share, a set for each worker. All are handed out while a plan is loaded.
final class Scratch {
    /// Elements of a tile: few enough that those of one launch stay in the nearest cache.
    static final int TILE = 2048;

    private final List<List<float[]>> floats = new ArrayList<>();
    private final List<List<int[]>> integers = new ArrayList<>();
    private final List<FloatMath.Bits> bits = new ArrayList<>();

    Scratch(int workers) {
        for (int i = 0; i < workers; i++) {
            floats.add(new ArrayList<>());
            integers.add(new ArrayList<>());
            bits.add(new FloatMath.Bits(TILE));
        }
    }

    int workers() {
        return bits.size();
    }

    /// A worker's float tile of that number: always the same array.
    float[] floats(int worker, int number) {
        List<float[]> tiles = floats.get(worker);
        while (tiles.size() <= number) {
            tiles.add(new float[TILE]);
        }
        return tiles.get(number);
    }

    int[] integers(int worker, int number) {
        List<int[]> tiles = integers.get(worker);
        while (tiles.size() <= number) {
            tiles.add(new int[TILE]);
        }
        return tiles.get(number);
    }

    FloatMath.Bits bits(int worker) {
        return bits.get(worker);
    }
}
