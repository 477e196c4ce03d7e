//! Which runs wait for a person, and what they would take away. Pure.

use entity::RunsTakeEffect;

/// What a run would change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Would {
    /// Pence that it takes away from awards that pay them as people were shown.
    pub taken: i64,
    /// How many parts of lines it changes.
    pub parts: usize,
}

/// Whether a person is asked before such a run takes effect. One that changes nothing asks nobody.
#[must_use]
pub const fn is_asked(rule: RunsTakeEffect, would: Would) -> bool {
    match rule {
        RunsTakeEffect::ByThemselves => false,
        RunsTakeEffect::UnlessSomethingMoves => would.taken > 0,
        RunsTakeEffect::WhenApplied => would.parts > 0,
    }
}

/// How much of what an award pays is taken away by a change: what brings it nearer to nothing. What a credit adds
/// is not taken away from anybody, and what takes less off is.
#[must_use]
pub const fn taken(stands: i64, change: i64) -> i64 {
    match stands.signum() * change.signum() {
        -1 if stands.saturating_abs() < change.saturating_abs() => stands.saturating_abs(),
        -1 => change.saturating_abs(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_takes_nothing_and_what_moves_does() {
        // new, more of what is there, a further credit
        assert_eq!([taken(0, 900), taken(500, 100), taken(-200, -50)], [0; 3]);
        // from one to another: what the first loses
        assert_eq!([taken(500, -200), taken(300, 200)], [200, 0]);
        // a credit that takes less off an award
        assert_eq!(taken(-200, 150), 150);
        // beyond nothing there is nothing to take
        assert_eq!(taken(300, -400), 300);
    }

    #[test]
    fn a_person_is_asked_as_the_pool_has_it() {
        use RunsTakeEffect::{ByThemselves, UnlessSomethingMoves, WhenApplied};
        let would = |taken, parts| Would { taken, parts };
        for (rule, nothing, new, moves) in [
            (ByThemselves, false, false, false),
            (UnlessSomethingMoves, false, false, true),
            (WhenApplied, false, true, true),
        ] {
            assert_eq!(is_asked(rule, would(0, 0)), nothing, "{rule:?}");
            assert_eq!(is_asked(rule, would(0, 3)), new, "{rule:?}");
            assert_eq!(is_asked(rule, would(1, 3)), moves, "{rule:?}");
        }
    }
}
