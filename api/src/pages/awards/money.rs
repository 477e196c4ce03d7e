//! An award's money in and out: what was promised, what came, what is late.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use domain::Money;
use domain::access::rules::Operation;
use domain::awards;
use domain::payments::ops::{
    self, MoneyCorrection, NewMoney, NewPayment, NewPayments, PaymentWithdrawal,
};
use domain::payments::rules::PaymentState;
use domain::payments::view::{self, MoneyView};
use entity::{AwardId, AwardMoneyId, AwardMoneyKind as Kind, AwardPaymentId};

use super::super::fields::{self, Fields, Wrong, id};
use super::super::form::{Choice, Field, Form, show};
use super::super::{Link, PageFrame, page, see_other, words};
use super::Sum;
use super::form::Typed;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::payments::as_csv;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/awards/{id}/money")
                .route(web::get().to(look))
                .route(web::post().to(record)),
        )
        .service(web::resource("/awards/{id}/money.csv").route(web::get().to(file)))
        .service(web::resource("/awards/{id}/money/new").route(web::get().to(new)))
        .service(
            web::resource("/awards/{id}/money/{entry}/correction")
                .route(web::get().to(correction))
                .route(web::post().to(correct)),
        )
        .service(web::resource("/awards/{id}/payments").route(web::post().to(schedule)))
        .service(web::resource("/awards/{id}/payments/new").route(web::get().to(new_payments)))
        .service(
            web::resource("/awards/{id}/payments/{payment}/withdrawal")
                .route(web::get().to(withdrawal))
                .route(web::post().to(withdraw)),
        );
}

#[derive(Template)]
#[template(path = "pages/award_money.html")]
struct MoneyPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    sentence: String,
    heeds: Vec<String>,
    sums: Vec<Sum>,
    steps: Vec<Link>,
    schedule: Vec<Payment>,
    entries: Vec<Entry>,
    may_record: bool,
    downloads: Vec<Link>,
}

struct Payment {
    due: String,
    amount: String,
    received: String,
    state: &'static str,
    kind: &'static str,
    note: String,
    href: String,
}

struct Entry {
    what: &'static str,
    on: String,
    amount: String,
    reference: String,
    note: String,
    href: String,
}

const fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Receipt => "Received",
        Kind::Claim => "Claimed",
        Kind::Repayment => "Repaid",
    }
}

fn sentence(seen: &MoneyView) -> String {
    if seen.schedule.is_empty() && seen.entries.is_empty() {
        return "Nothing is recorded of what the funder pays and when.".to_owned();
    }
    let received = format!("{} was received", seen.received_pence.in_words());
    if seen.late_pence > Money::ZERO {
        return format!("{received}, and {} is late.", seen.late_pence.in_words());
    }
    if seen.expected_pence > Money::ZERO {
        return format!(
            "{received}, nothing is late, and {} is still to come.",
            seen.expected_pence.in_words()
        );
    }
    format!("{received}. Nothing is late.")
}

/// What must be met before the funder pays and is not, as a sentence.
fn unmet(seen: &MoneyView) -> Option<String> {
    let titles: Vec<&str> = seen
        .unmet_conditions
        .iter()
        .map(|one| one.title.as_str())
        .collect();
    let (what, are) = match titles.len() {
        0 => return None,
        1 => ("a condition", "is"),
        _ => ("conditions", "are"),
    };
    Some(format!(
        "The award has {what} that must be met before the first payment, and {are} not met: {}.",
        titles.join("; ")
    ))
}

async fn look(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let award_id = path.into_inner();
    let seen = view::of_award(&house.db, &house.ctx, award_id).await?;
    let award = awards::view::one(&house.db, &house.ctx, award_id)
        .await?
        .summary;
    let may = |operation| house.ctx.require(operation).is_ok();
    let may_record = may(Operation::RecordMoney);
    let mut steps = Vec::new();
    if may_record {
        steps.push(Link::new(
            "Record money in or out",
            format!("/awards/{award_id}/money/new"),
        ));
    }
    let may_schedule = may(Operation::SchedulePayments);
    if may_schedule {
        steps.push(Link::new(
            "Add to the schedule",
            format!("/awards/{award_id}/payments/new"),
        ));
    }
    steps.push(Link::new("What is owed, over all awards", "/owed"));
    let mut heeds = Vec::new();
    if let Some(owed) = &seen.owed {
        heeds.push(owed.sentence.clone());
    } else if seen.to_repay_pence > Money::ZERO {
        heeds.push(format!(
            "{} was received beyond what the award now holds: to repay.",
            seen.to_repay_pence.in_full()
        ));
    }
    heeds.extend(unmet(&seen));
    page(&MoneyPage {
        page: PageFrame::of(&house, "Money in and out").await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.title.clone(), format!("/awards/{award_id}")),
        ],
        sentence: sentence(&seen),
        sums: sums(&seen, award_id, &house),
        heeds,
        steps,
        schedule: seen
            .schedule
            .iter()
            .map(|payment| row(award_id, payment, may_schedule))
            .collect(),
        entries: seen
            .entries
            .iter()
            .map(|entry| {
                let untouched = entry.corrects_id.is_none() && !entry.corrected;
                Entry {
                    what: what(entry.kind),
                    on: words::day(entry.happened_on),
                    amount: entry.amount_pence.in_full(),
                    reference: entry.ledger_reference.clone(),
                    note: if entry.corrects_id.is_some() {
                        format!("Takes an entry back: {}", entry.note)
                    } else if entry.corrected {
                        "Was taken back".to_owned()
                    } else {
                        entry.note.clone()
                    },
                    href: if untouched && may_record {
                        format!("/awards/{award_id}/money/{}/correction", entry.id)
                    } else {
                        String::new()
                    },
                }
            })
            .collect(),
        downloads: if seen.schedule.is_empty() && seen.entries.is_empty() {
            Vec::new()
        } else {
            vec![Link::new(
                "Download this money as CSV",
                format!("/awards/{award_id}/money.csv"),
            )]
        },
        award: award.title,
        may_record,
    })
}

async fn file(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, path.into_inner()).await?;
    Ok(as_csv(seen))
}

fn row(award: AwardId, payment: &view::PaymentView, may: bool) -> Payment {
    let (state, kind) = match payment.state {
        None => ("Taken out", "off"),
        Some(PaymentState::Received) => ("Received", "done"),
        Some(PaymentState::Expected) if payment.received_pence > Money::ZERO => {
            ("Part received", "doing")
        }
        Some(PaymentState::Expected) => ("Expected", "todo"),
        Some(PaymentState::Late) => ("Late", "late"),
    };
    Payment {
        due: words::day(payment.due_on),
        amount: payment.amount_pence.in_full(),
        received: payment.received_pence.in_full(),
        state,
        kind,
        note: payment
            .withdrawn_because
            .clone()
            .unwrap_or_else(|| payment.note.clone()),
        href: if may
            && payment
                .state
                .is_some_and(|state| state != PaymentState::Received)
        {
            format!("/awards/{award}/payments/{}/withdrawal", payment.id)
        } else {
            String::new()
        },
    }
}

fn sums(seen: &MoneyView, award: AwardId, house: &House) -> Vec<Sum> {
    let sum = |label: &str, amount: Money, note: String, href: String| Sum {
        label: label.to_owned(),
        amount: amount.in_full(),
        href,
        note,
    };
    let none = String::new;
    let (label, gap) = if seen.owed_to_us_pence > Money::ZERO {
        ("Owed to us", seen.owed_to_us_pence)
    } else if seen.owed.is_some() {
        ("Owed to the funder", seen.to_repay_pence)
    } else {
        ("Received ahead of the spend", seen.ahead_pence)
    };
    let lines = super::lines_href(&house.ctx, award);
    vec![
        sum("Received", seen.received_pence, none(), none()),
        sum(
            "Late",
            seen.late_pence,
            format!("of {} due until today", seen.due_pence.in_full()),
            none(),
        ),
        sum("Spend attributed", seen.attributed_pence, none(), lines),
        sum(
            label,
            gap,
            "received less repaid, against the spend attributed".to_owned(),
            none(),
        ),
    ]
}

fn crumb(id: AwardId) -> Link {
    Link::new("Money in and out", format!("/awards/{id}/money"))
}

async fn money_form(house: &House, award: AwardId) -> Result<Form, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, award).await?;
    let open = seen
        .schedule
        .iter()
        .filter(|payment| {
            payment
                .state
                .is_some_and(|state| state != PaymentState::Received)
        })
        .map(|payment| {
            Choice::new(
                payment.id,
                format!(
                    "{} due {}",
                    payment.amount_pence.in_full(),
                    words::day(payment.due_on)
                ),
            )
        });
    let mut fields: Vec<Field> = unmet(&seen)
        .map(|told| {
            Field::heed(&format!(
                "{told} You can record what the ledger has all the same; a claim may be refused."
            ))
        })
        .into_iter()
        .collect();
    fields.extend([
        Field::radios(
            "kind",
            "What happened?",
            Kind::all()
                .map(|kind| {
                    let mut choice = Choice::new(
                        kind.slug(),
                        match kind {
                            Kind::Receipt => "The funder paid us",
                            Kind::Claim => "We claimed money from the funder",
                            Kind::Repayment => "We paid money back to the funder",
                        },
                    );
                    if kind == Kind::Claim {
                        "A request for payment; it is not money yet.".clone_into(&mut choice.hint);
                    }
                    choice
                })
                .collect(),
        ),
        Field::money("amount_pence", "How much?"),
        Field::date("happened_on", "When?"),
        Field::text("ledger_reference", "How does the ledger name it?")
            .hint("The reference in the holder’s finance system; of a claim, its own")
            .width("w20"),
    ]);
    let payments: Vec<Choice> = open.collect();
    if !payments.is_empty() {
        fields.push(
            Field::select(
                "payment_id",
                "Which payment of the schedule is it? (optional)",
                std::iter::once(Choice::new("", "The earliest that is open"))
                    .chain(payments)
                    .collect(),
            )
            .hint("Only for what the funder paid"),
        );
    }
    fields.push(Field::text("note", "Anything else? (optional)"));
    Ok(Form {
        back: crumb(award),
        heading: "Record money in or out".to_owned(),
        lead:
            "As the holder’s ledger has it. A wrong entry is taken back by another, never changed."
                .to_owned(),
        action: format!("/awards/{award}/money"),
        hidden: Vec::new(),
        fields,
        button: "Record it".to_owned(),
        grave: false,
    })
}

async fn new(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordMoney)?;
    let form = money_form(&house, path.into_inner()).await?;
    let typed = Fields::default().with("kind", Kind::Receipt.slug());
    show(&house, form, &typed, &Wrong::default()).await
}

async fn record(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordMoney)?;
    let award = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(kind) = wrong.chosen(&fields, "kind", Kind::from_slug) {
        let new = NewMoney {
            kind,
            amount_pence: wrong.money(&fields, "amount_pence"),
            happened_on: wrong.date(&fields, "happened_on"),
            ledger_reference: fields.text("ledger_reference"),
            payment_id: fields
                .some("payment_id")
                .and_then(id)
                .filter(|_| kind == Kind::Receipt),
            note: fields.text("note"),
        };
        if wrong.is_empty() {
            match ops::record(&house.db, &house.ctx, award, &new).await {
                Ok(_) => return Ok(see_other(&format!("/awards/{award}/money"))),
                Err(error) => wrong.take(error)?,
            }
        }
    }
    show(&house, money_form(&house, award).await?, &fields, &wrong).await
}

fn payments_form(award: AwardId) -> Form {
    Form {
        back: crumb(award),
        heading: "Add to the payment schedule".to_owned(),
        lead:
            "What the funder has promised to pay, and when. Late payments are shown to the finance \
               officer on Today."
                .to_owned(),
        action: format!("/awards/{award}/payments"),
        hidden: Vec::new(),
        fields: vec![Field::area("payments", "The payments").hint(
            "One on each line: its day, a colon, its amount, and what it depends on, if anything. \
                 For example 1/4/2027: 25,000 once the report is accepted",
        )],
        button: "Add them".to_owned(),
        grave: false,
    }
}

async fn new_payments(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SchedulePayments)?;
    let award = path.into_inner();
    awards::view::one(&house.db, &house.ctx, award).await?;
    let form = payments_form(award);
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

/// Reads payments as they are typed: "1/4/2027: 25,000 once the report is accepted".
fn read(text: &str) -> Result<Vec<NewPayment>, String> {
    let mut payments = Vec::new();
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() {
            continue;
        }
        let wrong = || {
            format!(
                "Line {}: enter a day, a colon and an amount, such as 1/4/2027: 25,000.",
                index + 1
            )
        };
        let (day, rest) = line.split_once(':').ok_or_else(wrong)?;
        let rest = rest.trim();
        let (amount, note) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let due_on: NaiveDate = fields::date(day).ok_or_else(wrong)?;
        payments.push(NewPayment {
            due_on,
            amount_pence: Money::from_typed(amount).ok_or_else(wrong)?,
            note: note.trim().to_owned(),
        });
    }
    if payments.is_empty() {
        return Err("Enter at least one payment, such as 1/4/2027: 25,000.".to_owned());
    }
    Ok(payments)
}

async fn schedule(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SchedulePayments)?;
    let award = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    match read(&fields.text("payments")) {
        Ok(payments) => {
            let new = NewPayments { payments };
            match ops::schedule(&house.db, &house.ctx, award, &new).await {
                Ok(_) => return Ok(see_other(&format!("/awards/{award}/money"))),
                Err(error) => wrong.take(error)?,
            }
        }
        Err(told) => wrong.add("payments", told),
    }
    awards::view::one(&house.db, &house.ctx, award).await?;
    show(&house, payments_form(award), &fields, &wrong).await
}

fn reason_form(award: AwardId, action: String, heading: &str, lead: String, button: &str) -> Form {
    Form {
        back: crumb(award),
        heading: heading.to_owned(),
        lead,
        action,
        hidden: Vec::new(),
        fields: vec![Field::text("reason", "Why?")],
        button: button.to_owned(),
        grave: true,
    }
}

async fn withdrawal_form(
    house: &House,
    award: AwardId,
    payment: AwardPaymentId,
) -> Result<Form, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, award).await?;
    let found = seen
        .schedule
        .iter()
        .find(|one| one.id == payment)
        .ok_or(domain::Error::NotFound)?;
    Ok(reason_form(
        award,
        format!("/awards/{award}/payments/{payment}/withdrawal"),
        "Take a payment out of the schedule",
        format!(
            "{} due {}. It stays in the record, and nobody waits for it any more.",
            found.amount_pence.in_full(),
            words::day(found.due_on)
        ),
        "Take it out",
    ))
}

async fn withdrawal(
    house: House,
    path: web::Path<(AwardId, AwardPaymentId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SchedulePayments)?;
    let (award, payment) = path.into_inner();
    let form = withdrawal_form(&house, award, payment).await?;
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn withdraw(
    house: House,
    path: web::Path<(AwardId, AwardPaymentId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SchedulePayments)?;
    let (award, payment) = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let why = PaymentWithdrawal {
        reason: fields.text("reason"),
    };
    match ops::withdraw(&house.db, &house.ctx, award, payment, &why).await {
        Ok(_) => return Ok(see_other(&format!("/awards/{award}/money"))),
        Err(error) => wrong.take(error)?,
    }
    let form = withdrawal_form(&house, award, payment).await?;
    show(&house, form, &fields, &wrong).await
}

async fn correction_form(
    house: &House,
    award: AwardId,
    entry: AwardMoneyId,
) -> Result<Form, Fault> {
    let seen = view::of_award(&house.db, &house.ctx, award).await?;
    let found = seen
        .entries
        .iter()
        .find(|one| one.id == entry)
        .ok_or(domain::Error::NotFound)?;
    Ok(reason_form(
        award,
        format!("/awards/{award}/money/{entry}/correction"),
        "Take an entry back",
        format!(
            "{} {} on {} ({}). Another entry takes all of it back; both stay in the record.",
            what(found.kind),
            found.amount_pence.in_full(),
            words::day(found.happened_on),
            found.ledger_reference
        ),
        "Take it back",
    ))
}

async fn correction(
    house: House,
    path: web::Path<(AwardId, AwardMoneyId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordMoney)?;
    let (award, entry) = path.into_inner();
    let form = correction_form(&house, award, entry).await?;
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn correct(
    house: House,
    path: web::Path<(AwardId, AwardMoneyId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordMoney)?;
    let (award, entry) = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let why = MoneyCorrection {
        reason: fields.text("reason"),
    };
    match ops::correct(&house.db, &house.ctx, award, entry, &why).await {
        Ok(_) => return Ok(see_other(&format!("/awards/{award}/money"))),
        Err(error) => wrong.take(error)?,
    }
    let form = correction_form(&house, award, entry).await?;
    show(&house, form, &fields, &wrong).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn payments_are_read_as_they_are_typed() {
        let read_ones =
            read("1/4/2027: £25,000 once the report is accepted\n\n1 July 2027: 10").unwrap();
        let seen: Vec<_> = read_ones
            .iter()
            .map(|one| (one.due_on.to_string(), one.amount_pence, one.note.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (
                    "2027-04-01".to_owned(),
                    Money(25_000_00),
                    "once the report is accepted"
                ),
                ("2027-07-01".to_owned(), Money(10_00), ""),
            ]
        );
        for wrong in ["", "1/4/2027 25", "soon: 5", "1/4/2027: five"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
