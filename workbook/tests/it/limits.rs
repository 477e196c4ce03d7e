//! Filling in a child process, and the command, with the crate's own small program.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use workbook::child::{self, Launcher, Limits};
use workbook::fill::{Answer, Options};

use crate::build::Builder;

const PROGRAM: &str = env!("CARGO_BIN_EXE_workbook-fill");

fn launcher(seconds: u64, memory: u64) -> Launcher {
    Launcher {
        program: PROGRAM.into(),
        arguments: vec!["fill-child".into()],
        limits: Limits { seconds, memory },
    }
}

fn form() -> Vec<u8> {
    Builder::default()
        .sheet(
            "A",
            r#"<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1+1</f><v>2</v></c></row>"#,
            "",
        )
        .bytes()
}

fn answers() -> Vec<Answer> {
    serde_json::from_value(json!([{"at": "A!A1", "value": 3}])).unwrap()
}

#[test]
fn the_child_fills_as_the_process_itself_would() {
    let here = workbook::fill::fill(&form(), &answers(), &Options::default()).unwrap();
    let there = child::fill(
        &launcher(30, 3 << 30),
        &form(),
        &answers(),
        &Options::default(),
    )
    .unwrap();
    assert_eq!((here.bytes, here.computed), (there.bytes, there.computed));
    assert_eq!(there.findings, []);
    let refused = child::fill(
        &launcher(30, 3 << 30),
        b"nonsense",
        &answers(),
        &Options::default(),
    );
    assert!(refused.unwrap_err().to_string().contains("not a workbook"));
}

#[test]
fn a_child_that_dies_or_hangs_costs_the_values_and_not_the_answers() {
    let silent = |program: &str, arguments: &[&str]| Launcher {
        program: program.into(),
        arguments: arguments.iter().map(|a| (*a).into()).collect(),
        limits: Limits {
            seconds: 1,
            memory: 1 << 30,
        },
    };
    for launcher in [
        launcher(30, 1 << 20), // no memory to live in
        silent("/bin/false", &[]),
        silent("/bin/sleep", &["60"]),
        silent(
            "/bin/echo",
            &["TRIBFILL is not a reply that anyone can read, however long it is"],
        ),
        silent("/no/such/program", &[]),
    ] {
        let started = std::time::Instant::now();
        let filled = child::fill(&launcher, &form(), &answers(), &Options::default()).unwrap();
        assert!(started.elapsed().as_secs() < 20);
        let codes: Vec<_> = filled.findings.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(
            codes,
            ["not-computed", "calculator-stopped"],
            "{launcher:?}"
        );
        assert!(filled.bytes.is_some());
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn the_command_keeps_its_word() {
    let at = folder();
    let path = |name: &str| -> PathBuf { at.path().join(name) };
    fs::write(path("form.xlsx"), form()).unwrap();
    let run = |form: &str, answers: serde_json::Value, extra: &[&str]| {
        fs::write(path("answers.json"), answers.to_string()).unwrap();
        let output = Command::new(PROGRAM)
            .args(["--form", path(form).to_str().unwrap()])
            .args(["--answers", path("answers.json").to_str().unwrap()])
            .args(["--out", path("out.xlsx").to_str().unwrap()])
            .args(["--findings", path("findings.json").to_str().unwrap()])
            .args(extra)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let out = path("out.xlsx").exists();
        let findings = fs::read_to_string(path("findings.json")).ok();
        for name in ["out.xlsx", "findings.json"] {
            if path(name).exists() {
                fs::remove_file(path(name)).unwrap();
            }
        }
        let left: Vec<_> = fs::read_dir(at.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert!(
            left.iter().all(|n| !n.to_string_lossy().contains(".part")),
            "{left:?}"
        );
        (output.status.code().unwrap(), out, findings, said)
    };
    let good = json!({"answers": [{"at": "A!A1", "value": 3}]});
    let (code, out, findings, _) = run("form.xlsx", good.clone(), &[]);
    assert_eq!((code, out, findings.as_deref()), (0, true, Some("[]\n")));
    let bad = json!({"answers": [{"at": "A!A1", "value": 3}, {"at": "A!B1", "value": 3}]});
    let (code, out, findings, _) = run("form.xlsx", bad.clone(), &[]);
    assert_eq!((code, out), (1, false));
    let findings: serde_json::Value = serde_json::from_str(&findings.unwrap()).unwrap();
    assert_eq!(findings[0]["severity"], "error");
    assert_eq!(findings[0]["code"], "formula-cell");
    assert_eq!(
        (&findings[0]["sheet"], &findings[0]["cell"]),
        (&json!("A"), &json!("B1"))
    );
    let (code, out, _, _) = run("form.xlsx", bad, &["--write-anyway"]);
    assert_eq!((code, out), (0, true));
    fs::write(path("cut.xlsx"), &form()[..300]).unwrap();
    let (code, out, findings, said) = run("cut.xlsx", good.clone(), &[]);
    assert_eq!((code, out, findings), (2, false, None));
    assert_eq!(said.lines().count(), 1, "{said}");
    let (code, _, _, said) = run("missing.xlsx", good, &[]);
    assert_eq!((code, said.lines().count()), (2, 1));
    let (code, _, _, said) = run("form.xlsx", json!({"answer": 1}), &[]);
    assert_eq!((code, said.lines().count()), (2, 1));
}
