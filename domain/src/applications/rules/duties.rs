//! What is to be done for an application and by when; and when an offer has lapsed.

use chrono::{DateTime, Duration, Utc};
use entity::{ApplicationState as State, DeadlineKind, StageKind};
use uuid::Uuid;

use super::life::is_over;
use crate::calendar::rules::Moment;
use crate::programmes::rules::stage_in_words;

/// A stage or a task of an application, as its deadlines see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DutyOf<T> {
    /// The stage's or the task's id.
    pub id: Uuid,
    /// Which stage; what is to be done.
    pub what: T,
    /// By when, where that is said.
    pub due: Option<Moment>,
    /// Whether it is done.
    pub done: bool,
}

/// All that decides which deadlines an application has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan<'a> {
    /// The application's id.
    pub id: Uuid,
    /// What people call it.
    pub title: &'a str,
    /// Where it stands.
    pub state: State,
    /// How often it was sent.
    pub sent: u32,
    /// The programme's name.
    pub programme: &'a str,
    /// Until when the programme takes applications.
    pub closes: Option<Moment>,
    /// Its stages.
    pub stages: &'a [DutyOf<StageKind>],
    /// Its tasks.
    pub tasks: &'a [DutyOf<String>],
    /// By when the offer that stands must be accepted.
    pub accept_by: Option<Moment>,
}

/// A deadline that an application has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What must be done.
    pub kind: DeadlineKind,
    /// The stage, the task, or the application.
    pub subject: Uuid,
    /// What is due, in words.
    pub title: String,
    /// By when.
    pub due: Moment,
}

/// Whether a stage is ours to do; otherwise it is the funder's, and ours to watch for.
#[must_use]
pub const fn is_ours(stage: StageKind) -> bool {
    !matches!(stage, StageKind::Assessment | StageKind::Decision)
}

/// The deadlines that are open now.
#[must_use]
pub fn wanted(plan: &Plan<'_>) -> Vec<Wanted> {
    let mut all = Vec::new();
    if is_over(plan.state) {
        return all;
    }
    let title = plan.title;
    if plan.state != State::Offered {
        for stage in plan.stages.iter().filter(|stage| !stage.done) {
            let Some(due) = stage.due else { continue };
            let named = stage_in_words(stage.what);
            all.push(Wanted {
                kind: DeadlineKind::Stage,
                subject: stage.id,
                title: if is_ours(stage.what) {
                    format!("{title}: {named}")
                } else {
                    format!("{title}: the funder’s {named}")
                },
                due,
            });
        }
    }
    if plan.state == State::Preparing
        && plan.sent == 0
        && let Some(due) = plan.closes
    {
        all.push(Wanted {
            kind: DeadlineKind::ProgrammeCloses,
            subject: plan.id,
            title: format!("{title}: {} closes", plan.programme),
            due,
        });
    }
    for task in plan.tasks.iter().filter(|task| !task.done) {
        if let Some(due) = task.due {
            all.push(Wanted {
                kind: DeadlineKind::Task,
                subject: task.id,
                title: format!("{title}: {}", task.what),
                due,
            });
        }
    }
    if plan.state == State::Offered
        && let Some(due) = plan.accept_by
    {
        all.push(Wanted {
            kind: DeadlineKind::Acceptance,
            subject: plan.id,
            title: format!("{title}: accept the offer"),
            due,
        });
    }
    all
}

/// How long after it was first told an offer that is late lapses, where nobody was told in time:
/// after an outage nothing lapses before its people could act.
const AFTER_TOLD: Duration = Duration::hours(24);
/// How long it waits where nobody can be told at all.
const UNTOLD: Duration = Duration::days(7);

/// Whether an offer has lapsed: its time is over, and somebody was told while there was time. What
/// nobody could be told of waits.
#[must_use]
pub fn lapses(
    now: DateTime<Utc>,
    accept_by: DateTime<Utc>,
    first_told: Option<DateTime<Utc>>,
) -> bool {
    now > accept_by
        && match first_told {
            Some(told) if told <= accept_by => true,
            Some(told) => now >= told + AFTER_TOLD,
            None => now >= accept_by + UNTOLD,
        }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn due(text: &str) -> Option<Moment> {
        Some(Moment::day(text.parse().unwrap()))
    }

    #[test]
    fn what_is_due_follows_from_where_it_stands() {
        let stages = [
            DutyOf {
                id: id(1),
                what: StageKind::Outline,
                due: due("2026-10-20"),
                done: false,
            },
            DutyOf {
                id: id(2),
                what: StageKind::Decision,
                due: due("2026-12-01"),
                done: false,
            },
            DutyOf {
                id: id(3),
                what: StageKind::Interest,
                due: due("2026-09-01"),
                done: true,
            },
            DutyOf {
                id: id(4),
                what: StageKind::Full,
                due: None,
                done: false,
            },
        ];
        let tasks = [DutyOf {
            id: id(5),
            what: "Ask the landlord".to_owned(),
            due: due("2026-10-10"),
            done: false,
        }];
        let told = |state, sent| -> Vec<(DeadlineKind, u128, String)> {
            wanted(&Plan {
                id: id(9),
                title: "A café",
                state,
                sent,
                programme: "People in the lead",
                closes: due("2026-10-25"),
                stages: &stages,
                tasks: &tasks,
                accept_by: due("2026-12-20"),
            })
            .into_iter()
            .map(|one| (one.kind, one.subject.as_u128(), one.title))
            .collect()
        };
        let outline = (DeadlineKind::Stage, 1, "A café: outline".to_owned());
        let decision = (
            DeadlineKind::Stage,
            2,
            "A café: the funder’s decision".to_owned(),
        );
        let closes = (
            DeadlineKind::ProgrammeCloses,
            9,
            "A café: People in the lead closes".to_owned(),
        );
        let task = (DeadlineKind::Task, 5, "A café: Ask the landlord".to_owned());
        let accept = (
            DeadlineKind::Acceptance,
            9,
            "A café: accept the offer".to_owned(),
        );
        assert_eq!(
            told(State::Preparing, 0),
            [outline.clone(), decision.clone(), closes, task.clone()]
        );
        assert_eq!(told(State::Submitted, 1), [outline, decision, task.clone()]);
        assert_eq!(told(State::Offered, 1), [task, accept]);
        for over in [
            State::Accepted,
            State::Rejected,
            State::Withdrawn,
            State::Lapsed,
        ] {
            assert!(told(over, 1).is_empty(), "{over:?}");
        }
    }

    #[test]
    fn an_offer_lapses_after_its_people_were_told() {
        let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
        let by = at("2026-12-20T17:00:00Z");
        let in_time = Some(at("2026-12-13T09:00:00Z"));
        assert!(!lapses(by, by, in_time));
        assert!(lapses(at("2026-12-20T17:00:01Z"), by, in_time));
        // the house was down: they are told on the day after
        let late = Some(at("2026-12-21T08:00:00Z"));
        assert!(!lapses(at("2026-12-21T09:00:00Z"), by, late));
        assert!(lapses(at("2026-12-22T08:00:00Z"), by, late));
        assert!(!lapses(at("2026-12-22T08:00:00Z"), by, None));
        assert!(lapses(at("2026-12-27T17:00:00Z"), by, None));
    }
}
