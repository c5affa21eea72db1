package dagrad.cuda.code;

import dagrad.backend.DeviceException;
import dagrad.plan.Card;
import dagrad.plan.Launch;

final class FusedCalls {
    private FusedCalls() {}

    static Calls of(Launch.Fused launch, Card card) {
        throw new DeviceException("no code yet for " + launch.label());
    }
}
