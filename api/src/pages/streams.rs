//! Where money comes from and where it goes, as an SVG that the server makes: marks in columns, wide by pounds, and
//! bands between them. Whole numbers throughout. The labels stand on the marks, and none on another; the tables below
//! have the same and more.

use std::collections::{BTreeMap, HashMap};

use domain::Money;
use domain::positions::view::flows::Flows;

/// The picture's width, in its own units: on a phone it is looked at through a window of its own.
pub const WIDTH: i64 = 960;
/// How wide a mark is.
const MARK: i64 = 14;
/// How high all spend is.
const ALL: i64 = 300;
const TOP: i64 = 34;
/// A line of words, and three of them.
const LINE: usize = 15;
const LABEL: i64 = 50;
const GAP: i64 = 10;
/// Most marks of a column; what is beyond it is one mark.
const MOST: usize = 9;
/// Most letters of a line of words.
const LETTERS: usize = 25;

/// A picture of flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: i64,
    pub height: i64,
    /// What stands above each column, and where.
    pub heads: Vec<(i64, &'static str)>,
    pub bands: Vec<Band>,
    pub marks: Vec<Mark>,
}

/// A band from one mark to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// `paid`, or `open` where no award pays, or under no agreement.
    pub class: &'static str,
    pub path: String,
}

/// A mark with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub class: &'static str,
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
    /// What it is called, with where each line of words stands.
    pub lines: Vec<(i64, String)>,
    pub amount: String,
    pub words_x: i64,
    pub amount_y: i64,
}

/// What a mark stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    /// A record, by its id.
    One(uuid::Uuid),
    /// No award, or no agreement.
    None,
    /// Those that are too many for a mark each.
    Others,
}

/// A flow from a mark of one column to one of the next.
struct Flow {
    from: Key,
    to: Key,
    amount: i64,
}

fn key(id: Option<uuid::Uuid>) -> Key {
    id.map_or(Key::None, Key::One)
}

/// A part of the height, cut to whole units; something is never nothing.
fn high(amount: i64, whole: i64) -> i64 {
    let found = i128::from(ALL) * i128::from(amount.max(0)) / i128::from(whole.max(1));
    i64::try_from(found).unwrap_or(ALL).clamp(1, ALL)
}

/// Words in at most two lines that fit beside a mark.
fn in_lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let Some(line) = lines.get_mut(last) else {
            break;
        };
        let long = line.chars().count() + word.chars().count() + 1;
        if line.is_empty() || long <= LETTERS {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    let more = lines.len() > 2;
    lines.truncate(2);
    let last = lines.len().saturating_sub(1);
    for (at, line) in lines.iter_mut().enumerate() {
        let cut = more && at == last;
        if line.chars().count() > LETTERS || cut {
            *line = line.chars().take(LETTERS - 1).collect::<String>();
            line.push('…');
        }
    }
    lines
}

/// The columns with what their marks are called.
struct Columns {
    heads: Vec<&'static str>,
    names: Vec<HashMap<Key, String>>,
    flows: Vec<Vec<Flow>>,
}

fn columns(of: &Flows) -> Columns {
    let mut names: Vec<HashMap<Key, String>> = vec![HashMap::new(); 4];
    let mut name = |column: usize, key: &Key, text: &str| {
        if let Some(of) = names.get_mut(column) {
            of.entry(key.clone()).or_insert_with(|| text.to_owned());
        }
    };
    let mut sources = Vec::new();
    for one in &of.sources {
        let (from, to) = (key(one.funder_id.map(|id| id.0)), Key::One(one.pool_id.0));
        name(
            0,
            &from,
            if one.funder_id.is_none() {
                "Not covered"
            } else {
                &one.funder
            },
        );
        name(1, &to, &one.pool);
        let amount = one.amount_pence.pence();
        sources.push(Flow { from, to, amount });
    }
    let purpose = |allocation: Option<entity::AllocationId>,
                   category: Option<entity::CostCategoryId>| {
        key(allocation.map(|id| id.0).or(category.map(|id| id.0)))
    };
    let mut purposes = Vec::new();
    for one in &of.purposes {
        let (from, to) = (
            Key::One(one.pool_id.0),
            purpose(one.allocation_id, one.category_id),
        );
        name(1, &from, &one.pool);
        name(2, &to, &one.purpose);
        let amount = one.amount_pence.pence();
        purposes.push(Flow { from, to, amount });
    }
    let mut heads = vec!["Who pays", "Pool", "What for"];
    let mut flows = vec![sources, purposes];
    if let Some(all) = &of.providers {
        let mut providers = Vec::new();
        for one in all {
            let from = purpose(one.allocation_id, one.category_id);
            let to = key(one.provider_id.map(|id| id.0));
            name(2, &from, &one.purpose);
            let no_agreement = one.provider_id.is_none();
            name(
                3,
                &to,
                if no_agreement {
                    "Under no agreement"
                } else {
                    &one.provider
                },
            );
            let amount = one.amount_pence.pence();
            providers.push(Flow { from, to, amount });
        }
        heads.push("By whom");
        flows.push(providers);
    }
    // what is nothing, or was taken back, is no band: the tables tell it
    for flows in &mut flows {
        flows.retain(|flow| flow.amount > 0);
    }
    names.truncate(heads.len());
    Columns {
        heads,
        names,
        flows,
    }
}

/// What comes through each mark of a column: the larger of what comes in and goes out.
fn sums(column: usize, flows: &[Vec<Flow>]) -> BTreeMap<Key, i64> {
    let mut into: BTreeMap<Key, i64> = BTreeMap::new();
    let mut out: BTreeMap<Key, i64> = BTreeMap::new();
    let before = column.checked_sub(1).and_then(|at| flows.get(at));
    for flow in before.into_iter().flatten() {
        let sum = into.entry(flow.to.clone()).or_default();
        *sum = sum.saturating_add(flow.amount);
    }
    for flow in flows.get(column).into_iter().flatten() {
        let sum = out.entry(flow.from.clone()).or_default();
        *sum = sum.saturating_add(flow.amount);
    }
    for (key, sum) in out {
        let most = into.entry(key).or_default();
        *most = sum.max(*most);
    }
    into
}

/// Joins the smallest marks of a column to one where there are too many.
fn join(column: usize, columns: &mut Columns, noun: &str) {
    let mut order: Vec<(i64, Key)> = sums(column, &columns.flows)
        .into_iter()
        .filter(|(key, _)| *key != Key::None)
        .map(|(key, sum)| (sum, key))
        .collect();
    if order.len() <= MOST {
        return;
    }
    order.sort_unstable();
    order.reverse();
    let others: Vec<Key> = order
        .split_off(MOST - 1)
        .into_iter()
        .map(|(_, key)| key)
        .collect();
    let of = |key: &mut Key| {
        if others.contains(key) {
            *key = Key::Others;
        }
    };
    if let Some(flows) = column
        .checked_sub(1)
        .and_then(|at| columns.flows.get_mut(at))
    {
        flows.iter_mut().for_each(|flow| of(&mut flow.to));
    }
    if let Some(flows) = columns.flows.get_mut(column) {
        flows.iter_mut().for_each(|flow| of(&mut flow.from));
    }
    if let Some(names) = columns.names.get_mut(column) {
        names.insert(Key::Others, format!("{} other {noun}", others.len()));
    }
}

/// A mark as it is laid out.
#[derive(Clone, Copy)]
struct Placed {
    y: i64,
    height: i64,
}

/// The picture; none where nothing was spent.
pub fn picture(of: &Flows) -> Option<Picture> {
    let mut all = columns(of);
    for (column, noun) in ["funders", "pools", "purposes", "providers"]
        .into_iter()
        .enumerate()
    {
        if column < all.heads.len() {
            join(column, &mut all, noun);
        }
    }
    // flows between the same marks are one band
    let flows: Vec<BTreeMap<(Key, Key), i64>> = all
        .flows
        .iter()
        .map(|flows| {
            let mut sums: BTreeMap<(Key, Key), i64> = BTreeMap::new();
            for flow in flows {
                let sum = sums
                    .entry((flow.from.clone(), flow.to.clone()))
                    .or_default();
                *sum = sum.saturating_add(flow.amount);
            }
            sums
        })
        .collect();
    let count = all.heads.len();
    let step = WIDTH / i64::try_from(count).ok()?;
    let sums: Vec<BTreeMap<Key, i64>> = (0..count).map(|at| sums(at, &all.flows)).collect();
    let whole = sums
        .iter()
        .map(|column| {
            column
                .values()
                .fold(0_i64, |sum, one| sum.saturating_add(*one))
        })
        .max()
        .filter(|whole| *whole > 0)?;
    // the largest first; what no award pays for, and what is under no agreement, last
    let order: Vec<Vec<(Key, i64)>> = sums
        .into_iter()
        .map(|column| {
            let mut order: Vec<(Key, i64)> = column.into_iter().collect();
            order.sort_by(|(a, of_a), (b, of_b)| {
                let last = |key: &Key| (*key == Key::None, *key == Key::Others);
                last(a).cmp(&last(b)).then(of_b.cmp(of_a)).then(a.cmp(b))
            });
            order
        })
        .collect();
    let slot = |amount: i64| high(amount, whole).max(LABEL) + GAP;
    let heights: Vec<i64> = order
        .iter()
        .map(|column| column.iter().map(|(_, amount)| slot(*amount)).sum())
        .collect();
    let tallest = heights.iter().copied().max().unwrap_or_default();
    let mut placed: Vec<HashMap<Key, Placed>> = Vec::new();
    let mut marks = Vec::new();
    for (at, (column, tall)) in order.iter().zip(&heights).enumerate() {
        let x = step * i64::try_from(at).ok()?;
        let mut y = TOP + (tallest - tall) / 2;
        let mut of = HashMap::new();
        for (key, amount) in column {
            let height = high(*amount, whole);
            of.insert(key.clone(), Placed { y, height });
            let name = all.names.get(at).and_then(|names| names.get(key));
            let lines: Vec<(i64, String)> = in_lines(name.map_or("", String::as_str))
                .into_iter()
                .zip((y + 12..).step_by(LINE))
                .map(|(line, at)| (at, line))
                .collect();
            let amount_y = lines.last().map_or(y, |(at, _)| *at) + 15;
            marks.push(Mark {
                class: if *key == Key::None { "open" } else { "paid" },
                x,
                y,
                width: MARK,
                height,
                lines,
                amount: Money(*amount).in_words(),
                words_x: x + MARK + 6,
                amount_y,
            });
            y += slot(*amount);
        }
        placed.push(of);
    }
    let mut bands = Vec::new();
    for (at, flows) in flows.iter().enumerate() {
        let (Some(left), Some(right)) = (placed.get(at), placed.get(at + 1)) else {
            continue;
        };
        let from_x = step * i64::try_from(at).ok()? + MARK;
        let to_x = step * i64::try_from(at + 1).ok()?;
        let middle = from_x.midpoint(to_x);
        let place = |column: usize, key: &Key| {
            let of = order.get(column);
            of.and_then(|all| all.iter().position(|(one, _)| one == key))
        };
        let mut these: Vec<(&(Key, Key), &i64)> = flows.iter().collect();
        these.sort_by_key(|((from, to), _)| (place(at, from), place(at + 1, to)));
        let mut out: HashMap<&Key, i64> = HashMap::new();
        let mut tops: Vec<(i64, &(Key, Key), i64)> = Vec::new();
        for (ends, amount) in these {
            let width = high(*amount, whole);
            let below = out.entry(&ends.0).or_default();
            let of = left.get(&ends.0)?;
            // widths are cut to whole units, so that they never leave their mark by more than one
            let y = of.y + (*below).min(of.height - 1);
            *below += width;
            tops.push((y, ends, width));
        }
        tops.sort_by_key(|(_, (from, to), _)| (place(at + 1, to), place(at, from)));
        let mut into: HashMap<&Key, i64> = HashMap::new();
        for (y, ends, width) in tops {
            let below = into.entry(&ends.1).or_default();
            let of = right.get(&ends.1)?;
            let to = of.y + (*below).min(of.height - 1);
            *below += width;
            let (y_low, to_low) = (y + width, to + width);
            bands.push(Band {
                class: match (&ends.0, &ends.1) {
                    (Key::None, _) | (_, Key::None) => "open",
                    _ => "paid",
                },
                path: format!(
                    "M{from_x} {y}C{middle} {y} {middle} {to} {to_x} {to}V{to_low}\
                     C{middle} {to_low} {middle} {y_low} {from_x} {y_low}Z"
                ),
            });
        }
    }
    Some(Picture {
        width: WIDTH,
        height: TOP + tallest,
        heads: all
            .heads
            .iter()
            .enumerate()
            .filter_map(|(at, head)| Some((step * i64::try_from(at).ok()?, *head)))
            .collect(),
        bands,
        marks,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use domain::positions::view::flows::{FlowProvider, FlowPurpose, FlowSource};
    use entity::{CostCategoryId, OrganisationId, PoolId};

    use super::*;

    /// So many funders, purposes and providers behind a pool, with these amounts in turn.
    fn flows(count: usize, amounts: &[i64], told: bool) -> Flows {
        let pool = PoolId::new();
        let amount = |at: usize| Money(amounts[at % amounts.len()]);
        let sum = Money::sum((0..count).map(amount)).unwrap();
        let categories: Vec<CostCategoryId> = (0..count).map(|_| CostCategoryId::new()).collect();
        Flows {
            pool_id: Some(pool),
            pool: Some("Treatment".to_owned()),
            as_of: "2026-10-31".parse().unwrap(),
            known_at: None,
            spend_pence: sum,
            attributed_pence: sum,
            unfunded_pence: Money(0),
            sources: (0..count)
                .map(|at| FlowSource {
                    pool_id: pool,
                    pool: "Treatment".to_owned(),
                    funder_id: (at > 0).then(OrganisationId::new),
                    funder: format!("The long name of a funder of the county {at}"),
                    amount_pence: amount(at),
                })
                .collect(),
            purposes: (0..count)
                .map(|at| FlowPurpose {
                    pool_id: pool,
                    pool: "Treatment".to_owned(),
                    allocation_id: None,
                    category_id: Some(categories[at]),
                    purpose: "Outreach".to_owned(),
                    amount_pence: amount(at),
                })
                .collect(),
            providers: told.then(|| {
                (0..count)
                    .map(|at| FlowProvider {
                        allocation_id: None,
                        category_id: Some(categories[at]),
                        purpose: "Outreach".to_owned(),
                        provider_id: (at > 1).then(OrganisationId::new),
                        provider: "Rowan House".to_owned(),
                        amount_pence: amount(at),
                    })
                    .collect()
            }),
        }
    }

    #[test]
    fn words_fit_beside_their_mark() {
        assert_eq!(in_lines("Outreach"), ["Outreach"]);
        assert_eq!(
            in_lines("The department of health and social care"),
            ["The department of health", "and social care"]
        );
        assert_eq!(
            in_lines("The office of the police and crime commissioner of the county of Rowan"),
            ["The office of the police", "and crime commissioner o…"]
        );
        let long = in_lines(&"x".repeat(60));
        assert_eq!((long.len(), long[0].chars().count()), (1, LETTERS));
        assert_eq!(in_lines(""), [""]);
    }

    #[test]
    fn what_is_not_spent_is_not_drawn() {
        assert_eq!(picture(&flows(0, &[1], true)), None);
        assert_eq!(picture(&flows(3, &[0], true)), None);
        assert_eq!(picture(&flows(3, &[-5], true)), None);
        let seen = picture(&flows(2, &[300_00, 100_00], false)).unwrap();
        assert_eq!(seen.heads.len(), 3);
        let words: Vec<(&str, i64)> = seen
            .marks
            .iter()
            .map(|mark| (mark.amount.as_str(), mark.height))
            .collect();
        // who pays (the one that no award pays for last), the pool, what for
        assert_eq!(
            words,
            [
                ("£100", 75),
                ("£300", 225),
                ("£400", 300),
                ("£300", 225),
                ("£100", 75)
            ]
        );
        assert_eq!(seen.marks[1].class, "open");
        assert_eq!(seen.bands.len(), 4);
    }

    #[test]
    fn too_many_marks_are_joined() {
        let seen = picture(&flows(30, &[5_00, 3_00, 8_00], true)).unwrap();
        let of = |x: i64| seen.marks.iter().filter(|mark| mark.x == x).count();
        assert_eq!(
            (of(0), of(240), of(480), of(720)),
            (MOST + 1, 1, MOST, MOST + 1)
        );
        assert!(
            seen.marks
                .iter()
                .any(|mark| mark.lines[0].1 == "21 other funders")
        );
    }

    /// Whatever the amounts: everything stands within the picture, and no label on another.
    #[test]
    fn everything_is_within_the_picture() {
        for count in [1, 2, 7, 30, 90] {
            for amounts in [
                &[1][..],
                &[1, 99, 1_000_000_00],
                &[100_000_000_000_000, 1, -7],
                &[3],
            ] {
                for told in [true, false] {
                    let Some(seen) = picture(&flows(count, amounts, told)) else {
                        panic!("{count} {amounts:?}");
                    };
                    for pair in seen.marks.windows(2) {
                        if pair[0].x == pair[1].x {
                            assert!(pair[1].y - pair[0].y >= LABEL, "{pair:?}");
                        }
                    }
                    for mark in &seen.marks {
                        assert!(mark.y >= TOP && mark.y + mark.height.max(LABEL) <= seen.height);
                        assert!(mark.x + MARK <= seen.width);
                    }
                }
            }
        }
    }
}
