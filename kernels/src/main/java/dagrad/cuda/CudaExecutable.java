package dagrad.cuda;

import dagrad.backend.DeviceException;
import dagrad.backend.Executable;
import dagrad.backend.Readback;
import dagrad.cuda.code.Argument;
import dagrad.cuda.code.Call;
import dagrad.cuda.code.Calls;
import dagrad.cuda.compile.Compiler;
import dagrad.cuda.compile.Kernels;
import dagrad.cuda.driver.Context;
import dagrad.cuda.driver.Copy;
import dagrad.cuda.driver.Cublas;
import dagrad.cuda.driver.CudaGraph;
import dagrad.cuda.driver.DeviceMemory;
import dagrad.cuda.driver.PinnedMemory;
import dagrad.cuda.driver.Resources;
import dagrad.cuda.driver.Stream;
import dagrad.graph.Input;
import dagrad.plan.Buffer;
import dagrad.plan.Plan;
import dagrad.plan.PlanException;
import dagrad.plan.Slot;
import dagrad.tensor.HostTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/// A plan on a GPU: its arena, its kernels with their arguments, and all of it as one CUDA graph.
final class CudaExecutable implements Executable {
    /// `off` runs launches one by one, so that one that fails is known.
    static final String GRAPH = "dagrad.cuda.graph";
    /// Larger batches are not uploaded ahead, as they would take that much of the GPU's memory a second time.
    private static final long STAGED = 256L << 20;

    private static final long TICKET_BYTES = (long) Argument.TICKETS * Integer.BYTES;

    private final Plan plan;
    private final Context context;
    private final Resources owned;
    private final Stream stream;
    private final DeviceMemory arena;
    private final Transfers transfers;
    private final Staging staging;
    private final Faults faults;
    private final PinnedMemory faultsRead;
    private final Copy readFaults;
    private final Steps steps;
    private final Compiler compiler;
    private final Map<String, Readback> readbacks = new HashMap<>();
    private Optional<Report> report = Optional.empty();
    private boolean closed;

    /// What runs are made of.
    private sealed interface Steps {
        /// All launches, captured; and as they are one by one.
        record Whole(CudaGraph graph, OneByOne launches) implements Steps {}

        /// The calls of each launch.
        record OneByOne(List<List<Work>> launches, Runnable prepare) implements Steps {}
    }

    private CudaExecutable(
            Plan plan,
            List<Calls> calls,
            Context context,
            Cublas cublas,
            boolean tf32,
            Compiler compiler,
            Resources owned) {
        this.plan = plan;
        this.context = context;
        this.owned = owned;
        this.compiler = compiler;
        this.stream = owned.add(new Stream());
        this.arena = owned.add(DeviceMemory.allocate(context, plan.arenaBytes(), "the plan's arena"));
        long largest = java.util.stream.Stream.concat(plan.inputs().values().stream(), plan.outputs().values().stream())
                .mapToLong(slot -> slot.spec().bytes())
                .max()
                .orElse(0);
        this.transfers = owned.add(new Transfers(stream, largest));
        this.staging = owned.add(new Staging(context, arena, staged(plan)));
        this.faults = owned.add(new Faults(context, plan, stream));
        this.faultsRead = owned.add(new PinnedMemory(Faults.BYTES));
        this.readFaults = faults.copyTo(faultsRead, 0);
        fill();
        this.steps = steps(calls, cublas, tf32);
    }

    static CudaExecutable load(
            Plan plan, List<Calls> calls, Context context, Cublas cublas, boolean tf32, Compiler compiler) {
        Resources owned = new Resources();
        try {
            CudaExecutable result = new CudaExecutable(plan, calls, context, cublas, tf32, compiler, owned);
            result.stream.synchronize();
            return result;
        } catch (RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    private static Map<String, Slot> staged(Plan plan) {
        Map<String, Slot> slots = new LinkedHashMap<>();
        plan.graph().inputs(Input.Kind.DATA).keySet().forEach(name -> {
            Slot slot = plan.inputs().get(name);
            if (slot != null) {
                slots.put(name, slot);
            }
        });
        return Staging.bytes(slots) <= STAGED ? slots : Map.of();
    }

    /// Zeros for all that outlives a run, then the constants. What a run makes is left as it is found, so that a
    /// kernel that reads what none has written shows under tools that look for that.
    private void fill() {
        for (Buffer buffer : plan.buffers()) {
            if (buffer.pinned()) {
                arena.clear(buffer.offset(), buffer.bytes(), stream);
            }
        }
        plan.constants().forEach((slot, tensor) -> transfers.upload(tensor.data(), arena, slot.offset()));
    }

    /// What an executable allocates on the GPU.
    static long bytes(Plan plan, List<Calls> calls, Context context) {
        return plan.arenaBytes()
                + workspace(calls)
                + TICKET_BYTES
                + Faults.BYTES
                + Staging.bytes(staged(plan))
                + (multiplies(calls) ? Cublas.workspaceBytes(context.device()) : 0);
    }

    private static long workspace(List<Calls> calls) {
        return calls.stream().mapToLong(Calls::workspace).max().orElse(0);
    }

    private static boolean multiplies(List<Calls> calls) {
        return calls.stream().flatMap(c -> c.calls().stream()).anyMatch(Call.Gemm.class::isInstance);
    }

    private Steps steps(List<Calls> calls, Cublas cublas, boolean tf32) {
        DeviceMemory workspace = owned.add(DeviceMemory.allocate(context, workspace(calls), "the kernels' workspace"));
        DeviceMemory tickets = owned.add(DeviceMemory.allocate(context, TICKET_BYTES, "the kernels' tickets"));
        tickets.clear(0, TICKET_BYTES, stream);
        List<Call> all = calls.stream().flatMap(c -> c.calls().stream()).toList();
        Runnable prepare = () -> {};
        if (multiplies(calls)) {
            DeviceMemory scratch = owned.add(
                    DeviceMemory.allocate(context, Cublas.workspaceBytes(context.device()), "cuBLAS's workspace"));
            prepare = () -> cublas.use(stream, scratch);
        }
        List<Call.Kernel> kernelCalls = all.stream()
                .filter(Call.Kernel.class::isInstance)
                .map(Call.Kernel.class::cast)
                .toList();
        Kernels kernels = owned.add(new Kernels(compiler, kernelCalls));
        var bindings = new Work.Bindings(arena, workspace, faults.words(), tickets, kernels, cublas, tf32);
        List<List<Work>> launches = new ArrayList<>();
        for (Calls some : calls) {
            launches.add(some.calls().stream().map(bindings::bind).toList());
        }
        Steps.OneByOne oneByOne = new Steps.OneByOne(launches, prepare);
        if ("off".equals(System.getProperty(GRAPH))) {
            return oneByOne;
        }
        prepare.run();
        CudaGraph graph =
                CudaGraph.capture(stream, () -> launches.forEach(works -> works.forEach(work -> work.enqueue(stream))));
        return new Steps.Whole(owned.add(graph), oneByOne);
    }

    @Override
    public Plan plan() {
        return plan;
    }

    @Override
    public void write(String name, HostTensor data) {
        Slot slot = plan.inputs().get(name);
        if (slot == null) {
            throw new PlanException("no input is named \"" + name + "\"; there are "
                    + plan.inputs().keySet());
        }
        requireSame(name, slot, data);
        enter();
        if (staging.has(name)) {
            staging.write(name, data.data());
        } else {
            transfers.upload(data.data(), arena, slot.offset());
        }
    }

    @Override
    public void read(String name, HostTensor into) {
        Slot slot = plan.slot(name);
        requireSame(name, slot, into);
        enter();
        staging.take(stream);
        readFaults.enqueue(stream);
        transfers.download(arena, slot.offset(), into.data());
        stream.synchronize();
        faults.check(faultsRead, 0, stream);
    }

    @Override
    public Readback readback(String name) {
        Readback.requireScalar(name, plan.slot(name).spec());
        enter();
        if (report.isEmpty()) {
            Map<String, Slot> scalars = new LinkedHashMap<>(plan.inputs());
            scalars.putAll(plan.outputs());
            scalars.values().removeIf(slot -> slot.spec().shape().size() != 1);
            report = Optional.of(
                    owned.add(new Report(scalars, arena, faults, context, compiler, stream, transfers, this::enter)));
        }
        Report all = report.get();
        return readbacks.computeIfAbsent(name, all::readback);
    }

    private static void requireSame(String name, Slot slot, HostTensor tensor) {
        if (!slot.spec().equals(tensor.spec())) {
            throw new DeviceException("\"" + name + "\" is " + slot.spec() + ", the tensor given is " + tensor.spec());
        }
    }

    /// Before anything that reaches the GPU.
    private void enter() {
        if (closed) {
            throw new DeviceException("the executable is closed; load the plan again");
        }
        context.makeCurrent();
    }

    @Override
    public void run() {
        begin();
        switch (steps) {
            case Steps.Whole(CudaGraph graph, var _) -> graph.enqueue(stream);
            case Steps.OneByOne launches -> runOneByOne(launches, _ -> {});
        }
    }

    @Override
    public void run(IntConsumer done) {
        begin();
        stream.synchronize(); // the first launch does not pay for the batch
        runOneByOne(
                switch (steps) {
                    case Steps.Whole(var _, Steps.OneByOne launches) -> launches;
                    case Steps.OneByOne launches -> launches;
                },
                done);
    }

    private void begin() {
        enter();
        staging.take(stream);
        if (report.isPresent()) {
            report.get().outdate();
        }
    }

    private void runOneByOne(Steps.OneByOne steps, IntConsumer done) {
        steps.prepare().run();
        for (int i = 0; i < steps.launches().size(); i++) {
            runAlone(i, steps.launches().get(i));
            done.accept(i);
        }
    }

    private void runAlone(int number, List<Work> works) {
        try {
            for (Work work : works) {
                work.enqueue(stream);
            }
            stream.synchronize();
        } catch (DeviceException e) {
            throw new DeviceException(
                    "launch " + number + ", " + plan.launches().get(number).label() + ": " + e.getMessage(), e);
        }
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
