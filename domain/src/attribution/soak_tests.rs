//! Whatever people do, in whatever order, what is kept adds up: the audit of the whole database finds nothing.
//!
//! `TRIBUTARY_SOAK=1000000 cargo test -p domain soak` does as many as one has time for, from another seed with
//! `TRIBUTARY_SEED`. What failed is told with both.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{
    AttributionPolicy, AwardId, CarryForward, Money, PoolId, SpendLineId, SpendPinId, YearStanding,
    spend_line,
};
use sea_orm::EntityTrait;

use super::ops::run_due;
use super::tests::{load, ran, sums};
use crate::awards::ops::{NewAmendment, NewAwardYear, amend};
use crate::awards::rules::terms::TermsChange;
use crate::pins::ops::{NewPin, TakingOff, pin, take_off};
use crate::pools::ops::policies::{NewPolicy, PolicyShare, agree};
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Error, Result};

/// As many as every run of the tests does.
const FEW: u64 = 60;

#[allow(
    clippy::disallowed_methods,
    reason = "a setting of the tests, not of the product"
)]
fn told(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Numbers that come again from the same seed.
struct Dice(u64);

impl Dice {
    /// One of 0 to `sides` - 1.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    fn pence(&mut self, most: u64) -> i64 {
        i64::try_from(self.roll(most)).unwrap() + 1
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let sides = u64::try_from(all.len()).unwrap();
        let at = self.roll(sides.max(1));
        all.get(usize::try_from(at).unwrap()).copied()
    }
}

/// What is done is done, or refused with a reason; nothing else may come of it.
fn settled<T>(done: Result<T>) -> Option<T> {
    match done {
        Ok(done) => Some(done),
        Err(Error::Invalid(_) | Error::Refused { .. } | Error::Stale) => None,
        Err(error) => panic!("{error:?}"),
    }
}

struct Soak {
    house: House,
    dice: Dice,
    awards: Vec<AwardId>,
    pools: Vec<(PoolId, Vec<AwardId>)>,
    pins: Vec<(SpendLineId, SpendPinId)>,
}

impl Soak {
    async fn begin(house: House, seed: u64) -> Self {
        let [care, beds] = [house.category("care").await, house.category("beds").await];
        house.category("events").await;
        let given = [
            ("A", 900_00, vec![care, beds], Some((200_00, 400_00, beds))),
            ("B", 700_00, vec![], None),
            ("C", 500_00, vec![care], None),
        ];
        let mut awards = Vec::new();
        for (reference, amount, categories, fence) in &given {
            let given = Given {
                reference,
                amount: *amount,
                window: (day(2026, 4, 1), day(2027, 3, 31)),
                categories,
                fence: *fence,
            };
            awards.push(house.given(given).await);
        }
        let [a, b, c] = [awards[0], awards[1], awards[2]];
        let pools = vec![
            (
                house.pool("p", &[(a, 900_00), (b, 400_00)]).await,
                vec![a, b],
            ),
            (
                house.pool("q", &[(b, 300_00), (c, 500_00)]).await,
                vec![b, c],
            ),
        ];
        Self {
            house,
            dice: Dice(seed.max(1)),
            awards,
            pools,
            pins: Vec::new(),
        }
    }

    /// Something that somebody may do.
    async fn step(&mut self, step: u64) {
        match self.dice.roll(10) {
            0..=3 => self.bring_spend(step).await,
            4 | 5 => self.pin_some().await,
            6 => self.take_a_pin_off().await,
            7 => self.amend_an_award().await,
            8 => self.agree_a_rule(step).await,
            _ => {
                run_due(&self.house.db, &self.house.worker).await.unwrap();
            }
        }
    }

    async fn bring_spend(&mut self, step: u64) {
        let mut lines = Vec::new();
        for _ in 0..=self.dice.roll(4) {
            let sign = if self.dice.roll(6) == 0 { -1 } else { 1 };
            lines.push((
                u32::try_from(self.dice.roll(31)).unwrap() + 1,
                sign * self.dice.pence(120_00),
                self.dice.one_of(&["care", "beds", "events"]).unwrap(),
                self.dice.one_of(&["p", "q"]).unwrap(),
            ));
        }
        load(&self.house, &format!("f{step}"), &lines).await;
    }

    async fn pin_some(&mut self) {
        let lines = spend_line::Entity::find()
            .all(self.house.db.read())
            .await
            .unwrap();
        let ids: Vec<SpendLineId> = lines.iter().map(|line| line.id).collect();
        let (Some(line), Some(award_id)) = (self.dice.one_of(&ids), self.dice.one_of(&self.awards))
        else {
            return;
        };
        let new = NewPin {
            award_id,
            amount_pence: Money(self.dice.pence(100_00)),
            why: "Agreed.".to_owned(),
        };
        let done = pin(&self.house.db, &self.house.officer, line, &new).await;
        self.pins.extend(settled(done).map(|id| (line, id)));
    }

    async fn take_a_pin_off(&mut self) {
        if let Some((line, id)) = self.dice.one_of(&self.pins) {
            let off = TakingOff {
                why: "Not so.".to_owned(),
            };
            settled(take_off(&self.house.db, &self.house.officer, line, id, &off).await);
        }
    }

    async fn amend_an_award(&mut self) {
        let award = self.dice.one_of(&self.awards).unwrap();
        let amendment = NewAmendment {
            effective_on: self.house.worker.today(),
            reason: "There is more, or less.".to_owned(),
            with_whom: "Bea, deed of variation".to_owned(),
            change: TermsChange {
                years: Some(vec![NewAwardYear {
                    starts_on: day(2026, 4, 1),
                    ends_on: day(2027, 3, 31),
                    amount_pence: Money(400_00 + self.dice.pence(900_00)),
                    standing: YearStanding::Confirmed,
                    carry_forward: CarryForward::None,
                }]),
                ..TermsChange::default()
            },
        };
        let (db, worker) = (&self.house.db, &self.house.worker);
        settled(amend(db, worker, award, None, &amendment).await);
    }

    async fn agree_a_rule(&mut self, step: u64) {
        let at = usize::try_from(self.dice.roll(2)).unwrap();
        let (pool, mut behind) = self.pools[at].clone();
        if self.dice.roll(2) == 0 {
            behind.reverse();
        }
        let policy = self
            .dice
            .one_of(&[
                AttributionPolicy::Optimal,
                AttributionPolicy::InOrder,
                AttributionPolicy::ProRata,
                AttributionPolicy::Shares,
                AttributionPolicy::Manual,
            ])
            .unwrap();
        let share_bp = (policy == AttributionPolicy::Shares).then_some(5_000);
        let awards = behind
            .into_iter()
            .map(|award_id| PolicyShare { award_id, share_bp });
        let rule = NewPolicy {
            policy,
            starts_on: day(2026, 4, 1),
            agreed_by: "Both boards".to_owned(),
            agreed_on: day(2026, 11, 5),
            minute: format!("Minute {step}"),
            reason: "They asked.".to_owned(),
            awards: awards.collect(),
            purposes: Vec::new(),
            reaches_back: true,
        };
        let (db, officer) = (&self.house.db, &self.house.officer);
        settled(agree(db, officer, pool, None, &rule).await);
    }
}

#[test]
fn whatever_is_done_in_whatever_order_what_is_kept_adds_up() {
    let many = told("TRIBUTARY_SOAK").unwrap_or(FEW);
    let seed = told("TRIBUTARY_SEED").unwrap_or(20_261_129);
    on_each(async |house| {
        let mut soak = Soak::begin(house, seed).await;
        for step in 0..many {
            soak.step(step).await;
            if step % 12 == 11 {
                eprintln!("seed {seed}, after step {step}");
                ran(&soak.house).await;
                for (pool, _) in &soak.pools {
                    sums(&soak.house, *pool).await;
                }
            }
        }
        ran(&soak.house).await;
        assert_eq!(ran(&soak.house).await, 0, "seed {seed}: all is settled");
    });
}
