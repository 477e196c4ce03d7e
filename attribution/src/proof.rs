//! What is kept of an outcome, so that it can be checked again later without solving anything: what each class of
//! lines gets, and the prices that prove it. Everything goes by ids, so that it outlives the order of the facts.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::classes::Column;
use crate::facts::Facts;
use crate::outcome::{Certificate, FencePrice, Objective, Outcome};
use crate::solve::{Prepared, Sums};

/// An outcome without its lines.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// What each aim came to; one list for each of the aims 1 to 5.
    pub objective: [Vec<i64>; 5],
    /// For each class of lines.
    pub classes: Vec<ClassProof>,
    /// For each award, and each of its fences.
    pub places: Vec<PlaceProof>,
}

/// What a class of lines gets, and its prices.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ClassProof {
    /// Its first line by date and id.
    pub line: String,
    /// Pence of its lines that are neither locked nor pinned; none of a proof that was kept without them.
    #[serde(default)]
    pub amount: Option<i64>,
    /// The awards that may pay for it.
    #[serde(default)]
    pub may: Vec<String>,
    /// Award, the deepest fence that counts, and pence.
    pub gets: Vec<(String, Option<String>, i64)>,
    /// Its prices.
    pub prices: Vec<i64>,
}

/// The prices at one place of an award's tree, as [`FencePrice`] has them.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct PlaceProof {
    /// The award.
    pub award: String,
    /// The fence; none: outside all fences.
    pub fence: Option<String>,
    /// Before its limit.
    pub door: Vec<i64>,
    /// Behind it.
    pub room: Vec<i64>,
}

impl Outcome {
    /// What is kept of it.
    pub fn proof(&self, facts: &Facts) -> Proof {
        let of = |(award, fence): Column| {
            let award = &facts.awards[award];
            (
                award.id.clone(),
                fence.map(|at| award.fences[at].id.clone()),
            )
        };
        Proof {
            objective: self.objective.lists(),
            classes: self
                .certificate
                .classes
                .iter()
                .zip(&self.totals)
                .zip(&self.wanted)
                .map(|(((line, prices), totals), wanted)| ClassProof {
                    line: facts.lines.id(*line).to_owned(),
                    amount: Some(wanted.amount),
                    may: wanted.awards.iter().map(|at| of((*at, None)).0).collect(),
                    gets: totals
                        .iter()
                        .map(|(column, amount)| {
                            let (award, fence) = of(*column);
                            (award, fence, *amount)
                        })
                        .collect(),
                    prices: prices.clone(),
                })
                .collect(),
            places: self
                .certificate
                .fences
                .iter()
                .map(|price| {
                    let (award, fence) = of((price.award, price.fence));
                    PlaceProof {
                        award,
                        fence,
                        door: price.door.clone(),
                        room: price.room.clone(),
                    }
                })
                .collect(),
        }
    }
}

impl Proof {
    /// The outcome that it was kept of, if it was of these facts: what each class got is dealt to its lines again.
    /// It is to be verified like any other.
    pub fn outcome(&self, facts: &Facts) -> Result<Outcome, Refusal> {
        let other = |what: &str| Refusal::Internal(format!("The proof is of other facts: {what}."));
        let prepared = Prepared::of(facts)?;
        if prepared.classes.len() != self.classes.len() {
            return Err(other("it has other classes of lines"));
        }
        let by_line: HashMap<&str, &ClassProof> = self
            .classes
            .iter()
            .map(|class| (class.line.as_str(), class))
            .collect();
        let column = |award: &str, fence: Option<&str>| -> Result<Column, Refusal> {
            let at = facts
                .award(award)
                .ok_or_else(|| other("it names an award that is not there"))?;
            let Some(fence) = fence else {
                return Ok((at, None));
            };
            let fences = &facts.awards[at].fences;
            let inside = fences.iter().position(|one| one.id == fence);
            let inside = inside.ok_or_else(|| other("it names a fence that is not there"))?;
            Ok((at, Some(inside)))
        };
        let mut totals: Vec<Sums> = Vec::with_capacity(self.classes.len());
        let mut classes = Vec::with_capacity(self.classes.len());
        for class in &prepared.classes {
            let first = class.lines[0];
            let kept = by_line
                .get(facts.lines.id(first))
                .ok_or_else(|| other("it has other classes of lines"))?;
            let mut sums = Sums::new();
            for (award, fence, amount) in &kept.gets {
                sums.insert(column(award, fence.as_deref())?, *amount);
            }
            totals.push(sums);
            classes.push((first, kept.prices.clone()));
        }
        let mut fences = Vec::with_capacity(self.places.len());
        for place in &self.places {
            let (award, fence) = column(&place.award, place.fence.as_deref())?;
            fences.push(FencePrice {
                award,
                fence,
                door: place.door.clone(),
                room: place.room.clone(),
            });
        }
        let objective =
            Objective::of(&self.objective).ok_or_else(|| other("it lacks what an aim came to"))?;
        prepared.outcome(&totals, objective, Certificate { classes, fences })
    }
}
