//! What the records that entries speak of are called, and where they are looked at.

use std::collections::HashMap;

use entity::{
    CommitmentId, PaperId, RequirementId, application, apportionment, award, coding_map_row,
    cost_category, file, form_draft, funder_question, grant_import, grant_return, import_profile,
    journal, organisation, person, pool, programme, return_form, spend_import, spend_line,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::access::rules::Operation;
use crate::calendar::rules::months_in_words;
use crate::coding::store::row_of;
use crate::returns::store;
use crate::{Db, Result, commitments, decisions};

/// A record's name, and the path of its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub name: String,
    pub path: String,
}

/// Who may read what happened to records of a kind: whoever may read the records. None for what
/// is no record of the house.
pub(crate) fn reader_of(kind: &str) -> Option<Operation> {
    Some(match kind {
        "award" | "requirement" => Operation::ReadAwards,
        "pool" => Operation::ReadPools,
        "paper" => Operation::ReadPapers,
        "commitment" => Operation::ReadCommitments,
        "programme" => Operation::ReadProgrammes,
        "application" => Operation::ReadPipeline,
        "person" | "membership" | "api-token" | "calendar-feed" => Operation::ReadPeople,
        "organisation" => Operation::ReadOrganisations,
        "cost_category" => Operation::ReadCategories,
        "grant_import" => Operation::ReadGrants,
        "grant_return" => Operation::ReadReturns,
        "spend_import" => Operation::ReadImports,
        "spend_line" => Operation::ReadSpend,
        "journal" => Operation::ReadJournals,
        "apportionment" => Operation::ReadApportionments,
        "coding_map_row" => Operation::ReadCodingMap,
        "import_profile" => Operation::ReadProfiles,
        "return_form" | "form_draft" => Operation::ReadForms,
        "funder_question" => Operation::ReadFunderQuestions,
        "job" => Operation::ReadOperations,
        _ => return None,
    })
}

/// Names of these records, by kind and id. One that is not there any more has none.
pub(crate) async fn names(
    db: &Db,
    wanted: &[(String, Uuid)],
) -> Result<HashMap<(String, Uuid), Named>> {
    let ids = |kind: &str| -> Vec<Uuid> {
        wanted
            .iter()
            .filter(|(of, _)| of == kind)
            .map(|(_, id)| *id)
            .collect()
    };
    let mut found = HashMap::new();
    let mut add = |kind: &str, id: Uuid, name: String, path: String| {
        found.insert((kind.to_owned(), id), Named { name, path });
    };
    macro_rules! of {
        ($kind:literal, $table:ident, $row:ident => $name:expr, $path:expr) => {
            let ids = ids($kind);
            if !ids.is_empty() {
                for $row in $table::Entity::find()
                    .filter($table::Column::Id.is_in(ids))
                    .all(db.read())
                    .await?
                {
                    add($kind, $row.id.into(), $name, $path);
                }
            }
        };
    }
    of!("award", award, row => row.title.clone(), format!("/awards/{}", row.id));
    of!("pool", pool, row => row.name.clone(), format!("/pools/{}", row.id));
    of!("application", application, row => row.title.clone(), format!("/applications/{}", row.id));
    of!("programme", programme, row => row.name.clone(), format!("/programmes/{}", row.id));
    of!("person", person, row => row.display_name.clone(), "/people".to_owned());
    of!("organisation", organisation, row => row.name.clone(), format!("/organisations/{}", row.id));
    of!("coding_map_row", coding_map_row, row => row_of(&row).codes.in_words(), format!("/coding-map/{}", row.id));
    of!("cost_category", cost_category, row => row.name.clone(), "/cost-categories".to_owned());
    of!("funder_question", funder_question, row => format!("A question on {}", row.label), format!("/questions/{}", row.id));
    of!("journal", journal, row => format!("Journal {}", row.number), format!("/journals/{}", row.id));
    of!("apportionment", apportionment, row => format!("Apportionment {}", row.number), format!("/apportionments/{}", row.id));
    of!("import_profile", import_profile, row => row.name.clone(), "/imports".to_owned());
    of!("return_form", return_form, row => format!("{}, {}", row.name, row.version_label), format!("/forms/{}", row.id));
    of!("form_draft", form_draft, row => format!("{}, {}", row.name, row.version_label), format!("/form-drafts/{}", row.id));
    of!("spend_line", spend_line, row => match &row.supplier {
        Some(supplier) => format!("{supplier}, {}", row.amount.in_full()),
        None => format!("A spend line of {}", row.amount.in_full()),
    }, format!("/spend/{}", row.id));
    let papers: Vec<PaperId> = ids("paper").into_iter().map(PaperId).collect();
    if !papers.is_empty() {
        for (id, version) in decisions::store::latest(db.read(), &papers).await? {
            add(
                "paper",
                id.into(),
                version.title,
                format!("/decisions/{id}"),
            );
        }
    }
    let agreements: Vec<CommitmentId> = ids("commitment").into_iter().map(CommitmentId).collect();
    if !agreements.is_empty() {
        for (id, version) in commitments::store::latest(db.read(), &agreements).await? {
            add(
                "commitment",
                id.into(),
                version.title,
                format!("/commitments/{id}"),
            );
        }
    }
    let returns = grant_return::Entity::find()
        .filter(grant_return::Column::Id.is_in(ids("grant_return")))
        .all(db.read())
        .await?;
    let asked = store::asked(
        db.read(),
        ids("requirement")
            .into_iter()
            .map(RequirementId)
            .chain(returns.iter().map(|row| row.requirement_id)),
    )
    .await?;
    for (id, (row, award)) in &asked {
        let name = format!("{}: {}", award.title, row.name);
        add(
            "requirement",
            (*id).into(),
            name,
            format!("/requirements/{id}"),
        );
    }
    for row in returns {
        if let Some((requirement, award)) = asked.get(&row.requirement_id) {
            let name = format!(
                "{}: {}, {}",
                award.title,
                requirement.name,
                months_in_words(row.period_from, row.period_to)
            );
            add(
                "grant_return",
                row.id.into(),
                name,
                format!("/returns/{}", row.id),
            );
        }
    }
    let imports = spend_import::Entity::find()
        .filter(spend_import::Column::Id.is_in(ids("spend_import")))
        .all(db.read())
        .await?;
    let grant_imports = grant_import::Entity::find()
        .filter(grant_import::Column::Id.is_in(ids("grant_import")))
        .all(db.read())
        .await?;
    let of_files = imports.iter().map(|row| row.file_id);
    let of_files = of_files.chain(grant_imports.iter().map(|row| row.file_id));
    let files: HashMap<_, String> = file::Entity::find()
        .filter(file::Column::Id.is_in(of_files))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    for row in imports {
        if let Some(name) = files.get(&row.file_id) {
            add(
                "spend_import",
                row.id.into(),
                name.clone(),
                format!("/imports/{}", row.id),
            );
        }
    }
    for row in grant_imports {
        if let Some(name) = files.get(&row.file_id) {
            add(
                "grant_import",
                row.id.into(),
                name.clone(),
                format!("/grants/imports/{}", row.id),
            );
        }
    }
    Ok(found)
}
