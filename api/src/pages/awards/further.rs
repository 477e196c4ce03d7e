//! What an award asks besides returns, in words and in the fields of an amendment: match, what a return
//! must explain, spend to be kept up.

use domain::Money;
use domain::awards::rules::further::{
    BaselineTerms, MatchTerms, VarianceTerms, VirementTerms, required,
};
use domain::awards::rules::terms::TermsChange;
use domain::awards::view::AwardView;

use super::super::fields::{Fields, Wrong};
use super::super::form::{Choice, Field};
use super::super::programmes::typed_date;
use super::super::requirements::terms::{per_cent, typed_variance};
use super::super::words;
use super::Fact;
use entity::{CostCategoryId, PoolId, VirementBase};

/// Match that an award requires, in words; of an award of this amount, where a share comes to something.
pub fn match_in_words(terms: &MatchTerms, amount: Option<Money>) -> String {
    let how = if terms.evidenced_how.is_empty() {
        String::new()
    } else {
        format!(", evidenced by: {}", terms.evidenced_how)
    };
    match (terms.amount_pence, terms.share_bp) {
        (Some(amount), _) => format!("{}{how}", amount.in_full()),
        (None, Some(share)) => {
            let comes_to = amount
                .and_then(|amount| required(terms, amount))
                .map_or_else(String::new, |sum| format!(" ({})", sum.in_full()));
            format!("{}% of the award{comes_to}{how}", typed_variance(share))
        }
        (None, None) => "None".to_owned(),
    }
}

/// What a return must explain, in words.
pub fn variance_in_words(terms: VarianceTerms) -> String {
    let share = terms
        .share_bp
        .map(|share| format!("more than {}%", typed_variance(share)));
    let amount = terms
        .amount_pence
        .map(|amount| format!("more than {}", amount.in_full()));
    let said: Vec<String> = [share, amount].into_iter().flatten().collect();
    if said.is_empty() {
        return "Nothing is stated".to_owned();
    }
    format!("A difference of {}", said.join(", or of "))
}

/// Spend that must be kept up, in words.
pub fn baseline_in_words(terms: &BaselineTerms) -> String {
    let Some(amount) = terms.yearly_pence else {
        return "None".to_owned();
    };
    let measured = terms.from_on.map_or_else(String::new, |on| {
        let over = |n: usize, every: &str, one: &str, many: &str| match n {
            0 => every.to_owned(),
            n => words::count(n, one, many),
        };
        format!(
            ". Measured in years from {}, over {} and {}",
            words::day(on),
            over(terms.pool_ids.len(), "every pool", "pool", "pools"),
            over(
                terms.category_ids.len(),
                "every cost category",
                "cost category",
                "cost categories"
            )
        )
    });
    format!(
        "{} each year: {}{measured}",
        amount.in_full(),
        terms.of_what
    )
}

/// What may be moved between parts without asking, in words.
pub fn virement_in_words(terms: &VirementTerms) -> String {
    let Some(share) = terms.share_bp else {
        return "Nothing".to_owned();
    };
    let of = match terms.of {
        VirementBase::Award => "the award",
        VirementBase::Fence => "each part",
    };
    format!("{}% of {of} ({})", typed_variance(share), terms.source)
}

/// What an award asks besides returns: what is stated of it.
pub fn facts(award: &AwardView, match_href: &str) -> Vec<Fact> {
    let further = &award.further_terms;
    let mut facts = Vec::new();
    if further.match_required != MatchTerms::default() {
        let amount = Some(award.summary.amount_pence);
        facts.push(Fact {
            href: match award.match_position {
                Some(_) => match_href.to_owned(),
                None => String::new(),
            },
            ..Fact::new(
                "Match required",
                match_in_words(&further.match_required, amount),
            )
        });
    }
    if further.variance != VarianceTerms::default() {
        facts.push(Fact::new(
            "A return explains",
            variance_in_words(further.variance),
        ));
    }
    if further.baseline != BaselineTerms::default() {
        facts.push(Fact::new(
            "Spend to be kept up",
            baseline_in_words(&further.baseline),
        ));
    }
    if further.virement != VirementTerms::default() {
        facts.push(Fact::new(
            "May be moved between parts without asking",
            virement_in_words(&further.virement),
        ));
    }
    facts
}

/// What is short of the match, as a sentence.
pub fn heed(award: &AwardView) -> Option<String> {
    award
        .match_position
        .filter(|position| position.short_pence > Money::ZERO)
        .map(|position| position.sentence())
}

/// The fields of an amendment for it. The first of each bears the name that the domain speaks of.
pub fn fields(pools: Vec<Choice>, categories: Vec<Choice>) -> Vec<Field> {
    vec![
        Field::heading("What it asks besides returns"),
        Field::money("match_required", "How much match must there be? (optional)").hint(
            "Somebody else’s money beside it. As an amount, or below as a share of the award.",
        ),
        Field::text(
            "match_share",
            "Or as a share of the award, in per cent (optional)",
        )
        .width("w5"),
        Field::text("match_how", "How is match to be evidenced? (optional)")
            .hint("For example: a letter of each body that gives it"),
        Field::text(
            "variance",
            "A return explains a difference of more than how many per cent? (optional)",
        )
        .hint("Of what was expected. A requirement’s own threshold goes before it.")
        .width("w5"),
        Field::money("variance_amount", "Or of more than how much? (optional)"),
        Field::money(
            "baseline",
            "How much other spend must be kept up in each year? (optional)",
        ),
        Field::text("baseline_of", "What spend is that, and whose? (optional)")
            .hint("For example: the council’s own spend on prevention, as in 2025–26"),
        Field::date("baseline_from", "From which day on is it measured here? (optional)").hint(
            "The first day of the first year. What counts is the spend loaded here, but for what this \
             award pays for. Leave it empty if that spend is not in these books.",
        ),
        Field::checkboxes("baseline_pools", "The spend of which pools counts?", pools)
            .hint("Choose none if that of every pool does."),
        Field::checkboxes(
            "baseline_categories",
            "The spend of which cost categories counts?",
            categories,
        )
        .hint("Choose none if that of every cost category does."),
        Field::text(
            "virement",
            "How many per cent may be moved between its parts without asking? (optional)",
        )
        .hint("In all, since it began. Leave it empty if the funder must consent to any.")
        .width("w5"),
        Field::radios(
            "virement_of",
            "Per cent of what?",
            vec![
                Choice::new(VirementBase::Award.slug(), "Of the award"),
                Choice::new(
                    VirementBase::Fence.slug(),
                    "Of each part: what is moved out of it or into it",
                ),
            ],
        ),
        Field::text("virement_source", "Where is that written? (optional)")
            .hint("For example: grant agreement, paragraph 9"),
    ]
}

/// What stands, as a form has it.
pub fn standing(mut typed: Fields, award: &AwardView) -> Fields {
    let further = &award.further_terms;
    let money = |amount: Option<Money>| amount.map(Money::as_typed).unwrap_or_default();
    let share = |share: Option<i32>| share.map(typed_variance).unwrap_or_default();
    let text = |text: &str| text.to_owned();
    for (name, value) in [
        ("match_required", money(further.match_required.amount_pence)),
        ("match_share", share(further.match_required.share_bp)),
        ("match_how", text(&further.match_required.evidenced_how)),
        ("variance", share(further.variance.share_bp)),
        ("variance_amount", money(further.variance.amount_pence)),
        ("baseline", money(further.baseline.yearly_pence)),
        ("baseline_of", text(&further.baseline.of_what)),
        ("virement", share(further.virement.share_bp)),
        ("virement_of", text(further.virement.of.slug())),
        ("virement_source", text(&further.virement.source)),
    ] {
        if !value.is_empty() {
            typed = typed.with(name, value);
        }
    }
    let baseline = &further.baseline;
    if let Some(on) = baseline.from_on {
        typed = typed.with("baseline_from", typed_date(on));
    }
    for id in &baseline.pool_ids {
        typed = typed.with("baseline_pools", id.to_string());
    }
    for id in &baseline.category_ids {
        typed = typed.with("baseline_categories", id.to_string());
    }
    typed
}

/// What was typed.
pub fn read(fields: &Fields, wrong: &mut Wrong) -> TermsChange {
    TermsChange {
        match_required: Some(MatchTerms {
            amount_pence: wrong.some_money(fields, "match_required"),
            share_bp: per_cent(fields, wrong, "match_share"),
            evidenced_how: fields.text("match_how"),
        }),
        variance: Some(VarianceTerms {
            share_bp: per_cent(fields, wrong, "variance"),
            amount_pence: wrong.some_money(fields, "variance_amount"),
        }),
        baseline: Some(BaselineTerms {
            yearly_pence: wrong.some_money(fields, "baseline"),
            of_what: fields.text("baseline_of"),
            from_on: fields
                .some("baseline_from")
                .map(|_| wrong.date(fields, "baseline_from")),
            pool_ids: fields
                .all("baseline_pools")
                .filter_map(|text| text.parse().ok().map(PoolId))
                .collect(),
            category_ids: fields
                .all("baseline_categories")
                .filter_map(|text| text.parse().ok().map(CostCategoryId))
                .collect(),
        }),
        virement: Some(VirementTerms {
            share_bp: per_cent(fields, wrong, "virement"),
            of: fields
                .some("virement_of")
                .and_then(VirementBase::from_slug)
                .unwrap_or(VirementBase::Award),
            source: fields.text("virement_source"),
        }),
        ..TermsChange::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_said_in_words() {
        let asked = MatchTerms {
            share_bp: Some(2_500),
            evidenced_how: "letters".to_owned(),
            ..MatchTerms::default()
        };
        assert_eq!(
            match_in_words(&asked, Some(Money(100_00))),
            "25% of the award (£25.00), evidenced by: letters"
        );
        assert_eq!(match_in_words(&MatchTerms::default(), None), "None");
        let both = VarianceTerms {
            share_bp: Some(750),
            amount_pence: Some(Money(5_000_00)),
        };
        assert_eq!(
            variance_in_words(both),
            "A difference of more than 7.5%, or of more than £5,000.00"
        );
        assert_eq!(
            variance_in_words(VarianceTerms::default()),
            "Nothing is stated"
        );
    }
}
