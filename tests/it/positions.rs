//! The co-funding position beside its first table, as people and programs see it.

use entity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::spend_pages::{accepts, between, furnished, loads};
use crate::support::pages::open;
use crate::support::visitor::Visitor;

on_both! {
    async fn what_is_left_of_awards_is_told_before_it_is_lost(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let trustee = house.trustee().await;
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        let worker = house.worker(None);
        for page in ["/unspent", "/cash", "/quarters", "/match"] {
            trustee.get(page).await.expect(200);
        }
        open(&trustee, "/unspent").await.says("Nothing is to be used yet").does_not_say("CSV");
        open(&trustee, "/quarters").await.says("There is nothing to show");
        open(&trustee, "/match").await.says("No award here requires match.");
        let (pool, layout) = furnished(&officer, &finance, house).await;
        let award = officer.post("/api/v1/awards", &json!({
            "reference": "B/2", "title": "Lantern grant", "programme": "Lottery", "funder_id": house.funder_b,
            "holder_id": house.council, "accountable_body_id": house.council, "amount_pence": 90_000,
            "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england", "pays_for": "both",
            "legal_basis": "contract", "lost_if_unspent": true,
        })).await.expect(201).id();
        let at = format!("/api/v1/pools/{pool}");
        let seen = officer.get(&at).await.expect(200);
        let tag = seen.header("etag");
        let first = seen.json()["contributions"][0]["award_id"].as_str().unwrap().to_owned();
        let given = json!({"award_id": award, "agreed_pence": 25_000});
        officer.send(Method::POST, &format!("{at}/contributions"), Some(&given), &[("if-match", &tag)]).await
            .expect(201);
        let rows = "1,1,02/09/2026,100.00,care,Acorn\n2,1,20/09/2026,100.00,care,Acorn\n";
        let address = loads(&finance, &layout, "September 2026", "200", Some(rows)).await.expect(303).header("location");
        house.settle(&worker).await;
        accepts(&finance, &address).await;
        house.settle(&worker).await;
        finance.post(&format!("/api/v1/awards/{first}/money"), &json!({"kind": "receipt", "happened_on": "2026-05-01",
            "amount_pence": 30_000, "ledger_reference": "GL 7"})).await.expect(201);

        // what goes back comes first, also where most of it is in no pool
        let told = trustee.get("/api/v1/unspent").await.expect(200).json();
        let row = &told["rows"][0];
        assert_eq!((&row["award"], &row["unspent_pence"], &row["not_pooled_pence"], &row["goes"]),
            (&json!("Lantern grant"), &json!(90_000), &json!(65_000), &json!([{"to": "back", "amount_pence": 90_000}])));
        open(&trustee, "/unspent").await
            .says("If nothing changes, £900 will go back unspent, the first of it after 31 March 2027.")
            .says("£650.00 of the award is in no pool");
        open(&finance, "/").await.says("£900.00 will go back unspent if nothing changes");
        open(&trustee, &format!("/pools/{pool}/unspent")).await.says("What the pool will leave, and who has it")
            .says("Nothing is agreed yet of who bears");
        let table = trustee.get("/unspent.csv").await.expect(200).text;
        assert!(table.contains("Lantern grant,2026-04-01,2027-03-31,900.00,0.00,0.00,0.00,900.00,900.00,0.00"), "{table}");
        let theirs = open(&funder, &format!("/pools/{pool}/unspent")).await;
        theirs.says("Lantern grant").does_not_say("Recovery grant").does_not_say("What the pool will leave");
        as_a_pdf(&trustee, "/unspent", "").await;
        as_a_pdf(&trustee, &format!("/pools/{pool}/position"), "?as_of=30/09/2026").await;
        as_a_pdf(&trustee, "/funding-grid", "").await;
        as_a_pdf(&trustee, "/our-money", "").await;
        let said = as_a_pdf(&funder, &format!("/pools/{pool}/unspent"), "").await;
        assert!(said.contains("Lantern grant") && !said.contains("Recovery grant"), "{said}");
        for (path, status) in [("/unspent.pdf", 403), ("/pools/00000000-0000-0000-0000-000000000000/unspent.pdf", 404)] {
            let refused = funder.get(path).await;
            assert_eq!((refused.status, refused.header("content-type").starts_with("text/html")), (status, true), "{path}");
        }
        assert_eq!(trustee.get("/spend.pdf").await.status, 404, "only some pages are made into files");
        assert_eq!(funder.get("/unspent").await.status, 403);

        // the holder's cash
        let told = trustee.get(&format!("{at}/cash")).await.expect(200).json();
        assert_eq!((&told["held_pence"], &told["lowest_pence"], &told["months"][0]["month"]),
            (&json!(10_000), &json!(10_000), &json!("2026-05-01")));
        open(&trustee, "/cash").await.says("£100 that came from funders is not spent. It is lowest in October 2026: £100.00.")
            .says("Received ahead");
        let table = trustee.get("/cash/awards.csv").await.expect(200).text;
        assert!(table.contains("Recovery grant,300.00,200.00,100.00,0.00,no"), "{table}");
        let before = trustee.get("/api/v1/cash?as_of=2026-08-31").await.expect(200).json();
        assert_eq!((&before["held_pence"], &before["lowest_pence"]), (&json!(30_000), &Value::Null));
        assert_eq!(funder.get("/cash").await.status, 403);

        // by quarter
        let told = trustee.get(&format!("{at}/quarters")).await.expect(200).json();
        assert_eq!((&told["rows"][0]["quarter"], &told["rows"][0]["of_year"]),
            (&json!("July to September 2026"), &json!("quarter 2 of 2026-27")));
        assert_eq!((&told["together"]["attributed_revenue_pence"], &told["together"]["unfunded_pence"]),
            (&json!(20_000), &json!(0)));
        open(&trustee, &format!("/pools/{pool}/quarters")).await.says("£200 was spent. Nothing more is promised or forecast.");
        open(&funder, &format!("/pools/{pool}/quarters")).await.does_not_say("£200").does_not_say("Not covered");
        trustee.get(&format!("/api/v1/quarters?award_id={pool}")).await.expect(404);

        // match, and the burn-up of an award
        open(&trustee, &format!("/pools/{pool}/match")).await.says("No award here requires match.");
        open(&trustee, &format!("/awards/{first}")).await.says("Will it be used by its end?")
            .says("£200 of £500 is attributed. Nothing more is promised or forecast, so £300 will be unspent at its end");
        let told = trustee.get(&format!("/api/v1/awards/{first}/burn-up")).await.expect(200).json();
        assert_eq!((&told["rest_pence"], told["months"].as_array().map(Vec::len)), (&json!(30_000), Some(12)));
        open(&trustee, &format!("/awards/{first}/burn-up?as_of=2026-09-10")).await.says("£100 of £500 is attributed.");
        open(&funder, &format!("/awards/{award}/burn-up")).await.says("£0 of £900 is attributed.");
        assert_eq!(funder.get(&format!("/awards/{first}/burn-up")).await.status, 404);
        for (table, name) in [("/unspent", "unspent"), ("/cash", "cash"), ("/quarters", "quarters"), ("/match", "match-positions"),
                              (&format!("/awards/{first}/burn-up"), "burn-up")] {
            let book = trustee.get(&format!("{table}.xlsx")).await.expect(200);
            assert!(book.header("content-type").ends_with("spreadsheetml.sheet"), "{table}");
            assert!(book.header("content-disposition").contains(&format!("{name}.xlsx")), "{table}");
        }
    }

    async fn where_money_goes_what_comes_late_and_what_changed_are_told(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let (trustee, auditor) = (house.trustee().await, house.person(Role::Auditor, house.home).await);
        let funder = house.person(Role::FundersOfficer, house.funder_a).await;
        let worker = house.worker(None);
        open(&trustee, "/flows").await.says("Nothing was spent yet").does_not_say("CSV");
        let (pool, layout) = furnished(&officer, &finance, house).await;
        let award = officer.get(&format!("/api/v1/pools/{pool}")).await.expect(200).json()["contributions"][0]["award_id"]
            .as_str().unwrap().to_owned();
        officer.post("/api/v1/commitments", &json!({"provider_id": house.council, "holder_id": house.council,
            "kind": "contract", "reference": "C-1", "terms": {"title": "Beds", "pool_id": pool, "supplier": "Acorn",
            "starts_on": "2026-04-01", "ends_on": "2027-03-31", "spread_pence": 120_000}})).await.expect(201);
        let accepts = async |period: &str, total: &str, rows: &str| {
            let address = loads(&finance, &layout, period, total, Some(rows)).await.expect(303).header("location");
            house.settle(&worker).await;
            accepts(&finance, &address).await;
            house.settle(&worker).await;
        };
        accepts("August 2026", "400", "1,1,02/08/2026,300.00,care,Acorn\n2,1,20/08/2026,100.00,events,Elm\n").await;

        // where the money comes from and goes
        let told = trustee.get(&format!("/api/v1/pools/{pool}/flows")).await.expect(200).json();
        assert_eq!((&told["spend_pence"], &told["attributed_pence"], &told["unfunded_pence"]),
            (&json!(40_000), &json!(40_000), &json!(0)));
        let by: Vec<(&str, i64)> = told["providers"].as_array().unwrap().iter()
            .map(|one| (one["purpose"].as_str().unwrap(), one["amount_pence"].as_i64().unwrap())).collect();
        assert_eq!(by, [("care", 30_000), ("events", 10_000)]);
        open(&trustee, &format!("/pools/{pool}/flows")).await
            .says("£400 was spent. 1 funder pays for all of it. £300 of it counts against agreements with 1 provider.")
            .says("Under no agreement");
        assert!(trustee.get("/flows").await.expect(200).text.contains("<svg class=\"streams\""));
        let within = open(&auditor, "/flows?as_of=2026-08-10").await;
        within.says("choose the last day of a month").does_not_say("By whom it was done");
        let table = auditor.get("/flows.csv?as_of=2026-08-31").await.expect(200).text;
        assert!(table.contains("what for,Recovery,care,300.00"), "{table}");
        for page in ["/flows".to_owned(), format!("/pools/{pool}/flows")] {
            assert_eq!(funder.get(&page).await.status, 403);
            assert_eq!(funder.get(&format!("/api/v1{page}")).await.status, 403);
        }

        // a funder pays late
        officer.post(&format!("/api/v1/awards/{award}/payments"), &json!({"payments": [
            {"due_on": "2026-05-01", "amount_pence": 45_000}, {"due_on": "2026-12-01", "amount_pence": 5_000}]})).await
            .expect(201);
        finance.post(&format!("/api/v1/awards/{award}/money"), &json!({"kind": "receipt", "happened_on": "2026-05-01",
            "amount_pence": 45_000, "ledger_reference": "GL 7"})).await.expect(201);
        let scenario = json!({"scenario": "pays-later", "award_id": award, "months": 2});
        let told = trustee.post("/api/v1/what-ifs", &scenario).await.expect(200).json();
        assert_eq!((&told["pools"], told["cash"].as_array().map(Vec::len)), (&json!([]), Some(2)));
        assert_eq!(told["cash"][0]["later_pence"], json!(5_000));
        let moved: Vec<(&str, i64)> = told["cash"][1]["months"].as_array().unwrap().iter()
            .filter(|of| of["more_pence"] != json!(0))
            .map(|of| (of["month"].as_str().unwrap(), of["more_pence"].as_i64().unwrap())).collect();
        assert_eq!(moved, [("2026-12-01", -5_000), ("2027-01-01", -5_000)]);
        let scenario = json!({"scenario": "pays-later", "award_id": award, "months": 0});
        trustee.post("/api/v1/what-ifs", &scenario).await.expect(422);
        open(&trustee, &format!("/what-if?scenario=later&ask=yes&award_id={award}&months=2")).await
            .says("£50 would come later.").says("What would be held at the end of each month");
        open(&trustee, "/what-if?scenario=later&ask=yes&months=many").await.says("Enter a number of months from 1 to 36.");
        open(&trustee, &format!("/what-if?scenario=until&ask=yes&award_id={award}&from_on=01/12/2026")).await
            .says("Nothing of it is expected sooner: nothing would change.").says("Held at the lowest");
        let table = trustee.get(&format!("/what-if.csv?scenario=later&ask=yes&award_id={award}&months=2")).await.expect(200);
        assert!(table.text.starts_with("pool,month,more_held_pounds"), "{}", table.text);

        // what changed since somebody looked
        let changed = format!("/pools/{pool}/position/changes");
        let seen = format!("/pools/{pool}/position/seen");
        house.advance(chrono::Duration::minutes(1));
        for who in [&trustee, &funder] {
            let page = who.get(&changed).await.expect(200).text;
            let looked_at = between(&page, "name=\"looked_at\" value=\"", "\"").to_owned();
            who.form(&seen, &[("looked_at", &looked_at)]).await.expect(303);
        }
        house.advance(chrono::Duration::minutes(1));
        open(&trustee, &changed).await.says("Nothing changed since you last looked, on");
        accepts("September 2026", "150", "3,1,02/09/2026,150.00,care,Acorn\n").await;
        for _ in 0..2 {
            open(&trustee, &changed).await.says("1 award changed since you last looked, on").says("+£100.00")
                .says("1 attribution run").says("Not all spend is covered any more.");
        }
        open(&funder, &changed).await.says("+£100.00").says("1 attribution run").does_not_say("Not covered");
        open(&trustee, &format!("/pools/{pool}/position")).await.says("What changed since you last looked, on");
        let told = funder.get(&format!("/api/v1/pools/{pool}/position-changes")).await.expect(200).json();
        assert_eq!((&told["since_what"], &told["unfunded_pence"], &told["rows"][0]["figures"][0]["more_pence"]),
            (&json!("seen"), &Value::Null, &json!(10_000)));
        let since = "2026-10-06T08:30:00Z";
        let told = auditor.get(&format!("/api/v1/position-changes?since={since}")).await.expect(200).json();
        assert_eq!((&told["spend_before_pence"], &told["spend_pence"], &told["unfunded_pence"]),
            (&json!(0), &json!(55_000), &json!(5_000)));
        auditor.get("/api/v1/position-changes?since=2030-01-01T00:00:00Z").await.expect(422);
        let table = auditor.get(&format!("/position/changes.csv?since={since}")).await.expect(200).text;
        assert!(table.contains("Recovery grant,attributed,500.00,0.00,500.00"), "{table}");
        // as a file, since when it says
        let told = as_a_pdf(&trustee, "/position/changes", &format!("?since={since}")).await;
        assert!(told.contains("1 award changed since Tuesday 6 October 2026"), "{told}");
        house.advance(chrono::Duration::minutes(1));
        trustee.form(&seen, &[]).await.expect(303);
        house.advance(chrono::Duration::minutes(1));
        open(&trustee, &changed).await.says("Nothing changed since you last looked");
        assert_eq!(funder.get("/position/changes").await.status, 403);
        for (table, name) in [("/flows", "flows"), ("/position/changes", "position-changes")] {
            let book = trustee.get(&format!("{table}.xlsx")).await.expect(200);
            assert!(book.header("content-disposition").contains(&format!("{name}.xlsx")), "{table}");
        }
    }
}

/// A page as a PDF says each amount that the page says, under its title. What it says.
async fn as_a_pdf(who: &Visitor, page: &str, query: &str) -> String {
    let shown = who.get(&format!("{page}{query}")).await.expect(200).text;
    let main = between(&shown, "<main", "</main>");
    let file = who.get(&format!("{page}.pdf{query}")).await.expect(200);
    assert_eq!(file.header("content-type"), "application/pdf", "{page}");
    assert!(
        file.header("content-disposition").ends_with(".pdf\""),
        "{page}"
    );
    assert_eq!(file.header("cache-control"), "no-store", "{page}");
    let said = pdftext::read(&file.bytes).unwrap().pages.concat();
    let title = between(&shown, "<title>", " – Tributary").to_owned();
    assert!(said.contains(&title), "{page} has no title {title}: {said}");
    let bare: String = said.split_whitespace().collect();
    let mut amounts = 0;
    for after in main.split('£').skip(1) {
        let amount: String = after
            .chars()
            .take_while(|c| c.is_ascii_digit() || [',', '.'].contains(c))
            .collect();
        let amount = amount.trim_end_matches(['.', ',']);
        assert!(
            bare.contains(&format!("£{amount}")),
            "{page} does not say £{amount}: {said}"
        );
        amounts += 1;
    }
    assert!(amounts > 3, "{page} says too little to compare");
    said
}
