//! Pictures of data as SVG that the server makes: where lines, marks and their labels stand. Whole numbers throughout;
//! the labels stand on the marks, and none on another. A picture always stands beside its table.

use chrono::{Datelike, NaiveDate};
use domain::Money;
use domain::positions::view::burn_up::BurnUp;

/// The picture's size, in its own units: narrow enough that its words can be read on a phone.
pub const WIDTH: i64 = 380;
pub const HEIGHT: i64 = 290;
const LEFT: i64 = 4;
/// Where lines end and their labels begin.
const RIGHT: i64 = 272;
const TOP: i64 = 26;
const BOTTOM: i64 = 256;
/// Two lines of words.
const LABEL: i64 = 32;

/// A burn-up as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: i64,
    pub height: i64,
    /// What it shows, for who does not see it.
    pub sentence: String,
    pub left: i64,
    pub right: i64,
    pub top: i64,
    pub bottom: i64,
    /// Where what it may pay is drawn.
    pub cap: i64,
    /// Where its last day is.
    pub end: i64,
    /// Where the day is; none where it is outside of the picture.
    pub today: Option<Day>,
    pub lines: Vec<Line>,
    pub labels: Vec<Label>,
    /// Words below: the first and the last month.
    pub first: String,
    pub last: String,
}

/// The day of the picture, with where its word stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub x: i64,
    pub words: String,
    pub anchor: &'static str,
}

/// A line through points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is: `paid`, `promised`, `forecast`.
    pub class: &'static str,
    pub points: String,
}

/// What a line is and comes to, at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub class: &'static str,
    pub words: &'static str,
    pub amount: String,
    pub x: i64,
    pub y: i64,
    /// Where its leader begins; none where the label stands on its mark.
    pub from: Option<(i64, i64)>,
}

/// A part of a length, cut to whole units.
fn part(of: i64, amount: i64, whole: i64) -> i64 {
    let found = i128::from(of) * i128::from(amount) / i128::from(whole.max(1));
    i64::try_from(found).unwrap_or(of)
}

/// What it shows, as a sentence.
pub fn sentence(seen: &BurnUp) -> String {
    let of = seen.amount_pence.in_words();
    let paid = format!(
        "{} of {of} is attributed.",
        seen.attributed_pence.in_words()
    );
    let (Some(promised), Some(forecast)) = (seen.outstanding_pence, seen.not_committed_pence)
    else {
        return paid;
    };
    let end = super::words::day(seen.ends_on);
    let is_over = seen.ends_on < seen.as_of;
    let rest = seen.rest_pence;
    let beyond = Money::ZERO.minus(rest).unwrap_or(Money::MAX);
    let what = match (promised > Money::ZERO, forecast > Money::ZERO) {
        (true, true) => "With what is promised and forecast",
        (true, false) => "With what is promised",
        (false, true) => "With what is forecast",
        (false, false) => "",
    };
    if is_over {
        return match rest > Money::ZERO {
            true => format!(
                "{paid} It ended on {end}, and {} was not used.",
                rest.in_words()
            ),
            false => format!("{paid} It ended on {end}."),
        };
    }
    match (what, rest > Money::ZERO, rest < Money::ZERO) {
        ("", true, _) => format!(
            "{paid} Nothing more is promised or forecast, so {} will be unspent at its end, {end}.",
            rest.in_words()
        ),
        ("", _, _) => format!("{paid} It ends on {end}."),
        (what, true, _) => format!(
            "{paid} {what}, {} will be unspent at its end, {end}.",
            rest.in_words()
        ),
        (what, _, true) => format!(
            "{paid} {what}, that is {} more than it may pay by its end, {end}.",
            beyond.in_words()
        ),
        (what, _, _) => format!("{paid} {what}, all of it is used by its end, {end}."),
    }
}

/// The day after a month.
fn after(month: NaiveDate) -> NaiveDate {
    month
        .checked_add_months(chrono::Months::new(1))
        .unwrap_or(month)
}

/// An award's burn-up.
pub fn burn_up(seen: &BurnUp) -> Picture {
    let first = seen.months.first().map_or(seen.starts_on, |of| of.month);
    let last = seen
        .months
        .last()
        .map_or(seen.ends_on, |of| after(of.month));
    let days = (last - first).num_days();
    let x_of =
        |on: NaiveDate| LEFT + part(RIGHT - LEFT, (on - first).num_days().clamp(0, days), days);
    let sums = seen.months.iter().flat_map(|of| {
        [
            of.attributed_so_far_pence,
            of.committed_so_far_pence,
            of.expected_so_far_pence,
        ]
    });
    let most = sums
        .flatten()
        .chain([seen.amount_pence])
        .map(Money::pence)
        .fold(1, i64::max);
    let y_of = |amount: Money| BOTTOM - part(BOTTOM - TOP, amount.pence().max(0), most);
    let shown = (first..last).contains(&seen.as_of);
    let day = if shown {
        seen.as_of
    } else {
        seen.as_of.clamp(first, last)
    };
    let now = seen.outstanding_pence.is_some();
    let (promised, forecast) = (
        seen.outstanding_pence.unwrap_or_default(),
        seen.not_committed_pence.unwrap_or_default(),
    );
    // until the day, each month ends at its last day, and the one of the day at the day
    let mut paid = vec![(x_of(first), y_of(Money::ZERO))];
    for of in &seen.months {
        if let Some(sum) = of.attributed_so_far_pence {
            paid.push((x_of(after(of.month).min(day)), y_of(sum)));
        }
    }
    let here = paid.last().copied().unwrap_or((LEFT, BOTTOM));
    let ahead = |sum: fn(&domain::positions::view::burn_up::BurnUpMonth) -> Option<Money>| {
        let mut points = vec![here];
        for of in &seen.months {
            if let Some(sum) = sum(of) {
                points.push((x_of(after(of.month)), y_of(sum)));
            }
        }
        points
    };
    let mut lines = vec![("paid", "Attributed", seen.attributed_pence, paid)];
    if now && promised > Money::ZERO {
        let sum = seen.attributed_pence.plus(promised).unwrap_or(Money::MAX);
        lines.push((
            "promised",
            "With promised",
            sum,
            ahead(|of| of.committed_so_far_pence),
        ));
    }
    if now && forecast > Money::ZERO {
        let sum = Money::sum([seen.attributed_pence, promised, forecast]).unwrap_or(Money::MAX);
        lines.push((
            "forecast",
            "With forecast",
            sum,
            ahead(|of| of.expected_so_far_pence),
        ));
    }
    let cap = y_of(seen.amount_pence);
    let mut labels = vec![Label {
        class: "cap",
        words: "May pay",
        amount: seen.amount_pence.in_words(),
        x: RIGHT + 8,
        y: cap,
        from: Some((RIGHT, cap)),
    }];
    for &(class, words, sum, ref points) in &lines {
        let (x, y) = points.last().copied().unwrap_or((LEFT, BOTTOM));
        labels.push(Label {
            class,
            words,
            amount: sum.in_words(),
            x: RIGHT + 8,
            y,
            from: Some((x, y)),
        });
    }
    apart(&mut labels);
    Picture {
        width: WIDTH,
        height: HEIGHT,
        sentence: sentence(seen),
        left: LEFT,
        right: RIGHT,
        top: TOP,
        bottom: BOTTOM,
        cap,
        end: x_of(seen.ends_on.succ_opt().unwrap_or(seen.ends_on)),
        today: shown.then(|| {
            let x = x_of(day);
            Day {
                x,
                words: if now {
                    "Today".to_owned()
                } else {
                    super::words::day(day)
                },
                anchor: match x {
                    ..60 => "start",
                    x if x > RIGHT - 60 => "end",
                    _ => "middle",
                },
            }
        }),
        lines: lines
            .into_iter()
            .map(|(class, _, _, points)| Line {
                class,
                points: points
                    .iter()
                    .map(|(x, y)| format!("{x},{y}"))
                    .collect::<Vec<_>>()
                    .join(" "),
            })
            .collect(),
        labels,
        first: month_in_short(first),
        last: month_in_short(last.pred_opt().unwrap_or(last)),
    }
}

fn month_in_short(on: NaiveDate) -> String {
    format!("{} {}", on.format("%b"), on.year())
}

/// Moves labels apart so that none stands on another: from the top down, and back up where they would leave the
/// picture.
fn apart(labels: &mut [Label]) {
    labels.sort_by_key(|label| label.y);
    let mut least = TOP;
    for label in labels.iter_mut() {
        label.y = label.y.max(least);
        least = label.y + LABEL;
    }
    let mut most = BOTTOM;
    for label in labels.iter_mut().rev() {
        label.y = label.y.min(most);
        most = label.y - LABEL;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use domain::positions::view::burn_up::BurnUpMonth;
    use entity::AwardId;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// An award from April to March with this much each month: until October it is attributed, then promised and
    /// forecast.
    fn award(amount: i64, of: [i64; 3], as_of: &str) -> BurnUp {
        let as_of = day(as_of);
        let mut so_far = [0; 3];
        let mut months = Vec::new();
        for at in 0..12 {
            let month = day("2026-04-01") + chrono::Months::new(at);
            let over = at < 7;
            let now = [
                if over { of[0] } else { 0 },
                if over { 0 } else { of[1] },
                if over { 0 } else { of[2] },
            ];
            so_far = [so_far[0] + now[0], so_far[1] + now[1], so_far[2] + now[2]];
            let ahead = after(month) > as_of;
            months.push(BurnUpMonth {
                month,
                attributed_pence: Money(now[0]),
                outstanding_pence: Money(now[1]),
                not_committed_pence: Money(now[2]),
                attributed_so_far_pence: (month <= as_of).then_some(Money(so_far[0])),
                committed_so_far_pence: ahead.then_some(Money(so_far[0] + so_far[1])),
                expected_so_far_pence: ahead.then_some(Money(so_far.iter().sum())),
            });
        }
        BurnUp {
            award_id: AwardId::new(),
            award: "A".to_owned(),
            amount_pence: Money(amount),
            starts_on: day("2026-04-01"),
            ends_on: day("2027-03-31"),
            as_of,
            known_at: None,
            attributed_pence: Money(so_far[0]),
            outstanding_pence: Some(Money(so_far[1])),
            not_committed_pence: Some(Money(so_far[2])),
            rest_pence: Money(amount - so_far.iter().sum::<i64>()),
            months,
        }
    }

    #[test]
    fn the_sentence_says_what_the_picture_shows() {
        let said = |amount, of| sentence(&award(amount, of, "2026-10-31"));
        assert_eq!(
            said(2_000_00, [100_00, 50_00, 20_00]),
            "£700 of £2,000 is attributed. With what is promised and forecast, £950 will be unspent at its end, \
             31 March 2027."
        );
        assert_eq!(
            said(900_00, [100_00, 50_00, 0]),
            "£700 of £900 is attributed. With what is promised, that is £50 more than it may pay by its end, \
             31 March 2027."
        );
        assert_eq!(
            said(900_00, [100_00, 0, 0]),
            "£700 of £900 is attributed. Nothing more is promised or forecast, so £200 will be unspent at its end, \
             31 March 2027."
        );
        let mut over = award(900_00, [100_00, 0, 0], "2027-05-01");
        assert!(sentence(&over).ends_with("It ended on 31 March 2027, and £200 was not used."));
        over.outstanding_pence = None;
        assert_eq!(sentence(&over), "£700 of £900 is attributed.");
    }

    #[test]
    fn what_is_not_expected_is_not_drawn() {
        let seen = burn_up(&award(2_000_00, [100_00, 0, 0], "2026-10-31"));
        assert_eq!(seen.lines.len(), 1);
        assert_eq!(seen.labels.len(), 2);
        let seen = burn_up(&award(2_000_00, [100_00, 10_00, 10_00], "2026-10-31"));
        let lines: Vec<&str> = seen.lines.iter().map(|line| line.class).collect();
        assert_eq!(lines, ["paid", "promised", "forecast"]);
        // the last day is where the lines end
        assert_eq!(seen.end, RIGHT);
        assert_eq!(seen.cap, TOP);
        // a day outside of it is no mark in it
        let later = burn_up(&award(2_000_00, [100_00, 0, 0], "2028-01-01"));
        assert_eq!(later.today, None);
    }

    /// Whatever the amounts: everything stands within the picture, and no label on another.
    #[test]
    fn everything_is_within_the_picture() {
        let amounts = [0, 1, 99_99, 1_000_000_00, 100_000_000_000_000];
        let each = [-1_000, 0, 1, 77_77, 900_000_000_00];
        let days = [
            "2026-03-01",
            "2026-04-01",
            "2026-10-31",
            "2027-03-31",
            "2028-01-01",
        ];
        for (amount, paid) in amounts.into_iter().flat_map(|a| each.map(|b| (a, b))) {
            for (promised, forecast) in each.into_iter().flat_map(|a| each.map(|b| (a, b))) {
                for on in days {
                    // what is expected is never below nothing
                    let seen = award(amount, [paid, promised.max(0), forecast.max(0)], on);
                    let picture = burn_up(&seen);
                    for point in picture.lines.iter().flat_map(|line| line.points.split(' ')) {
                        let (x, y) = point.split_once(',').unwrap();
                        let (x, y): (i64, i64) = (x.parse().unwrap(), y.parse().unwrap());
                        assert!((LEFT..=RIGHT).contains(&x), "{point} of {seen:?}");
                        assert!((TOP..=BOTTOM).contains(&y), "{point} of {seen:?}");
                    }
                    for pair in picture.labels.windows(2) {
                        assert!(pair[1].y - pair[0].y >= LABEL, "{seen:?}");
                    }
                    for label in &picture.labels {
                        assert!((TOP..=BOTTOM).contains(&label.y), "{seen:?}");
                    }
                }
            }
        }
    }
}
