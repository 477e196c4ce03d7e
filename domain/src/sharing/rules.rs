//! What can be shared with whom, and what may follow what.

use entity::{OrganisationId, ShareEventKind as Kind};

use crate::beside::rules::RecordKind;
use crate::{Error, Result};

/// What lies beside these is nobody's but ours, whoever pays: only of an award and of a return is there
/// one funder that it belongs with.
pub fn check_place(kind: RecordKind) -> Result<()> {
    if matches!(kind, RecordKind::Award | RecordKind::Return) {
        return Ok(());
    }
    Err(Error::refused(
        "not-beside-an-award",
        "Only a document beside an award or a return is shared, with the funder of that award. Put it \
         there too, and share it there.",
    ))
}

/// What was not sent does not exist for its funder, nor does what lies beside it.
pub fn check_sent(was_sent: bool) -> Result<()> {
    if was_sent {
        return Ok(());
    }
    Err(Error::refused(
        "return-not-sent",
        "This return was not sent yet, so that its funder does not see it. Send it first; then share what \
         lies beside it.",
    ))
}

/// A document is for the funder of the award that it lies beside, and for no other.
pub fn check_funder(of_award: (OrganisationId, &str), asked: OrganisationId) -> Result<()> {
    let (funder, name) = of_award;
    if asked == funder {
        return Ok(());
    }
    Err(Error::refused(
        "another-funders",
        format!(
            "This document belongs to an award of {name}: it is shared with {name} and with no other funder."
        ),
    ))
}

/// Whether a document is shared after all of this, the first first.
#[must_use]
pub fn is_shared(said: &[Kind]) -> bool {
    said.last() == Some(&Kind::Shared)
}

/// Whether this may follow all of that, or why not.
pub fn check_next(said: &[Kind], next: Kind) -> Result<()> {
    match (is_shared(said), next) {
        (false, Kind::Shared) | (true, Kind::TakenBack) => Ok(()),
        (true, Kind::Shared) => Err(Error::refused(
            "shared-already",
            "The funder has this document already.",
        )),
        (false, Kind::TakenBack) => Err(Error::refused(
            "not-shared",
            "This document is not shared with anybody, so there is nothing to take back.",
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn rule(said: Result<()>) -> &'static str {
        match said {
            Ok(()) => "",
            Err(Error::Refused { rule, .. }) => rule,
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_is_shared_and_taken_back_by_turns() {
        let (shared, back) = (Kind::Shared, Kind::TakenBack);
        for (said, to_share, to_take_back) in [
            (&[][..], "", "not-shared"),
            (&[shared], "shared-already", ""),
            (&[shared, back], "", "not-shared"),
            (&[shared, back, shared], "shared-already", ""),
        ] {
            assert_eq!(rule(check_next(said, shared)), to_share, "{said:?}");
            assert_eq!(rule(check_next(said, back)), to_take_back, "{said:?}");
        }
    }

    #[test]
    fn it_is_for_the_funder_of_its_award_alone() {
        let (mine, other) = (OrganisationId::new(), OrganisationId::new());
        assert_eq!(rule(check_funder((mine, "A lottery"), mine)), "");
        let refused = check_funder((mine, "A lottery"), other).unwrap_err();
        assert!(refused.to_string().contains("A lottery"), "{refused}");
        assert_eq!(rule(Err(refused)), "another-funders");
        for kind in RecordKind::ALL {
            let may = matches!(kind, RecordKind::Award | RecordKind::Return);
            assert_eq!(check_place(*kind).is_ok(), may, "{kind:?}");
        }
        assert_eq!(rule(check_sent(false)), "return-not-sent");
        assert_eq!(rule(check_sent(true)), "");
    }
}
