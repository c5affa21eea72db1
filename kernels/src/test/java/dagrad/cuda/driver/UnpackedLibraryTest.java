package dagrad.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dagrad.backend.DeviceException;
import dagrad.io.FileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackedLibraryTest {
    /// One that needs no library of CUDA.
    private static final String NATIVES = "/lib/libJCudaRuntime-12.6.0-linux-x86_64.so";

    private static final UnpackedLibrary LIBRARY =
            new UnpackedLibrary("libx.so", "not a library".getBytes(StandardCharsets.UTF_8));

    @TempDir
    private Path folder;

    private Path root;

    @BeforeEach
    void onLinux() {
        assumeTrue(Files.exists(Path.of("/proc/self")), "folders in /proc are Linux's");
        root = folder.resolve("natives");
    }

    @Test
    void isWrittenOnceIntoAFolderOfTheUsersOwn() throws IOException {
        Path file = LIBRARY.in(root);
        assertThat(file).hasFileName("libx.so").hasContent("not a library");
        assertThat(file.getParent()).hasFileName(LIBRARY.sha256());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwx------");
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        assertThat(LIBRARY.in(root)).isEqualTo(file);
        assertThat(Files.getLastModifiedTime(file).toMillis()).isZero();
    }

    @Test
    void isWrittenAnewWhereAnotherFileLies() throws IOException {
        Path file = LIBRARY.in(root);
        Files.writeString(file, "NOT A LIBRARY");
        assertThat(LIBRARY.in(root)).hasContent("not a library");
        Files.writeString(file, "cut");
        assertThat(LIBRARY.in(root)).hasContent("not a library");
    }

    @Test
    void doesNotFollowALink() throws IOException {
        Path file = LIBRARY.in(root);
        Path foreign = Files.writeString(folder.resolve("foreign"), "not a library");
        Files.delete(file);
        Files.createSymbolicLink(file, foreign);
        LIBRARY.in(root);
        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(foreign).hasContent("not a library");
    }

    @Test
    void refusesAFolderThatOthersMayWriteTo() throws IOException {
        Path file = LIBRARY.in(root);
        Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwxrwxr-x"));
        assertThatThrownBy(() -> LIBRARY.in(root))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("rwxrwxr-x, and has to be this user's alone");
    }

    @Test
    void isWrittenByManyAtOnce() throws Exception {
        List<Callable<Path>> tasks = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            tasks.add(() -> LIBRARY.in(root));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (Future<Path> path : threads.invokeAll(tasks)) {
                assertThat(path.get()).hasContent("not a library");
            }
        }
        try (Stream<Path> files = Files.list(root.resolve(LIBRARY.sha256()))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void whatIsNotPackedIsNamed() {
        assertThatThrownBy(() -> UnpackedLibrary.ofResource("/lib/libnone.so"))
                .isInstanceOf(FileException.class)
                .hasMessage("there is no /lib/libnone.so on the class path");
    }

    @Test
    void theReasonsOfAllPlacesAreTold() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        byte[] content = UnpackedLibrary.ofResource(NATIVES).content();
        content[18] = 2; // e_machine: SPARC
        UnpackedLibrary foreign = new UnpackedLibrary("libforeign.so", content);
        try (Natives.Places places = new Natives.Places(List.of(file, root))) {
            assertThatThrownBy(() -> places.open(foreign))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("libforeign.so: cannot open")
                    .hasMessageContaining("set XDG_CACHE_HOME");
        }
    }

    @Test
    void whereNothingCanBeKeptATemporaryFolderServes() throws IOException {
        UnpackedLibrary natives = UnpackedLibrary.ofResource(NATIVES);
        Path file = Files.writeString(folder.resolve("file"), "");
        Path opened;
        try (Natives.Places places = new Natives.Places(List.of(file))) {
            opened = places.open(natives);
            assertThat(opened).exists();
        }
        assertThat(opened.getParent().getParent()).doesNotExist();
    }
}
