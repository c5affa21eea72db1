/// What a check found, for people and for programs: [CheckReport][dagrad.reference.report.CheckReport] as text, as JSON and
/// as a page with pictures. Nothing is computed here. May use `reference`, `io` and what is below them.
@NullMarked
package dagrad.reference.report;

import org.jspecify.annotations.NullMarked;
