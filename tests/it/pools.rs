//! What is agreed of a pool, as people and programs see it.

use reqwest::Method;
use serde_json::json;

use crate::on_both;
use crate::spend_pages::{accepts, furnished, loads};
use crate::support::house::House;
use crate::support::pages::{Page, follow, open};
use crate::support::visitor::Visitor;

/// A second award behind a pool.
async fn another(officer: &Visitor, house: &House, pool: &str) -> String {
    let award = officer.post("/api/v1/awards", &json!({
        "reference": "B/2", "title": "Lottery grant", "programme": "Lottery", "funder_id": house.funder_b,
        "holder_id": house.council, "accountable_body_id": house.council, "amount_pence": 90_000,
        "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england", "pays_for": "both",
        "legal_basis": "contract", "lost_if_unspent": false,
    })).await.expect(201).id();
    let at = format!("/api/v1/pools/{pool}");
    let tag = officer.get(&at).await.expect(200).header("etag");
    let given = json!({"award_id": award, "agreed_pence": 25_000});
    officer
        .send(
            Method::POST,
            &format!("{at}/contributions"),
            Some(&given),
            &[("if-match", &tag)],
        )
        .await
        .expect(201);
    award
}

on_both! {
    async fn how_awards_pay_is_agreed_from_a_day_on(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let trustee = house.trustee().await;
        let worker = house.worker(None);
        let (pool, layout) = furnished(&officer, &finance, house).await;
        let second = another(&officer, house, &pool).await;
        let first = officer.get(&format!("/api/v1/pools/{pool}")).await.expect(200).json()["contributions"][0]
            ["award_id"].as_str().unwrap().to_owned();
        let rows = "1,1,02/09/2026,100.00,care,Acorn\n2,1,20/09/2026,100.00,care,Acorn\n";
        let address = loads(&finance, &layout, "September 2026", "200", Some(rows)).await.expect(303).header("location");
        house.settle(&worker).await;
        accepts(&finance, &address).await;
        house.settle(&worker).await;

        let path = format!("/pools/{pool}/policies");
        open(&trustee, &format!("/pools/{pool}")).await.says("Each line of spend is paid for by the first award");
        open(&trustee, &path).await.says("In a stated order").says("Board, minute 3").says("Applies now")
            .does_not_say("Agree another rule");
        let (of_first, of_second) = (format!("award_{first}"), format!("award_{second}"));
        let asked = async |share: &str, from: &str| {
            let form = open(&officer, &format!("{path}/new")).await.form(&path);
            form.fill("policy", "shares").fill(&of_first, share).fill(&of_second, "25")
                .fill("starts_on", from).fill("agreed_by", "Both boards").fill("minute", "minute 9")
                .fill("reason", "The lottery pays a quarter.").send(&officer).await
        };
        let short = asked("70", "20/9/2026").await;
        assert_eq!(short.status, 422);
        assert!(short.text.contains("The shares come to 95%. They must come to 100%."), "{}", short.text);
        let early = asked("75", "1/1/2026").await;
        assert!(early.text.contains("first rule applies from 1 April 2026"), "{}", early.text);

        // seen before it is recorded; looked at twice, recorded once
        let page = Page::of(&path, &asked("75", "20/9/2026").await.expect(200));
        page.says("£25.00 of spend would be paid by another award than today. As much is covered as today.")
            .says("It reaches back: spend received since 20 September 2026")
            .says("Recovery grant £200.00 £175.00").says("Lottery grant £0.00 £25.00 £25.00");
        let (one, other) = (page.form(&path), page.form(&path));
        let made = one.send(&officer).await;
        follow(&officer, made).await.says("By agreed shares").says("Recovery grant (")
            .says("75%").says("Both boards, 6 October 2026 (minute 9)").says("Past");
        assert_eq!(other.send(&officer).await.status, 412);
        house.settle(&worker).await;
        let seen = trustee.get(&format!("/api/v1/pools/{pool}")).await.expect(200).json();
        assert_eq!(seen["policy"], "shares");
        let paid: Vec<_> = seen["contributions"].as_array().unwrap().iter()
            .map(|part| part["attributed_pence"].as_i64().unwrap()).collect();
        assert_eq!(paid, [17_500, 2_500]);
        open(&trustee, &format!("/pools/{pool}")).await.says("By agreed shares").says("75%").says("25%");
        open(&trustee, &format!("/history/pool/{pool}")).await.says("By agreed shares").says("The lottery pays a quarter.");

        // spend of one category has shares of its own: the rule of today stands ready, and one purpose is asked for
        let form = open(&officer, &format!("{path}/new")).await.form(&path);
        assert_eq!((form.value(&of_first), form.value(&of_second)), (Some("75"), Some("25")));
        let more = Page::of(&path, &form.fill("more", "yes").send(&officer).await.expect(200));
        let form = more.form(&path);
        let choice = form.choices("purpose_1").into_iter().find(|one| one.starts_with("category ")).unwrap().to_owned();
        let (own_first, own_second) = (format!("share_1_{first}"), format!("share_1_{second}"));
        let form = form.fill("starts_on", "20/9/2026").fill("agreed_by", "Both boards").fill("minute", "minute 10")
            .fill("reason", "Treatment is shared equally.").fill(&own_first, "50");
        let nameless = form.send(&officer).await;
        assert_eq!(nameless.status, 422);
        assert!(nameless.text.contains("Choose the spend that these shares are for."), "{}", nameless.text);
        let form = Page::of(&path, &nameless).form(&path).fill("purpose_1", &choice).fill(&own_second, "40");
        let short = form.send(&officer).await;
        assert!(short.text.contains("The shares come to 90%. They must come to 100%."), "{}", short.text);
        let form = Page::of(&path, &short).form(&path).fill(&own_second, "50");
        let page = Page::of(&path, &form.send(&officer).await.expect(200));
        page.says("£25.00 of spend would be paid by another award than today.");
        let made = page.form(&path).send(&officer).await;
        follow(&officer, made).await.says("Shares for one purpose").says("50%").says("but for one purpose");
        open(&trustee, &format!("/pools/{pool}")).await.says("75%, but for one purpose");
        house.settle(&worker).await;
        let seen = trustee.get(&format!("/api/v1/pools/{pool}")).await.expect(200).json();
        let paid: Vec<_> = seen["contributions"].as_array().unwrap().iter()
            .map(|part| part["attributed_pence"].as_i64().unwrap()).collect();
        assert_eq!(paid, [15_000, 5_000]);
        let table = trustee.get(&format!("{path}.csv")).await.expect(200).text;
        assert!(table.contains(",5000,,"), "{table}");

        // over the API a rule that reaches back says so
        let at = format!("/api/v1{path}");
        let mut rule = json!({"policy": "pro-rata", "starts_on": "2026-10-01", "agreed_by": "Both boards",
            "agreed_on": "2026-10-06", "minute": "minute 11", "reason": "Simpler"});
        let looked = officer.post(&format!("/api/v1/pools/{pool}/policy-previews"), &rule).await.expect(200).json();
        assert_eq!((&looked["moved_pence"], &looked["reaches_back"]), (&json!(0), &json!(true)));
        let tag = officer.get(&format!("/api/v1/pools/{pool}")).await.expect(200).header("etag");
        let told = officer.send(Method::POST, &at, Some(&rule), &[("if-match", &tag)]).await.expect(422).json();
        assert_eq!(told["errors"][0]["pointer"], "/reaches_back");
        rule["reaches_back"] = json!(true);
        officer.send(Method::POST, &at, Some(&rule), &[("if-match", &tag)]).await.expect(201);
        let rules = trustee.get(&at).await.expect(200).json();
        assert_eq!(rules["items"][0]["awards"][1]["put_in_pence"], json!(25_000));
        let table = trustee.get(&format!("{path}.csv")).await.expect(200).text;
        assert!(table.contains("4,pro-rata,2026-10-01"), "{table}");
        house.funder(house.funder_a).await.get(&path).await.expect(403);
    }

    async fn a_run_that_moves_money_waits_for_a_person(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let trustee = house.trustee().await;
        let worker = house.worker(None);
        let (pool, layout) = furnished(&officer, &finance, house).await;
        let second = another(&officer, house, &pool).await;
        let first = officer.get(&format!("/api/v1/pools/{pool}")).await.expect(200).json()["contributions"][0]
            ["award_id"].as_str().unwrap().to_owned();
        let path = format!("/pools/{pool}/runs");
        open(&trustee, &path).await.says("All take effect by themselves").says("Nothing was attributed yet")
            .does_not_say("Change which take effect");
        let form = open(&officer, &format!("{path}/choosing")).await.form(&path);
        let empty = form.fill("runs", "unless-something-moves").send(&officer).await;
        assert_eq!(empty.status, 422);
        assert!(empty.text.contains("Say who agreed it."), "{}", empty.text);
        let form = open(&officer, &format!("{path}/choosing")).await.form(&path);
        let made = form.fill("runs", "unless-something-moves").fill("agreed_by", "Finance committee, minute 3")
            .fill("reason", "Funders were told what stands.").send(&officer).await;
        follow(&officer, made).await.says("A person applies what moves").says("Finance committee, minute 3");

        // what is new is attributed by itself
        let rows = "1,1,02/09/2026,100.00,care,Acorn\n2,1,20/09/2026,100.00,care,Acorn\n";
        let address = loads(&finance, &layout, "September 2026", "200", Some(rows)).await.expect(303).header("location");
        house.settle(&worker).await;
        accepts(&finance, &address).await;
        house.settle(&worker).await;
        let pays = async || -> Vec<i64> {
            let seen = trustee.get(&format!("/api/v1/pools/{pool}")).await.expect(200).json();
            seen["contributions"].as_array().unwrap().iter()
                .map(|part| part["attributed_pence"].as_i64().unwrap()).collect()
        };
        assert_eq!(pays().await, [20_000, 0]);
        let runs = trustee.get(&format!("/api/v1{path}")).await.expect(200).json();
        assert_eq!(runs["items"][0]["standing"], "took-effect");

        // a rule that reaches back would move a quarter of a line
        let rule = json!({"policy": "shares", "starts_on": "2026-09-20", "agreed_by": "Both boards",
            "agreed_on": "2026-10-06", "minute": "minute 9", "reason": "The lottery pays a quarter.",
            "reaches_back": true, "awards": [{"award_id": first, "share_bp": 7_500},
                {"award_id": second, "share_bp": 2_500}]});
        let tag = officer.get(&format!("/api/v1/pools/{pool}")).await.expect(200).header("etag");
        let at = format!("/api/v1/pools/{pool}/policies");
        officer.send(Method::POST, &at, Some(&rule), &[("if-match", &tag)]).await.expect(201);
        house.settle(&worker).await;
        assert_eq!(pays().await, [20_000, 0]);
        let runs = trustee.get(&format!("/api/v1{path}")).await.expect(200).json();
        let run = runs["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(runs["items"][0]["standing"], "waits");
        assert_eq!(runs["items"][0]["proposal"]["taken_pence"], json!(2_500));
        let here = format!("{path}/{run}");
        open(&officer, "/").await.says("£25.00 would move between awards");
        open(&trustee, "/").await.does_not_say("would move between awards");
        open(&trustee, &format!("/pools/{pool}")).await.says("A run would move £25.00 between awards.");
        open(&trustee, &here).await.says("Recovery grant £200.00 £175.00 −£25.00").says("Lottery grant £0.00 £25.00 £25.00")
            .does_not_say("Apply it");
        let lines = finance.get(&format!("/api/v1{here}/moved-lines")).await.expect(200).json();
        assert_eq!(lines["items"][0]["changes"].as_array().unwrap().len(), 2);
        let table = finance.get(&format!("{here}/moved-lines.csv")).await.expect(200).text;
        assert!(table.contains(",Lottery grant,25.00,"), "{table}");

        // set aside by mistake, with the reason; applied after all
        let aside = format!("{here}/setting-aside");
        let form = open(&officer, &aside).await.form(&aside);
        assert_eq!(form.send(&officer).await.status, 422);
        let form = open(&officer, &aside).await.form(&aside);
        let done = form.fill("reason", "The minute is not signed yet.").send(&officer).await;
        follow(&officer, done).await.says("Set aside").says("The minute is not signed yet.");
        house.settle(&worker).await;
        assert_eq!(pays().await, [20_000, 0]);
        trustee.post(&format!("/api/v1{here}/applying"), &json!(null)).await.expect(403);
        let page = open(&officer, &here).await;
        let applying = format!("{here}/applying");
        let done = page.form(&applying).send(&officer).await;
        follow(&officer, done).await.says("takes effect within minutes");
        let again = officer.post(&format!("/api/v1{applying}"), &json!(null)).await.expect(409).json();
        assert!(again["type"].as_str().unwrap().ends_with("decided-already"), "{again}");
        house.settle(&worker).await;
        assert_eq!(pays().await, [17_500, 2_500]);
        open(&trustee, &here).await.says("It moved money of 1 line between awards.").says("Took effect");
        open(&trustee, &format!("/history/pool/{pool}")).await.says("Applied a run that waited, or set it aside");
        house.funder(house.funder_a).await.get(&path).await.expect(403);

        // and what keeps the lottery's from being used up
        let stops = trustee.get(&format!("/api/v1/awards/{second}/stops")).await.expect(200).json();
        assert_eq!(stops["pools"][0]["pays_pence"], json!(2_500));
        open(&trustee, &format!("/awards/{second}/stops")).await.says("“Recovery grant” pays for £175.00 that it could pay for");
    }

    async fn what_an_award_puts_in_is_stated_by_year(house: &House) {
        let officer = house.grants_officer().await;
        let trustee = house.trustee().await;
        let award = officer.post("/api/v1/awards", &json!({
            "reference": "L/1", "title": "Lottery grant", "programme": "Lottery", "funder_id": house.funder_a,
            "holder_id": house.council, "accountable_body_id": house.council, "amount_pence": 100_000,
            "starts_on": "2026-04-01", "ends_on": "2028-03-31", "nation": "england", "pays_for": "both",
            "legal_basis": "contract", "lost_if_unspent": false,
            "years": [
                {"starts_on": "2026-04-01", "ends_on": "2027-03-31", "amount_pence": 60_000,
                 "standing": "confirmed", "carry_forward": "none"},
                {"starts_on": "2027-04-01", "ends_on": "2028-03-31", "amount_pence": 40_000,
                 "standing": "indicative", "carry_forward": "none"},
            ],
        })).await.expect(201).id();
        let pool = officer.post("/api/v1/pools", &json!({
            "slug": "recovery", "name": "Recovery", "purpose": "Recovery", "holder_id": house.council,
            "policy": "in-order", "policy_from": "2026-04-01", "policy_agreed_by": "Board, minute 3",
            "contributions": [{"award_id": award, "agreed_pence": 90_000}],
        })).await.expect(201).id();
        let at = format!("/pools/{pool}");
        let part = trustee.get(&format!("/api/v1{at}")).await.expect(200).json()["contributions"][0]["id"]
            .as_str().unwrap().to_owned();
        open(&trustee, &at).await.says("£900 is agreed and not said by year").says("Not said by year");
        let path = format!("{at}/contributions/{part}");
        open(&trustee, &path).await.says("It was never stated by year").does_not_say("State it by year");
        let form_at = format!("{path}/statements");
        let page = open(&officer, &format!("{form_at}/new")).await;
        page.says("April 2026 to March 2027").says("The year holds £600.00, confirmed.")
            .says("The year holds £400.00, not confirmed by the funder yet.");
        let years = officer.get(&format!("/api/v1/awards/{award}")).await.expect(200).json()["years"].clone();
        let field = |kind: &str, n: usize| format!("{kind}_{}", years[n]["id"].as_str().unwrap());
        let asked = async |first: &str, second: &str, pledged: &str| {
            let form = open(&officer, &format!("{form_at}/new")).await.form(&form_at);
            form.fill(&field("agreed", 0), first).fill(&field("agreed", 1), second)
                .fill(&field("pledged", 1), pledged).fill("agreed_by", "Trustee Board")
                .fill("reference", "minute 6").fill("reason", "As the letter says").send(&officer).await
        };
        let over = asked("500", "300", "101").await;
        assert_eq!(over.status, 422);
        assert!(over.text.contains("The year has £400.00 that no other pool has."), "{}", over.text);
        let page = Page::of(&form_at, &asked("500", "300", "50").await.expect(200));
        page.says("Lottery grant puts £900.00 into the pool today, and would put in £800.00.");
        let (one, other) = (page.form(&form_at), page.form(&form_at));
        let made = one.send(&officer).await;
        follow(&officer, made).await
            .says("£500 is confirmed; £300 is of years that funders have not confirmed yet; £50 is pledged")
            .says("April 2027 to March 2028: £300.00, and £50.00 pledged").says("Trustee Board (minute 6)");
        assert_eq!(other.send(&officer).await.status, 412);
        open(&trustee, &at).await.says("£500 is confirmed").says("April 2027 to March 2028");
        let told = trustee.get(&format!("/api/v1{path}/statements")).await.expect(200).json();
        assert_eq!(told["items"][0]["years"][1]["pledged_pence"], json!(5_000));
        // what is pledged to one pool is promised to no other
        let more = officer.post("/api/v1/pools", &json!({
            "slug": "more", "name": "More", "purpose": "More", "holder_id": house.council,
            "policy": "in-order", "policy_from": "2026-04-01", "policy_agreed_by": "Board, minute 3",
            "contributions": [{"award_id": award, "agreed_pence": 15_001}],
        })).await.expect(422).json();
        assert!(more["errors"][0]["detail"].as_str().unwrap().contains("£150.00"), "{more}");
    }

    async fn an_over_or_underspend_is_worked_out_by_what_was_agreed(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let trustee = house.trustee().await;
        let (pool, _) = furnished(&officer, &finance, house).await;
        another(&officer, house, &pool).await;
        let at = format!("/pools/{pool}");
        let path = format!("{at}/balance");
        open(&trustee, &at).await.says("Nothing is agreed yet of who bears what no award pays for");
        open(&trustee, &path).await.says("Nothing is agreed for today").does_not_say("Record what was agreed");
        let form = open(&finance, &format!("{path}/new")).await.form(&path);
        let filled = form.fill("overspend", "shares").fill("overspend_body_1", &house.council.to_string())
            .fill("overspend_share_1", "60").fill("underspend", "pro-rata").fill("agreed_by", "Both boards")
            .fill("minute", "minute 12").fill("reason", "The funders agreed");
        let short = filled.clone().send(&finance).await;
        assert_eq!(short.status, 422);
        assert!(short.text.contains("The shares come to 60%. They must come to 100%"), "{}", short.text);
        let done = filled.fill("overspend_body_2", &house.funder_a.to_string()).fill("overspend_share_2", "40")
            .send(&finance).await;
        follow(&finance, done).await.says("Nothing is overspent now. What no award pays for would be borne by named shares.")
            .says("If it ended today, £750.00 of what awards put in would be left.")
            .says("£500.00 £500.00").says("£250.00 £250.00").says("Both boards, 6 October 2026 (minute 12)");
        open(&trustee, &at).await.says("If it ended today, £750.00 of what awards put in would be left.");
        let seen = trustee.get(&format!("/api/v1{path}")).await.expect(200).json();
        assert_eq!(seen["underspend"]["parts"][1]["part_pence"], json!(25_000));
        assert_eq!(seen["rules"][0]["overspend_shares"].as_array().unwrap().len(), 2);
        assert_eq!(trustee.get(&format!("{path}/new")).await.status, 403);
        open(&trustee, &format!("/history{at}").replace("/pools/", "/pool/")).await.says("By named shares");
    }

    async fn spend_is_split_once_another_officer_approves(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let worker = house.worker(None);
        let (pool, layout) = furnished(&officer, &finance, house).await;
        let other = officer.post("/api/v1/pools", &json!({
            "slug": "beds", "name": "Beds", "purpose": "Beds", "holder_id": house.council,
            "policy": "in-order", "policy_from": "2026-04-01", "policy_agreed_by": "Board, minute 3",
        })).await.expect(201).id();
        let rows = "1,1,02/09/2026,100.00,care,Acorn\n2,1,20/09/2026,50.01,care,Acorn\n";
        let address = loads(&finance, &layout, "September 2026", "150.01", Some(rows)).await.expect(303).header("location");
        house.settle(&worker).await;
        accepts(&finance, &address).await;
        house.settle(&worker).await;
        let care = finance.get("/api/v1/cost-categories").await.expect(200).json()["items"].as_array().unwrap()
            .iter().find(|one| one["slug"] == "care").unwrap()["id"].as_str().unwrap().to_owned();

        open(&officer, "/apportionments").await.says("No spend is split").does_not_say("Propose a split");
        let asked = async |second: &str| {
            let form = open(&finance, "/apportionments/new").await.form("/apportionments");
            form.fill("title", "Shared team").fill("category_id", &care).fill("starts_on", "10/9/2026")
                .fill("pool_1", &pool).fill("share_1", "70").fill("pool_2", &other).fill("share_2", second)
                .fill("reason", "Three days in ten are for beds").send(&finance).await
        };
        let short = asked("20").await;
        assert_eq!(short.status, 422);
        assert!(short.text.contains("The shares come to 90%. They must come to 100%"), "{}", short.text);
        let page = Page::of("/apportionments", &asked("30").await.expect(200));
        page.says("1 line that counts now would be split: £50.01 in all.").says("It reaches back")
            .says("Beds, care £15.00").says("Recovery, care −£15.00")
            .says("It splits nothing until another officer approves it.");
        let made = page.form("/apportionments").send(&finance).await;
        let mine = follow(&finance, made).await;
        mine.says("Waits for approval").says("You proposed it: another officer approves it.")
            .does_not_say("Approve it");
        let path = mine.path.clone();
        // nobody approves what they proposed, whatever page they have
        finance.form(&format!("{path}/approval"), &[("version", "1")]).await.expect(200);
        house.settle(&worker).await;
        let seen = officer.get(&format!("/api/v1/pools/{other}")).await.expect(200).json();
        assert_eq!(seen["spend_pence"], json!(0));
        // it waits on the Today of whoever may approve it, and of nobody else
        open(&officer, "/").await.says("One split of spend waits for you.").says("Split 1: Shared team");
        open(&finance, "/").await.does_not_say("Split 1: Shared team");
        open(&officer, "/search?q=shared+team").await.says("Splits of spend").says("Split 1: Shared team");
        let form = open(&officer, &path).await.form(&format!("{path}/approval"));
        let approved = form.send(&officer).await;
        follow(&officer, approved).await.says("Applied");
        house.settle(&worker).await;
        let seen = officer.get(&format!("/api/v1/pools/{other}")).await.expect(200).json();
        assert_eq!((&seen["spend_pence"], &seen["unfunded_pence"]), (&json!(1_500), &json!(1_500)));
        let seen = officer.get(&format!("/api/v1/pools/{pool}")).await.expect(200).json();
        assert_eq!((&seen["spend_pence"], &seen["unfunded_pence"]), (&json!(13_501), &json!(0)));
        open(&officer, &path).await.says("1 line is split: £50.01 in all.");
        open(&officer, "/").await.does_not_say("Split 1: Shared team");

        // the line opens to its parts, each part to the line, and the ledger’s total is what it was
        let lines = finance.get("/api/v1/spend-lines").await.expect(200).json();
        let amount = |of: i64| lines["items"].as_array().unwrap().iter()
            .find(|line| line["amount_pence"] == json!(of)).unwrap()["id"].as_str().unwrap().to_owned();
        let (whole, part) = (amount(5_001), amount(1_500));
        open(&finance, &format!("/spend/{whole}")).await.says("Split by Apportionment 1: Shared team")
            .says("£35.01 in Recovery, care").says("£15.00 in Beds, care");
        open(&finance, &format!("/spend/{part}")).await.says("£50.01 as the ledger has it");
        let split = finance.get(&format!("/api/v1/spend-lines/{part}/split")).await.expect(200).json();
        assert_eq!(split["of_line_id"], json!(whole));
        let first = amount(10_000);
        finance.get(&format!("/api/v1/spend-lines/{first}/split")).await.expect(404);

        let end = format!("{path}/end");
        let form = open(&finance, &end).await.form(&end);
        let done = form.fill("reason", "The team moved").send(&finance).await;
        follow(&finance, done).await.says("Ended because").says("The team moved");
        open(&finance, &end).await.says("Only a split that was approved and has no end can be ended.");
        assert!(finance.get("/apportionments/apportionments.csv").await.expect(200).text.contains("Shared team"));
        house.trustee().await.get("/apportionments").await.expect(403);
    }
}
