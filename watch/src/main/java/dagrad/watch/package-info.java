/// The dashboard of `dagrad watch`: follows the folders of runs and serves what is in them to a browser, as pages, JSON and
/// server-sent events, and to Prometheus.
///
/// It only reads, and only what [dagrad.train.Run] leaves behind: it knows no model, no device and no command, and trains
/// nothing. The rest of Dagrad does not know it, but for the command that starts it.
@NullMarked
package dagrad.watch;

import org.jspecify.annotations.NullMarked;
