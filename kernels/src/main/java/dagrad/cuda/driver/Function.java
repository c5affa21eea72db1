package dagrad.cuda.driver;

import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

/// A kernel of a module; usable as long as that is open.
public final class Function {
    /// What a block may have of shared memory without asking for it.
    private static final int SHARED_UNASKED = 48 * 1024;

    private final String name;
    private final CUfunction handle;
    private int shared = SHARED_UNASKED;

    Function(String name, CUfunction handle) {
        this.name = name;
        this.handle = handle;
    }

    public String name() {
        return name;
    }

    CUfunction handle() {
        return handle;
    }

    /// Asks for so many bytes of shared memory for a block beside its static ones.
    ///
    /// @throws dagrad.backend.DeviceException if the card does not have them
    void allowShared(int bytes) {
        if (bytes > shared) {
            Status.check(
                    JCudaDriver.cuFuncSetAttribute(
                            handle, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes),
                    "give " + bytes + " bytes of shared memory to " + name);
            shared = bytes;
        }
    }
}
