//! A council's grant for one charity, its return and those who have a part in it.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use chrono::NaiveDate;
use domain::imports::ops::{SaveProfile, import_whole, save_profile};
use entity::Role;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use worker::Worker;

use crate::support::house::{House, program};
use crate::support::sample::{self, FIELDS, FORM};
use crate::support::visitor::{Reply, Visitor};

/// What the award comes to, in pence.
pub const AWARD: i64 = 600_000_00;

/// The ledger's lines of the first quarter: day, category, pence, capital.
pub const LEDGER: &[(&str, &str, i64, bool)] = &[
    ("2026-10-14", "community-treatment", 41_250_75, false),
    ("2026-10-28", "recovery-support", 18_300_10, false),
    ("2026-11-11", "rough-sleeping", 22_000_00, false),
    ("2026-11-30", "recovery-support", 18_300_15, false),
    ("2026-12-02", "premises", 9_999_99, true),
    ("2026-12-28", "management", 5_120_00, false),
];

/// What a category was paid in the first quarter.
pub fn paid(category: &str) -> i64 {
    LEDGER
        .iter()
        .filter(|line| line.1 == category)
        .map(|line| line.2)
        .sum()
}

pub struct Story<'a> {
    pub house: &'a House,
    pub worker: Worker,
    pub officer: Visitor,
    pub finance: Visitor,
    pub certifier: Visitor,
    pub treasurer: Visitor,
    pub trustee: Visitor,
    pub committee: Visitor,
    pub funder: Visitor,
    pub other_funder: Visitor,
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

impl<'a> Story<'a> {
    /// Everybody, the award with its fences, the pool, the form and what the award asks.
    pub async fn begin(house: &'a House, mail: Option<worker::mail::MailServer>) -> Self {
        let officer = house.grants_officer().await;
        let finance = house.finance_officer().await;
        let certifier = house.certifier().await;
        let categories = sample::categories(&finance).await;
        let fence = |slug: &str, limit: i64| {
            let category = categories.get(slug).unwrap_or(&categories["premises"]);
            json!({"slug": slug, "name": slug, "limit_pence": limit, "category_ids": [category]})
        };
        let award = officer
            .post(
                "/api/v1/awards",
                &json!({
                    "reference": "SMRRS-26-014", "title": "Recovery grant", "programme": "Recovery",
                    "funder_id": house.funder_a, "holder_id": house.council,
                    "accountable_body_id": house.council, "amount_pence": AWARD,
                    "starts_on": "2026-10-01", "ends_on": "2027-09-30", "nation": "england",
                    "pays_for": "both", "legal_basis": "section-31", "lost_if_unspent": true,
                    "fences": [
                        fence("rough-sleeping", 150_000_00), fence("residential", 50_000_00),
                        fence("management", 60_000_00), fence("mobilisation", 25_000_00),
                        fence("capital", 100_000_00),
                    ],
                }),
            )
            .await
            .expect(201)
            .id();
        officer
            .post(
                "/api/v1/pools",
                &json!({
                    "slug": "recovery", "name": "Recovery", "purpose": "Treatment and recovery.",
                    "holder_id": house.council, "policy": "in-order", "policy_from": "2026-10-01",
                    "policy_agreed_by": "Board, minute 3",
                    "contributions": [{"award_id": award, "agreed_pence": AWARD}],
                }),
            )
            .await
            .expect(201);
        let form = sample::add_form(&officer, house.funder_a, FIELDS).await;
        let kept = officer
            .get(&format!("/api/v1/forms/{form}/workbook"))
            .await
            .expect(200);
        assert_eq!(
            kept.bytes, FORM,
            "the funder's workbook is kept byte for byte"
        );
        officer
            .post(
                &format!("/api/v1/awards/{award}/requirements"),
                &json!({
                    "form_id": form, "name": "Quarterly return", "period_months": 3,
                    "first_period_from": "2026-10-01", "anchor_on": "2026-10-01",
                    "due_rule": {"rule": "days-after-period-end", "days": 30, "adjust": "next-working-day"},
                    "needs_trustees": true, "needs_committee": true,
                    "signatures": [
                        {"office": "Section 151 officer", "words": "Spent as the agreement says.", "order": 1},
                        {"office": "Chief finance officer", "words": "The figures are right.", "order": 2},
                    ],
                    "preparer_id": person(&officer), "certifier_id": person(&certifier),
                }),
            )
            .await
            .expect(201);
        let rest = AWARD - LEDGER.iter().map(|line| line.2).sum::<i64>();
        officer
            .post(
                &format!("/api/v1/awards/{award}/forecasts"),
                &json!({"entries": [{"month": "2027-02-01", "capital": false, "amount_pence": rest,
                                     "category_id": categories["community-treatment"]}]}),
            )
            .await
            .expect(201);
        Self {
            worker: house.worker(mail),
            treasurer: house.certifier().await,
            trustee: house.trustee().await,
            committee: house.person(Role::CommitteeMember, house.home).await,
            funder: house.funder(house.funder_a).await,
            other_funder: house.funder(house.funder_b).await,
            house,
            officer,
            finance,
            certifier,
        }
    }

    /// A file of spend on the command line, until it is attributed.
    pub async fn load(&self, name: &str, to: &str, lines: &[(&str, &str, i64, bool)]) {
        let spec = json!({
            "system": "council-ledger", "format": "csv",
            "columns": {
                "transaction": {"header": "Number"}, "line": {"header": "Line"},
                "incurred_on": {"header": "Date"}, "amount": {"header": "Amount"},
                "category": {"header": "Category"}, "capital_or_revenue": {"header": "Kind"},
                "supplier": {"header": "Supplier"},
            },
            "defaults": {"pool": "recovery", "kind": "invoice"},
        });
        let profile = SaveProfile {
            name: format!("Ledger {name}"),
            spec: serde_json::from_value(spec).expect("a profile"),
        };
        let system = self.house.system();
        save_profile(&self.house.db, &system, &profile)
            .await
            .expect("saved");
        let mut file = "Number,Line,Date,Amount,Category,Kind,Supplier\n".to_owned();
        for (n, (on, category, pence, capital)) in lines.iter().enumerate() {
            let on = day(on).format("%d/%m/%Y");
            let (pounds, pence) = (pence / 100, pence % 100);
            let kind = if *capital { "capital" } else { "revenue" };
            file += &format!("{name}-{n},1,{on},{pounds}.{pence:02},{category},{kind},Acorn\n");
        }
        let total = lines.iter().map(|line| line.2).sum();
        let reader = domain::imports::Reader { program: program() };
        let done = import_whole(
            &self.house.db,
            &system,
            &reader,
            &profile.name,
            &format!("{name}.csv"),
            file.as_bytes(),
            (day("2026-10-01"), day(to)),
            total,
            &mut |_| {},
        )
        .await
        .expect("an import");
        assert_eq!(done.waits_for, Vec::<String>::new(), "{:?}", done.faults);
        self.settle().await;
        self.settle().await;
    }

    pub async fn settle(&self) {
        self.house.settle(&self.worker).await;
    }

    /// Weeks pass: everybody's session has ended, and they sign in again.
    pub async fn advance_to(&mut self, on: NaiveDate) {
        self.house.advance_to(on);
        for visitor in [
            &mut self.officer,
            &mut self.finance,
            &mut self.certifier,
            &mut self.treasurer,
            &mut self.trustee,
            &mut self.committee,
            &mut self.funder,
            &mut self.other_funder,
        ] {
            self.house.signs_in_again(visitor).await;
        }
    }

    /// The quarter has ended, its spend is loaded, the worker has drafted. The return's address.
    pub async fn drafted(&mut self) -> String {
        self.settle().await;
        self.advance_to(day("2027-01-05")).await;
        self.load("q1", "2026-12-31", LEDGER).await;
        let listed = self.officer.get("/api/v1/returns").await.expect(200).json();
        let first = listed["items"]
            .as_array()
            .expect("returns")
            .iter()
            .find(|one| one["period_from"] == "2026-10-01")
            .expect("the first quarter's return");
        assert_eq!(first["state"], "drafted", "{first}");
        format!("/api/v1/returns/{}", first["id"].as_str().expect("an id"))
    }

    /// Answers whatever must be answered and is not.
    pub async fn complete(&self, at: &str) {
        for answer in answers(&self.officer.get(at).await.expect(200).json()) {
            let open = answer["value"].is_null() && answer["required"] == true;
            if !open || answer["written_when_signed"] == true {
                continue;
            }
            let choices = answer["choices"].as_array().expect("choices");
            let value = match answer["kind"].as_str().expect("a kind") {
                "number" => json!(3),
                "money" => json!(0),
                "date" => json!("2026-10-01"),
                "yes-no" => json!(true),
                _ => choices.first().cloned().unwrap_or(json!("It goes well.")),
            };
            self.answer(
                at,
                answer["key"].as_str().expect("a key"),
                &json!({"value": value}),
            )
            .await
            .expect(200);
        }
    }

    /// Types an answer, having read what stands.
    pub async fn answer(&self, at: &str, key: &str, body: &Value) -> Reply {
        let path = format!("{at}/answers/{key}");
        let tag = self.officer.get(&path).await.expect(200).header("etag");
        self.officer.put(&path, body, &[("if-match", &tag)]).await
    }

    /// Somebody does something to the return as it now stands.
    pub async fn act(&self, who: &Visitor, at: &str, noun: &str, body: Option<Value>) -> Reply {
        let tag = self.officer.get(at).await.expect(200).header("etag");
        let path = format!("{at}/{noun}");
        who.send(
            reqwest::Method::POST,
            &path,
            body.as_ref(),
            &[("if-match", &tag)],
        )
        .await
    }

    /// Says why the form's own checks may stand: the story forecasts less than its ring-fences.
    async fn explain_checks(&self, at: &str) {
        // the checks are the workbook's, so a revision has to be built before they can be read
        let offered = self
            .act(&self.officer, at, "certification-request", None)
            .await;
        if offered.status == 200 {
            return;
        }
        let found = self
            .officer
            .get(&format!("{at}/findings"))
            .await
            .expect(200)
            .json();
        for finding in found["items"].as_array().expect("findings") {
            if finding["code"] == "check-failed" && finding["silenced"].is_null() {
                let place = format!(
                    "{}!{}",
                    finding["sheet"].as_str().unwrap_or_default(),
                    finding["cell"].as_str().unwrap_or_default()
                );
                let body = json!({"code": "check-failed", "place": place,
                                  "reason": "Forecasts follow when the contracts are let."});
                self.officer
                    .post(&format!("{at}/silenced-findings"), &body)
                    .await
                    .expect(200);
            }
        }
    }

    /// Offered, after it was completed.
    pub async fn offer(&self, at: &str) -> Value {
        self.explain_checks(at).await;
        let one = self.officer.get(at).await.expect(200).json();
        if one["offered_revision"].is_i64() {
            return one;
        }
        let reply = self
            .act(&self.officer, at, "certification-request", None)
            .await;
        if reply.status != 200 {
            let found = self.officer.get(&format!("{at}/findings")).await.text;
            panic!("it was not offered: {}\n{found}", reply.text);
        }
        reply.json()
    }

    /// A board's agreement to a revision.
    pub async fn agree(&self, who: &Visitor, at: &str, board: &str, revision: &Value) -> Reply {
        let body = json!({"board": board, "revision": revision, "agreed_on": self.house.system().today(),
                          "minute": "Minute 12"});
        who.post(&format!("{at}/approvals"), &body).await
    }

    /// A signature in the next office.
    pub async fn sign(&self, who: &Visitor, at: &str) -> Reply {
        let path = format!("{at}/certification");
        let page = who.get(&path).await.expect(200).json();
        let body = json!({"content_hash": page["content_hash"], "office": page["next"]["office"],
                          "statement": page["next"]["words"]});
        who.post(&path, &body).await
    }

    /// Completed, agreed by both boards.
    pub async fn agreed(&self, at: &str) {
        self.complete(at).await;
        let offered = self.offer(at).await;
        assert_eq!(offered["state"], "awaiting-approval", "{offered}");
        self.agree(&self.trustee, at, "trustees", &offered["revision"])
            .await
            .expect(200);
        let stands = self
            .agree(&self.committee, at, "committee", &offered["revision"])
            .await
            .expect(200)
            .json();
        assert_eq!(stands["state"], "awaiting-certification");
    }

    /// Both certifiers have shown their second factor and signed.
    pub async fn certified(&mut self, at: &str) -> Vec<u8> {
        let now = self.house.clock.now();
        self.certifier.show_second_factor(now).await;
        self.treasurer.show_second_factor(now).await;
        self.sign(&self.certifier, at).await.expect(200);
        let stands = self.sign(&self.treasurer, at).await.expect(200).json();
        assert_eq!(stands["state"], "certified");
        let file = self
            .officer
            .get(&format!("{at}/certified-workbook"))
            .await
            .expect(200);
        assert!(
            file.header("content-disposition").starts_with("attachment"),
            "{:?}",
            file.headers
        );
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        file.bytes
    }

    /// Recorded as sent, with a receipt as a file.
    pub async fn send(&self, at: &str) -> Reply {
        let tag = self.officer.get(at).await.expect(200).header("etag");
        let receipt = Part::bytes(&b"received with thanks"[..]).file_name("receipt.txt");
        let body = Form::new()
            .text("sent_at", self.house.clock.now().to_rfc3339())
            .text("how", "the funder's portal")
            .text("to_whom", "Department for Recovery")
            .text("receipt", "REC-99")
            .part("receipt_file", receipt);
        self.officer
            .send_parts(&format!("{at}/sending"), body, &[("if-match", &tag)])
            .await
    }

    /// Whether the return is due.
    pub async fn is_due(&self, at: &str) -> bool {
        let open = self
            .officer
            .get("/api/v1/deadlines?open=true")
            .await
            .expect(200)
            .json();
        let open = open["items"].as_array().expect("deadlines");
        open.iter()
            .any(|one| at.ends_with(one["return_id"].as_str().expect("an id")))
    }
}

/// Who a visitor is.
pub fn person(who: &Visitor) -> Value {
    json!(who.invited.as_ref().expect("somebody").person_id)
}

/// Every question of a return with its answer.
pub fn answers(one: &Value) -> Vec<Value> {
    let sections = one["sections"].as_array().expect("sections");
    sections
        .iter()
        .flat_map(|section| section["answers"].as_array().expect("answers").clone())
        .collect()
}

/// What stands in a workbook's cells.
pub fn cells(bytes: &[u8], wanted: &[(&str, &str)]) -> Vec<Data> {
    let mut book = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    wanted
        .iter()
        .map(|(sheet, cell)| {
            let letters: String = cell.chars().take_while(char::is_ascii_alphabetic).collect();
            let column = letters
                .bytes()
                .fold(0, |n, b| n * 26 + u32::from(b - b'A') + 1)
                - 1;
            let row: u32 = cell[letters.len()..].parse().expect("a row");
            let range = book.worksheet_range(sheet).expect("a sheet");
            range
                .get_value((row - 1, column))
                .cloned()
                .unwrap_or(Data::Empty)
        })
        .collect()
}
