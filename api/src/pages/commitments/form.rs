//! Recording an agreement, a change of it, and what the provider was told.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use domain::access::rules::Operation;
use domain::commitments::ops::{
    self, CommitmentTerms, MonthAmount, NewCommitment, NewNotice, Variation,
};
use domain::commitments::view::{self, CommitmentView};
use domain::{Error, Money, awards, categories, decisions};
use entity::{AwardId, CommitmentId, CommitmentKind};

use super::one::kind_in_words;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::awards::form::bodies;
use crate::pages::decisions::pools_to_choose;
use crate::pages::fields::{Fields, Wrong, id, month};
use crate::pages::form::{Choice, Field, Form, show};
use crate::pages::programmes::typed_date;
use crate::pages::{Link, see_other, words};

type Typed = PageForm<Vec<(String, String)>>;

/// The fields of what was agreed.
async fn terms_fields(house: &House, seen: Option<&CommitmentView>) -> Result<Vec<Field>, Fault> {
    let none = |text: &str| Choice::new("", text);
    let chart = categories::view::all(&house.db, &house.ctx).await?;
    let category = std::iter::once(none("Several, or not settled"))
        .chain(
            chart
                .into_iter()
                .map(|category| Choice::new(category.id, category.name)),
        )
        .collect();
    let pool = seen.map(|seen| seen.summary.pool_id);
    let decided = decisions::view::allocations(&house.db, &house.ctx, pool).await?;
    let allocation = std::iter::once(none("None"))
        .chain(decided.into_iter().map(|one| {
            Choice::new(
                one.id,
                format!("{}, {}", one.title, one.amount_pence.in_words()),
            )
        }))
        .collect();
    let paying = awards::view::by_attention(&house.db, &house.ctx, None, 200)
        .await?
        .items
        .into_iter()
        .map(|award| Choice::new(award.id, format!("{} ({})", award.title, award.reference)))
        .collect();
    let mut fields = vec![Field::text("title", "What people call it")];
    if seen.is_none() {
        fields.push(Field::select(
            "pool_id",
            "Which pool pays?",
            pools_to_choose(house).await?,
        ));
    }
    fields.extend([
        Field::select("category_id", "For what?", category),
        Field::select("allocation_id", "Decided by both boards?", allocation),
        Field::text("place", "Where? (optional)"),
        Field::text("people_group", "For which group of people? (optional)"),
        Field::radios(
            "capital",
            "Kind of spend",
            vec![Choice::new("no", "Revenue"), Choice::new("yes", "Capital")],
        )
        .hint("An award that pays for the other kind is not expected to pay for it."),
        Field::text("supplier", "How does the finance system name the provider? (optional)")
            .hint("Spend of this name in this pool counts against the agreement. Left empty: the provider’s own name."),
        Field::date("starts_on", "First day"),
        Field::date("ends_on", "Last day"),
        Field::text("notice_days", "How many days’ notice? (optional)")
            .hint("So many days before its last day the provider must be told whether it goes on.")
            .width("w5"),
        Field::money("spread_pence", "How much in all, if it is the same each month?")
            .hint("It is spread equally, to the penny. Otherwise leave it empty, and say each month below."),
        Field::area("months", "Or how much each month?").hint(
            "One month a line, such as: April 2027, 12,500.00. Two columns of a spreadsheet can be pasted.",
        ),
        Field::checkboxes("award_ids", "Does the agreement name the awards that pay? (optional)", paying),
    ]);
    Ok(fields)
}

/// A line of a month and its amount.
fn read_month(line: &str) -> Option<(NaiveDate, Money)> {
    let line = line.trim();
    let (name, amount) = line
        .split_once('\t')
        .or_else(|| line.split_once(", "))
        .or_else(|| line.split_once(": "))
        .or_else(|| line.split_once('£'))
        .or_else(|| line.rsplit_once(' '))?;
    let month = month(name.trim().trim_end_matches([',', ':']))
        .or_else(|| crate::pages::fields::date(name))?;
    Some((
        domain::calendar::rules::first_of_month(month),
        Money::from_typed(amount)?,
    ))
}

fn read_months(text: &str, wrong: &mut Wrong) -> Vec<MonthAmount> {
    let mut months = Vec::new();
    for (line, n) in text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .zip(1_usize..)
    {
        match read_month(line) {
            Some((month, amount_pence)) => months.push(MonthAmount {
                month,
                amount_pence,
            }),
            None => wrong.add(
                "months",
                format!("Line {n}: enter a month and an amount, such as: April 2027, 12,500.00"),
            ),
        }
    }
    months
}

fn terms(
    fields: &Fields,
    pool: Option<entity::PoolId>,
    wrong: &mut Wrong,
) -> Option<CommitmentTerms> {
    if fields.some("title").is_none() {
        wrong.add("title", "Enter what people call it.");
    }
    let pool_id = match pool {
        Some(pool) => Some(pool),
        None => wrong.chosen(fields, "pool_id", id),
    };
    let starts_on = wrong.date(fields, "starts_on");
    let ends_on = wrong.date(fields, "ends_on");
    let notice_days = fields.some("notice_days").and_then(|text| {
        let days = text.parse::<i32>().ok();
        if days.is_none() {
            wrong.add("notice_days", "Enter a number of days.");
        }
        days
    });
    let spread_pence = wrong.some_money(fields, "spread_pence");
    let months = read_months(&fields.text("months"), wrong);
    if !wrong.is_empty() {
        return None;
    }
    Some(CommitmentTerms {
        title: fields.text("title"),
        pool_id: pool_id?,
        category_id: fields.some("category_id").and_then(id),
        place: fields.text("place"),
        people_group: fields.text("people_group"),
        capital: fields.some("capital") == Some("yes"),
        allocation_id: fields.some("allocation_id").and_then(id),
        supplier: fields.text("supplier"),
        starts_on,
        ends_on,
        notice_days,
        months,
        spread_pence,
        award_ids: fields.all("award_ids").filter_map(id::<AwardId>).collect(),
    })
}

/// Complaints about what is inside, under the names of the page's fields.
fn renamed(error: Error) -> Error {
    match error {
        Error::Invalid(mut fields) => {
            for field in &mut fields {
                field.pointer = field.pointer.replacen("/terms", "", 1);
            }
            Error::Invalid(fields)
        }
        other => other,
    }
}

async fn new_form(house: &House) -> Result<Form, Fault> {
    let bodies = bodies(house).await?;
    let kinds = CommitmentKind::all()
        .map(|kind| Choice::new(kind.slug(), kind_in_words(kind)))
        .collect();
    let mut fields = vec![
        Field::select("provider_id", "With whom?", bodies.clone())
            .hint("Missing? Add the organisation first."),
        Field::select("holder_id", "Who holds it?", bodies)
            .hint("Whose contract it is: often the council’s."),
        Field::radios("kind", "What is it?", kinds),
        Field::text("reference", "The holder’s reference").width("w20"),
    ];
    fields.extend(terms_fields(house, None).await?);
    Ok(Form {
        back: Link::new("Commitments", "/commitments"),
        heading: "Record an agreement with a provider".to_owned(),
        lead: "A contract or a grant agreement that the holder has with a provider: how much for \
               each month, and by when the provider must be told whether it goes on."
            .to_owned(),
        action: "/commitments".to_owned(),
        hidden: Vec::new(),
        fields,
        button: "Record this agreement".to_owned(),
        grave: false,
    })
}

pub async fn new(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCommitments)?;
    let form = new_form(&house).await?;
    let typed = Fields::default().with("capital", "no");
    show(&house, form, &typed, &Wrong::default()).await
}

pub async fn record(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCommitments)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let provider = wrong.chosen(&fields, "provider_id", id);
    let holder = wrong.chosen(&fields, "holder_id", id);
    let kind = wrong.chosen(&fields, "kind", CommitmentKind::from_slug);
    if fields.some("reference").is_none() {
        wrong.add("reference", "Enter the holder’s reference.");
    }
    let terms = terms(&fields, None, &mut wrong);
    if let (Some(provider_id), Some(holder_id), Some(kind), Some(terms)) =
        (provider, holder, kind, terms)
    {
        let new = NewCommitment {
            provider_id,
            holder_id,
            kind,
            reference: fields.text("reference"),
            terms,
        };
        match ops::record(&house.db, &house.ctx, &new).await {
            Ok(id) => return Ok(see_other(&format!("/commitments/{id}"))),
            Err(error) => wrong.take(renamed(error))?,
        }
    }
    show(&house, new_form(&house).await?, &fields, &wrong).await
}

async fn vary_form(house: &House, seen: &CommitmentView) -> Result<Form, Fault> {
    let address = format!("/commitments/{}", seen.summary.id);
    let mut fields = vec![
        Field::text("reason", "What changes, and why?")
            .hint("For example: extended by six months, letter of 1 October"),
        Field::date("effective_on", "From when?"),
        Field::heading("What is agreed from then on"),
    ];
    fields.extend(terms_fields(house, Some(seen)).await?);
    Ok(Form {
        back: Link::new(seen.summary.title.clone(), address.clone()),
        heading: "Record a change".to_owned(),
        lead:
            "Say all of what is agreed now, with the months before the change as they were. What \
               stood before stays on record."
                .to_owned(),
        action: format!("{address}/variation"),
        hidden: vec![("version".to_owned(), seen.summary.version.to_string())],
        fields,
        button: "Record the change".to_owned(),
        grave: false,
    })
}

fn begins(house: &House, seen: &CommitmentView) -> Fields {
    let text = |id: Option<String>| id.unwrap_or_default();
    let months: Vec<String> = seen
        .months
        .iter()
        .map(|one| {
            format!(
                "{}, {}",
                words::month(one.month),
                one.amount_pence.as_typed()
            )
        })
        .collect();
    let mut typed = Fields::default()
        .with("effective_on", typed_date(house.ctx.today()))
        .with("title", seen.summary.title.clone())
        .with(
            "category_id",
            text(seen.category_id.map(|id| id.to_string())),
        )
        .with(
            "allocation_id",
            text(seen.allocation_id.map(|id| id.to_string())),
        )
        .with("place", text(seen.place.clone()))
        .with("people_group", text(seen.people_group.clone()))
        .with("capital", if seen.capital { "yes" } else { "no" })
        .with("supplier", seen.supplier.clone())
        .with("starts_on", typed_date(seen.summary.starts_on))
        .with("ends_on", typed_date(seen.summary.ends_on))
        .with(
            "notice_days",
            text(seen.notice_days.map(|days| days.to_string())),
        )
        .with("months", months.join("\n"));
    for award in &seen.awards {
        typed = typed.with("award_ids", award.id.to_string());
    }
    typed
}

pub async fn ask_vary(house: House, id: web::Path<CommitmentId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCommitments)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let typed = begins(&house, &seen);
    let form = vary_form(&house, &seen).await?;
    show(&house, form, &typed, &Wrong::default()).await
}

pub async fn vary(
    house: House,
    id: web::Path<CommitmentId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCommitments)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if fields.some("reason").is_none() {
        wrong.add("reason", "Say what changes, and why.");
    }
    let effective_on = wrong.date(&fields, "effective_on");
    if let Some(terms) = terms(&fields, Some(seen.summary.pool_id), &mut wrong) {
        let change = Variation {
            effective_on,
            reason: fields.text("reason"),
            terms,
        };
        match ops::vary(&house.db, &house.ctx, *id, &change, fields.version()).await {
            Ok(_) => return Ok(see_other(&format!("/commitments/{}", *id))),
            Err(error) => wrong.take(renamed(error))?,
        }
    }
    show(&house, vary_form(&house, &seen).await?, &fields, &wrong).await
}

fn notice_form(seen: &CommitmentView) -> Form {
    let address = format!("/commitments/{}", seen.summary.id);
    Form {
        back: Link::new(seen.summary.title.clone(), address.clone()),
        heading: format!("What was {} told?", seen.summary.provider),
        lead: format!(
            "Its last day is {}. Once this is recorded nobody is reminded of it. If it goes on, \
             record the change with its new last day, too.",
            words::date(seen.summary.ends_on)
        ),
        action: format!("{address}/notice"),
        hidden: vec![("version".to_owned(), seen.summary.version.to_string())],
        fields: vec![
            Field::radios(
                "goes_on",
                "Does it go on?",
                vec![
                    Choice::new("yes", "It goes on"),
                    Choice::new("no", "It ends then"),
                ],
            ),
            Field::date("told_on", "When were they told?"),
            Field::text("words", "How?").hint("For example: by letter, reference C-12"),
        ],
        button: "Record it".to_owned(),
        grave: false,
    }
}

pub async fn ask_notice(house: House, id: web::Path<CommitmentId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCommitments)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let typed = Fields::default().with("told_on", typed_date(house.ctx.today()));
    show(&house, notice_form(&seen), &typed, &Wrong::default()).await
}

pub async fn give_notice(
    house: House,
    id: web::Path<CommitmentId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCommitments)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let goes_on = wrong.chosen(&fields, "goes_on", |text| match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    });
    let told_on = wrong.date(&fields, "told_on");
    if fields.some("words").is_none() {
        wrong.add("words", "Say how they were told.");
    }
    if let (true, Some(goes_on)) = (wrong.is_empty(), goes_on) {
        let new = NewNotice {
            goes_on,
            told_on,
            words: fields.text("words"),
        };
        match ops::give_notice(&house.db, &house.ctx, *id, &new, fields.version()).await {
            Ok(_) => return Ok(see_other(&format!("/commitments/{}", *id))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, notice_form(&seen), &fields, &wrong).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn months_are_read_as_they_are_pasted() {
        let april = "2027-04-01".parse().unwrap();
        for line in [
            "April 2027, 12,500.00",
            "April 2027\t12500",
            "04/2027 £12,500",
            "2027-04: 12500.00",
            "01/04/2027\t£12,500.00",
            "Apr 2027 12500",
        ] {
            assert_eq!(read_month(line), Some((april, Money(12_500_00))), "{line}");
        }
        for line in ["April 2027", "12,500", "April, much"] {
            assert_eq!(read_month(line), None, "{line}");
        }
    }
}
