//! An award's years: what each may pay and what is left of it, and recording what was agreed.

use actix_web::{HttpResponse, web};
use chrono::{Datelike, NaiveDate};
use domain::Money;
use domain::access::rules::Operation;
use domain::awards::ops::{self, NewAwardYear, NewYearEvent};
use domain::awards::view::{self, AwardView, AwardYearView, YearEventView};
use entity::{AwardId, AwardYearEventKind as Kind, AwardYearId, CarryForward, YearStanding};

use super::super::applications::read_year;
use super::super::fields::{Fields, Wrong};
use super::super::form::{Choice, Field, Form, show};
use super::super::{Link, see_other, words};
use super::form::Typed;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

/// A row of the table of years.
pub struct YearRow {
    pub name: String,
    pub href: String,
    pub amount: String,
    pub carried: String,
    pub attributed: String,
    pub attributed_href: String,
    pub left: String,
    pub state: String,
    pub kind: &'static str,
}

/// A year in few words: "2026-27", or its window.
pub fn name(from: NaiveDate, to: NaiveDate) -> String {
    let whole = (from.month(), from.day()) == (4, 1)
        && (to.year(), to.month(), to.day()) == (from.year() + 1, 3, 31);
    if whole {
        format!("{}–{:02}", from.year(), to.year().rem_euclid(100))
    } else {
        format!("{} to {}", words::day(from), words::day(to))
    }
}

/// The years of an award as a table, where there is more to say than of the award itself.
pub fn rows(house: &House, award: &AwardView, lines_href: &str) -> Vec<YearRow> {
    if let [only] = award.years.as_slice()
        && only.standing == YearStanding::Confirmed
        && only.agreed.is_empty()
    {
        return Vec::new();
    }
    let may = house.ctx.require(Operation::RecordAwardYear).is_ok();
    let id = award.summary.id;
    let today = house.ctx.today();
    award
        .years
        .iter()
        .map(|year| {
            let (state, kind) = state(year, today);
            YearRow {
                name: name(year.starts_on, year.ends_on),
                href: if may && !choices(year).is_empty() {
                    format!("/awards/{id}/years/{}/agreement", year.id)
                } else {
                    String::new()
                },
                amount: year.amount_pence.in_full(),
                carried: carried(year),
                attributed: year.attributed_pence.in_full(),
                attributed_href: if lines_href.is_empty() {
                    String::new()
                } else {
                    format!("{lines_href}&from={}&to={}", year.starts_on, year.ends_on)
                },
                left: year.left_pence.in_full(),
                state,
                kind,
            }
        })
        .collect()
}

fn carried(year: &AwardYearView) -> String {
    let parts: Vec<String> = [(year.carried_in_pence, "in"), (year.given_on_pence, "out")]
        .into_iter()
        .filter(|(amount, _)| *amount != Money::ZERO)
        .map(|(amount, way)| format!("{} {way}", amount.in_full()))
        .collect();
    if parts.is_empty() {
        "None".to_owned()
    } else {
        parts.join(", ")
    }
}

fn state(year: &AwardYearView, today: NaiveDate) -> (String, &'static str) {
    if year.left_pence < Money::ZERO {
        return ("Over allocation".to_owned(), "wrong");
    }
    if let Some(risk) = &year.at_risk {
        return (
            format!(
                "Not confirmed; up to {} at risk",
                risk.limit_pence.in_words()
            ),
            "waiting",
        );
    }
    if year.standing == YearStanding::Indicative {
        return ("Not confirmed".to_owned(), "todo");
    }
    if year.ends_on >= today {
        return ("Confirmed".to_owned(), "done");
    }
    let state = match year.carry_forward {
        _ if year.left_pence == Money::ZERO => "Over, all used",
        _ if year.carries_on => "Over, carried forward",
        CarryForward::ByConsent if year.asked_pence.is_some() => "Over, carry-forward asked",
        _ => "Over, not used",
    };
    (state.to_owned(), "off")
}

/// What needs a person's attention in the years, each as a sentence.
pub fn heeds(award: &AwardView, today: NaiveDate) -> Vec<String> {
    let mut said = Vec::new();
    let last = award.years.len().saturating_sub(1);
    for (at, year) in award.years.iter().enumerate() {
        let name = name(year.starts_on, year.ends_on);
        if let Some(risk) = year
            .at_risk
            .filter(|risk| risk.attributed_pence > Money::ZERO)
        {
            said.push(format!(
                "{} of {name} is spent at risk: the funder has not confirmed the year.",
                risk.attributed_pence.in_words()
            ));
        }
        if year.left_pence < Money::ZERO {
            said.push(format!(
                "Over allocation in {name}: {} is attributed beyond what it may pay. To repay or \
                 resolve.",
                Money::ZERO
                    .minus(year.left_pence)
                    .unwrap_or_default()
                    .in_words()
            ));
        }
        let by_consent = year.carry_forward == CarryForward::ByConsent
            && year.standing == YearStanding::Confirmed
            && year.left_pence > Money::ZERO
            && year.ends_on < today
            && at < last;
        if let Some(asked) = year.asked_pence {
            said.push(format!(
                "We asked to carry {} forward from {name}. The funder has not answered.",
                asked.in_words()
            ));
        } else if by_consent {
            said.push(format!(
                "{} of {name} was not used. It can be carried forward if the funder agrees.",
                year.left_pence.in_words()
            ));
        }
    }
    said
}

/// What was agreed of the years, each as a sentence with its day, the newest first.
pub fn agreed(award: &AwardView) -> Vec<super::super::history::Event> {
    let mut all: Vec<(NaiveDate, super::super::history::Event)> = Vec::new();
    for year in &award.years {
        let name = name(year.starts_on, year.ends_on);
        for event in &year.agreed {
            all.push((
                event.happened_on,
                super::super::history::Event {
                    what: what(event, &name),
                    who: event.with_whom.clone(),
                    when: words::day(event.happened_on),
                    why: String::new(),
                },
            ));
        }
    }
    all.sort_by_key(|(on, _)| std::cmp::Reverse(*on));
    all.into_iter().map(|(_, event)| event).collect()
}

fn what(event: &YearEventView, name: &str) -> String {
    let amount = event.amount_pence.in_full();
    match event.kind {
        Kind::Confirmed => format!("{name}: {amount} confirmed"),
        Kind::CarryAsked => format!("{name}: asked to carry {amount} forward"),
        Kind::CarryGiven => format!("{name}: the funder agreed to carry {amount} forward"),
        Kind::CarryRefused => format!("{name}: the funder did not agree to carry it forward"),
        Kind::AtRisk if event.amount_pence == Money::ZERO => {
            format!("{name}: nothing more may be spent at risk")
        }
        Kind::AtRisk => format!(
            "{name}: up to {amount} may be spent at risk, until {}",
            event.until_on.map(words::day).unwrap_or_default()
        ),
    }
}

/// What can be recorded of a year now.
fn choices(year: &AwardYearView) -> Vec<Choice> {
    let choice = |kind: Kind, text: &str, hint: &str| {
        let mut choice = Choice::new(kind.slug(), text);
        hint.clone_into(&mut choice.hint);
        choice
    };
    if year.standing == YearStanding::Indicative {
        return vec![
            choice(
                Kind::Confirmed,
                "The funder confirmed it",
                "From then on it pays for spend.",
            ),
            choice(
                Kind::AtRisk,
                "The holder agreed to spend at risk",
                "Until the funder confirms it, up to an amount and a day. Enter 0 to end an agreement.",
            ),
        ];
    }
    match (year.carry_forward, year.asked_pence) {
        (CarryForward::ByConsent, None) => vec![choice(
            Kind::CarryAsked,
            "We asked to carry some of it forward",
            "",
        )],
        (CarryForward::ByConsent, Some(_)) => vec![
            choice(
                Kind::CarryGiven,
                "The funder agreed",
                "To all or a part of what was asked.",
            ),
            choice(Kind::CarryRefused, "The funder did not agree", ""),
        ],
        (CarryForward::None | CarryForward::ByRight, _) => Vec::new(),
    }
}

fn form(award: &AwardView, year: &AwardYearView) -> Form {
    let id = award.summary.id;
    let name = name(year.starts_on, year.ends_on);
    let mut fields = vec![
        Field::radios("kind", "What was agreed?", choices(year)),
        Field::money("amount_pence", "How much?").hint(
            "The amount that is confirmed, asked for, carried forward, or may be spent at most.",
        ),
        Field::date("happened_on", "When?"),
        Field::text("with_whom", "Who agreed, and where is it written?")
            .hint("For example: Bea at the lottery, letter of 3 March"),
    ];
    if year.standing == YearStanding::Indicative {
        fields.insert(
            2,
            Field::date("until_on", "At risk until (only for spending at risk)")
                .hint("The last day of spend that the agreement covers, within the year"),
        );
    }
    let standing = match year.standing {
        YearStanding::Confirmed => "confirmed",
        YearStanding::Indicative => "not confirmed yet",
    };
    let carry = match year.carry_forward {
        CarryForward::None => "What is not used by its end stays behind.",
        CarryForward::ByRight => {
            "What is not used by its end goes into the year after, without asking."
        }
        CarryForward::ByConsent => {
            "What is not used by its end can be carried forward if the funder agrees."
        }
    };
    let lead = format!(
        "{} for {name}, {standing}. {} is attributed, {} is left. {carry}",
        year.amount_pence.in_full(),
        year.attributed_pence.in_full(),
        year.left_pence.in_full()
    );
    Form {
        back: Link::new(award.summary.title.clone(), format!("/awards/{id}")),
        heading: format!("{name}: what was agreed"),
        lead,
        action: format!("/awards/{id}/years/{}/agreement", year.id),
        hidden: vec![("version".to_owned(), award.summary.version.to_string())],
        fields,
        button: "Record it".to_owned(),
        grave: false,
    }
}

/// What was asked for, where the funder's answer is recorded next.
fn begun(year: &AwardYearView) -> Fields {
    let fields = Fields::default();
    match (year.standing, year.asked_pence) {
        (YearStanding::Indicative, _) => fields.with("amount_pence", year.amount_pence.as_typed()),
        (_, Some(asked)) => fields.with("amount_pence", asked.as_typed()),
        (_, None) if year.left_pence > Money::ZERO => {
            fields.with("amount_pence", year.left_pence.as_typed())
        }
        (_, None) => fields,
    }
}

pub async fn agreement(
    house: House,
    path: web::Path<(AwardId, AwardYearId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordAwardYear)?;
    let (id, year) = path.into_inner();
    let year = view::one_year(&house.db, &house.ctx, id, year).await?;
    let award = view::one(&house.db, &house.ctx, id).await?;
    if choices(&year).is_empty() {
        let name = name(year.starts_on, year.ends_on);
        return super::form::too_late(
            &house,
            &format!("{name}: what was agreed"),
            "This year is confirmed, and nothing has to be asked before its money is carried \
             forward or stays behind. If its amount or its dates change, record an amendment.",
            Link::new(
                format!("Go back to {}", award.summary.title),
                format!("/awards/{id}"),
            ),
        )
        .await;
    }
    let typed = begun(&year);
    show(&house, form(&award, &year), &typed, &Wrong::default()).await
}

pub async fn record(
    house: House,
    path: web::Path<(AwardId, AwardYearId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordAwardYear)?;
    let (id, year) = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let kind = wrong.chosen(&fields, "kind", Kind::from_slug);
    let refused = kind == Some(Kind::CarryRefused);
    let new = kind.map(|kind| NewYearEvent {
        kind,
        happened_on: wrong.date(&fields, "happened_on"),
        amount_pence: if refused {
            Money::ZERO
        } else {
            wrong.money(&fields, "amount_pence")
        },
        until_on: wrong
            .some_date(&fields, "until_on")
            .filter(|_| kind == Kind::AtRisk),
        with_whom: fields.text("with_whom"),
    });
    if let Some(new) = new
        && wrong.is_empty()
    {
        let expected = fields.version();
        match ops::record_year(&house.db, &house.ctx, id, year, expected, &new).await {
            Ok(_) => return Ok(see_other(&format!("/awards/{id}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    let year = view::one_year(&house.db, &house.ctx, id, year).await?;
    let award = view::one(&house.db, &house.ctx, id).await?;
    show(&house, form(&award, &year), &fields, &wrong).await
}

/// The fields of a form that say what an award gives by year.
pub fn fields() -> [Field; 2] {
    [
        Field::area("years", "How much in each year? (optional)").hint(
            "If it gives its money by year, one year on each line: 2026-27: 500,000. Add the word \
             indicative where the funder has not confirmed the year. Leave it empty if all of it \
             can be used at any time.",
        ),
        Field::radios(
            "carry_forward",
            "What becomes of a year’s money that is not used by the end of that year?",
            carry_choices(),
        ),
    ]
}

pub fn carry_choices() -> Vec<Choice> {
    vec![
        Choice::new(CarryForward::None.slug(), "It stays behind"),
        Choice::new(
            CarryForward::ByRight.slug(),
            "It goes into the year after, without asking",
        ),
        Choice::new(
            CarryForward::ByConsent.slug(),
            "It goes into the year after if the funder agrees",
        ),
    ]
}

/// Reads years as they are typed: "2026-27: 500,000 indicative", or "1/7/2026: 20,000".
pub fn read(
    text: &str,
    (starts_on, ends_on): (NaiveDate, NaiveDate),
    carry_forward: CarryForward,
) -> Result<Vec<NewAwardYear>, String> {
    let mut typed = Vec::new();
    let lines = text.lines().map(str::trim).enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let wrong = || {
            format!(
                "Line {}: enter a year, a colon and an amount, such as 2026-27: 500,000.",
                index + 1
            )
        };
        let (year, rest) = line.split_once(':').ok_or_else(wrong)?;
        let from = read_year(&year.replace('–', "-")).ok_or_else(wrong)?;
        let rest = rest.trim();
        let (amount, standing) = match rest.split_once(char::is_whitespace) {
            None => (rest, YearStanding::Confirmed),
            Some((amount, word)) => match word.trim().to_lowercase().as_str() {
                "indicative" => (amount, YearStanding::Indicative),
                "confirmed" => (amount, YearStanding::Confirmed),
                _ => return Err(wrong()),
            },
        };
        typed.push((from, Money::from_typed(amount).ok_or_else(wrong)?, standing));
    }
    let mut years = Vec::new();
    for (at, (from, amount, standing)) in typed.iter().enumerate() {
        years.push(NewAwardYear {
            starts_on: if at == 0 { starts_on } else { *from },
            ends_on: match typed.get(at + 1) {
                Some((next, ..)) => next.pred_opt().unwrap_or(*next),
                None => ends_on,
            },
            amount_pence: *amount,
            standing: *standing,
            carry_forward,
        });
    }
    Ok(years)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn years_are_read_as_they_are_typed() {
        let window = (day("2026-05-01"), day("2028-06-30"));
        let text = "2026-27: £500,000\n\n2027–28: 400,000.50 indicative\r\n1/4/2028: 1 confirmed";
        let years = read(text, window, CarryForward::ByRight).unwrap();
        let seen: Vec<_> = years
            .iter()
            .map(|year| {
                (
                    year.starts_on.to_string(),
                    year.ends_on.to_string(),
                    year.amount_pence.pence(),
                    year.standing,
                )
            })
            .collect();
        use YearStanding::{Confirmed, Indicative};
        let row = |from: &str, to: &str, pence, standing| {
            (from.to_owned(), to.to_owned(), pence, standing)
        };
        assert_eq!(
            seen,
            [
                row("2026-05-01", "2027-03-31", 500_000_00, Confirmed),
                row("2027-04-01", "2028-03-31", 400_000_50, Indicative),
                row("2028-04-01", "2028-06-30", 100, Confirmed),
            ]
        );
        for wrong in [
            "2026-27 500",
            "soon: 5",
            "2026-27: five",
            "2026-27: 5 perhaps",
        ] {
            let told = read(wrong, window, CarryForward::None).unwrap_err();
            assert!(told.starts_with("Line 1:"), "{told}");
        }
        assert!(read("", window, CarryForward::None).unwrap().is_empty());
    }
}
