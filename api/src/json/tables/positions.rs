//! The tables of the co-funding position.

use actix_web::HttpResponse;
use domain::Money;
use domain::awards::rules::further::MatchPosition;
use domain::positions::rules::unspent::Goes;
use domain::positions::view::burn_up::BurnUp;
use domain::positions::view::cash::Cash;
use domain::positions::view::changes::PositionChanges;
use domain::positions::view::flows::Flows;
use domain::positions::view::grid::FundingGrid;
use domain::positions::view::matched::Matched;
use domain::positions::view::quarters::{QuarterFigures, Quarters};
use domain::positions::view::unspent::Unspent;
use domain::positions::view::{Figures, Position};

use super::super::csv;
use super::yes;

pub fn position(position: Position) -> HttpResponse {
    let heading = [
        "funder",
        "award",
        "ends_on",
        "pledged_pounds",
        "agreed_pounds",
        "confirmed_pounds",
        "received_pounds",
        "attributed_pounds",
        "outstanding_pounds",
        "forecast_not_committed_pounds",
        "headroom_pounds",
        "lost_if_unspent",
        "award_id",
    ];
    let of = |begins: [String; 3], figures: Figures, ends: [String; 2]| {
        let amounts = [
            figures.pledged_pence,
            figures.agreed_pence,
            figures.confirmed_pence,
            figures.received_pence,
            figures.attributed_pence,
            figures.outstanding_pence,
            figures.not_committed_pence,
            figures.headroom_pence,
        ]
        .map(|amount| amount.map_or_else(String::new, |amount| amount.as_typed()));
        begins.into_iter().chain(amounts).chain(ends).collect()
    };
    let text = str::to_owned;
    let others = position.others.map(|others| {
        let begins = [text("Other funders"), text(""), text("")];
        of(begins, others.figures, Default::default())
    });
    let together = of(
        [text("Together"), text(""), text("")],
        position.together,
        Default::default(),
    );
    // what awards pay, and what none pays for, come to what was spent
    let sum = |name: &str, attributed: Option<Money>, outstanding: Option<Money>| {
        of(
            [text(name), text(""), text("")],
            Figures {
                attributed_pence: attributed,
                outstanding_pence: outstanding,
                ..Figures::default()
            },
            Default::default(),
        )
    };
    let not_covered = sum(
        "Covered by no award",
        position.unfunded_pence,
        position.outstanding_unfunded_pence,
    );
    let spent = sum("Spent", position.spend_pence, None);
    let rows: Vec<Vec<String>> = position
        .rows
        .into_iter()
        .map(|row| {
            of(
                [row.funder, row.award, row.ends_on.to_string()],
                row.figures,
                [yes(row.lost_if_unspent), row.award_id.to_string()],
            )
        })
        .chain(others)
        .chain([together, not_covered, spent])
        .collect();
    csv::reply("position", &heading, rows)
}

/// What changed, a row for each figure of an award.
pub fn position_changes(changes: PositionChanges) -> HttpResponse {
    let heading = [
        "funder",
        "award",
        "figure",
        "more_pounds",
        "before_pounds",
        "now_pounds",
        "since",
        "award_id",
    ];
    let since = changes.since.map_or_else(String::new, |at| at.to_rfc3339());
    let rows = changes.rows.into_iter().flat_map(|row| {
        let since = since.clone();
        row.figures.into_iter().map(move |of| {
            vec![
                row.funder.clone(),
                row.award.clone(),
                of.figure.slug().to_owned(),
                of.more_pence.as_typed(),
                of.before_pence.as_typed(),
                of.now_pence.as_typed(),
                since.clone(),
                row.award_id.to_string(),
            ]
        })
    });
    csv::reply("position-changes", &heading, rows)
}

/// What will be unspent, a row for each year of an award.
pub fn unspent(unspent: Unspent) -> HttpResponse {
    let heading = [
        "funder",
        "award",
        "year_from",
        "year_to",
        "may_pay_pounds",
        "attributed_pounds",
        "promised_pounds",
        "forecast_not_committed_pounds",
        "unspent_pounds",
        "goes_back_pounds",
        "can_be_asked_pounds",
        "asked_pounds",
        "carried_forward_pounds",
        "stays_pounds",
        "beyond_pounds",
        "award_in_no_pool_pounds",
        "award_id",
    ];
    let rows = unspent.rows.into_iter().map(|row| {
        let to = |wanted: Goes| {
            let part = row.goes.iter().find(|part| part.to == wanted);
            part.map_or(Money::ZERO, |part| part.amount_pence)
                .as_typed()
        };
        let goes = [
            Goes::Back,
            Goes::CanBeAsked,
            Goes::Asked,
            Goes::CarriedForward,
            Goes::Stays,
        ]
        .map(to);
        let mut cells = vec![
            row.funder,
            row.award,
            row.starts_on.to_string(),
            row.ends_on.to_string(),
            row.may_pay_pence.as_typed(),
            row.attributed_pence.as_typed(),
            row.outstanding_pence.as_typed(),
            row.not_committed_pence.as_typed(),
            row.unspent_pence.as_typed(),
        ];
        cells.extend(goes);
        cells.extend([
            row.beyond_pence.as_typed(),
            row.not_pooled_pence.as_typed(),
            row.award_id.to_string(),
        ]);
        cells
    });
    csv::reply("unspent", &heading, rows)
}

/// The holder's cash, a row for each month.
pub fn cash(cash: Cash) -> HttpResponse {
    let heading = [
        "month",
        "received_pounds",
        "expected_pounds",
        "spent_pounds",
        "due_pounds",
        "forecast_not_committed_pounds",
        "held_at_its_end_pounds",
    ];
    let before = [
        "before".to_owned(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        cash.opening_pence.as_typed(),
    ];
    let months = cash.months.into_iter().map(|of| {
        let amounts = [
            of.received_pence,
            of.expected_pence,
            of.spent_pence,
            of.due_pence,
            of.not_committed_pence,
            of.balance_pence,
        ];
        std::iter::once(of.month.to_string())
            .chain(amounts.map(Money::as_typed))
            .collect()
    });
    csv::reply(
        "cash",
        &heading,
        std::iter::once(before.to_vec()).chain(months),
    )
}

/// Where the money of each award stands against its spend.
pub fn cash_of_awards(cash: Cash) -> HttpResponse {
    let heading = [
        "funder",
        "award",
        "received_pounds",
        "attributed_pounds",
        "received_ahead_pounds",
        "owed_to_us_pounds",
        "closed",
        "award_id",
    ];
    let rows = cash.awards.into_iter().map(|row| {
        vec![
            row.funder,
            row.award,
            row.received_pence.as_typed(),
            row.attributed_pence.as_typed(),
            row.ahead_pence.as_typed(),
            row.owed_to_us_pence.as_typed(),
            yes(row.closed),
            row.award_id.to_string(),
        ]
    });
    csv::reply("cash-by-award", &heading, rows)
}

/// Who pays, for what, and by whom: a row for each part of a step.
pub fn flows(flows: Flows) -> HttpResponse {
    let heading = ["step", "from", "to", "amount_pounds", "from_id", "to_id"];
    let id = |id: Option<uuid::Uuid>| id.map_or_else(String::new, |id| id.to_string());
    let purpose = |allocation: Option<entity::AllocationId>,
                   category: Option<entity::CostCategoryId>| {
        id(allocation.map(|id| id.0).or(category.map(|id| id.0)))
    };
    let sources = flows.sources.into_iter().map(|one| {
        vec![
            "who pays".to_owned(),
            match one.funder_id {
                Some(_) => one.funder,
                None => "Not covered".to_owned(),
            },
            one.pool,
            one.amount_pence.as_typed(),
            id(one.funder_id.map(|id| id.0)),
            one.pool_id.to_string(),
        ]
    });
    let purposes = flows.purposes.into_iter().map(|one| {
        vec![
            "what for".to_owned(),
            one.pool,
            one.purpose,
            one.amount_pence.as_typed(),
            one.pool_id.to_string(),
            purpose(one.allocation_id, one.category_id),
        ]
    });
    let providers = flows.providers.into_iter().flatten().map(|one| {
        vec![
            "by whom".to_owned(),
            one.purpose,
            match one.provider_id {
                Some(_) => one.provider,
                None => "Under no agreement".to_owned(),
            },
            one.amount_pence.as_typed(),
            purpose(one.allocation_id, one.category_id),
            id(one.provider_id.map(|id| id.0)),
        ]
    });
    csv::reply("flows", &heading, sources.chain(purposes).chain(providers))
}

/// Quarter by quarter, with all of them together last.
pub fn quarters(quarters: Quarters) -> HttpResponse {
    let heading = [
        "quarter_from",
        "quarter_to",
        "of_year",
        "attributed_revenue_pounds",
        "attributed_capital_pounds",
        "not_covered_pounds",
        "promised_pounds",
        "promised_not_covered_pounds",
        "forecast_revenue_pounds",
        "forecast_capital_pounds",
        "together_pounds",
    ];
    let of = |begins: [String; 3], figures: QuarterFigures| -> Vec<String> {
        let amounts = [
            Some(figures.attributed_revenue_pence),
            Some(figures.attributed_capital_pence),
            figures.unfunded_pence,
            figures.outstanding_pence,
            figures.outstanding_unfunded_pence,
            figures.forecast_revenue_pence,
            figures.forecast_capital_pence,
            Some(figures.together_pence),
        ]
        .map(|amount| amount.map_or_else(String::new, Money::as_typed));
        begins.into_iter().chain(amounts).collect()
    };
    let together = of(
        ["Together".to_owned(), String::new(), String::new()],
        quarters.together,
    );
    let rows = quarters.rows.into_iter().map(|row| {
        of(
            [
                row.starts_on.to_string(),
                row.ends_on.to_string(),
                row.of_year,
            ],
            row.figures,
        )
    });
    csv::reply("quarters", &heading, rows.chain([together]))
}

/// The match that awards require, with all of it last.
pub fn matched(matched: Matched) -> HttpResponse {
    let heading = [
        "funder",
        "award",
        "required_pounds",
        "evidenced_pounds",
        "not_in_writing_pounds",
        "short_pounds",
        "evidenced_how",
        "award_id",
    ];
    let of = |begins: [String; 2], position: MatchPosition, ends: [String; 2]| -> Vec<String> {
        let amounts = [
            position.required_pence,
            position.evidenced_pence,
            position.not_in_writing_pence,
            position.short_pence,
        ]
        .map(Money::as_typed);
        begins.into_iter().chain(amounts).chain(ends).collect()
    };
    let together = of(
        ["Together".to_owned(), String::new()],
        matched.together,
        Default::default(),
    );
    let rows = matched.rows.into_iter().map(|row| {
        of(
            [row.funder, row.award],
            row.figures,
            [row.evidenced_how, row.award_id.to_string()],
        )
    });
    csv::reply("match-positions", &heading, rows.chain([together]))
}

/// An award's burn-up, a row for each month.
pub fn burn_up(seen: BurnUp) -> HttpResponse {
    let heading = [
        "month",
        "attributed_pounds",
        "promised_pounds",
        "forecast_not_committed_pounds",
        "attributed_so_far_pounds",
        "committed_so_far_pounds",
        "expected_so_far_pounds",
        "may_pay_pounds",
    ];
    let amount = seen.amount_pence;
    let rows = seen.months.into_iter().map(|of| {
        let amounts = [
            Some(of.attributed_pence),
            Some(of.outstanding_pence),
            Some(of.not_committed_pence),
            of.attributed_so_far_pence,
            of.committed_so_far_pence,
            of.expected_so_far_pence,
            Some(amount),
        ]
        .map(|amount| amount.map_or_else(String::new, Money::as_typed));
        std::iter::once(of.month.to_string())
            .chain(amounts)
            .collect()
    });
    csv::reply("burn-up", &heading, rows)
}

/// Cost categories down, awards across.
pub fn funding_grid(grid: FundingGrid) -> HttpResponse {
    let mut heading = vec!["category".to_owned()];
    heading.extend(
        grid.awards
            .iter()
            .map(|award| format!("{} ({})", award.award, award.funder)),
    );
    heading.extend(
        [
            "attributed",
            "not_covered",
            "spent",
            "may_pay",
            "category_id",
        ]
        .map(str::to_owned),
    );
    let heading: Vec<&str> = heading.iter().map(String::as_str).collect();
    let together = std::iter::once("Together".to_owned())
        .chain(
            grid.awards
                .iter()
                .map(|award| award.attributed_pence.as_typed()),
        )
        .chain([
            grid.attributed_pence.as_typed(),
            grid.unfunded_pence.as_typed(),
            grid.spend_pence.as_typed(),
            String::new(),
            String::new(),
        ])
        .collect();
    let rows = grid.rows.into_iter().map(|row| {
        let mut cells = vec![row.category];
        cells.extend(
            row.cells
                .iter()
                .map(|cell| cell.attributed_pence.as_typed()),
        );
        cells.extend([
            row.attributed_pence.as_typed(),
            row.unfunded_pence.as_typed(),
            row.spend_pence.as_typed(),
            row.may_pay.to_string(),
            row.category_id.to_string(),
        ]);
        cells
    });
    csv::reply("funding-grid", &heading, rows.chain([together]))
}
