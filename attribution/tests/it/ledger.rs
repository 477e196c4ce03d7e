//! Small ledgers: written down, and made from seeds.

use attribution::facts::Facts;
use attribution::read;
use serde_json::{Value, json};

/// Small numbers from a seed: the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        dice.roll(2);
        dice
    }

    pub fn roll(&mut self, sides: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % sides
    }

    pub fn index(&mut self, sides: usize) -> usize {
        usize::try_from(self.roll(i64::try_from(sides).unwrap())).unwrap()
    }

    pub fn one_in(&mut self, sides: i64) -> bool {
        self.roll(sides) == 0
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            all.swap(at, self.index(at + 1));
        }
    }
}

#[derive(Clone, Debug)]
pub struct Fence {
    pub id: String,
    pub reserved: i64,
    pub limit: Option<i64>,
    pub categories: Vec<&'static str>,
    pub fences: Vec<Fence>,
}

#[derive(Clone, Debug)]
pub struct Award {
    pub id: String,
    pub from: &'static str,
    pub to: &'static str,
    pub amount: i64,
    pub contribution: Option<i64>,
    pub lost: bool,
    pub rank: i64,
    pub categories: Option<Vec<&'static str>>,
    pub fences: Vec<Fence>,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub id: String,
    pub date: &'static str,
    pub amount: i64,
    pub category: &'static str,
    pub reverses: Option<String>,
    pub only: Vec<String>,
}

/// Line, award, fence, pence.
pub type Share = (String, String, Option<String>, i64);

#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub awards: Vec<Award>,
    pub lines: Vec<Line>,
    pub pins: Vec<(String, String, i64)>,
    pub locks: Vec<Share>,
    pub previous: Vec<Share>,
}

fn fence_json(fence: &Fence) -> Value {
    json!({
        "id": fence.id, "reserved_pence": fence.reserved, "limit_pence": fence.limit,
        "categories": fence.categories, "places": null, "groups": null,
        "fences": fence.fences.iter().map(fence_json).collect::<Vec<_>>(),
    })
}

impl Ledger {
    /// AWARDS.json.
    pub fn awards_json(&self) -> Vec<u8> {
        let awards: Vec<Value> = self
            .awards
            .iter()
            .map(|a| {
                json!({
                    "id": a.id, "from": a.from, "to": a.to, "amount_pence": a.amount,
                    "contribution_pence": a.contribution,
                    "lost_if_unspent": a.lost, "rank": a.rank, "categories": a.categories,
                    "places": null, "groups": null,
                    "fences": a.fences.iter().map(fence_json).collect::<Vec<_>>(),
                })
            })
            .collect();
        let share = |(line, award, fence, amount): &Share| json!({"line": line, "award": award, "fence": fence, "amount_pence": amount});
        let pins: Vec<Value> = self
            .pins
            .iter()
            .map(|(line, award, amount)| json!({"line": line, "award": award, "amount_pence": amount}))
            .collect();
        serde_json::to_vec(&json!({
            "as_of": "2026-09-30", "awards": awards, "pins": pins,
            "locks": self.locks.iter().map(share).collect::<Vec<_>>(),
            "previous": self.previous.iter().map(share).collect::<Vec<_>>(),
        }))
        .unwrap()
    }

    /// LINES.csv.
    pub fn lines_csv(&self) -> String {
        let mut text = "id,date,amount_pence,category,place,group,reverses,only\n".to_owned();
        for line in &self.lines {
            text.push_str(&format!(
                "{},{},{},{},north,adults,{},{}\n",
                line.id,
                line.date,
                line.amount,
                line.category,
                line.reverses.as_deref().unwrap_or(""),
                line.only.join(";")
            ));
        }
        text
    }

    /// What the command would read.
    pub fn facts(&self) -> Facts {
        let mut facts = read::awards(&self.awards_json()).unwrap();
        facts.lines = read::lines(self.lines_csv().as_bytes()).unwrap();
        facts
    }

    /// The same in another order.
    pub fn shuffled(&self, dice: &mut Dice) -> Self {
        fn stir(fences: &mut [Fence], dice: &mut Dice) {
            dice.shuffle(fences);
            for fence in fences {
                stir(&mut fence.fences, dice);
            }
        }
        let mut other = self.clone();
        dice.shuffle(&mut other.awards);
        for award in &mut other.awards {
            stir(&mut award.fences, dice);
        }
        dice.shuffle(&mut other.lines);
        dice.shuffle(&mut other.pins);
        dice.shuffle(&mut other.locks);
        dice.shuffle(&mut other.previous);
        other
    }
}

const CATEGORIES: [&str; 3] = ["a", "b", "c"];
const DATES: [&str; 3] = ["2026-05-01", "2026-06-01", "2026-07-01"];

/// A small ledger of anything that the rules know.
pub fn make(seed: u64) -> Ledger {
    let dice = &mut Dice::new(seed);
    let mut ledger = Ledger::default();
    for at in 0..1 + dice.index(3) {
        let amount = dice.roll(6);
        let mut award = Award {
            id: ["x", "y", "z"][at].to_owned(),
            from: ["2026-04-01", "2026-06-01"][usize::from(dice.one_in(5))],
            to: ["2027-03-31", "2026-06-30"][usize::from(dice.one_in(4))],
            amount,
            contribution: dice.one_in(4).then(|| dice.roll(amount + 2)),
            lost: !dice.one_in(3),
            rank: 1 + dice.roll(2),
            categories: dice.one_in(3).then(|| vec!["a", "b"]),
            fences: Vec::new(),
        };
        if !dice.one_in(3) {
            award.fences = fences(dice, "f", amount, &["a", "b", "c"], 2);
        }
        ledger.awards.push(award);
    }
    for at in 0..1 + dice.index(4) {
        let mut only = Vec::new();
        if dice.one_in(8) {
            only = vec!["x".to_owned(), "w".to_owned()];
        }
        ledger.lines.push(Line {
            id: format!("l{at}"),
            date: DATES[dice.index(3)],
            amount: dice.roll(5) - i64::from(dice.one_in(12)),
            category: CATEGORIES[dice.index(3)],
            reverses: None,
            only,
        });
    }
    for at in 0..ledger.lines.len() {
        let line = ledger.lines[at].clone();
        let reversed = line.amount > 0 && dice.one_in(5);
        let award = dice.index(ledger.awards.len());
        let award = &ledger.awards[award];
        if line.amount > 0 && dice.one_in(5) {
            // Certified: wholly where it is reversed as well, so that the mirror is plain to see.
            let amount = if reversed {
                line.amount
            } else {
                1 + dice.roll(line.amount)
            };
            let fence = deepest(&award.fences, line.category);
            ledger
                .locks
                .push((line.id.clone(), award.id.clone(), fence, amount));
        } else if line.amount > 0 && dice.one_in(5) {
            let amount = 1 + dice.roll(line.amount);
            ledger
                .pins
                .push((line.id.clone(), award.id.clone(), amount));
        }
        if reversed {
            ledger.lines.push(Line {
                id: format!("r{at}"),
                date: DATES[dice.index(3)],
                amount: -1 - dice.roll(line.amount),
                category: "c",
                reverses: Some(line.id.clone()),
                only: Vec::new(),
            });
        }
        if dice.one_in(2) {
            for award in &ledger.awards {
                let amount = dice.roll(3);
                if amount > 0 {
                    let fence = deepest(&award.fences, line.category);
                    ledger
                        .previous
                        .push((line.id.clone(), award.id.clone(), fence, amount));
                }
            }
        }
    }
    ledger
}

fn fences(
    dice: &mut Dice,
    name: &str,
    within: i64,
    among: &[&'static str],
    levels: i64,
) -> Vec<Fence> {
    let mut left = within;
    let mut categories = among.to_vec();
    let mut made = Vec::new();
    for at in 0..1 + dice.index(2) {
        if categories.is_empty() {
            break;
        }
        let take = 1 + dice.index(categories.len());
        let own: Vec<_> = categories.drain(..take).collect();
        let reserved = dice.roll(left + 1);
        left -= reserved;
        let id = format!("{name}{at}");
        let inside = if levels > 1 && dice.one_in(2) {
            fences(dice, &id, reserved, &own, levels - 1)
        } else {
            Vec::new()
        };
        made.push(Fence {
            id,
            reserved,
            limit: dice.one_in(2).then(|| dice.roll(4)),
            categories: own,
            fences: inside,
        });
    }
    made
}

/// The deepest fence that a category fits.
pub fn deepest(fences: &[Fence], category: &str) -> Option<String> {
    let fence = fences.iter().find(|f| f.categories.contains(&category))?;
    deepest(&fence.fences, category).or_else(|| Some(fence.id.clone()))
}

/// A year of a middling pool: too much for trying everything, enough for the check.
pub fn make_large(seed: u64) -> Ledger {
    let dice = &mut Dice::new(seed);
    let mut ledger = Ledger::default();
    for at in 0..4 + dice.index(9) {
        let amount = dice.roll(400_000);
        let mut award = Award {
            id: format!("award-{at:02}"),
            from: ["2026-04-01", "2026-06-01"][usize::from(dice.one_in(5))],
            to: ["2027-03-31", "2026-06-30"][usize::from(dice.one_in(4))],
            amount,
            contribution: dice.one_in(4).then(|| dice.roll(amount + 2)),
            lost: !dice.one_in(3),
            rank: 1 + dice.roll(3),
            categories: dice.one_in(2).then(|| vec!["a", "b"]),
            fences: Vec::new(),
        };
        if dice.one_in(2) {
            award.fences = fences(dice, "f", amount, &["a", "b", "c"], 3);
            for fence in &mut award.fences {
                fence.limit = fence.limit.map(|l| l * 30_000);
            }
        }
        ledger.awards.push(award);
    }
    for at in 0..50 + dice.index(200) {
        let line = Line {
            id: format!("l{at:03}"),
            date: DATES[dice.index(3)],
            amount: dice.roll(20_000) - 500,
            category: CATEGORIES[dice.index(3)],
            reverses: None,
            only: if dice.one_in(10) {
                vec!["award-01".to_owned(), "award-02".to_owned()]
            } else {
                Vec::new()
            },
        };
        if line.amount > 0 && dice.one_in(10) {
            let award = &ledger.awards[dice.index(ledger.awards.len())];
            let fence = deepest(&award.fences, line.category);
            let amount = 1 + dice.roll(line.amount);
            ledger
                .locks
                .push((line.id.clone(), award.id.clone(), fence, amount));
        }
        if dice.one_in(6) {
            for part in 0..1 + dice.index(3) {
                ledger.lines.push(Line {
                    id: format!("r{at:03}-{part}"),
                    amount: -dice.roll(9_000),
                    reverses: Some(line.id.clone()),
                    ..line.clone()
                });
            }
        }
        ledger.lines.push(line);
    }
    ledger
}
