package dagrad.cuda.code;

import dagrad.backend.DeviceException;
import dagrad.plan.Card;
import dagrad.plan.Launch;

final class RowCalls {
    private RowCalls() {}

    static Calls of(Launch.Rows launch, Card card) {
        throw new DeviceException("no code yet for " + launch.label());
    }
}
