package dagrad.cuda;

import dagrad.backend.Backend;
import dagrad.backend.DeviceException;
import dagrad.backend.Executable;
import dagrad.cuda.code.CudaCapabilities;
import dagrad.cuda.code.Lowering;
import dagrad.cuda.compile.CodeCache;
import dagrad.cuda.compile.Compiler;
import dagrad.cuda.driver.Context;
import dagrad.cuda.driver.Cublas;
import dagrad.cuda.driver.Device;
import dagrad.cuda.driver.Resources;
import dagrad.flight.LoadEvent;
import dagrad.plan.Capabilities;
import dagrad.plan.Card;
import dagrad.plan.Plan;
import java.util.Optional;

/// An NVIDIA GPU as a device.
public final class CudaBackend implements Backend {
    private final Resources owned;
    private final Context context;
    private final Cublas cublas;
    private final Compiler compiler;
    private final Lowering lowering;
    private final boolean tf32;
    private boolean closed;

    private CudaBackend(Resources owned, Context context, Cublas cublas, Compiler compiler, boolean tf32) {
        this.owned = owned;
        this.context = context;
        this.cublas = cublas;
        this.compiler = compiler;
        this.tf32 = tf32;
        this.lowering = new Lowering(card(context.device()));
    }

    /// @param tf32 whether the f32 factors of products may be rounded to TF32
    /// @throws DeviceException if it cannot be used
    public static CudaBackend open(Device device, CodeCache cache, boolean tf32) {
        unsupported(device).ifPresent(reason -> {
            throw new DeviceException(reason);
        });
        Resources owned = new Resources();
        try {
            Context context = owned.add(new Context(device));
            Cublas cublas = owned.add(new Cublas());
            return new CudaBackend(owned, context, cublas, new Compiler(device, cache), tf32);
        } catch (RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    /// Why Dagrad's kernels do not run on a GPU; empty if they do.
    static Optional<String> unsupported(Device device) {
        return device.capability() >= Card.LEAST_CAPABILITY
                ? Optional.empty()
                : Optional.of(device.name() + " has compute capability " + device.capability() / 10.0 + ", and "
                        + Card.LEAST_CAPABILITY / 10.0 + " or newer is needed (Turing, of 2018); "
                        + "use --device cpu or another GPU");
    }

    /// The GPU by its numbers, as far as the driver tells them.
    private static Card card(Device device) {
        double perClock = device.clock() * device.multiprocessors();
        int cores = device.capability() <= 80 ? 64 : 128;
        int products = switch (device.capability() / 10) {
            case 7 -> 1024;
            case 8 -> device.capability() == 80 ? 2048 : 512;
            case 9 -> 4096;
            case 10 -> 8192;
            default -> 512;
        };
        double f32 = 2 * cores * perClock;
        double bf16 = Math.max(f32, products * perClock);
        return new Card(
                device.name(),
                device.capability(),
                device.multiprocessors(),
                device.memory(),
                device.bandwidth(),
                f32,
                device.capability() < 80 ? f32 : bf16 / 2,
                device.capability() < 80 ? f32 : bf16);
    }

    @Override
    public String name() {
        return "cuda:" + context.device().ordinal() + " " + context.device().name();
    }

    @Override
    public Capabilities capabilities() {
        return CudaCapabilities.INSTANCE;
    }

    @Override
    public Card card() {
        return card(context.device());
    }

    @Override
    public long memory() {
        enter();
        return context.memory().free();
    }

    @Override
    public long needs(Plan plan) {
        return CudaExecutable.bytes(plan, lowering.of(plan), context);
    }

    private void enter() {
        if (closed) {
            throw new DeviceException(name() + " is closed; open the device again");
        }
        context.makeCurrent();
    }

    @Override
    public Executable load(Plan plan) {
        enter();
        LoadEvent event = LoadEvent.begun();
        Executable loaded = CudaExecutable.load(plan, lowering.of(plan), context, cublas, tf32, compiler);
        event.done(name(), plan.launches().size(), plan.arenaBytes());
        return loaded;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            context.makeCurrent();
            owned.close();
        }
    }
}
