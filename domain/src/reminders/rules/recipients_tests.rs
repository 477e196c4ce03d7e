use super::*;
use ReturnState::{
    AwaitingApproval, AwaitingCertification, Certified, ChangesRequested, Drafted, InReview,
    Scheduled,
};
use uuid::Uuid;

const fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}
const PREPARER: PersonId = person(1);
const CERTIFIER: PersonId = person(2);
const SENDER: PersonId = person(3);
const LEAD: PersonId = person(4);
const TRUSTEE: PersonId = person(5);
const MEMBER: PersonId = person(6);
const OTHER_OFFICER: PersonId = person(7);
const ADMINISTRATOR: PersonId = person(8);
const FUNDER: PersonId = person(9);
const AUDITOR: PersonId = person(10);

const PARTS: Parts = Parts {
    preparer: Some(PREPARER),
    certifier: Some(CERTIFIER),
    sender: Some(SENDER),
    doer: None,
    lead: Some(LEAD),
};

/// Everybody is active, but for those who left.
fn house(left: &[PersonId]) -> Vec<ActivePerson> {
    [
        (PREPARER, Role::GrantsOfficer),
        (OTHER_OFFICER, Role::GrantsOfficer),
        (CERTIFIER, Role::Certifier),
        (SENDER, Role::FinanceOfficer),
        (LEAD, Role::GrantsOfficer),
        (TRUSTEE, Role::Trustee),
        (MEMBER, Role::CommitteeMember),
        (ADMINISTRATOR, Role::Administrator),
        (FUNDER, Role::FundersOfficer),
        (AUDITOR, Role::Auditor),
    ]
    .into_iter()
    .filter(|(id, _)| !left.contains(id))
    .map(|(id, role)| ActivePerson {
        id,
        roles: vec![role],
    })
    .collect()
}

fn recipients(
    state: ReturnState,
    boards: &[Board],
    parts: &Parts,
    active: &[ActivePerson],
    long_overdue: bool,
) -> Told {
    told_of(waits_for(state, boards, false), parts, active, long_overdue)
}

#[test]
fn what_newer_facts_overtook_waits_for_whoever_prepares_it() {
    let boards = [Board::Trustees];
    for (state, boards) in [
        (AwaitingApproval, &boards[..]),
        (AwaitingCertification, &boards[..0]),
    ] {
        assert_eq!(waits_for(state, boards, true), [Part::Preparer]);
        assert_ne!(waits_for(state, boards, false), [Part::Preparer]);
    }
    assert_eq!(waits_for(Certified, &[], true), [Part::Sender]);
    assert!(waits_for(ReturnState::Submitted, &[], true).is_empty());
}

fn told(state: ReturnState, boards: &[Board], left: &[PersonId]) -> Vec<PersonId> {
    recipients(state, boards, &PARTS, &house(left), false)
        .people
        .iter()
        .map(|r| r.person)
        .collect()
}

#[test]
fn whoever_it_waits_for_is_told() {
    let both = [Board::Trustees, Board::Committee];
    for (state, boards, who) in [
        (Scheduled, &[][..], &[PREPARER][..]),
        (Drafted, &[], &[PREPARER]),
        (InReview, &both, &[PREPARER]),
        (ChangesRequested, &[], &[PREPARER]),
        (AwaitingApproval, &both, &[TRUSTEE, MEMBER]),
        (AwaitingApproval, &both[..1], &[TRUSTEE]),
        (AwaitingApproval, &both[1..], &[MEMBER]),
        (AwaitingApproval, &[], &[PREPARER]),
        (AwaitingCertification, &[], &[CERTIFIER]),
        (Certified, &[], &[SENDER]),
    ] {
        assert_eq!(told(state, boards, &[]), who, "{state:?} {boards:?}");
        assert!(!is_settled(state), "{state:?}");
    }
}

#[test]
fn nobody_is_chased_for_a_settled_duty() {
    for state in ReturnState::all().filter(|s| is_settled(*s)) {
        let long_overdue = recipients(state, &[Board::Trustees], &PARTS, &house(&[]), true);
        assert_eq!(long_overdue, Told::default(), "{state:?}");
    }
    assert_eq!(ReturnState::all().filter(|s| is_settled(*s)).count(), 3);
}

#[test]
fn if_the_certifier_left_the_role_is_told_then_an_administrator() {
    let mut active = house(&[CERTIFIER]);
    let by_administrator = recipients(AwaitingCertification, &[], &PARTS, &active, false);
    assert_eq!(
        by_administrator.people,
        [Recipient {
            person: ADMINISTRATOR,
            part: Part::Certifier,
            fallback: Some(Fallback::Administrator)
        }]
    );
    assert_eq!(
        by_administrator.people[0].fallback_in_words().as_deref(),
        Some("Nobody active is named to certify this return, so the administrators are told.")
    );

    let deputy = person(20);
    active.push(ActivePerson {
        id: deputy,
        roles: vec![Role::Certifier],
    });
    let by_role = recipients(AwaitingCertification, &[], &PARTS, &active, false);
    assert_eq!(
        by_role.people,
        [Recipient {
            person: deputy,
            part: Part::Certifier,
            fallback: Some(Fallback::Role(Role::Certifier))
        }]
    );
    assert_eq!(
        by_role.people[0].fallback_in_words().as_deref(),
        Some(
            "Nobody active is named to certify this return, so everyone with the role of \
             certifier is told."
        )
    );
}

#[test]
fn if_the_preparer_left_every_grants_officer_is_told() {
    assert_eq!(told(Drafted, &[], &[PREPARER]), [OTHER_OFFICER, LEAD]);
    let nobody_named = Parts::default();
    let told = recipients(Drafted, &[], &nobody_named, &house(&[]), false);
    assert_eq!(told.people.len(), 3);
    assert!(told.people.iter().all(|r| r.fallback.is_some()));
}

#[test]
fn one_board_never_stands_in_for_the_other() {
    let told = recipients(
        AwaitingApproval,
        &[Board::Committee],
        &PARTS,
        &house(&[MEMBER]),
        false,
    );
    assert_eq!(
        told.people,
        [Recipient {
            person: ADMINISTRATOR,
            part: Part::Board(Board::Committee),
            fallback: Some(Fallback::Administrator)
        }]
    );
}

#[test]
fn after_ten_working_days_the_lead_is_told_also() {
    let told = recipients(AwaitingCertification, &[], &PARTS, &house(&[]), true);
    let who: Vec<_> = told
        .people
        .iter()
        .map(|r| (r.person, r.part, r.fallback))
        .collect();
    assert_eq!(
        who,
        [(CERTIFIER, Part::Certifier, None), (LEAD, Part::Lead, None)]
    );
    // A lead who stood in for the preparer is told as lead, and once.
    let told = recipients(
        Drafted,
        &[],
        &PARTS,
        &house(&[PREPARER, OTHER_OFFICER]),
        true,
    );
    assert_eq!(told.people[0].person, LEAD);
    assert_eq!(told.people[1].person, ADMINISTRATOR);
    assert_eq!(told.people[1].fallback, Some(Fallback::AboveTheLead));
    assert_eq!(told.people.len(), 2);
}

#[test]
fn without_a_lead_it_climbs_to_an_administrator() {
    let told = recipients(Drafted, &[], &PARTS, &house(&[LEAD]), true);
    assert_eq!(
        told.people[1],
        Recipient {
            person: ADMINISTRATOR,
            part: Part::Lead,
            fallback: Some(Fallback::Administrator)
        }
    );
}

#[test]
fn funders_and_auditors_are_never_chased() {
    let left = [
        PREPARER,
        CERTIFIER,
        SENDER,
        LEAD,
        TRUSTEE,
        MEMBER,
        OTHER_OFFICER,
        ADMINISTRATOR,
    ];
    for state in ReturnState::all().filter(|s| !is_settled(*s)) {
        for boards in [&[][..], &[Board::Trustees, Board::Committee]] {
            let told = recipients(state, boards, &PARTS, &house(&left), true);
            assert!(told.people.is_empty(), "{state:?}");
            let mut expected = waits_for(state, boards, false);
            expected.push(Part::Lead);
            assert_eq!(told.nobody_for, expected, "{state:?}");
        }
    }
}

#[test]
fn with_an_administrator_somebody_is_always_told_and_only_once() {
    let others = [
        PREPARER,
        CERTIFIER,
        SENDER,
        LEAD,
        TRUSTEE,
        MEMBER,
        OTHER_OFFICER,
    ];
    // Every set of those who may have left.
    for set in 0u32..128 {
        let left: Vec<PersonId> = (0u32..7)
            .zip(others)
            .filter(|(bit, _)| set & (1 << bit) != 0)
            .map(|(_, id)| id)
            .collect();
        for state in ReturnState::all().filter(|s| !is_settled(*s)) {
            for long_overdue in [false, true] {
                let told = recipients(
                    state,
                    &[Board::Trustees, Board::Committee],
                    &PARTS,
                    &house(&left),
                    long_overdue,
                );
                assert!(!told.people.is_empty());
                assert!(told.nobody_for.is_empty());
                for (n, recipient) in told.people.iter().enumerate() {
                    assert!(!left.contains(&recipient.person));
                    assert!(
                        told.people[..n]
                            .iter()
                            .all(|r| r.person != recipient.person)
                    );
                }
            }
        }
    }
}

#[test]
fn the_next_office_is_not_asked_of_whoever_signs_in_another() {
    let second = person(11);
    let mut all = house(&[]);
    all.push(ActivePerson {
        id: second,
        roles: vec![Role::Certifier],
    });
    let told = |certifier: Option<PersonId>, not_these: &[PersonId], all: &[ActivePerson]| {
        let parts = Parts {
            certifier: while_they_certify(certifier, all),
            ..PARTS
        };
        let active = but_for_other_offices(all, not_these);
        recipients(AwaitingCertification, &[], &parts, &active, false)
            .people
            .iter()
            .map(|r| (r.person, r.fallback))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(Some(second), &[CERTIFIER], &all), [(second, None)]);
    // nobody is named: those of the role who have not signed
    assert_eq!(
        told(None, &[CERTIFIER], &all),
        [(second, Some(Fallback::Role(Role::Certifier)))]
    );
    // whoever is named certifies no longer: the role, then an administrator
    all.retain(|one| one.id != second);
    all.push(ActivePerson {
        id: second,
        roles: vec![Role::GrantsOfficer],
    });
    assert_eq!(
        told(Some(second), &[], &all),
        [(CERTIFIER, Some(Fallback::Role(Role::Certifier)))]
    );
    assert_eq!(
        told(Some(second), &[CERTIFIER], &all),
        [(ADMINISTRATOR, Some(Fallback::Administrator))]
    );
}
