//! The ways in: links, sessions, tokens, second factors, forgeries.

use chrono::Duration;
use domain::access::invitations;
use serde_json::json;

use crate::on_both;
use crate::support::pages::{Page, open};
use crate::support::visitor::Visitor;

on_both! {
    async fn a_link_works_once(house: &House) {
        let officer = house.grants_officer().await;
        officer.get("/api/v1/account").await.expect(200);
        let invited = officer.invited.expect("somebody");
        let system = house.system();
        let secret = invitations::issue_secret(&house.db, &system, invited.link_id).await.expect("a link");
        let first = house.stranger();
        first.form("/sign-in/session", &[("token", &secret)]).await.expect(303);
        let second = house.stranger();
        let refused = second.form("/sign-in/session", &[("token", &secret)]).await.expect(409);
        assert!(refused.text.contains("used already"), "{}", refused.text);
    }

    async fn a_link_grows_old(house: &House) {
        let officer = house.grants_officer().await;
        let invited = officer.invited.expect("somebody");
        let secret = invitations::issue_secret(&house.db, &house.system(), invited.link_id).await.expect("a link");
        house.advance(Duration::days(8));
        house.stranger().form("/sign-in/session", &[("token", &secret)]).await.expect(409);
    }

    async fn a_preview_does_not_spend_the_link(house: &House) {
        let officer = house.grants_officer().await;
        let invited = officer.invited.expect("somebody");
        let secret = invitations::issue_secret(&house.db, &house.system(), invited.link_id).await.expect("a link");
        for _ in 0..3 {
            house.stranger().get(&format!("/sign-in/link?token={secret}")).await.expect(200);
        }
        house.stranger().form("/sign-in/session", &[("token", &secret)]).await.expect(303);
    }

    async fn asking_tells_nothing_about_who_is_known(house: &House) {
        let known = house.grants_officer().await;
        let account = known.get("/api/v1/account").await.expect(200).json();
        let name = account["display_name"].as_str().expect("a name");
        let address = format!("{}@example.org", name.replace(' ', "."));
        let stranger = house.stranger();
        let yes = stranger.form("/sign-in", &[("email", &address)]).await.expect(200);
        let no = stranger.form("/sign-in", &[("email", "nobody@example.org")]).await.expect(200);
        let strip = |text: &str, email: &str| {
            text.replace(email, "").lines().filter(|line| !line.contains("nonce")).collect::<String>()
        };
        assert_eq!(strip(&yes.text, &address), strip(&no.text, "nobody@example.org"));
    }

    async fn a_name_is_ones_own_to_change(house: &House) {
        let officer = house.grants_officer().await;
        let page = open(&officer, "/account").await;
        let refused = page.form("/account/name").fill("display_name", " ").send(&officer).await.expect(200);
        Page::of("/account", &refused).says("Enter a text, not only blanks.").says("You are shown as");
        page.form("/account/name").fill("display_name", " Robin ").send(&officer).await.expect(303);
        open(&officer, "/account").await.says("You are shown as Robin,");
        let long = json!({"display_name": "a".repeat(101)});
        officer.post("/api/v1/account/name", &long).await.expect(422);
    }

    async fn the_page_that_was_wanted_opens_after_signing_in(house: &House) {
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
        let known = house.grants_officer().await;
        let email = house.row_of(&known).await.email;
        let lands_on = async |next: &str| {
            let stranger = house.stranger();
            let page = open(&stranger, &format!("/sign-in?next={next}")).await;
            page.form("/sign-in").fill("email", &email).send(&stranger).await.expect(200);
            let conn = house.behind_its_back().await;
            let link = entity::sign_in_link::Entity::find()
                .filter(entity::sign_in_link::Column::PersonId.eq(known.invited.expect("somebody").person_id))
                .filter(entity::sign_in_link::Column::UsedAt.is_null())
                .order_by_desc(entity::sign_in_link::Column::Id)
                .one(&conn).await.expect("a row").expect("the link");
            let secret = invitations::issue_secret(&house.db, &house.system(), link.id).await.expect("a secret");
            stranger.form("/sign-in/session", &[("token", &secret)]).await.expect(303).header("location").to_owned()
        };
        // who is not signed in is asked to sign in, and the address that was wanted goes with them
        let asked = house.stranger().get("/returns?state=drafted").await.expect(303);
        assert_eq!(asked.header("location"), "/sign-in?next=%2Freturns%3Fstate%3Ddrafted");
        assert_eq!(lands_on("%2Freturns%3Fstate%3Ddrafted").await, "/returns?state=drafted");
        // an address of another house leads to Today
        assert_eq!(lands_on("%2F%2Fevil.example%2F").await, "/");
        assert_eq!(lands_on("https%3A%2F%2Fevil.example%2F").await, "/");
        assert_eq!(lands_on("").await, "/");
    }

    async fn without_a_mail_server_no_link_is_promised(house: &House) {
        let address = house.another_server(|config| config.sends_mail = false);
        let stranger = Visitor::stranger(&address);
        let page = open(&stranger, "/sign-in").await;
        let asked = page.form("/sign-in").fill("email", "ada@example.org").send(&stranger).await.expect(200);
        let page = Page::of("/sign-in", &asked);
        page.does_not_say("on its way.").says("no mail server").says("tributary invite ada@example.org");
    }

    async fn a_spent_link_leads_to_a_new_one(house: &House) {
        let invited = house.grants_officer().await.invited.expect("somebody");
        let secret = invitations::issue_secret(&house.db, &house.system(), invited.link_id).await.expect("a link");
        house.stranger().form("/sign-in/session", &[("token", &secret)]).await.expect(303);
        let refused = house.stranger().form("/sign-in/session", &[("token", &secret)]).await.expect(409);
        assert_eq!(Page::of("/sign-in", &refused).link("Ask for a new link"), "/sign-in");
    }

    async fn a_session_ends_when_idle_and_at_its_longest(house: &House) {
        let idle = house.grants_officer().await;
        house.advance(Duration::minutes(119));
        idle.get("/api/v1/account").await.expect(200);
        house.advance(Duration::minutes(121));
        idle.get("/api/v1/account").await.expect(401);
        let busy = house.grants_officer().await;
        for _ in 0..12 {
            busy.get("/api/v1/account").await.expect(200);
            house.advance(Duration::minutes(60));
        }
        busy.get("/api/v1/account").await.expect(401);
    }

    async fn signing_out_everywhere_ends_every_session(house: &House) {
        let here = house.grants_officer().await;
        let invited = here.invited.expect("somebody");
        let secret = invitations::issue_secret(&house.db, &house.system(), invited.link_id).await.expect("a link");
        let there = crate::support::visitor::Visitor::sign_in(&house.address, &secret, invited).await;
        there.get("/api/v1/account").await.expect(200);
        here.form("/sign-out", &[("everywhere", "yes")]).await.expect(303);
        here.get("/api/v1/account").await.expect(401);
        there.get("/api/v1/account").await.expect(401);
    }

    async fn programs_go_on_after_a_sign_out_everywhere_unless_their_tokens_go_too(house: &House) {
        let mut person = house.grants_officer().await;
        open(&person, "/account").await.does_not_say("Programs with an API token and calendar programs go on working");
        let program = person.program(&["read"]).await;
        open(&person, "/account").await.says("Programs with an API token and calendar programs go on working");
        person.form("/sign-out", &[("everywhere", "yes")]).await.expect(303);
        program.get("/api/v1/account").await.expect(200);
        house.signs_in_again(&mut person).await;
        let form = open(&person, "/account").await.form("/sign-out");
        form.fill("tokens", "yes").send(&person).await.expect(303);
        person.get("/api/v1/account").await.expect(401);
        program.get("/api/v1/account").await.expect(401);
    }

    async fn taking_a_role_away_works_at_the_next_request(house: &House) {
        let administrator = house.administrator().await;
        let officer = house.grants_officer().await;
        officer.get("/api/v1/organisations").await.expect(200);
        let membership = officer.invited.expect("somebody").membership_id;
        house.also(&officer, entity::Role::Auditor, house.home).await;
        let new = json!({"org_id": "GB-CHC-3", "name": "New", "kind": "provider"});
        officer.post("/api/v1/organisations", &new).await.expect(201);
        administrator.delete(&format!("/api/v1/memberships/{membership}")).await.expect(204);
        officer.get("/api/v1/organisations").await.expect(200);
        officer.post("/api/v1/organisations", &new).await.expect(403);
    }

    async fn an_administrator_cannot_take_the_own_role_away(house: &House) {
        let administrator = house.administrator().await;
        let own = administrator.invited.expect("somebody").membership_id;
        administrator.delete(&format!("/api/v1/memberships/{own}")).await.expect(409);
    }

    async fn a_token_is_bound_to_its_scopes_and_its_end(house: &House) {
        let administrator = house.administrator().await;
        let reader = administrator.program(&["read"]).await;
        reader.get("/api/v1/people").await.expect(200);
        let new = json!({"org_id": "GB-CHC-1", "name": "New", "kind": "provider"});
        reader.post("/api/v1/organisations", &new).await.expect(403);
        let writer = administrator.program(&["records"]).await;
        writer.post("/api/v1/organisations", &new).await.expect(201);
        writer.post("/api/v1/account/tokens", &json!({"name": "x", "scopes": ["read"], "days": 1})).await.expect(403);
        house.advance(Duration::hours(25));
        reader.get("/api/v1/people").await.expect(401);
    }

    async fn a_code_is_accepted_once(house: &House) {
        let mut certifier = house.certifier().await;
        certifier.show_second_factor(house.clock.now()).await;
        let account = certifier.get("/api/v1/account").await.expect(200).json();
        assert_eq!(account["has_second_factor"], json!(true));
        certifier.form("/sign-in/code", &[("code", "000000")]).await.expect(200);
    }

    async fn a_form_from_elsewhere_is_refused(house: &House) {
        let officer = house.grants_officer().await;
        officer.send(reqwest::Method::POST, "/api/v1/organisations",
            Some(&json!({"org_id": "GB-CHC-2", "name": "Forged", "kind": "provider"})),
            &[("x-csrf-token", "wrong")]).await.expect(403);
        officer.send(reqwest::Method::POST, "/api/v1/organisations",
            Some(&json!({"org_id": "GB-CHC-2", "name": "Forged", "kind": "provider"})),
            &[("sec-fetch-site", "cross-site")]).await.expect(403);
        officer.form("/sign-out", &[("csrf", "wrong")]).await.expect(403);
        officer.get("/api/v1/account").await.expect(200);
    }

    async fn the_same_request_under_the_same_key_is_done_once(house: &House) {
        let officer = house.grants_officer().await;
        let new = json!({"org_id": "GB-CHC-77", "name": "Once", "kind": "provider"});
        let key = [("idempotency-key", "abc")];
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(officer.send(reqwest::Method::POST, "/api/v1/organisations", Some(&new), &key).await.expect(201).id());
        }
        ids.dedup();
        assert_eq!(ids.len(), 1);
        let other = json!({"org_id": "GB-CHC-78", "name": "Other", "kind": "provider"});
        officer.send(reqwest::Method::POST, "/api/v1/organisations", Some(&other), &key).await.expect(409);
    }

    async fn twenty_twins_at_once_make_one_row(house: &House) {
        let officer = house.grants_officer().await;
        let new = json!({"org_id": "GB-CHC-79", "name": "Twins", "kind": "provider"});
        let asked = (0..20).map(|_| officer.send(reqwest::Method::POST, "/api/v1/organisations",
            Some(&new), &[("idempotency-key", "twins")]));
        let replies = futures_util::future::join_all(asked).await;
        let mut ids: Vec<_> = replies.into_iter().map(|reply| reply.expect(201).id()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 1);
    }
}
