package dagrad.cuda.code;

import dagrad.graph.Conv2d;
import dagrad.graph.Conv2dWeightGrad;
import dagrad.graph.ConvTranspose2d;
import dagrad.plan.Launch;
import dagrad.plan.Operand;
import dagrad.tensor.DType;
import dagrad.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/// The calls of convolutions and their gradients: products with unfolded windows (im2col), chunk by chunk; the kernels
/// are in `conv2d.cu`.
final class ConvCalls {
    /// Bytes of the columns that exist at a time, but for single rows of large images: they are still in the second
    /// level cache when they are multiplied (40 MB on an A100, 50 MB on an H100).
    private static final long COLUMNS = 32 << 20;

    private static final int ALIGNMENT = 256;
    private static final int THREADS = 256;
    /// Elements of columns that a thread writes.
    private static final int RUN = 8;

    private static final Source SOURCE = new Source.Shipped("conv2d.cu");

    private final ConvSizes sizes;
    private final DType type;
    private final List<Call> calls = new ArrayList<>();

    private ConvCalls(ConvSizes sizes, DType type) {
        this.sizes = sizes;
        this.type = type;
    }

    /// Whether there are kernels for such operands.
    static boolean claims(List<TensorSpec> in) {
        DType type = in.getFirst().dtype();
        return type == DType.F32 || type == DType.BF16;
    }

    // ---- y = w columns --------------------------------------------------------------------------------------------

    static Calls of(Launch.Kernel launch, Conv2d op) {
        Operand x = launch.reads().get(0);
        Operand weights = launch.reads().get(1);
        Operand y = launch.writes().getFirst();
        ConvSizes sizes = ConvSizes.of(x.shape(), weights.shape(), y.shape(), op.conv());
        ConvCalls calls = new ConvCalls(sizes, x.dtype());
        return sizes.isDirect() ? calls.direct("conv2d_direct", x, weights, y) : calls.products(x, weights, y);
    }

    private Calls products(Operand x, Operand weights, Operand y) {
        long rows = sizes.rows();
        if (sizes.isPointwise()) {
            multiply(new ConvSizes.Chunk(0, sizes.n(), 0, sizes.pixels()), weights, address(x), y);
            return new Calls(calls, 0);
        }
        long workspace = 0;
        for (ConvSizes.Chunk chunk : sizes.chunks(rows, COLUMNS / type.bytes())) {
            unfold(x, chunk, Argument.Workspace::new, rows * chunk.pixels(), chunk.pixels());
            multiply(chunk, weights, Argument.Workspace::new, y);
            workspace = Math.max(workspace, rows * chunk.pixels() * chunk.images() * type.bytes());
        }
        return new Calls(calls, workspace);
    }

    /// @param columns the address of a byte of [images, groups, taps, pixels]
    private void multiply(ConvSizes.Chunk chunk, Operand weights, LongFunction<Argument> columns, Operand y) {
        long kernels = (long) sizes.outputs() * sizes.taps();
        long outputs = (long) sizes.outputs() * sizes.pixels();
        long unfolded = (long) sizes.taps() * chunk.pixels();
        forBatches(chunk.images(), (image, group, batch, images) -> {
            long to = ((long) (chunk.firstImage() + image) * sizes.groups() + group) * outputs + chunk.firstPixel();
            long from = ((long) image * sizes.groups() + group) * unfolded;
            calls.add(new Call.Gemm(
                    type,
                    type,
                    sizes.outputs(),
                    chunk.pixels(),
                    sizes.taps(),
                    matrix(element(weights, group * kernels), false, sizes.taps(), images ? 0 : kernels),
                    matrix(columns.apply(from * type.bytes()), false, chunk.pixels(), step(images, unfolded)),
                    matrix(element(y, to), false, sizes.pixels(), step(images, outputs)),
                    1,
                    0,
                    batch));
        });
    }

    /// Elements from one matrix to the next: the next image's, or the next group's.
    private long step(boolean images, long group) {
        return images ? group * sizes.groups() : group;
    }

    private interface Batch {
        /// @param images whether the batch is of images, else of groups
        void multiply(int image, int group, int batch, boolean images);
    }

    /// Products for all images and groups, with as few calls as can be.
    private void forBatches(int images, Batch batch) {
        if (images >= sizes.groups()) {
            for (int group = 0; group < sizes.groups(); group++) {
                batch.multiply(0, group, images, true);
            }
        } else {
            for (int image = 0; image < images; image++) {
                batch.multiply(image, 0, sizes.groups(), false);
            }
        }
    }

    // ---- x = fold(wᵀ y) -------------------------------------------------------------------------------------------

    static Calls of(Launch.Kernel launch, ConvTranspose2d op) {
        Operand y = launch.reads().get(0);
        Operand weights = launch.reads().get(1);
        Operand x = launch.writes().getFirst();
        ConvSizes sizes = ConvSizes.of(x.shape(), weights.shape(), y.shape(), op.conv());
        ConvCalls calls = new ConvCalls(sizes, x.dtype());
        return sizes.isDirect()
                ? calls.direct("conv2d_transpose_direct", y, weights, x)
                : calls.transposedProducts(y, weights, x);
    }

    /// The columns are f32, so that they are rounded once, after they have been added up.
    private Calls transposedProducts(Operand y, Operand weights, Operand x) {
        long most = COLUMNS / DType.F32.bytes();
        long image = (long) sizes.rows() * sizes.pixels();
        if (sizes.isPointwise()) {
            multiplyTransposed(0, sizes.n(), y, weights, address(x), type);
            return new Calls(calls, 0);
        }
        if (image > most) {
            return transposedProductsByChannels(y, weights, x, most);
        }
        long pixels = (long) sizes.c() * sizes.h() * sizes.w();
        int images = Math.clamp(Math.min(most / image, ConvSizes.MOST_ELEMENTS / pixels), 1, sizes.n());
        for (int first = 0; first < sizes.n(); first += images) {
            int count = Math.min(images, sizes.n() - first);
            multiplyTransposed(first, count, y, weights, Argument.Workspace::new, DType.F32);
            fold(element(x, first * pixels), count, sizes.c());
        }
        return new Calls(calls, Math.min(images, sizes.n()) * image * DType.F32.bytes());
    }

    private void multiplyTransposed(
            int first, int count, Operand y, Operand weights, LongFunction<Argument> columns, DType columnsType) {
        long kernels = (long) sizes.outputs() * sizes.taps();
        long outputs = (long) sizes.outputs() * sizes.pixels();
        long unfolded = (long) sizes.taps() * sizes.pixels();
        forBatches(count, (image, group, batch, images) -> {
            long from = ((long) (first + image) * sizes.groups() + group) * outputs;
            long to = ((long) image * sizes.groups() + group) * unfolded;
            calls.add(new Call.Gemm(
                    type,
                    columnsType,
                    sizes.taps(),
                    sizes.pixels(),
                    sizes.outputs(),
                    matrix(element(weights, group * kernels), true, sizes.taps(), images ? 0 : kernels),
                    matrix(element(y, from), false, sizes.pixels(), step(images, outputs)),
                    matrix(columns.apply(to * columnsType.bytes()), false, sizes.pixels(), step(images, unfolded)),
                    1,
                    0,
                    batch));
        });
    }

    /// Image by image, some channels of a group at a time: windows overlap in pixels, but not in channels.
    private Calls transposedProductsByChannels(Operand y, Operand weights, Operand x, long most) {
        long channel = (long) sizes.kh() * sizes.kw() * sizes.pixels();
        int channels = Math.clamp(most / channel, 1, sizes.channels());
        for (int image = 0; image < sizes.n(); image++) {
            for (int group = 0; group < sizes.groups(); group++) {
                for (int first = 0; first < sizes.channels(); first += channels) {
                    int count = Math.min(channels, sizes.channels() - first);
                    multiplyTransposed(image, group, first, count, y, weights);
                    long to = (long) image * sizes.c() + (long) group * sizes.channels() + first;
                    fold(element(x, to * sizes.h() * sizes.w()), 1, count);
                }
            }
        }
        return new Calls(calls, channels * channel * DType.F32.bytes());
    }

    private void multiplyTransposed(int image, int group, int first, int count, Operand y, Operand weights) {
        long kernel = (long) group * sizes.outputs() * sizes.taps() + (long) first * sizes.kh() * sizes.kw();
        long from = ((long) image * sizes.o() + (long) group * sizes.outputs()) * sizes.pixels();
        calls.add(new Call.Gemm(
                type,
                DType.F32,
                count * sizes.kh() * sizes.kw(),
                sizes.pixels(),
                sizes.outputs(),
                matrix(element(weights, kernel), true, sizes.taps(), 0),
                matrix(element(y, from), false, sizes.pixels(), 0),
                matrix(new Argument.Workspace(0), false, sizes.pixels(), 0),
                1,
                0,
                1));
    }

    /// From the workspace.
    private void fold(Argument images, int count, int channels) {
        List<Argument> arguments = new ArrayList<>(List.of(new Argument.Workspace(0), images));
        arguments.addAll(
                ConvSizes.ints(count, channels, sizes.h(), sizes.w(), sizes.kh(), sizes.kw(), sizes.oh(), sizes.ow()));
        arguments.add(Argument.of((long) sizes.c() * sizes.h() * sizes.w()));
        arguments.addAll(sizes.walk());
        calls.add(kernel("conv2d_fold", (long) count * channels * sizes.h() * sizes.w(), arguments));
    }

    // ---- dw = y columnsᵀ ------------------------------------------------------------------------------------------

    static Calls of(Launch.Kernel launch, Conv2dWeightGrad op) {
        Operand x = launch.reads().get(0);
        Operand y = launch.reads().get(1);
        Operand weights = launch.writes().getFirst();
        ConvSizes sizes = ConvSizes.of(x.shape(), weights.shape(), y.shape(), op.conv());
        ConvCalls calls = new ConvCalls(sizes, x.dtype());
        return sizes.isDirect() ? calls.directWeightGrad(x, y, weights) : calls.weightProducts(x, y, weights);
    }

    /// Chunk by chunk one product that sums over all its images: for that y's channels are brought side by side, too,
    /// by unfolding it with windows of one pixel. What is summed is f32.
    private Calls weightProducts(Operand x, Operand y, Operand weights) {
        long workspace = 0;
        for (ConvSizes.Chunk chunk : sizes.chunks((long) sizes.rows() + sizes.o(), COLUMNS / type.bytes())) {
            long k = (long) chunk.images() * chunk.pixels();
            unfold(x, chunk, Argument.Workspace::new, chunk.pixels(), k);
            long columns = Math.ceilDiv(sizes.rows() * k * type.bytes(), ALIGNMENT) * ALIGNMENT;
            workspace = Math.max(workspace, columns);
            Call.Gemm.Matrix left = matrix(
                    element(y, (long) chunk.firstImage() * sizes.o() * sizes.pixels() + chunk.firstPixel()),
                    false,
                    sizes.pixels(),
                    (long) sizes.outputs() * sizes.pixels());
            if (chunk.images() > 1) {
                gather(y, chunk, new Argument.Workspace(columns));
                left = matrix(new Argument.Workspace(columns), false, k, sizes.outputs() * k);
                workspace = Math.max(workspace, columns + sizes.o() * k * type.bytes());
            }
            calls.add(new Call.Gemm(
                    type,
                    DType.F32,
                    sizes.outputs(),
                    sizes.taps(),
                    Math.toIntExact(k),
                    left,
                    matrix(new Argument.Workspace(0), true, k, sizes.taps() * k),
                    matrix(Argument.of(weights), false, sizes.taps(), (long) sizes.outputs() * sizes.taps()),
                    1,
                    chunk.firstImage() == 0 && chunk.firstPixel() == 0 ? 0 : 1,
                    sizes.groups()));
        }
        return new Calls(calls, workspace);
    }

    /// y [images, o, pixels] as [o, images, pixels].
    private void gather(Operand y, ConvSizes.Chunk chunk, Argument to) {
        Argument from = element(y, (long) chunk.firstImage() * sizes.o() * sizes.pixels());
        List<Argument> arguments = new ArrayList<>(List.of(from, to));
        arguments.addAll(
                ConvSizes.ints(chunk.images(), sizes.o(), sizes.oh(), sizes.ow(), 1, 1, sizes.ow(), 0, chunk.pixels()));
        arguments.add(Argument.of((long) chunk.pixels()));
        arguments.add(Argument.of((long) chunk.images() * chunk.pixels()));
        arguments.addAll(ConvSizes.ints(1, 1, 0, 0, 1, 1));
        calls.add(kernel("conv2d_columns", runs(chunk) * sizes.o(), arguments));
    }

    // ---- all ------------------------------------------------------------------------------------------------------

    /// The columns of a chunk.
    private void unfold(
            Operand x, ConvSizes.Chunk chunk, LongFunction<Argument> columns, long imageStride, long rowStride) {
        Argument from = element(x, (long) chunk.firstImage() * sizes.c() * sizes.h() * sizes.w());
        List<Argument> arguments = new ArrayList<>(List.of(from, columns.apply(0)));
        arguments.addAll(ConvSizes.ints(
                chunk.images(),
                sizes.c(),
                sizes.h(),
                sizes.w(),
                sizes.kh(),
                sizes.kw(),
                sizes.ow(),
                chunk.firstPixel(),
                chunk.pixels()));
        arguments.add(Argument.of(imageStride));
        arguments.add(Argument.of(rowStride));
        arguments.addAll(sizes.walk());
        calls.add(kernel("conv2d_columns", runs(chunk) * sizes.rows(), arguments));
    }

    private static long runs(ConvSizes.Chunk chunk) {
        return (long) chunk.images() * Math.ceilDiv(chunk.pixels(), RUN);
    }

    /// Some images at a time.
    private Calls direct(String name, Operand from, Operand weights, Operand to) {
        long read = from.shape().size() / sizes.n();
        long written = to.shape().size() / sizes.n();
        int images = Math.clamp(ConvSizes.MOST_ELEMENTS / written, 1, sizes.n());
        for (int first = 0; first < sizes.n(); first += images) {
            int count = Math.min(images, sizes.n() - first);
            List<Argument> arguments = new ArrayList<>(
                    List.of(element(from, first * read), Argument.of(weights), element(to, first * written)));
            arguments.addAll(sizes.all(count));
            calls.add(kernel(name, count * written, arguments));
        }
        return new Calls(calls, 0);
    }

    private Calls directWeightGrad(Operand x, Operand y, Operand weights) {
        List<Argument> arguments =
                new ArrayList<>(Stream.of(x, y, weights).map(Argument::of).toList());
        arguments.addAll(sizes.all(sizes.n()));
        int blocks = Math.toIntExact(weights.shape().size());
        return Calls.of(new Call.Kernel(
                SOURCE, "conv2d_weight_grad_direct_" + type.text(), Grid.of(blocks, THREADS), arguments));
    }

    /// A kernel whose threads walk over so many things.
    private Call kernel(String name, long things, List<Argument> arguments) {
        int blocks = Math.clamp(Math.ceilDiv(things, THREADS), 1, 1 << 20);
        return new Call.Kernel(SOURCE, name + "_" + type.text(), Grid.of(blocks, THREADS), arguments);
    }

    private static Call.Gemm.Matrix matrix(Argument address, boolean transposed, long leading, long stride) {
        return new Call.Gemm.Matrix(address, transposed, leading, stride);
    }

    /// The addresses of an operand's bytes.
    private static LongFunction<Argument> address(Operand x) {
        long start = x.slot().offset() + x.layout().offset() * x.dtype().bytes();
        return offset -> new Argument.Arena(start + offset);
    }

    private static Argument element(Operand x, long element) {
        return address(x).apply(element * x.dtype().bytes());
    }
}
