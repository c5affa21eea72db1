package dagrad;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Which package may know of which. A package that is not there yet breaks no rule.
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dagrad");

    private static final List<String> RUNTIME = List.of(
            "tensor",
            "graph",
            "gradient",
            "precision",
            "optimizer",
            "plan",
            "schedule",
            "backend",
            "flight",
            "io",
            "data",
            "train");
    private static final List<String> OUTSIDE_RUNTIME =
            List.of("reference", "ops", "cpu", "cuda", "models", "watch", "cli");

    /// The packages of the runtime that each one may use, itself aside.
    static Stream<Arguments> arrows() {
        return Stream.of(
                Arguments.of("tensor", List.of()),
                Arguments.of("graph", List.of("tensor")),
                Arguments.of("gradient", List.of("tensor", "graph")),
                Arguments.of("precision", List.of("tensor", "graph")),
                Arguments.of("optimizer", List.of("tensor", "graph", "gradient", "precision")),
                Arguments.of("plan", List.of("tensor", "graph", "gradient", "optimizer")),
                Arguments.of("schedule", List.of("tensor", "graph", "gradient", "optimizer", "plan")),
                Arguments.of("backend", List.of("tensor", "graph", "gradient", "optimizer", "plan", "schedule")),
                Arguments.of("flight", List.of()),
                Arguments.of("io", List.of("tensor", "graph", "plan")),
                Arguments.of("data", List.of("tensor", "io")),
                Arguments.of("train", RUNTIME));
    }

    @ParameterizedTest
    @MethodSource("arrows")
    void aPackageOfTheRuntimeUsesTheOnesBelowIt(String name, List<String> allowed) {
        String[] forbidden = Stream.concat(RUNTIME.stream(), OUTSIDE_RUNTIME.stream())
                .filter(other -> !other.equals(name) && !allowed.contains(other))
                .map(ArchitectureTest::tree)
                .toArray(String[]::new);
        check(noClasses()
                .that()
                .resideInAPackage(tree(name))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden));
    }

    @Test
    void theRuntimeHasNoCycles() {
        check(slices().matching("dagrad.(*)..").should().beFreeOfCycles());
    }

    @Test
    void theModelsKnowNoDevice() {
        check(mayNotUse("models", "reference", "ops", "cpu", "cuda", "watch", "cli"));
    }

    @Test
    void theDashboardOnlyReadsWhatRunsLeaveBehind() {
        check(mayNotUse("watch", "reference", "ops", "cpu", "cuda", "models", "cli"));
        check(mayNotUse("watch", "graph", "gradient", "optimizer", "plan", "schedule", "backend", "data"));
        check(onlyIn("watch", "io.javalin.."));
    }

    @Test
    void theReferenceInterpretsAndSchedulesNothing() {
        check(mayNotUse("reference", "schedule", "ops", "cpu", "cuda", "models", "cli"));
    }

    @Test
    void theTableOfOperationsKnowsNoDevice() {
        check(mayNotUse("ops", "cpu", "cuda", "models", "cli"));
    }

    @Test
    void theInterpreterOfGraphsKnowsNoPlans() {
        check(noClasses()
                .that()
                .haveFullyQualifiedName("dagrad.reference.GraphInterpreter")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(tree("plan")));
    }

    @Test
    void theBackendsKnowNeitherModelsNorCommands() {
        check(mayNotUse("cpu", "cuda", "models", "cli"));
        check(mayNotUse("cuda", "cpu", "reference", "models", "cli"));
    }

    @Test
    void onlyTheDriversPackageCallsCuda() {
        check(onlyIn("cuda.driver", "jcuda.."));
    }

    /// The packages of the CUDA backend that each one may use, itself aside.
    static Stream<Arguments> cudaArrows() {
        return Stream.of(
                Arguments.of("dagrad.cuda.driver", List.of("code", "compile")),
                Arguments.of("dagrad.cuda.code", List.of("driver", "compile")),
                Arguments.of("dagrad.cuda.compile", List.of()));
    }

    @ParameterizedTest
    @MethodSource("cudaArrows")
    void thePartsOfTheCudaBackendUseTheOnesBelowThem(String name, List<String> others) {
        String[] forbidden = Stream.concat(
                        Stream.of("dagrad.cuda"), others.stream().map(other -> "dagrad.cuda." + other))
                .toArray(String[]::new);
        check(noClasses()
                .that()
                .resideInAPackage(name)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden));
    }

    @Test
    void onlyTheCpuBackendCallsNativeLibraries() {
        check(onlyIn("cpu", "org.bytedeco.."));
    }

    /// What reads a file runs none of its contents.
    @Test
    void nothingIsSerializedByJavaOrReachedByReflection() {
        check(noClasses()
                .should()
                .dependOnClassesThat()
                .haveNameMatching("java\\.io\\.Object(In|Out)putStream|java\\.beans\\..*|java\\.lang\\.reflect\\..*"));
    }

    @Test
    void aClassIsNamedForWhatItIs() {
        check(noClasses()
                .should()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Impl"));
    }

    @Test
    void anExceptionSaysWhatWentWrongByItsType() {
        // Constructors of subclasses must call RuntimeException's: those calls create nothing bare.
        DescribedPredicate<JavaClass> notAnException =
                DescribedPredicate.describe("no exceptions themselves", type -> !type.isAssignableTo(Throwable.class));
        check(noClasses()
                .that(notAnException)
                .should()
                .callConstructorWhere(DescribedPredicate.describe(
                        "it makes a bare RuntimeException",
                        call -> call.getTargetOwner().isEquivalentTo(RuntimeException.class))));
    }

    private static ArchRule mayNotUse(String name, String... others) {
        String[] trees = Stream.of(others).map(ArchitectureTest::tree).toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage(tree(name))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(trees);
    }

    private static ArchRule onlyIn(String name, String library) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(tree(name))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }

    private static String tree(String name) {
        return "dagrad." + name + "..";
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }
}
