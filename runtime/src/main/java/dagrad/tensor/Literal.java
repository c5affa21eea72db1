package dagrad.tensor;

import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.StringJoiner;

/// Numbers that are part of a graph: immutable, equal by content (bit by bit, so that 0 and -0 differ), and
/// compact, so that the million indices of a large gather can be one. The hash is computed once, for builders
/// look operations up by it.
///
/// An element keeps its full value here whatever type it is going to be used as: 0.1 stays the double 0.1.
public final class Literal {
    /// A longer literal prints as its first elements and a digest of all.
    private static final int PRINTED = 8;

    private final HostTensor elements;
    private final int hash;

    /// @param elements of rank 1; no other writer may exist
    private Literal(HostTensor elements) {
        this.elements = new HostTensor(elements.spec(), elements.data().asReadOnly());
        this.hash = hash(elements);
    }

    public static Literal of(double... values) {
        return new Literal(HostTensor.of(values.clone(), values.length));
    }

    public static Literal of(int... values) {
        return new Literal(HostTensor.of(values.clone(), values.length));
    }

    /// The tensor's elements in row-major order.
    public static Literal copyOf(HostTensor tensor) {
        return new Literal(tensor.copy().reshape(Math.toIntExact(tensor.size())));
    }

    /// The type that the elements are stored as.
    public DType dtype() {
        return elements.spec().dtype();
    }

    public int size() {
        return (int) elements.size();
    }

    public double get(int i) {
        return elements.get(i);
    }

    public long getLong(int i) {
        return elements.getLong(i);
    }

    /// The same elements, stored as another type.
    public Literal as(DType dtype) {
        return dtype == dtype() ? this : new Literal(elements.cast(dtype));
    }

    /// A new tensor of that spec with these elements; one element fills it.
    ///
    /// @throws IllegalArgumentException if there is neither one element nor one for each of the tensor's
    public HostTensor toTensor(TensorSpec spec) {
        if (size() == 1) {
            return HostTensor.of(spec, get(0));
        }
        return elements.cast(spec.dtype()).reshape(spec.shape().toArray());
    }

    private static int hash(HostTensor elements) {
        int hash = elements.spec().hashCode();
        for (long i = 0; i < elements.size(); i++) {
            hash = 31 * hash + Double.hashCode(elements.get(i));
        }
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Literal that
                && hash == that.hash
                && elements.spec().equals(that.elements.spec())
                && elements.data().mismatch(that.elements.data()) == -1;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /// `[1.0, 2.5]`, or `[0, 4, 1, 7, … 1000000 in all, sha256 5feceb66ffc86f38]`: literals of one type with
    /// equal texts are equal.
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ", "[", "]");
        int shown = size() <= PRINTED ? size() : PRINTED / 2;
        for (int i = 0; i < shown; i++) {
            text.add(dtype().isFloating() ? String.valueOf(get(i)) : String.valueOf(getLong(i)));
        }
        return shown == size()
                ? text.toString()
                : text.add("… " + size() + " in all, sha256 " + digest()).toString();
    }

    private String digest() {
        try {
            byte[] bytes = elements.data().toArray(ValueLayout.JAVA_BYTE);
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
