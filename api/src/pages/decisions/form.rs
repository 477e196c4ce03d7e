//! Writing a paper, changing it, taking it back; recording what a board decided.

use actix_web::{HttpResponse, web};
use domain::access::rules::Operation;
use domain::calendar::rules::Moment;
use domain::decisions::ops::{self, NewBoardDecision, PaperTerms, Withdrawal};
use domain::decisions::rules::board_in_words;
use domain::decisions::view::{self, PaperView};
use domain::pools;
use entity::{Board, OrganisationId, PaperId, PoolId};
use serde::Deserialize;

use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::awards::form::bodies;
use crate::pages::fields::{Fields, Wrong, id};
use crate::pages::form::{Choice, Field, Form, show};
use crate::pages::programmes::{typed_date, with_moment};
use crate::pages::{Link, see_other};

type Typed = PageForm<Vec<(String, String)>>;

/// The pools to choose from, each with what is left to use in it.
pub async fn pools_to_choose(house: &House) -> Result<Vec<Choice>, Fault> {
    let mut pools = pools::view::by_attention(&house.db, &house.ctx).await?;
    pools.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(std::iter::once(Choice::new("", "Choose"))
        .chain(pools.into_iter().map(|pool| {
            Choice::new(
                pool.id,
                format!("{}: {} left to use", pool.name, pool.left_pence.in_words()),
            )
        }))
        .collect())
}

async fn form(house: &House, seen: Option<&PaperView>) -> Result<Form, Fault> {
    let mut providers = bodies(house).await?;
    if let Some(first) = providers.first_mut() {
        "Not settled yet".clone_into(&mut first.text);
    }
    let fields = vec![
        Field::text("title", "What people call it").hint("For example: A recovery café on Sundays"),
        Field::text("purpose", "What is it for?")
            .hint("One sentence, as it should stand in the minutes."),
        Field::area("why", "Why, in plain words").hint(
            "What would change for people, and what happens if nothing is decided. Someone tired, \
             on a phone, should understand it in three minutes.",
        ),
        Field::select("pool_id", "From which pool?", pools_to_choose(house).await?),
        Field::money("amount_pence", "How much?"),
        Field::select("provider_id", "Who would do it?", providers),
        Field::text("requested_by", "Who asks for it?"),
        Field::date("decide_by", "By when should it be decided?"),
        Field::text("decide_by_time", "At what time? (optional)")
            .hint("For example, 5pm")
            .width("w10"),
    ];
    Ok(match seen {
        None => Form {
            back: Link::new("Decisions", "/decisions"),
            heading: "Write a paper for both boards".to_owned(),
            lead: "The Trustee Board and the Recovery Advisory Committee each decide on it. It \
                   passes when both agree to the same version."
                .to_owned(),
            action: "/decisions".to_owned(),
            hidden: Vec::new(),
            fields,
            button: "Send it to both boards".to_owned(),
            grave: false,
        },
        Some(seen) => {
            let address = format!("/decisions/{}", seen.summary.id);
            Form {
                back: Link::new(seen.summary.title.clone(), address.clone()),
                heading: "Change the paper".to_owned(),
                lead: "It becomes a new version. What members said and what boards decided of the \
                       version before counts no more: both boards are asked anew."
                    .to_owned(),
                action: format!("{address}/change"),
                hidden: vec![("version".to_owned(), seen.summary.version.to_string())],
                fields,
                button: "Send the new version to both boards".to_owned(),
                grave: seen.summary.boards.iter().any(|board| board.voted > 0),
            }
        }
    })
}

/// What was typed, or what is wrong with it.
fn terms(fields: &Fields, wrong: &mut Wrong) -> Option<PaperTerms> {
    wrong.need(
        fields,
        &[
            ("title", "Enter what people call it."),
            ("purpose", "Say what it is for."),
            ("why", "Say why."),
            ("requested_by", "Say who asks for it."),
        ],
    );
    let pool_id: Option<PoolId> = wrong.chosen(fields, "pool_id", id);
    let amount_pence = wrong.money(fields, "amount_pence");
    let provider_id: Option<OrganisationId> = fields.some("provider_id").and_then(id);
    let decide_by: Option<Moment> = wrong.some_moment(fields, "decide_by");
    if decide_by.is_none() {
        wrong.add("decide_by", "Enter a date, such as 30/10/2026.");
    }
    match (wrong.is_empty(), pool_id, decide_by) {
        (true, Some(pool_id), Some(decide_by)) => Some(PaperTerms {
            title: fields.text("title"),
            why: fields.text("why"),
            pool_id,
            amount_pence,
            purpose: fields.text("purpose"),
            provider_id,
            requested_by: fields.text("requested_by"),
            decide_by,
        }),
        _ => None,
    }
}

/// What a form begins with.
#[derive(Debug, Deserialize)]
pub struct Begin {
    #[serde(default)]
    pool: String,
}

pub async fn new(house: House, begin: web::Query<Begin>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::WritePaper)?;
    let typed = Fields::default().with("pool_id", begin.pool.clone());
    show(&house, form(&house, None).await?, &typed, &Wrong::default()).await
}

pub async fn write(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::WritePaper)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(new) = terms(&fields, &mut wrong) {
        match ops::write(&house.db, &house.ctx, &new).await {
            Ok(id) => return Ok(see_other(&format!("/decisions/{id}?done=written"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form(&house, None).await?, &fields, &wrong).await
}

pub async fn ask_change(house: House, id: web::Path<PaperId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::WritePaper)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let summary = &seen.summary;
    let typed = Fields::default()
        .with("title", summary.title.clone())
        .with("purpose", summary.purpose.clone())
        .with("why", seen.why.clone())
        .with("pool_id", summary.pool_id.to_string())
        .with("amount_pence", summary.amount_pence.as_typed())
        .with(
            "provider_id",
            summary
                .provider_id
                .map_or_else(String::new, |id| id.to_string()),
        )
        .with("requested_by", seen.requested_by.clone());
    let by = Moment::of_end(summary.decide_by_on, seen.decide_by_at);
    let typed = with_moment(typed, "decide_by", Some(by));
    let form = form(&house, Some(&seen)).await?;
    show(&house, form, &typed, &Wrong::default()).await
}

pub async fn change(
    house: House,
    id: web::Path<PaperId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::WritePaper)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(new) = terms(&fields, &mut wrong) {
        match ops::change(&house.db, &house.ctx, *id, &new, fields.version()).await {
            Ok(_) => return Ok(see_other(&format!("/decisions/{}?done=changed", *id))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form(&house, Some(&seen)).await?, &fields, &wrong).await
}

fn withdrawal_form(seen: &PaperView) -> Form {
    let address = format!("/decisions/{}", seen.summary.id);
    Form {
        back: Link::new(seen.summary.title.clone(), address.clone()),
        heading: "Take this paper back?".to_owned(),
        lead:
            "Nobody is asked to decide on it any more. What was said of it stays on record. This \
               cannot be undone."
                .to_owned(),
        action: format!("{address}/withdrawal"),
        hidden: vec![("version".to_owned(), seen.summary.version.to_string())],
        fields: vec![Field::text("reason", "Why?")],
        button: "Take it back".to_owned(),
        grave: true,
    }
}

pub async fn ask_withdraw(house: House, id: web::Path<PaperId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::WritePaper)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let form = withdrawal_form(&seen);
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

pub async fn withdraw(
    house: House,
    id: web::Path<PaperId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::WritePaper)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    match fields.some("reason") {
        None => wrong.add("reason", "Say why."),
        Some(reason) => {
            let why = Withdrawal {
                reason: reason.to_owned(),
            };
            match ops::withdraw(&house.db, &house.ctx, *id, &why, fields.version()).await {
                Ok(_) => return Ok(see_other(&format!("/decisions/{}", *id))),
                Err(error) => wrong.take(error)?,
            }
        }
    }
    show(&house, withdrawal_form(&seen), &fields, &wrong).await
}

/// Whose decision is recorded.
#[derive(Debug, Deserialize)]
pub struct OfBoard {
    #[serde(default)]
    board: String,
}

fn record_form(seen: &PaperView, board: Board) -> Form {
    let summary = &seen.summary;
    let address = format!("/decisions/{}", summary.id);
    let stand = summary.boards.iter().find(|one| one.board == board);
    let voted = stand.map_or(0, |stand| stand.voted);
    Form {
        back: Link::new(summary.title.clone(), address.clone()),
        heading: format!("Record what {} decided", board_in_words(board)),
        lead: format!(
            "{voted} {} voted on “{}”, {}. What was decided follows from the votes: it is agreed if \
             more than half of them agree. Once it is recorded, nobody can change their vote. This \
             cannot be undone.",
            if voted == 1 {
                "member has"
            } else {
                "members have"
            },
            summary.title,
            summary.amount_pence.in_words()
        ),
        action: format!("{address}/record"),
        hidden: vec![
            ("board".to_owned(), board.slug().to_owned()),
            ("revision".to_owned(), summary.revision.to_string()),
        ],
        fields: vec![
            Field::date("decided_on", "When was it decided?"),
            Field::text("minute", "Where is it in the minutes?")
                .hint("For example: meeting of 12 October, item 4"),
        ],
        button: "Record the decision".to_owned(),
        grave: false,
    }
}

pub async fn ask_record(
    house: House,
    id: web::Path<PaperId>,
    of: web::Query<OfBoard>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordDecision)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let Some(board) = Board::from_slug(&of.board)
        .or_else(|| seen.mine.may_record_for.first().copied())
        .filter(|board| seen.mine.may_record_for.contains(board))
    else {
        return Ok(see_other(&format!("/decisions/{}", *id)));
    };
    let typed = Fields::default().with("decided_on", typed_date(house.ctx.today()));
    show(&house, record_form(&seen, board), &typed, &Wrong::default()).await
}

pub async fn record(
    house: House,
    id: web::Path<PaperId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordDecision)?;
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let Some(board) = fields.some("board").and_then(Board::from_slug) else {
        return Ok(see_other(&format!("/decisions/{}", *id)));
    };
    let decided_on = wrong.date(&fields, "decided_on");
    if fields.some("minute").is_none() {
        wrong.add("minute", "Say where it is minuted.");
    }
    if wrong.is_empty() {
        let new = NewBoardDecision {
            board,
            revision: fields
                .some("revision")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
            decided_on,
            minute: fields.text("minute"),
        };
        match ops::record(&house.db, &house.ctx, *id, &new).await {
            Ok(_) => return Ok(see_other(&format!("/decisions/{}?done=recorded", *id))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, record_form(&seen, board), &fields, &wrong).await
}
