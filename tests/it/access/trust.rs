//! Who gives whom a role, and what protects it: nobody gives themself one, a role fits its
//! organisation, a second factor cannot be guessed, and what was taken away is gone.

use chrono::Duration;
use domain::access::invitations;
use entity::{MembershipId, Role, audit_entry, membership};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::house::House;
use crate::support::visitor::Visitor;

fn invitation(email: &str, role: Role, organisation: entity::OrganisationId) -> Value {
    json!({"email": email, "display_name": "Alex", "role": role.slug(),
           "organisation_id": organisation.to_string()})
}

async fn second_link(house: &House, visitor: &Visitor) -> Visitor {
    let invited = visitor.invited.expect("somebody");
    let secret = invitations::issue_secret(&house.db, &house.system(), invited.link_id)
        .await
        .expect("a link");
    Visitor::sign_in(&house.address, &secret, invited).await
}

/// What the record says of wrong codes.
async fn wrong_codes(house: &House) -> usize {
    audit_entry::Entity::find()
        .filter(audit_entry::Column::Command.eq("second-factor.use"))
        .all(&house.behind_its_back().await)
        .await
        .expect("entries")
        .iter()
        .filter(|entry| entry.detail.get("wrong_code").is_some())
        .count()
}

on_both! {
    async fn nobody_gives_themself_a_role(house: &House) {
        let administrator = house.administrator().await;
        let email = house.row_of(&administrator).await.email;
        // somebody alone may set a house up, and decides nothing for others by it
        administrator.post("/api/v1/people", &invitation(&email, Role::FinanceOfficer, house.home)).await.expect(201);
        for role in [Role::Certifier, Role::Trustee] {
            administrator.post("/api/v1/people", &invitation(&email, role, house.home)).await.expect(422);
        }
        let _other = house.administrator().await;
        for role in [Role::Certifier, Role::Trustee, Role::GrantsOfficer] {
            let refused = administrator.post("/api/v1/people", &invitation(&email.to_uppercase(), role, house.home)).await.expect(422);
            assert_eq!(refused.json()["errors"][0]["pointer"], "/email", "{}", refused.text);
        }
        let page = administrator.form("/people", &[("email", &email), ("display_name", "A"),
            ("role", "trustee"), ("organisation_id", &house.home.to_string())]).await;
        assert!(page.status < 500 && page.text.contains("Nobody gives themself this role"), "{}", page.text);
    }

    async fn a_program_gives_no_role_that_decides_for_others(house: &House) {
        let program = house.administrator().await.program(&["administration"]).await;
        for role in [Role::Certifier, Role::Trustee, Role::CommitteeMember, Role::Administrator] {
            program.post("/api/v1/people", &invitation("x@example.org", role, house.home)).await.expect(403);
        }
        program.post("/api/v1/people", &invitation("x@example.org", Role::Auditor, house.home)).await.expect(201);
    }

    async fn administrators_and_the_person_are_told_of_a_grave_role(house: &House) {
        let giver = house.administrator().await;
        let other = house.administrator().await;
        let officer = house.grants_officer().await;
        let before = (house.told(&giver).await.len(), house.told(&other).await.len());
        let email = house.row_of(&officer).await.email;
        giver.post("/api/v1/people", &invitation(&email, Role::CommitteeMember, house.home)).await.expect(201);
        let told = house.told(&other).await;
        assert_eq!(told.len(), before.1 + 1);
        assert!(told[0].1.contains("Recovery Advisory Committee"), "{told:?}");
        // whom is on the page: a mail does not name anybody's membership
        assert!(!told[0].0.contains("Committee") && !told[0].1.contains(&email), "{told:?}");
        assert_eq!(house.told(&giver).await.len(), before.0, "who gave it knows");
        let told = house.told(&officer).await;
        assert!(told[0].0.contains("another role"), "{told:?}");
        // Somebody who was here before needs no link that lasts for days.
        let links = entity::sign_in_link::Entity::find()
            .filter(entity::sign_in_link::Column::PersonId.eq(officer.invited.expect("somebody").person_id))
            .filter(entity::sign_in_link::Column::UsedAt.is_null())
            .all(&house.behind_its_back().await).await.expect("links");
        assert!(links.iter().all(|link| link.token_hash.is_none()
            && link.expires_at <= house.clock.now() + Duration::minutes(10)), "{links:?}");
        // an auditor decides for nobody
        giver.post("/api/v1/people", &invitation("au@example.org", Role::Auditor, house.home)).await.expect(201);
        assert_eq!(house.told(&other).await.len(), before.1 + 1);
    }

    async fn a_role_that_does_not_fit_is_neither_given_nor_believed(house: &House) {
        let administrator = house.administrator().await;
        let provider = administrator.post("/api/v1/organisations",
            &json!({"org_id": "GB-COH-99000411", "name": "Meadow Lane", "kind": "provider"})).await.expect(201).id();
        let provider: entity::OrganisationId = provider.parse().expect("an id");
        for (role, organisation) in [
            (Role::FinanceOfficer, provider), (Role::FinanceOfficer, house.funder_b),
            (Role::Trustee, provider), (Role::CommitteeMember, house.council),
            (Role::Certifier, house.funder_a), (Role::Auditor, provider),
            (Role::Administrator, house.funder_b), (Role::FundersOfficer, house.home),
            (Role::FundersOfficer, provider),
        ] {
            let refused = administrator.post("/api/v1/people", &invitation("p@example.org", role, organisation)).await.expect(422);
            let error = &refused.json()["errors"][0];
            assert_eq!(error["pointer"], "/organisation_id", "{role:?}: {}", refused.text);
            assert!(error["detail"].as_str().is_some_and(|text| text.len() > 30), "{error}");
        }
        // A row that stands there all the same, from before there was this rule.
        let officer = house.grants_officer().await;
        let person = officer.invited.expect("somebody");
        administrator.delete(&format!("/api/v1/memberships/{}", person.membership_id)).await.expect(204);
        for (role, organisation) in [(Role::FinanceOfficer, provider), (Role::Trustee, house.council), (Role::Auditor, house.funder_b)] {
            membership::ActiveModel {
                id: Set(MembershipId::new()),
                person_id: Set(person.person_id),
                organisation_id: Set(organisation),
                role: Set(role),
                starts_on: Set("2020-01-01".parse().expect("a day")),
                ends_on: Set(None),
                revoked_at: Set(None),
                created_at: Set(house.clock.now()),
                created_by: Set(None),
            }.insert(&house.behind_its_back().await).await.expect("planted");
        }
        // they cannot even sign in: none of these is a role here
        let secret = invitations::link_by_hand(&house.db, &house.system(), &house.row_of(&officer).await.email).await.expect("a link");
        let refused = house.stranger().form("/sign-in/session", &[("token", &secret)]).await.expect(409);
        assert!(refused.text.contains("no role"), "{}", refused.text);
    }

    async fn the_last_role_takes_every_way_in_with_it(house: &House) {
        let administrator = house.administrator().await;
        let officer = house.grants_officer().await;
        let program = officer.program(&["read"]).await;
        let email = house.row_of(&officer).await.email;
        house.also(&officer, Role::Auditor, house.home).await;
        let people = administrator.get("/api/v1/people").await.expect(200).json();
        let held: Vec<String> = people["items"].as_array().expect("people").iter()
            .find(|person| person["email"] == json!(email)).expect("the officer")["memberships"]
            .as_array().expect("roles").iter().map(|held| held["id"].as_str().expect("an id").to_owned()).collect();
        invitations::ask_for_link(&house.db, &house.system(), &email, None).await.expect("asked");
        // one role of two: the rest goes on
        administrator.delete(&format!("/api/v1/memberships/{}", held[0])).await.expect(204);
        officer.get("/api/v1/account").await.expect(200);
        program.get("/api/v1/organisations").await.expect(200);
        administrator.delete(&format!("/api/v1/memberships/{}", held[1])).await.expect(204);
        officer.get("/api/v1/account").await.expect(401);
        program.get("/api/v1/account").await.expect(401);
        // nor does a later role bring the old ways back
        house.also(&officer, Role::Auditor, house.home).await;
        officer.get("/api/v1/account").await.expect(401);
        program.get("/api/v1/account").await.expect(401);
    }

    async fn one_link_that_is_used_spends_the_others(house: &House) {
        let officer = house.grants_officer().await;
        let email = house.row_of(&officer).await.email;
        let first = invitations::link_by_hand(&house.db, &house.system(), &email).await.expect("a link");
        let second = invitations::link_by_hand(&house.db, &house.system(), &email).await.expect("a link");
        house.stranger().form("/sign-in/session", &[("token", &second)]).await.expect(303);
        house.stranger().form("/sign-in/session", &[("token", &first)]).await.expect(409);
    }

    async fn a_second_factor_is_reset_by_another_administrator(house: &House) {
        let administrator = house.administrator().await;
        let mut certifier = house.certifier().await;
        let id = certifier.invited.expect("somebody").person_id;
        let path = format!("/api/v1/people/{id}/second-factor");
        administrator.delete(&path).await.expect(409);
        certifier.show_second_factor(house.clock.now()).await;
        let people = administrator.get("/people").await.expect(200);
        let page = format!("/people/{id}/second-factor/reset");
        assert!(people.text.contains(&page), "the page leads there");
        // looking at it changes nothing; only an administrator may
        administrator.get(&page).await.expect(200);
        certifier.get(&page).await.expect(403);
        certifier.delete(&path).await.expect(403);
        certifier.get("/api/v1/account").await.expect(200);
        administrator.form(&page, &[]).await.expect(303);
        certifier.get("/api/v1/account").await.expect(401);
        let told = house.told(&certifier).await;
        assert!(told[0].0.contains("taken away"), "{told:?}");
        house.advance(Duration::minutes(1));
        house.signs_in_again(&mut certifier).await;
        let account = certifier.get("/api/v1/account").await.expect(200).json();
        assert_eq!(account["has_second_factor"], json!(false));
        certifier.show_second_factor(house.clock.now()).await;
        // one's own: it would protect nothing
        let mut own = house.administrator().await;
        own.show_second_factor(house.clock.now()).await;
        let me = own.invited.expect("somebody").person_id;
        own.delete(&format!("/api/v1/people/{me}/second-factor")).await.expect(409);
        assert!(!own.get("/people").await.expect(200).text.contains(&format!("/people/{me}/second-factor")));
    }

    async fn each_browser_is_shown_a_key_of_its_own_and_only_when_it_asks(house: &House) {
        let here = house.certifier().await;
        let there = second_link(house, &here).await;
        let entries = async || audit_entry::Entity::find()
            .filter(audit_entry::Column::Command.eq("second-factor.use"))
            .all(&house.behind_its_back().await).await.expect("entries").len();
        let page = here.get("/sign-in/code").await.expect(200);
        assert!(!page.text.contains("<code>"), "looking shows no key");
        assert_eq!(entries().await, 0, "looking changes nothing");
        let (mine, theirs, again) = (here.begin_second_factor().await,
            there.begin_second_factor().await, here.begin_second_factor().await);
        assert!(mine != theirs && mine != again, "a key was shown twice");
        // the key of another browser is no key here
        let code = |key: &str| domain::access::second_factor::code_at(key, house.clock.now()).expect("a code");
        let refused = here.form("/sign-in/code", &[("code", &code(&theirs))]).await.expect(200);
        assert!(refused.text.contains(&again), "the key is shown again, so that nothing need be typed anew");
        here.form("/sign-in/code", &[("code", &code(&again))]).await.expect(303);
        let told = house.told(&here).await;
        assert!(told[0].0.contains("set up"), "{told:?}");
        there.form("/sign-in/code/enrolment", &[]).await.expect(409);
    }

    async fn wrong_codes_cost_time_whoever_guesses_from_where(house: &House) {
        let mut certifier = house.certifier().await;
        certifier.show_second_factor(house.clock.now()).await;
        house.advance(Duration::minutes(1));
        house.signs_in_again(&mut certifier).await;
        for _ in 0..5 {
            certifier.form("/sign-in/code", &[("code", "000000")]).await.expect(200);
        }
        assert_eq!(wrong_codes(house).await, 5, "each is in the record");
        let told = house.told(&certifier).await;
        assert!(told[0].0.contains("Wrong codes"), "{told:?}");
        // Now even the right one waits, in every browser.
        let page = certifier.form("/sign-in/code", &[("code", "000000")]).await.expect(409);
        assert!(page.text.contains("5 wrong codes"), "{}", page.text);
        house.signs_in_again(&mut certifier).await;
        certifier.form("/sign-in/code", &[("code", "000000")]).await.expect(409);
        assert_eq!(wrong_codes(house).await, 5, "a code that was not looked at is none");
        house.advance(Duration::seconds(61));
        certifier.form("/sign-in/code", &[("code", "000000")]).await.expect(200);
        house.advance(Duration::seconds(61));
        certifier.form("/sign-in/code", &[("code", "000000")]).await.expect(409);
        assert_eq!(wrong_codes(house).await, 6);
    }

    async fn the_forms_have_another_token_after_the_second_factor(house: &House) {
        let certifier = house.certifier().await;
        let key = certifier.begin_second_factor().await;
        let code = domain::access::second_factor::code_at(&key, house.clock.now()).expect("a code");
        certifier.form("/sign-in/code", &[("code", &code)]).await.expect(303);
        // the visitor still has the token of before
        certifier.form("/sign-out", &[("everywhere", "yes")]).await.expect(403);
        certifier.get("/api/v1/account").await.expect(200);
    }

    async fn a_name_is_one_line(house: &House) {
        let administrator = house.administrator().await;
        let mut body = invitation("x@example.org", Role::Auditor, house.home);
        body["display_name"] = json!("Alex,\r\nplease pay into another account");
        let refused = administrator.post("/api/v1/people", &body).await.expect(422);
        assert_eq!(refused.json()["errors"][0]["pointer"], "/display_name");
    }

    async fn forms_of_what_a_reader_may_not_do_are_not_shown(house: &House) {
        let funder = house.funder(house.funder_a).await;
        for path in ["send", "reopen", "waiver"] {
            funder.get(&format!("/returns/00000000-0000-7000-8000-000000000000/{path}")).await.expect(403);
        }
    }
}
