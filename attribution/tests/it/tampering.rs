//! The check refuses a result that was changed, facts that were changed after it, and prices that
//! prove nothing.

use attribution::facts::Facts;
use attribution::{Outcome, Refusal, check, solve};

use crate::ledger::{Dice, make};

/// Solved ledgers with something in them.
fn solved(seeds: std::ops::Range<u64>) -> Vec<(u64, Facts, Outcome)> {
    let mut all = Vec::new();
    for seed in seeds {
        let facts = make(seed).facts();
        match solve(&facts) {
            Ok(outcome) if !outcome.paid.is_empty() => all.push((seed, facts, outcome)),
            Ok(_) | Err(Refusal::Contradiction(_)) => {}
            Err(refusal) => panic!("seed {seed}: {refusal}"),
        }
    }
    all
}

#[test]
fn a_moved_penny_is_refused() {
    let mut moved = 0;
    for (seed, facts, outcome) in solved(0..3_000) {
        let mut dice = Dice::new(seed);
        let mut other = outcome.clone();
        let at = dice.index(other.paid.len());
        match dice.roll(3) {
            // Taken away.
            0 => other.paid[at].amount -= 1,
            // Given twice.
            1 => other.paid[at].amount += 1,
            // To another line.
            _ => {
                let line = (other.paid[at].line + 1) % facts.lines.len();
                if line == other.paid[at].line {
                    continue;
                }
                other.paid[at].amount -= 1;
                let mut penny = other.paid[at];
                penny.line = line;
                penny.amount = 1;
                other.paid.push(penny);
            }
        }
        refused_or_tied(seed, &facts, &outcome, &other);
        moved += 1;
    }
    assert!(moved > 1_500);
}

/// A change is refused. The one exception: pence of two classes that changed places between two
/// awards, or with what is unfunded: each award has as much as before, and every aim is as good. Which of such
/// results is the one to have is a rule (award, date, id), and is proved by solving again.
fn refused_or_tied(seed: u64, facts: &Facts, outcome: &Outcome, other: &Outcome) {
    if check::verify(facts, other).is_ok() {
        let sums = |outcome: &Outcome| -> Vec<i64> {
            let of = |award: usize| outcome.paid.iter().filter(move |p| p.award == award);
            (0..facts.awards.len())
                .map(|award| of(award).map(|p| p.amount).sum())
                .collect()
        };
        assert_eq!(sums(outcome), sums(other), "seed {seed}");
        let lines = |outcome: &Outcome| {
            let mut lines: Vec<usize> = outcome.paid.iter().map(|p| p.line).collect();
            lines.sort_unstable();
            lines.dedup();
            lines.len()
        };
        assert!(
            lines(outcome) > 1,
            "seed {seed}: a single line has no ties left"
        );
    }
}

#[test]
fn a_penny_of_another_award_is_refused() {
    let mut moved = 0;
    for (seed, facts, outcome) in solved(0..3_000) {
        let mut dice = Dice::new(seed);
        let at = dice.index(outcome.paid.len());
        for award in 0..facts.awards.len() {
            for fence in
                std::iter::once(None).chain((0..facts.awards[award].fences.len()).map(Some))
            {
                let mut other = outcome.clone();
                if (award, fence) == (other.paid[at].award, other.paid[at].fence) {
                    continue;
                }
                other.paid[at].amount -= 1;
                let mut penny = other.paid[at];
                (penny.award, penny.fence, penny.amount) = (award, fence, 1);
                other.paid.push(penny);
                refused_or_tied(seed, &facts, &outcome, &other);
                moved += 1;
            }
        }
    }
    assert!(moved > 1_500);
}

#[test]
fn another_objective_is_refused() {
    for (seed, facts, outcome) in solved(0..500) {
        let mut others = vec![outcome.clone(); 6];
        others[0].objective.unfunded += 1;
        others[1].objective.shortfall -= 1;
        others[2].objective.lost.push(0);
        others[3].objective.ranks[0] += 1;
        others[4].objective.moved += 1;
        others[5].objective.moved_lines -= 1;
        for (at, other) in others.iter().enumerate() {
            assert!(check::verify(&facts, other).is_err(), "seed {seed}, {at}");
        }
    }
}

/// More money, or a wider limit, lets more be done wherever the old bound was what held it back.
#[test]
fn a_bound_that_mattered_may_not_be_changed() {
    let (mut tried, mut refused) = (0, 0);
    for (seed, facts, outcome) in solved(0..3_000) {
        for award in 0..facts.awards.len() {
            let mut changed = Vec::new();
            for by in [1, -1] {
                let mut other = facts.clone();
                other.awards[award].amount += by;
                changed.push(other);
                let mut other = facts.clone();
                let most = &mut other.awards[award].contribution;
                *most = most.map(|most| most + by);
                changed.push(other);
            }
            for fence in 0..facts.awards[award].fences.len() {
                for by in [1, -1] {
                    let mut other = facts.clone();
                    other.awards[award].fences[fence].reserved += by;
                    changed.push(other);
                    let mut other = facts.clone();
                    let limit = &mut other.awards[award].fences[fence].limit;
                    *limit = limit.map(|l| l + by);
                    changed.push(other);
                }
            }
            for other in changed {
                let verdict = check::verify(&other, &outcome);
                match solve(&other) {
                    // What is not what those facts give is refused; never is a result accepted
                    // whose aims are worse than the best.
                    Ok(best) if best.objective != outcome.objective => {
                        tried += 1;
                        assert!(
                            verdict.is_err(),
                            "seed {seed}: accepted though better is possible"
                        );
                        refused += 1;
                    }
                    Ok(_) => {}
                    Err(_) => assert!(verdict.is_err(), "seed {seed}: contradictions accepted"),
                }
            }
        }
    }
    assert!(tried > 1_000 && refused == tried, "{refused} of {tried}");
}

#[test]
fn prices_of_another_ledger_prove_nothing() {
    let mut refused = 0;
    for (seed, facts, outcome) in solved(0..1_000) {
        let mut other = outcome.clone();
        for price in &mut other.certificate.fences {
            let (door, room) = (&mut price.door, &mut price.room);
            door.iter_mut().for_each(|p| *p = 0);
            room.iter_mut().for_each(|p| *p = 0);
        }
        for (_, price) in &mut other.certificate.classes {
            price.iter_mut().for_each(|p| *p = 0);
        }
        let mut short = outcome.clone();
        short.certificate.classes.pop();
        assert!(check::verify(&facts, &short).is_err(), "seed {seed}");
        if other.certificate != outcome.certificate && check::verify(&facts, &other).is_err() {
            refused += 1;
        }
    }
    assert!(refused > 500, "{refused}");
}

/// The check stands on its own: it may not name how the solver bundles lines, or its network.
#[test]
fn the_check_names_neither_grouping_nor_network() {
    for source in [
        include_str!("../../src/check/mod.rs"),
        include_str!("../../src/check/may.rs"),
        include_str!("../../src/check/prices.rs"),
        include_str!("../../src/check/dealing.rs"),
    ] {
        for name in [
            "crate::classes",
            "crate::solve",
            "flow::",
            "optimised_limit",
            "open_money",
        ] {
            assert!(!source.contains(name), "the check names {name}");
        }
    }
    for shared in [
        include_str!("../../src/nets.rs"),
        include_str!("../../src/facts.rs"),
    ] {
        assert!(!shared.contains("flow::") && !shared.contains("crate::classes"));
    }
}
