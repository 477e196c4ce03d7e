//! The sample form that the repository authors: taken as it is, drafted, and checked by itself.

use entity::ReturnState;

use super::house::{House, on_both};
use crate::forms;
use crate::returns::ops::{self, NewRequirement};
use crate::returns::rules::Severity;
use crate::returns::view;

const WORKBOOK: &[u8] =
    include_bytes!("../../../../tributary/demo/forms/recovery-grant-return.xlsx");
const FIELDS: &str =
    include_str!("../../../../tributary/demo/forms/recovery-grant-return.fields.json");

async fn sample(house: &House) -> entity::ReturnFormId {
    let new = forms::ops::NewForm {
        funder_id: house.funder,
        spec: serde_json::from_str(FIELDS).unwrap(),
        file_name: "recovery-grant-return.xlsx".to_owned(),
        workbook: WORKBOOK.to_vec(),
    };
    forms::ops::create(&house.db, &house.officer, new)
        .await
        .unwrap()
}

#[test]
fn the_sample_form_is_taken_and_drafted() {
    on_both(async |house| {
        let form_id = sample(house).await;
        let form = forms::view::one(&house.db, &house.officer, form_id)
            .await
            .unwrap();
        assert_eq!(form.questions.len(), 267);
        let kept = forms::view::workbook(&house.db, &house.officer, form_id)
            .await
            .unwrap();
        assert_eq!(
            kept.bytes, WORKBOOK,
            "the funder's file is kept byte for byte"
        );
        house
            .load("2026-06-30", &[("2026-04-10", 1_000_00, false, true)])
            .await;
        let requirement = NewRequirement {
            form_id,
            ..house.requirement(false, &["Section 151 officer", "Chief executive"])
        };
        ops::create_requirement(&house.db, &house.officer, &requirement)
            .await
            .unwrap();
        // the form wants two signatures, by offices of its list
        for (offices, pointer, code) in [
            (
                &["Section 151 officer"][..],
                "/signatures",
                "too-few-for-the-form",
            ),
            (
                &["Section 151 officer", "Head gardener"][..],
                "/signatures/1/office",
                "not-in-the-forms-list",
            ),
        ] {
            let requirement = NewRequirement {
                form_id,
                ..house.requirement(false, offices)
            };
            let told = ops::create_requirement(&house.db, &house.officer, &requirement)
                .await
                .unwrap_err();
            let crate::Error::Invalid(fields) = told else {
                panic!("{told}");
            };
            assert_eq!(
                (fields[0].pointer.as_str(), fields[0].code.as_str()),
                (pointer, code)
            );
        }
        let report = house.draft().await;
        assert!(report.problems.is_empty(), "{report:?}");
        let row = house.of_quarter("2026-04-01").await;
        assert_eq!((row.state, row.revision), (ReturnState::Drafted, 1));
        let found = view::findings(&house.db, &house.officer, row.id)
            .await
            .unwrap();
        // Besides what people have yet to answer, only the form's own check of a ring-fence that
        // is not used yet says anything; it can be answered with a reason.
        let wrong: Vec<_> = found
            .iter()
            .filter(|one| one.severity == Severity::Error && one.code != "required-empty")
            .map(|one| (one.code.as_str(), one.place()))
            .collect();
        assert!(
            wrong.contains(&("check-failed", "Ring-fences!K10".to_owned())),
            "{wrong:?}"
        );
        for (code, place) in wrong {
            assert_eq!(code, "check-failed", "{place}");
            let silence = ops::Silence {
                code: code.to_owned(),
                place,
                reason: "The building work begins in August.".to_owned(),
            };
            ops::silence(&house.db, &house.officer, row.id, &silence)
                .await
                .unwrap();
        }
        let left = view::findings(&house.db, &house.officer, row.id)
            .await
            .unwrap();
        assert!(
            left.iter()
                .all(|one| one.code == "required-empty" || !one.stops())
        );
    });
}
