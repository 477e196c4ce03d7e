//! The command's files: what is written, what is refused, and that nothing is half written.

use std::fs;
use std::path::Path;

use attribution::command::{Arguments, run};
use serde_json::Value;

const AWARDS: &str = r#"{"as_of": "2026-09-30", "awards": [{"id": "phg", "from": "2026-04-01",
  "to": "2027-03-31", "amount_pence": 900, "lost_if_unspent": true, "rank": 1,
  "categories": ["a1", "a2"], "places": null, "groups": null, "fences": [{"id": "ring",
  "reserved_pence": 100, "limit_pence": null, "categories": ["a1"], "places": null, "groups": null,
  "fences": []}]}], "pins": [], "locks": [], "previous": []}"#;
const LINES: &str = "id,date,amount_pence,category,place,group\n\"l,1\",2026-05-01,40,a1,n,g\nl2,2026-05-02,70,a2,n,g\n";

fn try_it(folder: &Path, awards: &str, lines: &str) -> u8 {
    fs::write(folder.join("awards.json"), awards).unwrap();
    fs::write(folder.join("lines.csv"), lines).unwrap();
    run(&Arguments {
        awards: folder.join("awards.json"),
        lines: folder.join("lines.csv"),
        out: folder.join("out.csv"),
        summary: folder.join("summary.json"),
    })
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn both_files_are_written_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(try_it(folder.path(), AWARDS, LINES), 0);
    let out = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(
        out,
        "line,award,fence,amount_pence\n\"l,1\",phg,ring,40\nl2,phg,,70\n"
    );
    let summary: Value =
        serde_json::from_slice(&fs::read(folder.path().join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["spend_pence"], 110);
    assert_eq!(summary["reserved_shortfall_pence"], 60);
    assert_eq!(summary["awards"][0]["will_be_lost_pence"], 790);
    assert_eq!(summary["certificate"], "verified");
    assert_eq!(summary["classes"], 2);
    assert_eq!(
        summary["objective"],
        serde_json::json!([[0], [60], [110], [110], [0, 0]])
    );
    assert!(summary["solve_ms"].is_u64());
    assert_eq!(
        listing(folder.path()),
        ["awards.json", "lines.csv", "out.csv", "summary.json"]
    );
}

#[test]
fn what_cannot_be_used_leaves_nothing_behind() {
    let unreadable = [
        ("{", LINES),
        (&*AWARDS.replace("rank", "rnak"), LINES),
        (
            &*AWARDS.replace("\"amount_pence\": 900", "\"amount_pence\": 900.5"),
            LINES,
        ),
        (AWARDS, ""),
        (AWARDS, "id,date\n"),
        (AWARDS, "id,date,amount_pence,category,place,group,colour\n"),
        (AWARDS, &*LINES.replace("2026-05-01", "01/05/2026")),
        (AWARDS, &*LINES.replace(",40,", ",0.40,")),
        (AWARDS, &*LINES.replace(",n,g\nl2", "\nl2")),
    ];
    for (at, (awards, lines)) in unreadable.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(try_it(folder.path(), awards, lines), 2, "case {at}");
        assert_eq!(
            listing(folder.path()),
            ["awards.json", "lines.csv"],
            "case {at}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("out.csv"), "before").unwrap();
    assert_eq!(
        try_it(
            folder.path(),
            &AWARDS.replace("\"reserved_pence\": 100", "\"reserved_pence\": 1000"),
            LINES
        ),
        1
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("out.csv")).unwrap(),
        "before"
    );
    assert_eq!(
        listing(folder.path()),
        ["awards.json", "lines.csv", "out.csv"]
    );
}

#[test]
fn results_never_take_the_place_of_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("awards.json"), AWARDS).unwrap();
    fs::write(folder.path().join("lines.csv"), LINES).unwrap();
    let status = run(&Arguments {
        awards: folder.path().join("awards.json"),
        lines: folder.path().join("lines.csv"),
        out: folder.path().join("lines.csv"),
        summary: folder.path().join("summary.json"),
    });
    assert_eq!(status, 2);
    assert_eq!(
        fs::read_to_string(folder.path().join("lines.csv")).unwrap(),
        LINES
    );
}
