//! Runs one after the other: what was shown stays as far as it can, and the check agrees at sizes
//! where nobody can try everything.

use attribution::facts::Facts;
use attribution::{Outcome, check, solve};

use crate::ledger::{Dice, Ledger, make_large};

fn run(ledger: &Ledger, what: &str) -> (Facts, Outcome) {
    let facts = ledger.facts();
    let outcome = solve(&facts).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
    if let Err(broken) = check::verify(&facts, &outcome) {
        panic!("{what}: {broken}");
    }
    (facts, outcome)
}

/// What a run showed, as the next is given it.
fn shown(facts: &Facts, outcome: &Outcome) -> Vec<crate::ledger::Share> {
    outcome
        .paid
        .iter()
        .map(|p| {
            let award = &facts.awards[p.award];
            (
                facts.lines.id(p.line).to_owned(),
                award.id.clone(),
                p.fence.map(|f| award.fences[f].id.clone()),
                p.amount,
            )
        })
        .collect()
}

#[test]
fn the_same_facts_move_nothing_and_small_changes_little() {
    for seed in 0..150 {
        let dice = &mut Dice::new(seed);
        let mut ledger = make_large(seed);
        let (facts, first) = run(&ledger, &format!("seed {seed}"));
        ledger.previous = shown(&facts, &first);
        let (facts, same) = run(&ledger.shuffled(dice), &format!("seed {seed}, again"));
        assert_eq!(
            (same.objective.moved, same.objective.moved_lines),
            (0, 0),
            "seed {seed}"
        );
        assert_eq!(
            shown(&facts, &same),
            ledger.previous,
            "seed {seed}: other rows for the same facts"
        );

        // A line more: no more moves than it is itself, for each award that it can go round by.
        let mut more = ledger.clone();
        let mut line = ledger.lines[dice.index(ledger.lines.len())].clone();
        line.id = "one-more".to_owned();
        line.reverses = None;
        line.amount = 1 + dice.roll(500);
        let most = line.amount * i64::try_from(ledger.awards.len()).unwrap();
        more.lines.push(line);
        let (_, outcome) = run(&more, &format!("seed {seed}, a line more"));
        assert!(outcome.objective.moved <= most, "seed {seed}");

        // An award cut, a reversal more: whatever it takes, it is proved.
        let mut less = ledger.clone();
        let cut = dice.index(less.awards.len());
        if less.awards[cut].fences.is_empty() {
            less.awards[cut].amount /= 2;
        }
        let reversed = ledger.lines.iter().find(|l| l.amount > 0 && dice.one_in(4));
        if let Some(line) = reversed {
            let mut reversal = line.clone();
            reversal.id = "reversal".to_owned();
            reversal.reverses = Some(line.id.clone());
            reversal.amount = -line.amount / 2;
            less.lines.push(reversal);
        }
        run(&less, &format!("seed {seed}, less"));
    }
}
