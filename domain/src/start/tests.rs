//! What a new house is led through.

use super::rules::{Facts, Standing, Step, next};

fn all_but(step: Step) -> Facts {
    let mut facts = Facts {
        people: true,
        organisations: true,
        categories: true,
        award: true,
        pool: true,
        layout: true,
        codes_only: false,
        coding_map: true,
        spend: true,
        form: true,
        requirement: true,
        draft: true,
    };
    match step {
        Step::People => facts.people = false,
        Step::Organisations => facts.organisations = false,
        Step::Categories => facts.categories = false,
        Step::Award => facts.award = false,
        Step::Pool => facts.pool = false,
        Step::Layout => facts.layout = false,
        Step::CodingMap => facts.coding_map = false,
        Step::Spend => facts.spend = false,
        Step::Form => facts.form = false,
        Step::Requirement => facts.requirement = false,
        Step::Draft => facts.draft = false,
    }
    facts
}

#[test]
fn the_steps_lead_from_nothing_to_a_draft_without_a_dead_end() {
    let mut facts = Facts::default();
    let mut taken = Vec::new();
    while let Some(step) = next(&facts) {
        taken.push(step);
        let done = all_but(step);
        // taking a step makes its fact true and no other
        let mut after = facts;
        match step {
            Step::People => after.people = true,
            Step::Organisations => after.organisations = true,
            Step::Categories => after.categories = true,
            Step::Award => after.award = true,
            Step::Pool => after.pool = true,
            Step::Layout => after.layout = true,
            Step::CodingMap => after.coding_map = true,
            Step::Spend => after.spend = true,
            Step::Form => after.form = true,
            Step::Requirement => after.requirement = true,
            Step::Draft => after.draft = true,
        }
        assert_ne!(after, facts, "{step:?} was done already");
        assert!(!step.is_done(&done) && step.is_done(&after));
        facts = after;
    }
    let without_map: Vec<Step> = Step::ALL
        .into_iter()
        .filter(|step| *step != Step::CodingMap)
        .collect();
    assert_eq!(taken, without_map);
}

#[test]
fn a_file_that_has_only_codes_waits_for_the_map() {
    let facts = Facts {
        codes_only: true,
        coding_map: false,
        spend: false,
        draft: false,
        ..all_but(Step::Draft)
    };
    assert_eq!(next(&facts), Some(Step::CodingMap));
    assert_eq!(
        Step::Spend.standing(&facts),
        (Standing::Later, vec![Step::CodingMap])
    );
}

#[test]
fn where_the_file_names_pools_the_map_can_be_left_out() {
    let facts = all_but(Step::CodingMap);
    assert_eq!(
        Step::CodingMap.standing(&facts),
        (Standing::Optional, vec![])
    );
    assert_eq!(next(&facts), None);
}

#[test]
fn a_step_waits_for_what_it_needs_and_says_so() {
    let facts = Facts::default();
    assert_eq!(
        Step::Requirement.standing(&facts),
        (Standing::Later, vec![Step::Award, Step::Form])
    );
}

#[test]
fn it_is_said_to_take_less_than_an_hour() {
    let minutes: u32 = Step::ALL
        .into_iter()
        .map(|step| u32::from(step.minutes()))
        .sum();
    assert!(minutes < 60, "{minutes}");
}
