/// The plan: a list of launches with every buffer placed in one arena before anything runs. Read
/// [Plan][dagrad.plan.Plan], [Launch][dagrad.plan.Launch] and [Layout][dagrad.plan.Layout].
///
/// A plan is data: it can be printed, checked ([PlanChecker][dagrad.plan.PlanChecker]) and priced
/// ([PlanReport][dagrad.plan.PlanReport]) with no device at hand. How it is made is the business of `schedule`, how
/// it is run
/// that of a backend; neither is known here.
@NullMarked
package dagrad.plan;

import org.jspecify.annotations.NullMarked;
