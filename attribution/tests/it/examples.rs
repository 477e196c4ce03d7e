//! The rules in plain examples, one each.

use attribution::{Refusal, Summary, solve};
use attribution::{check, command, read};
use serde_json::{Value, json};

fn award(id: &str, amount: i64) -> Value {
    json!({"id": id, "from": "2026-04-01", "to": "2027-03-31", "amount_pence": amount,
           "lost_if_unspent": false, "rank": 1, "categories": null, "places": null, "groups": null,
           "fences": []})
}

fn with(mut value: Value, changes: Value) -> Value {
    for (key, change) in changes.as_object().unwrap() {
        value[key] = change.clone();
    }
    value
}

fn run(awards: Value, lines: &str) -> Result<(String, Summary), Refusal> {
    let awards = if awards.is_array() {
        json!({"awards": awards})
    } else {
        awards
    };
    let file = with(json!({"as_of": "2026-09-30"}), awards);
    let mut facts = read::awards(file.to_string().as_bytes())?;
    let lines = format!("id,date,amount_pence,category,place,group,reverses,only\n{lines}");
    facts.lines = read::lines(lines.as_bytes())?;
    let outcome = solve(&facts)?;
    check::verify(&facts, &outcome).unwrap();
    let mut rows = Vec::new();
    command::rows(&facts, &outcome, &mut rows).unwrap();
    let rows = String::from_utf8(rows).unwrap();
    let rows = rows.trim_start_matches("line,award,fence,amount_pence\n");
    Ok((
        rows.trim_end().replace('\n', " "),
        outcome.summary(&facts, 0),
    ))
}

fn contradiction(awards: Value, lines: &str) -> String {
    match run(awards, lines) {
        Err(Refusal::Contradiction(found)) => found.join(" | "),
        other => panic!("no contradiction: {other:?}"),
    }
}

#[test]
fn a_contribution_bounds_what_reserves_and_open_money_pay_together() {
    // 60p of x are kept for a. It pays 70p here, and what a does not use is not another's.
    let fence = json!({"id": "f", "reserved_pence": 60, "limit_pence": null, "categories": ["a"],
        "places": null, "groups": null, "fences": []});
    let x = json!([with(
        award("x", 100),
        json!({"contribution_pence": 70, "fences": [fence]})
    )]);
    let (rows, summary) = run(x.clone(), "l1,2026-05-01,100,b,n,g,,").unwrap();
    assert_eq!(rows, "l1,x,,40");
    assert_eq!(summary.reserved_shortfall_pence, 60);
    let lines = "l1,2026-05-01,100,b,n,g,,\nl2,2026-05-02,50,a,n,g,,";
    let (rows, summary) = run(x, lines).unwrap();
    assert_eq!(rows, "l1,x,,20 l2,x,f,50");
    assert_eq!(summary.awards[0].unspent_pence, 0);
}

#[test]
fn unfunded_spend_comes_before_everything() {
    // x is lost and most restricted, and yet y pays for l1 so that x is there for l2.
    let awards = json!([
        with(award("x", 100), json!({"lost_if_unspent": true})),
        with(award("y", 100), json!({"rank": 2, "categories": ["a"]})),
    ]);
    let (rows, summary) = run(
        awards,
        "l1,2026-05-01,100,a,n,g,,\nl2,2026-05-02,100,b,n,g,,",
    )
    .unwrap();
    assert_eq!(rows, "l1,y,,100 l2,x,,100");
    assert_eq!(summary.unfunded_pence, 0);
    assert_eq!(
        summary.objective,
        [vec![0], vec![0], vec![100], vec![100, 100], vec![0, 0]]
    );
}

#[test]
fn a_reserve_is_for_its_lines_alone_and_a_shortfall_counts_once() {
    let fences = json!([{"id": "f", "reserved_pence": 60, "limit_pence": null, "categories": ["a"],
        "places": null, "groups": null, "fences": [{"id": "g", "reserved_pence": 40,
        "limit_pence": null, "categories": ["a"], "places": ["n"], "groups": null, "fences": []}]}]);
    let awards = json!([with(award("x", 100), json!({"fences": fences}))]);
    let (rows, summary) = run(
        awards,
        "l1,2026-05-01,90,b,n,g,,\nl2,2026-05-01,10,a,n,g,,\nl3,2026-05-01,5,a,s,g,,",
    )
    .unwrap();
    assert_eq!(rows, "l1,x,,40 l2,x,g,10 l3,x,f,5");
    assert_eq!(summary.reserved_shortfall_pence, 60 - 10 - 5);
    assert_eq!(summary.unfunded_pence, 50);
}

#[test]
fn reserves_are_met_before_what_would_be_lost() {
    let fence = json!([{"id": "f", "reserved_pence": 50, "limit_pence": 70, "categories": ["a"], "fences": []}]);
    let awards = json!([
        with(award("x", 100), json!({"lost_if_unspent": true})),
        with(award("y", 100), json!({"fences": fence})),
    ]);
    let (rows, summary) = run(awards, "l1,2026-05-01,80,a,n,g,,").unwrap();
    assert_eq!(rows, "l1,x,,30 l1,y,f,50");
    assert_eq!(summary.awards[0].will_be_lost_pence, 70);
    assert_eq!(summary.awards[1].will_be_lost_pence, 0);
}

#[test]
fn dates_and_amounts_are_inclusive() {
    let awards = json!([with(
        award("x", 3),
        json!({"from": "2026-05-01", "to": "2026-05-02"})
    )]);
    let lines = "l0,2026-04-30,1,a,n,g,,\nl1,2026-05-01,1,a,n,g,,\nl2,2026-05-02,2,a,n,g,,\nl3,2026-05-03,1,a,n,g,,";
    assert_eq!(run(awards, lines).unwrap().0, "l1,x,,1 l2,x,,2");
}

#[test]
fn a_limit_holds_and_one_around_reserves_is_only_reported() {
    let inner = json!([{"id": "g", "reserved_pence": 20, "limit_pence": null, "categories": ["a"], "fences": []}]);
    let outer = json!([{"id": "f", "reserved_pence": 20, "limit_pence": 30, "categories": ["a", "b"], "fences": inner}]);
    let (rows, summary) = run(
        json!([with(award("x", 100), json!({"fences": outer}))]),
        "l1,2026-05-01,25,a,n,g,,\nl2,2026-05-01,10,b,n,g,,",
    )
    .unwrap();
    assert_eq!(rows, "l1,x,g,25 l2,x,f,10");
    let limit = &summary.crossing_limits[0];
    assert_eq!(
        (
            limit.fence.as_str(),
            limit.limit_pence,
            limit.attributed_pence
        ),
        ("f", 30, 35)
    );

    let simple = json!([{"id": "f", "reserved_pence": 10, "limit_pence": 30, "categories": ["a"], "fences": []}]);
    let (rows, summary) = run(
        json!([with(award("x", 100), json!({"fences": simple}))]),
        "l1,2026-05-01,45,a,n,g,,\nl2,2026-05-01,10,b,n,g,,",
    )
    .unwrap();
    assert_eq!(rows, "l1,x,f,30 l2,x,,10");
    assert!(summary.crossing_limits.is_empty());
}

#[test]
fn a_line_and_what_reverses_it_are_their_net() {
    let awards = || json!([award("x", 100)]);
    let (rows, summary) = run(
        awards(),
        "l1,2026-05-01,100,a,n,g,,\nr1,2026-06-01,-30,zz,n,g,l1,\nr2,2026-06-02,10,zz,n,g,r1,",
    )
    .unwrap();
    assert_eq!(rows, "l1,x,,80");
    assert_eq!((summary.spend_pence, summary.unfunded_pence), (80, 0));
    // More reversed than there was, and a credit of nothing: negative, and unfunded.
    let (rows, summary) = run(
        awards(),
        "l1,2026-05-01,10,a,n,g,,\nr1,2026-06-01,-30,a,n,g,l1,\nc,2026-06-01,-5,a,n,g,,",
    )
    .unwrap();
    assert_eq!(rows, "");
    assert_eq!((summary.spend_pence, summary.unfunded_pence), (-25, -25));
}

#[test]
fn a_reversal_mirrors_what_is_locked_in_proportion() {
    let file = json!({"awards": [award("x", 1000), award("y", 1000)], "locks": [
        {"line": "l1", "award": "x", "fence": null, "amount_pence": 60},
        {"line": "l1", "award": "y", "fence": null, "amount_pence": 40}]});
    let (rows, summary) = run(
        file.clone(),
        "l1,2026-05-01,100,a,n,g,,\nr1,2026-06-01,-50,a,n,g,l1,",
    )
    .unwrap();
    assert_eq!(rows, "l1,x,,60 l1,y,,40 r1,x,,-30 r1,y,,-20");
    assert_eq!(summary.awards[0].attributed_pence, 30);
    // Reversed penny by penny: never more than was locked.
    let pennies: String = (0..100)
        .map(|n| format!("\nr{n:03},2026-06-01,-1,a,n,g,l1,"))
        .collect();
    let (_, summary) = run(file.clone(), &format!("l1,2026-05-01,100,a,n,g,,{pennies}")).unwrap();
    assert!(summary.awards.iter().all(|a| a.attributed_pence == 0));
    // What was free of the line takes its part.
    let (rows, _) = run(
        file,
        "l1,2026-05-01,200,a,n,g,,\nr1,2026-06-01,-100,a,n,g,l1,",
    )
    .unwrap();
    assert_eq!(rows, "l1,x,,85 l1,y,,65 r1,x,,-30 r1,y,,-20");
}

#[test]
fn locks_stay_when_an_award_is_cut_below_them() {
    let file = json!({"awards": [award("x", 50), award("y", 100)], "locks": [
        {"line": "l1", "award": "x", "fence": null, "amount_pence": 80}]});
    let (rows, summary) = run(file, "l1,2026-05-01,100,a,n,g,,").unwrap();
    assert_eq!(rows, "l1,x,,80 l1,y,,20");
    assert_eq!(summary.awards[0].unspent_pence, -30);
}

#[test]
fn a_pin_is_kept_and_the_rest_goes_as_ever() {
    let file = json!({"awards": [award("x", 100), with(award("y", 100), json!({"rank": 2}))],
        "pins": [{"line": "l1", "award": "y", "amount_pence": 30}]});
    let (rows, _) = run(file, "l1,2026-05-01,50,a,n,g,,").unwrap();
    assert_eq!(rows, "l1,x,,20 l1,y,,30");
}

#[test]
fn awards_that_are_alike_share_by_what_they_have_left() {
    let file = json!({"awards": [award("x", 100), award("y", 200), award("z", 33)]});
    let (rows, _) = run(file, "l1,2026-05-01,90,a,n,g,,\nl2,2026-05-02,10,a,n,g,,").unwrap();
    // 100 × 100/333 = 30.03, 100 × 200/333 = 60.06, 100 × 33/333 = 9.91: the penny goes to z.
    assert_eq!(rows, "l1,x,,30 l1,y,,60 l2,z,,10");
}

#[test]
fn other_ties_go_by_award_then_date_then_id() {
    let awards = json!([
        with(award("x", 50), json!({"categories": ["a"]})),
        with(award("y", 50), json!({"categories": ["a", "b"]})),
    ]);
    let (rows, _) = run(
        awards,
        "l3,2026-05-02,40,a,n,g,,\nl2,2026-05-01,40,a,n,g,,\nl1,2026-05-02,40,a,n,g,,",
    )
    .unwrap();
    assert_eq!(rows, "l2,x,,40 l1,x,,10 l1,y,,30 l3,y,,20");
}

#[test]
fn what_was_shown_stays_where_nothing_better_is_possible() {
    let file = json!({"awards": [with(award("x", 50), json!({"categories": ["a"]})), award("y", 50)],
        "previous": [{"line": "l1", "award": "y", "fence": null, "amount_pence": 30},
                     {"line": "l2", "award": "x", "fence": null, "amount_pence": 30}]});
    let (rows, summary) = run(
        file,
        "l1,2026-05-01,30,a,n,g,,\nl2,2026-05-02,30,a,n,g,,\nl3,2026-05-03,30,a,n,g,,",
    )
    .unwrap();
    assert_eq!(rows, "l1,y,,30 l2,x,,30 l3,x,,20 l3,y,,10");
    assert_eq!(summary.objective[4], [0, 0]);
}

#[test]
fn only_the_named_awards_may_pay() {
    let awards = json!([award("x", 100), award("y", 100)]);
    let (rows, _) = run(
        awards,
        "l1,2026-05-01,30,a,n,g,,y; w\nl2,2026-05-01,30,a,n,g,,w",
    )
    .unwrap();
    assert_eq!(rows, "l1,y,,30");
}

#[test]
fn contradictions_name_both_sides() {
    let fence = |id: &str, reserved: i64, categories: &[&str], fences: Value| {
        json!({"id": id, "reserved_pence": reserved, "limit_pence": null, "categories": categories,
               "places": null, "groups": null, "fences": fences})
    };
    let fenced = |fences: Value| json!([with(award("x", 100), json!({"fences": fences}))]);
    let line = "l1,2026-05-01,30,a,n,g,,";
    let many = [
        (
            fenced(json!([fence(
                "f",
                50,
                &["a"],
                json!([fence("g", 60, &["a"], json!([]))])
            )])),
            line,
            vec!["f", "g", "60p"],
        ),
        (
            fenced(json!([
                fence("f", 60, &["a"], json!([])),
                fence("g", 60, &["b"], json!([]))
            ])),
            line,
            vec!["award x", "f (60p), g (60p)"],
        ),
        (
            fenced(json!([
                fence("f", 1, &["a", "b"], json!([])),
                fence("g", 1, &["b"], json!([]))
            ])),
            line,
            vec!["f and g", "award x"],
        ),
        (
            json!([award("x", 1), award("x", 2)]),
            line,
            vec!["Two awards", "x"],
        ),
        (
            json!({"awards": [with(award("x", 100), json!({"categories": ["b"]}))],
            "pins": [{"line": "l1", "award": "x", "amount_pence": 1}]}),
            line,
            vec!["l1", "award x", "category"],
        ),
        (
            json!({"awards": [award("x", 100)], "pins": [{"line": "l1", "award": "x", "amount_pence": 31}]}),
            line,
            vec!["l1", "x 31p", "30p"],
        ),
        (
            json!({"awards": [award("x", 10)], "pins": [{"line": "l1", "award": "x", "amount_pence": 11}]}),
            line,
            vec!["l1", "x (10p)"],
        ),
        (
            json!({"awards": [award("x", 10), award("y", 90)],
            "pins": [{"line": "l1", "award": "y", "amount_pence": 21}],
            "locks": [{"line": "l1", "award": "x", "fence": null, "amount_pence": 10}]}),
            line,
            vec!["l1", "y 21p", "10p"],
        ),
        (
            json!({"awards": [award("x", 100)], "locks": [{"line": "l1", "award": "x", "amount_pence": 31}]}),
            line,
            vec!["l1", "x 31p"],
        ),
        (
            json!({"awards": [award("x", 100)], "locks": [{"line": "l2", "award": "x", "amount_pence": 31}]}),
            line,
            vec!["l2", "x"],
        ),
        (
            json!({"awards": [award("x", 100)], "locks": [{"line": "l1", "award": "x", "fence": "f", "amount_pence": 1}]}),
            line,
            vec!["l1", "f", "x"],
        ),
        (
            json!([award("x", 100)]),
            "l1,2026-05-01,30,a,n,g,,\nl1,2026-05-02,30,a,n,g,,",
            vec!["l1", "rows 2 and 3"],
        ),
        (
            json!([award("x", 100)]),
            "r1,2026-05-01,-30,a,n,g,l9,",
            vec!["r1", "l9"],
        ),
        (
            json!([award("x", 100)]),
            "r1,2026-05-01,-30,a,n,g,r2,\nr2,2026-05-01,-30,a,n,g,r1,",
            vec!["r1", "r2"],
        ),
    ];
    for (awards, lines, named) in many {
        let said = contradiction(awards, lines);
        for name in named {
            assert!(said.contains(name), "{said:?} does not name {name:?}");
        }
    }
}

#[test]
fn nothing_is_something_too() {
    let (rows, summary) = run(json!([]), "l1,2026-05-01,30,a,n,g,,").unwrap();
    assert_eq!((rows.as_str(), summary.unfunded_pence), ("", 30));
    assert_eq!(
        summary.objective,
        [vec![30], vec![0], vec![], vec![], vec![0, 0]]
    );
    let (rows, summary) = run(json!([award("x", 100)]), "").unwrap();
    assert_eq!((rows.as_str(), summary.awards[0].unspent_pence), ("", 100));
}

#[test]
fn amounts_beyond_all_sums_are_refused_and_a_limit_beyond_them_is_none() {
    let awards = |amount: i64, limit: i64| {
        let fence = json!([{"id": "f", "reserved_pence": 0, "limit_pence": limit,
            "categories": ["a"], "fences": []}]);
        json!([with(award("x", amount), json!({"fences": fence}))])
    };
    let line = "l1,2026-05-01,30,a,n,g,,";
    assert_eq!(run(awards(100, i64::MAX), line).unwrap().0, "l1,x,f,30");
    let refused = run(awards(i64::MAX, 1), line);
    assert!(matches!(refused, Err(Refusal::Internal(_))), "{refused:?}");
}

#[test]
fn a_thousand_contradictions_are_not_all_told() {
    let lines = "l1,2026-05-01,30,a,n,g,,\n".repeat(1_000);
    let said = contradiction(json!([award("x", 100)]), &lines);
    assert!(said.contains("There are 979 more"), "{said}");
}
