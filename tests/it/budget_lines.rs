//! An award in its funder's own budget lines, as people and programs record and read them.

use entity::Role;
use reqwest::Method;
use serde_json::json;

use crate::on_both;
use crate::spend_pages::{accepts, furnished, loads};
use crate::support::pages::{Page, open};

on_both! {
    async fn a_funder_reads_its_award_in_its_own_lines(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let trustee = house.trustee().await;
        let funder = house.person(Role::FundersOfficer, house.funder_a).await;
        let other = house.person(Role::FundersOfficer, house.funder_b).await;
        let worker = house.worker(None);
        let (pool, layout) = furnished(&officer, &finance, house).await;
        let award = officer.get(&format!("/api/v1/pools/{pool}")).await.expect(200).json()["contributions"][0]["award_id"]
            .as_str().unwrap().to_owned();
        let rows = "1,1,02/09/2026,100.00,care,Acorn\n2,1,20/09/2026,50.00,care,Acorn\n";
        let address = loads(&finance, &layout, "September 2026", "150", Some(rows)).await.expect(303).header("location");
        house.settle(&worker).await;
        accepts(&finance, &address).await;
        house.settle(&worker).await;

        // nothing is said of it yet
        let here = format!("/awards/{award}/budget-lines");
        open(&trustee, &here).await.says("No budget lines were recorded").does_not_say("Record its budget lines");
        let ways = open(&officer, &format!("/awards/{award}")).await.links();
        assert!(ways.contains(&here), "{ways:?}");
        let ways = open(&funder, &format!("/awards/{award}")).await.links();
        assert!(!ways.contains(&here), "{ways:?}");
        assert_eq!(other.get(&here).await.status, 404);
        assert_eq!(trustee.get(&format!("{here}/new")).await.status, 403);

        // a form that is wrong keeps what was typed, and says what to do
        let form = open(&officer, &format!("{here}/new")).await.form(&here);
        let care = officer.get("/api/v1/cost-categories").await.expect(200).json()["items"].as_array().unwrap().iter()
            .find(|one| one["slug"] == "care").unwrap()["id"].as_str().unwrap().to_owned();
        let filled = form.fill("said_in", "Offer letter, annex B").fill("name.1", "1.1 Treatment").fill("budget.1", "120");
        let reply = filled.clone().send(&officer).await.expect(422);
        let told = Page::of(&here, &reply);
        told.says("Choose the cost categories that “1.1 Treatment” is made of.");
        assert_eq!(told.form(&here).value("name.1"), Some("1.1 Treatment"));
        let filled = filled.fill("of.1", &care);
        let reply = filled.clone().fill("budget.1", "50000").send(&officer).await.expect(422);
        Page::of(&here, &reply).says("These lines come to £50,000.00, and the award is £500.00.");
        let reply = filled.clone().fill("budget.1", "a lot").send(&officer).await.expect(422);
        Page::of(&here, &reply).says("Enter an amount in pounds");
        let reply = filled.clone().fill("said_in", "").send(&officer).await.expect(422);
        Page::of(&here, &reply).says("Say where the funder’s lines are written.");
        filled.send(&officer).await.expect(303);
        open(&trustee, &here).await.says("1.1 Treatment").says("More was spent than is given for 1.1 Treatment.")
            .says("Offer letter, annex B");

        // its funder finds it from the award and from the position; another funder does not
        assert!(open(&funder, &format!("/awards/{award}")).await.links().contains(&here));
        assert!(open(&funder, &format!("/pools/{pool}/position")).await.links().contains(&here));
        open(&funder, &here).await.says("£150.00").says("−£30.00").does_not_say("Change its budget lines");
        open(&funder, &format!("{here}?as_of=10/09/2026")).await.says("£100.00").does_not_say("−£30.00");
        assert_eq!(other.get(&here).await.status, 404);
        let book = funder.get(&format!("{here}.xlsx")).await.expect(200);
        assert!(book.header("content-disposition").contains("budget-lines.xlsx"));
        let table = funder.get(&format!("{here}.csv")).await.expect(200).text;
        assert!(table.contains("1.1 Treatment,care,both,120.00,150.00,0.00,-30.00"), "{table}");

        let file = funder.get(&format!("{here}.pdf")).await.expect(200);
        assert!(pdftext::read(&file.bytes).unwrap().pages.concat().contains("1.1 Treatment"));

        // over the API, under the award's version
        let at = format!("/api/v1/awards/{award}");
        let tag = officer.get(&at).await.expect(200).header("etag");
        let maps = format!("{at}/category-maps");
        let line = |name: &str, pays_for: &str| json!({"name": name, "pays_for": pays_for, "category_ids": [care]});
        let new = |lines: serde_json::Value| json!({"said_in": "Its form of 2027", "lines": lines});
        let twice = new(json!([line("A", "both"), line("B", "capital")]));
        let wrong = officer.send(Method::POST, &maps, Some(&twice), &[("if-match", &tag)]).await.expect(422).json();
        assert_eq!((&wrong["errors"][0]["pointer"], &wrong["errors"][0]["code"]),
            (&json!("/lines/1/category_ids"), &json!("in-two-lines")));
        let apart = new(json!([line("A", "revenue"), line("B", "capital")]));
        officer.send(Method::POST, &maps, Some(&apart), &[("if-match", &tag)]).await.expect(201);
        let seen = funder.get(&format!("{at}/budget-lines")).await.expect(200).json();
        assert_eq!((&seen["said_in"], &seen["lines"][0]["attributed_pence"], &seen["lines"][0]["left_pence"],
                &seen["lines"][1]["attributed_pence"], &seen["in_no_line"]["attributed_pence"]),
            (&json!("Its form of 2027"), &json!(15_000), &json!(null), &json!(0), &json!(0)));
        officer.send(Method::POST, &maps, Some(&apart), &[("if-match", &tag)]).await.expect(412);
    }
}
