import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/// Raises the class files of a jar to Java 17's version, in place: `java RaiseClassFiles.java JAR…`.
///
/// The JVM's ahead-of-time cache takes no class that is older than Java 6, and picocli's are Java 5's: without this it
/// would load and verify them anew at each start, which is half of all the time that a start takes.
final class RaiseClassFiles {
    static final int FROM = ClassFile.JAVA_6_VERSION;
    static final int TO = ClassFile.JAVA_17_VERSION;

    public static void main(String[] jars) throws IOException {
        for (String jar : jars) {
            raise(Path.of(jar));
        }
    }

    static void raise(Path jar) throws IOException {
        Path raised = Files.createTempFile(jar.toAbsolutePath().getParent(), "raised", ".tmp");
        Files.copy(jar, raised, StandardCopyOption.REPLACE_EXISTING);
        try (var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
                FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + raised.toUri()), Map.of())) {
            // Old class files have no stack maps, and newer ones must: what extends what is asked of the jar itself.
            var resolver =
                    ClassHierarchyResolver.ofResourceParsing(loader).orElse(ClassHierarchyResolver.defaultResolver());
            ClassFile classFile = ClassFile.of(
                    StackMapsOption.GENERATE_STACK_MAPS, ClassFile.ClassHierarchyResolverOption.of(resolver));
            for (Path entry : classes(zip)) {
                ClassModel model = classFile.parse(Files.readAllBytes(entry));
                if (model.majorVersion() < FROM) {
                    Files.write(entry, classFile.transformClass(model, version()));
                }
            }
        }
        Files.move(raised, jar, StandardCopyOption.REPLACE_EXISTING);
    }

    static List<Path> classes(FileSystem zip) throws IOException {
        try (var files = Files.walk(zip.getPath("/"))) {
            return files.filter(file -> file.toString().endsWith(".class")).toList();
        }
    }

    static ClassTransform version() {
        // Each body is rebuilt, if from the same instructions: one that is copied whole would have no stack maps.
        CodeTransform rebuild = (builder, element) -> builder.with(element);
        return ClassTransform.transformingMethodBodies(rebuild)
                .andThen(ClassTransform.endHandler(builder -> builder.withVersion(TO, 0)));
    }
}
