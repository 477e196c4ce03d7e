//! The terms of an award, in words and as what they are looked for by. Read through the connection
//! that decides, so that what is accepted is what stands.

use std::collections::HashMap;

use entity::{
    AwardId, AwardTerm, CarryForward, LegalBasis, Money, OrganisationId, PaysFor, VirementBase,
    YearStanding, award, award_payment, cost_category, organisation, requirement,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::rules::{Needle, money};
use crate::awards::rules::further::{FurtherTerms, MatchTerms, VarianceTerms};
use crate::awards::store;
use crate::calendar::rules::date_without_weekday;
use crate::{Error, Result};

/// A term of an award as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) term: AwardTerm,
    /// Of a year, a fence, a payment or a requirement: which one.
    pub(crate) subject_id: Option<Uuid>,
    /// What people call it.
    pub(crate) name: String,
    /// How it stands, in words.
    pub(crate) stands: String,
    /// What it is looked for by.
    pub(crate) needles: Vec<Needle>,
}

impl Term {
    fn new(term: AwardTerm, name: &str, stands: impl Into<String>, needles: Vec<Needle>) -> Self {
        Self {
            term,
            subject_id: None,
            name: name.to_owned(),
            stands: stands.into(),
            needles,
        }
    }

    fn of(mut self, subject: impl Into<Uuid>) -> Self {
        self.subject_id = Some(subject.into());
        self
    }
}

fn words(text: &str) -> Needle {
    Needle::Words(text.trim().to_owned())
}

/// A share in per cent: "7.5%".
fn per_cent(share: i32) -> String {
    let (whole, rest) = (share / 100, share % 100);
    match (rest, rest % 10) {
        (0, _) => format!("{whole}%"),
        (_, 0) => format!("{whole}.{}%", rest / 10),
        _ => format!("{whole}.{rest:02}%"),
    }
}

/// The terms of an award, in the order in which letters mostly say them.
pub(crate) async fn of(conn: &impl ConnectionTrait, award: &award::Model) -> Result<Vec<Term>> {
    let mut terms = bodies(conn, award).await?;
    terms.extend([
        Term::new(
            AwardTerm::Amount,
            "Amount",
            award.amount.in_full(),
            money(Some(award.amount)).into_iter().collect(),
        ),
        Term::new(
            AwardTerm::StartsOn,
            "First day",
            date_without_weekday(award.starts_on),
            vec![Needle::Date(award.starts_on)],
        ),
        Term::new(
            AwardTerm::EndsOn,
            "Last day",
            date_without_weekday(award.ends_on),
            vec![Needle::Date(award.ends_on)],
        ),
    ]);
    terms.extend(years(conn, award.id).await?);
    terms.push(Term::new(
        AwardTerm::PaysFor,
        "Capital or revenue",
        match award.pays_for {
            PaysFor::Capital => "Capital only",
            PaysFor::Revenue => "Revenue only",
            PaysFor::Both => "Capital and revenue",
        },
        match award.pays_for {
            PaysFor::Capital => vec![words("capital")],
            PaysFor::Revenue => vec![words("revenue")],
            PaysFor::Both => vec![words("capital"), words("revenue")],
        },
    ));
    terms.push(categories(conn, award.id).await?);
    terms.extend(fences(conn, award.id).await?);
    terms.push(legal_basis(award.legal_basis));
    terms.push(Term::new(
        AwardTerm::Unspent,
        "What is unspent at its end",
        if award.lost_if_unspent {
            "Goes back to the funder"
        } else {
            "Stays"
        },
        [
            "unspent",
            "underspend",
            "underspent",
            "clawback",
            "claw back",
        ]
        .map(words)
        .into(),
    ));
    terms.extend(further(&store::further(conn, award.id).await?));
    terms.extend(payments(conn, award.id).await?);
    terms.extend(requirements(conn, award.id).await?);
    Ok(terms)
}

async fn bodies(conn: &impl ConnectionTrait, award: &award::Model) -> Result<Vec<Term>> {
    let ids = [award.funder_id, award.holder_id, award.accountable_body_id];
    let names: HashMap<OrganisationId, String> = organisation::Entity::find()
        .filter(organisation::Column::Id.is_in(ids))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let body = |term, called: &str, id: OrganisationId| {
        let name = names.get(&id).cloned().unwrap_or_default();
        Term::new(term, called, name.clone(), vec![words(&name)])
    };
    Ok(vec![
        Term::new(
            AwardTerm::Reference,
            "The funder’s reference",
            award.reference.clone(),
            vec![words(&award.reference)],
        ),
        body(AwardTerm::Funder, "Funder", award.funder_id),
        body(AwardTerm::Holder, "Who holds the money", award.holder_id),
        body(
            AwardTerm::AccountableBody,
            "Who answers to the funder",
            award.accountable_body_id,
        ),
    ])
}

async fn years(conn: &impl ConnectionTrait, id: AwardId) -> Result<Vec<Term>> {
    let known = store::years(conn, &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    Ok(known
        .into_iter()
        .map(|year| {
            let standing = match year.standing {
                YearStanding::Confirmed => "confirmed",
                YearStanding::Indicative => "indicative",
            };
            let carried = match year.carry {
                CarryForward::None => "what is not used stays behind",
                CarryForward::ByRight => "what is not used is carried forward",
                CarryForward::ByConsent => "what is not used is carried forward by consent",
            };
            let window = format!(
                "{} to {}",
                date_without_weekday(year.starts_on),
                date_without_weekday(year.ends_on)
            );
            Term::new(
                AwardTerm::Year,
                &format!("The year {window}"),
                format!(
                    "{} from {window}, {standing}; {carried}",
                    year.amount.in_full()
                ),
                money(Some(year.amount)).into_iter().collect(),
            )
            .of(year.id)
        })
        .collect())
}

async fn categories(conn: &impl ConnectionTrait, id: AwardId) -> Result<Term> {
    let ids = store::categories(conn, id).await?;
    let names: Vec<String> = cost_category::Entity::find()
        .filter(cost_category::Column::Id.is_in(ids))
        .order_by_asc(cost_category::Column::Name)
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.name)
        .collect();
    let needles = names.iter().map(|name| words(name)).collect();
    let stands = if names.is_empty() {
        "Any cost category".to_owned()
    } else {
        names.join(", ")
    };
    Ok(Term::new(
        AwardTerm::Categories,
        "Cost categories",
        stands,
        needles,
    ))
}

async fn fences(conn: &impl ConnectionTrait, id: AwardId) -> Result<Vec<Term>> {
    let known = store::fences(conn, id).await?;
    Ok(known
        .into_iter()
        .map(|(row, _)| {
            let kept = row
                .reserved
                .map(|amount| format!("{} ring-fenced", amount.in_full()));
            let most = row
                .spend_limit
                .map(|amount| format!("at most {}", amount.in_full()));
            let said: Vec<String> = [kept, most].into_iter().flatten().collect();
            let stands = if said.is_empty() {
                "Set apart".to_owned()
            } else {
                said.join(", ")
            };
            let amounts = [row.reserved, row.spend_limit].map(money);
            let mut needles: Vec<Needle> = amounts.into_iter().flatten().collect();
            needles.dedup();
            needles.push(words(&row.name));
            Term::new(
                AwardTerm::Fence,
                &format!("The part “{}”", row.name),
                stands,
                needles,
            )
            .of(row.id)
        })
        .collect())
}

fn legal_basis(basis: LegalBasis) -> Term {
    let section = |number: &str| {
        ["section ", "sections ", "s. ", "s.", "s", "s "]
            .map(|before| words(&format!("{before}{number}")))
            .into()
    };
    let (stands, needles) = match basis {
        LegalBasis::Section31 => ("Section 31 grant", section("31")),
        LegalBasis::Section75 => ("Section 75 agreement", section("75")),
        LegalBasis::Section256 => ("Section 256 agreement", section("256")),
        LegalBasis::Contract => ("Contract", vec![words("contract")]),
        LegalBasis::GrantAgreement => (
            "Grant agreement",
            vec![words("grant agreement"), words("funding agreement")],
        ),
        LegalBasis::Gift => ("Gift", vec![words("gift"), words("donation")]),
    };
    Term::new(
        AwardTerm::LegalBasis,
        "What makes it binding",
        stands,
        needles,
    )
}

fn further(terms: &FurtherTerms) -> Vec<Term> {
    let mut found = Vec::new();
    let how = |terms: &MatchTerms| match terms.evidenced_how.as_str() {
        "" => String::new(),
        how => format!(", evidenced by: {how}"),
    };
    let asked = &terms.match_required;
    let required = match (asked.amount_pence, asked.share_bp) {
        (Some(amount), _) => Some((amount.in_full(), vec![Needle::Money(amount)])),
        (None, Some(share)) => Some((
            format!("{} of the award", per_cent(share)),
            vec![Needle::Share(share)],
        )),
        (None, None) => None,
    };
    if let Some((stands, mut needles)) = required {
        needles.extend([words("match"), words("match funding")]);
        found.push(Term::new(
            AwardTerm::Match,
            "Match required",
            format!("{stands}{}", how(asked)),
            needles,
        ));
    }
    found.extend(variance(terms.variance));
    if let Some(amount) = terms.baseline.yearly_pence {
        found.push(Term::new(
            AwardTerm::Baseline,
            "Spend to be kept up",
            format!("{} each year: {}", amount.in_full(), terms.baseline.of_what),
            vec![Needle::Money(amount)],
        ));
    }
    if let Some(share) = terms.virement.share_bp {
        let of = match terms.virement.of {
            VirementBase::Award => "the award",
            VirementBase::Fence => "each part",
        };
        found.push(Term::new(
            AwardTerm::Virement,
            "May be moved between parts without asking",
            format!("{} of {of}", per_cent(share)),
            vec![Needle::Share(share)],
        ));
    }
    found
}

fn variance(terms: VarianceTerms) -> Option<Term> {
    let share = terms.share_bp.map(|share| {
        (
            format!("more than {}", per_cent(share)),
            Needle::Share(share),
        )
    });
    let amount = terms
        .amount_pence
        .filter(|amount| *amount > Money::ZERO)
        .map(|amount| {
            (
                format!("more than {}", amount.in_full()),
                Needle::Money(amount),
            )
        });
    let (said, needles): (Vec<String>, Vec<Needle>) = [share, amount].into_iter().flatten().unzip();
    (!said.is_empty()).then(|| {
        Term::new(
            AwardTerm::Variance,
            "A return explains",
            format!("A difference of {}", said.join(", or of ")),
            needles,
        )
    })
}

async fn payments(conn: &impl ConnectionTrait, id: AwardId) -> Result<Vec<Term>> {
    let rows = award_payment::Entity::find()
        .filter(award_payment::Column::AwardId.eq(id))
        .filter(award_payment::Column::WithdrawnAt.is_null())
        .order_by_asc(award_payment::Column::DueOn)
        .order_by_asc(award_payment::Column::Id)
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let on = date_without_weekday(row.due_on);
            Term::new(
                AwardTerm::Payment,
                &format!("The payment due on {on}"),
                format!("{} on {on}", row.amount.in_full()),
                money(Some(row.amount))
                    .into_iter()
                    .chain([Needle::Date(row.due_on)])
                    .collect(),
            )
            .of(row.id)
        })
        .collect())
}

async fn requirements(conn: &impl ConnectionTrait, id: AwardId) -> Result<Vec<Term>> {
    let rows = requirement::Entity::find()
        .filter(requirement::Column::AwardId.eq(id))
        .filter(requirement::Column::EndsBefore.is_null())
        .order_by_asc(requirement::Column::Id)
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (often, said): (String, &[&str]) = match row.period_months {
                1 => (
                    "every month".to_owned(),
                    &["monthly", "each month", "every month"],
                ),
                3 => (
                    "every 3 months".to_owned(),
                    &["quarterly", "each quarter", "every quarter"],
                ),
                12 => (
                    "every year".to_owned(),
                    &["annual", "annually", "yearly", "each year", "every year"],
                ),
                months => (format!("every {months} months"), &[]),
            };
            let mut needles: Vec<Needle> = said.iter().map(|said| words(said)).collect();
            needles.push(words(&row.name));
            Term::new(
                AwardTerm::Requirement,
                &format!("The return “{}”", row.name),
                often,
                needles,
            )
            .of(row.id)
        })
        .collect())
}

/// One of the terms.
pub(crate) fn one(terms: Vec<Term>, term: AwardTerm, subject: Option<Uuid>) -> Result<Term> {
    terms
        .into_iter()
        .find(|known| known.term == term && known.subject_id == subject)
        .ok_or_else(|| Error::invalid("/term", "unknown", "The award has no such term."))
}
