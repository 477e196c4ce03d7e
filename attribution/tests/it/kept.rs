//! What is kept of an outcome gives it back whole, and nothing else passes the check.

use attribution::{Proof, Refusal, check, solve};

use crate::ledger::{Dice, make};

#[test]
fn an_outcome_comes_back_from_its_proof_and_a_changed_proof_does_not_pass() {
    let (mut whole, mut changed) = (0, 0);
    for seed in 0..2_000 {
        let facts = make(seed).facts();
        let outcome = match solve(&facts) {
            Ok(outcome) => outcome,
            Err(Refusal::Contradiction(_)) => continue,
            Err(refusal) => panic!("seed {seed}: {refusal}"),
        };
        let kept = serde_json::to_string(&outcome.proof(&facts)).unwrap();
        let mut proof: Proof = serde_json::from_str(&kept).unwrap();
        let again = proof.outcome(&facts).unwrap();
        assert_eq!(again, outcome, "seed {seed}");
        check::verify(&facts, &again).unwrap();
        whole += 1;

        // a penny more for some class
        let mut dice = Dice::new(seed);
        let gets: Vec<(usize, usize)> = proof
            .classes
            .iter()
            .enumerate()
            .flat_map(|(at, class)| (0..class.gets.len()).map(move |get| (at, get)))
            .collect();
        if gets.is_empty() {
            continue;
        }
        let (class, get) = gets[dice.index(gets.len())];
        proof.classes[class].gets[get].2 += 1;
        let passes = proof
            .outcome(&facts)
            .is_ok_and(|other| check::verify(&facts, &other).is_ok());
        assert!(!passes, "seed {seed}: a penny more passes");
        changed += 1;
    }
    assert!(whole > 1_000 && changed > 800, "{whole} and {changed}");
}

#[test]
fn a_proof_of_other_facts_says_so() {
    let solved = |seed| {
        let facts = make(seed).facts();
        let outcome = solve(&facts).ok()?;
        Some((facts, outcome))
    };
    let found: Vec<_> = (0..200).filter_map(solved).collect();
    let mut refused = 0;
    for pair in found.windows(2) {
        let ((facts, _), (others, outcome)) = (&pair[0], &pair[1]);
        let passes = outcome
            .proof(others)
            .outcome(facts)
            .is_ok_and(|other| check::verify(facts, &other).is_ok());
        refused += usize::from(!passes);
    }
    // two ledgers without anything to pay are alike
    assert!(
        refused * 10 > found.len() * 9,
        "{refused} of {}",
        found.len()
    );
}
