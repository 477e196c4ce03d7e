//! Nobody is led to a page that is not theirs: every link of every page that somebody reaches from
//! Today answers, whoever they are.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use entity::Role;

use crate::on_both;
use crate::returns::story::{Story, day};
use crate::support::pages::Page;
use crate::support::visitor::Visitor;

/// Most pages that one person opens.
const MOST: usize = 160;

/// Most pages of one kind: what differs by an id alone has the same links.
const OF_A_KIND: usize = 6;

/// The kind of page that an address names: its ids and keys left out.
fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| {
            let is_named = part.bytes().any(|b| b.is_ascii_digit()) || part.contains('.');
            if is_named { "…" } else { part }
        })
        .collect();
    let names: Vec<&str> = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .collect();
    format!("{}?{}", parts.join("/"), names.join("&"))
}

/// Follows what somebody can follow, and gives the kinds of pages and the links that lead nowhere, each with
/// its page.
async fn dead_links(who: &Visitor) -> (BTreeMap<String, usize>, BTreeSet<String>) {
    let mut waiting = VecDeque::from([("/".to_owned(), String::new())]);
    let mut known = BTreeSet::from(["/".to_owned()]);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut dead = BTreeSet::new();
    let mut opened = 0;
    while let Some((path, from)) = waiting.pop_front() {
        let seen = kinds.entry(kind(&path)).or_default();
        *seen += 1;
        if *seen > OF_A_KIND || opened >= MOST {
            continue;
        }
        opened += 1;
        let reply = who.get(&path).await;
        if !matches!(reply.status, 200 | 303) {
            dead.insert(format!("{} of {path}, from {from}", reply.status));
            continue;
        }
        if !reply.header("content-type").starts_with("text/html") {
            continue;
        }
        for link in Page::of(&path, &reply).all_links() {
            if known.insert(link.clone()) {
                waiting.push_back((link, path.clone()));
            }
        }
    }
    (kinds, dead)
}

on_both! {
    async fn every_link_answers_for_whoever_sees_it(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        story.agreed(&at).await;
        story.certified(&at).await;
        story.send(&at).await.expect(200);
        // A second quarter: drafted, and not yet sent.
        story.advance_to(day("2027-04-06")).await;
        story.settle().await;
        let auditor = house.person(Role::Auditor, house.home).await;
        let administrator = house.administrator().await;
        let links = format!("/api/v1/organisations/{}/links", house.funder_a);
        let until = house.system().today() + chrono::Days::new(7);
        let new = serde_json::json!({"for_whom": "Their officer", "ends_on": until.to_string()});
        let made = story.officer.post(&links, &new).await.expect(201).json();
        let guest = Visitor::by_link(&house.address, made["secret"].as_str().unwrap()).await;
        let mut all = BTreeSet::new();
        for (name, who) in [
            ("a grants officer", &story.officer),
            ("a finance officer", &story.finance),
            ("a certifier", &story.certifier),
            ("a trustee", &story.trustee),
            ("a committee member", &story.committee),
            ("the funder", &story.funder),
            ("whoever has a link of the funder", &guest),
            ("another funder", &story.other_funder),
            ("an auditor", &auditor),
            ("an administrator", &administrator),
        ] {
            let (kinds, dead) = dead_links(who).await;
            // What an award asks for is read by all but the funder whose award it is not.
            let reads = kinds.contains_key("/requirements/…?");
            assert_eq!(reads, name != "another funder", "{name} opened {kinds:?}");
            all.extend(dead.into_iter().map(|link| format!("{name}: {link}")));
        }
        assert_eq!(all, BTreeSet::new());
    }
}

#[test]
fn pages_are_of_a_kind_where_only_an_id_differs() {
    assert_eq!(kind("/returns/019a-1/sections/0"), "/returns/…/sections/…?");
    assert_eq!(kind("/spend?award=1&month=2"), "/spend?award&month");
    assert_eq!(kind("/people"), "/people?");
}
