//! How many members make a decision of each board.

use actix_web::HttpResponse;
use domain::access::rules::Operation;
use domain::decisions::ops::{self, NewQuorum};
use domain::decisions::rules::{BOARDS, board_name};
use domain::decisions::view;
use entity::Board;

use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::fields::{Fields, Wrong};
use crate::pages::form::{Choice, Field, Form, show};
use crate::pages::{Link, see_other, words};

async fn form(house: &House) -> Result<Form, Fault> {
    let known = view::quorums(&house.db, &house.ctx).await?;
    let said: Vec<String> = BOARDS
        .into_iter()
        .map(
            |board| match known.iter().find(|quorum| quorum.board == board) {
                Some(quorum) => format!(
                    "{}: {} from {} ({}).",
                    board_name(board),
                    words::count(
                        usize::try_from(quorum.members).unwrap_or_default(),
                        "member",
                        "members"
                    ),
                    words::day(quorum.valid_from),
                    quorum.minute
                ),
                None => format!("{}: nobody has said.", board_name(board)),
            },
        )
        .collect();
    Ok(Form {
        back: Link::new("Decisions", "/decisions"),
        heading: "How many members make a decision".to_owned(),
        lead: said.join(" "),
        action: "/decisions/quorums".to_owned(),
        hidden: Vec::new(),
        fields: vec![
            Field::radios(
                "board",
                "Which board?",
                BOARDS
                    .into_iter()
                    .map(|board| Choice::new(board.slug(), board_name(board)))
                    .collect(),
            ),
            Field::text("members", "How many members must vote?")
                .hint("A member with an interest in a paper does not vote and does not count.")
                .width("w5"),
            Field::date("valid_from", "From when?"),
            Field::text("minute", "Where is it written?")
                .hint("For example: rules of the board, part 4"),
        ],
        button: "Record it".to_owned(),
        grave: false,
    })
}

pub async fn ask(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SetQuorum)?;
    show(
        &house,
        form(&house).await?,
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

pub async fn set(
    house: House,
    PageForm(sent): PageForm<Vec<(String, String)>>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SetQuorum)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let board = wrong.chosen(&fields, "board", Board::from_slug);
    let members = fields
        .some("members")
        .and_then(|text| text.parse::<i32>().ok());
    if members.is_none() {
        wrong.add("members", "Enter a number from 1 to 100.");
    }
    let valid_from = wrong.date(&fields, "valid_from");
    if fields.some("minute").is_none() {
        wrong.add("minute", "Say where it is written.");
    }
    if let (true, Some(board), Some(members)) = (wrong.is_empty(), board, members) {
        let new = NewQuorum {
            board,
            members,
            valid_from,
            minute: fields.text("minute"),
        };
        match ops::set_quorum(&house.db, &house.ctx, &new).await {
            Ok(_) => return Ok(see_other("/decisions")),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form(&house).await?, &fields, &wrong).await
}
