//! The co-funding position beside its first table, as people and programs see it.

use entity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::spend_pages::{between, furnished, loads};
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
        let page = finance.get(&address).await.expect(200).text;
        let version = between(&page, "name=\"version\" value=\"", "\"").to_owned();
        finance.form(&format!("{address}/acceptance"), &[("version", &version)]).await.expect(303);
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
