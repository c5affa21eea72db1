package dagrad.models.jobs;

import dagrad.data.Download;

/// Remarks that jobs make alike.
final class Remarks {
    private Remarks() {}

    /// Says at the start and at every quarter how far a download is.
    static Download.Progress download(String what, Workplace at) {
        return new Download.Progress() {
            private long told = -1;

            @Override
            public void at(long done, long all) {
                long quarter = all <= 0 ? 0 : 4 * done / all;
                if (quarter != told) {
                    told = quarter;
                    at.remark().accept("downloading " + what + ": " + 25 * quarter + " % of " + all / 1000 + " kB");
                }
            }
        };
    }
}
