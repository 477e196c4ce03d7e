//! Filling in a child process, and the command, with the crate's own small program.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use workbook::child::{self, Launcher, Limits};
use workbook::fill::{Answer, Options};
use workbook::open::archive::Bounds;
use workbook::open::book::Book;

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
fn killed_at_any_moment_it_leaves_nothing_half_written() {
    let at = folder();
    let path = |name: &str| -> PathBuf { at.path().join(name) };
    // Texts that hardly deflate, so that there is something to write.
    let mut rows = String::new();
    let mut seed = 1u64;
    for r in 1..=4_000 {
        rows += &format!("<row r=\"{r}\"><c r=\"A{r}\" t=\"inlineStr\"><is><t>");
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            rows += &format!("{seed:016x}");
        }
        rows += "</t></is></c></row>";
    }
    let form = Builder::default().sheet("A", &rows, "").bytes();
    fs::write(path("form.xlsx"), form).unwrap();
    let answers = json!({"answers": [{"at": "A!B1", "value": 3}]});
    fs::write(path("answers.json"), answers.to_string()).unwrap();
    fs::write(path("old.xlsx"), "what was there before").unwrap();
    fs::create_dir(path("out")).unwrap();
    let out = path("out").join("out.xlsx");
    let (mut finished, mut steps) = (0, 0u64);
    while finished < 3 && steps < 400 {
        fs::copy(path("old.xlsx"), &out).unwrap();
        let mut child = Command::new(PROGRAM)
            .args(["--form", path("form.xlsx").to_str().unwrap()])
            .args(["--answers", path("answers.json").to_str().unwrap()])
            .args(["--out", out.to_str().unwrap(), "--no-compute"])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(steps * steps / 4));
        // It may have ended by itself.
        drop(child.kill());
        finished += u32::from(child.wait().unwrap().success());
        steps += 1;
        for entry in fs::read_dir(path("out")).unwrap() {
            let entry = entry.unwrap().path();
            let bytes = fs::read(&entry).unwrap();
            let whole = bytes == b"what was there before"
                || Book::open(bytes, &Bounds::default()).is_ok_and(|b| b.grid(0).is_ok());
            assert!(whole, "{}", entry.display());
            fs::remove_file(entry).unwrap();
        }
    }
    assert!(finished > 0 && steps > 3, "{finished} of {steps}");
}

#[test]
fn what_cannot_be_written_leaves_nothing_of_the_other() {
    let at = folder();
    let path = |name: &str| -> PathBuf { at.path().join(name) };
    fs::write(path("form.xlsx"), form()).unwrap();
    fs::write(path("answers.json"), json!({"answers": []}).to_string()).unwrap();
    for (out, findings) in [
        ("out.xlsx", "no/such/f.json"),
        ("no/such/out.xlsx", "f.json"),
    ] {
        let output = Command::new(PROGRAM)
            .args(["--form", path("form.xlsx").to_str().unwrap()])
            .args(["--answers", path("answers.json").to_str().unwrap()])
            .args(["--out", path(out).to_str().unwrap()])
            .args(["--findings", path(findings).to_str().unwrap()])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
        assert_eq!(fs::read_dir(at.path()).unwrap().count(), 2);
    }
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
