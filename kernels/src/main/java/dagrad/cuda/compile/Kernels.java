package dagrad.cuda.compile;

import dagrad.cuda.code.Call;
import dagrad.cuda.code.Source;
import dagrad.cuda.compile.Compiler.Unit;
import dagrad.cuda.driver.Function;
import dagrad.cuda.driver.Module;
import dagrad.cuda.driver.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// The functions that some calls need, on the GPU of the context that is current. The generated ones are compiled
/// together, some in a module, as much of a compilation's time goes into what they have in common.
public final class Kernels implements Resource {
    /// How many generated kernels make a module: modules are compiled side by side.
    private static final int TOGETHER = 24;

    private final List<Module> modules = new ArrayList<>();
    private final Map<Source, Module> bySource = new HashMap<>();
    private final Map<Source, Map<String, Function>> functions = new HashMap<>();

    /// @throws dagrad.backend.DeviceException if one cannot be compiled or loaded; nothing is left loaded then
    public Kernels(Compiler compiler, Collection<Call.Kernel> calls) {
        try {
            TreeSet<String> shipped = new TreeSet<>();
            TreeSet<String> generated = new TreeSet<>();
            calls.forEach(call -> {
                switch (call.source()) {
                    case Source.Shipped(String file) -> shipped.add(file);
                    case Source.Generated(String text) -> generated.add(text);
                }
            });
            shipped.forEach(file -> add(load(compiler, file), List.of(new Source.Shipped(file))));
            loadGenerated(compiler, List.copyOf(generated));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /// What was compiled ahead, if the driver takes it.
    private static Module load(Compiler compiler, String file) {
        return Sources.compiled(file)
                .flatMap(image -> Module.tryLoad(image, file))
                .orElseGet(() -> compiler.load(new Unit(file, Sources.text(file))));
    }

    private void loadGenerated(Compiler compiler, List<String> texts) {
        record Group(Unit unit, List<Source> sources) {}
        List<Group> groups = new ArrayList<>();
        for (int i = 0; i < texts.size(); i += TOGETHER) {
            List<String> some = texts.subList(i, Math.min(texts.size(), i + TOGETHER));
            String text = "#include \"dagrad.cuh\"\n\n" + String.join("\n", some);
            groups.add(new Group(
                    new Unit("generated-" + groups.size() + ".cu", text),
                    some.stream().<Source>map(Source.Generated::new).toList()));
        }
        List<byte[]> images = groups.parallelStream()
                .map(group -> compiler.image(group.unit()))
                .toList();
        for (int i = 0; i < groups.size(); i++) {
            add(
                    compiler.loadImage(groups.get(i).unit(), images.get(i)),
                    groups.get(i).sources());
        }
    }

    private void add(Module module, List<Source> sources) {
        modules.add(module);
        sources.forEach(source -> bySource.put(source, module));
    }

    /// The function that a call names.
    ///
    /// @throws dagrad.backend.DeviceException if its source has none of that name
    public Function function(Call.Kernel call) {
        return functions
                .computeIfAbsent(call.source(), _ -> new HashMap<>())
                .computeIfAbsent(call.function(), bySource.get(call.source())::function);
    }

    @Override
    public void close() {
        modules.forEach(Module::close);
        modules.clear();
    }
}
