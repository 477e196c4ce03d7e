//! The built program from outside: what it refuses, how it ends, how it backs up and restores.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::time::Duration;

use domain::db::Location;
use domain::organisations::{self, ops::NewOrganisation};
use domain::{Clock, Ctx, Db};
use entity::OrganisationKind;
use sea_orm::{ConnectionTrait, Database};

use support::{Folder, said};

#[test]
fn help_teaches_and_every_command_has_its_own() {
    let folder = Folder::new();
    let help = folder.run(&["--help"]);
    assert!(help.status.success());
    for words in ["tributary demo", "serve", "docs/operations.md"] {
        assert!(said(&help).contains(words), "{words} in\n{}", said(&help));
    }
    for command in [
        "serve",
        "api",
        "worker",
        "migrate",
        "invite",
        "check",
        "backup",
        "restore",
        "openapi",
        "config",
        "attribute",
    ] {
        let help = folder.run(&[command, "--help"]);
        assert!(help.status.success(), "{command}: {}", said(&help));
    }
}

#[test]
fn attribute_needs_no_database_and_says_what_contradicts() {
    let folder = Folder::new();
    let awards = r#"{"as_of": "2026-09-30", "awards": [{"id": "phg", "from": "2026-04-01",
        "to": "2027-03-31", "amount_pence": 50, "lost_if_unspent": true, "rank": 1,
        "categories": ["a1"], "places": null, "groups": null, "fences": []}],
        "pins": [], "locks": [], "previous": []}"#;
    folder.write("awards.json", awards);
    folder.write(
        "lines.csv",
        "id,date,amount_pence,category,place,group\nl1,2026-05-01,80,a1,north,adults\n",
    );
    let words = [
        "attribute",
        "--awards",
        "awards.json",
        "--lines",
        "lines.csv",
        "--out",
        "out.csv",
        "--summary",
        "summary.json",
    ];
    let done = folder.run(&words);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let rows = std::fs::read_to_string(folder.path("out.csv")).unwrap();
    assert_eq!(rows, "line,award,fence,amount_pence\nl1,phg,,50\n");
    let summary = std::fs::read_to_string(folder.path("summary.json")).unwrap();
    assert!(
        summary.contains("\"certificate\": \"verified\""),
        "{summary}"
    );
    assert!(summary.contains("\"unfunded_pence\": 30"), "{summary}");

    std::fs::remove_file(folder.path("out.csv")).unwrap();
    let pin = r#""pins": [{"line": "l1", "award": "phg", "amount_pence": 60}]"#;
    folder.write("awards.json", &awards.replace("\"pins\": []", pin));
    let refused = folder.run(&words);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("phg") && said(&refused).contains("l1"),
        "{}",
        said(&refused)
    );
    folder.write("awards.json", "{");
    assert_eq!(folder.run(&words).status.code(), Some(2));
    assert!(!folder.path("out.csv").exists());
    assert!(!folder.database().exists());
}

#[test]
fn a_wrong_setting_stops_it_at_its_start_by_name() {
    let folder = Folder::new();
    folder.write("tributary.toml", "[smtp]\nhosts = \"mail.example.org\"\n");
    let refused = folder.run(&["serve"]);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("`smtp.hosts`"),
        "{}",
        said(&refused)
    );
    folder.write("tributary.toml", "listen = \"0.0.0.0:0\"\n");
    let refused = folder.run(&["serve"]);
    assert!(
        said(&refused).contains("`public_url`"),
        "{}",
        said(&refused)
    );
    assert!(!folder.database().exists(), "nothing was made");
}

#[test]
fn short_commands_do_not_make_a_database_by_accident() {
    let folder = Folder::new();
    for command in [&["check"][..], &["backup", "b"], &["audit", "verify"]] {
        let refused = folder.run(command);
        assert!(!refused.status.success());
        assert!(
            said(&refused).contains("there is no database"),
            "{}",
            said(&refused)
        );
    }
    assert!(!folder.database().exists());
}

#[test]
fn the_first_administrator_says_whose_installation_it_is() {
    let folder = Folder::new();
    let first = [
        "invite",
        "ada@example.org",
        "--name",
        "Ada",
        "--role",
        "administrator",
    ];
    let refused = folder.run(&first);
    assert!(!refused.status.success());
    assert!(said(&refused).contains("--home-name"), "{}", said(&refused));
    // a mistyped folder has not become a second house
    assert!(!folder.database().exists());

    let mut whole = first.to_vec();
    whole.extend(["--home-name", "Weirside", "--home-org-id", "GB-CHC-9900117"]);
    let invited = folder.run(&whole);
    assert!(invited.status.success(), "{}", said(&invited));
    assert!(
        said(&invited).contains("http://127.0.0.1:8080/sign-in/link?token="),
        "{}",
        said(&invited)
    );
    // it is in the record, and a second person needs no flags
    let verified = folder.run(&["audit", "verify"]);
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(
        said(&verified).contains("not yet sealed"),
        "{}",
        said(&verified)
    );
    let no_head = folder.run(&["audit", "verify", "--head", "zz"]);
    assert!(!no_head.status.success());
    assert!(said(&no_head).contains("is no head"), "{}", said(&no_head));
    let second = folder.run(&[
        "invite",
        "bo@example.org",
        "--name",
        "Bo",
        "--role",
        "trustee",
    ]);
    assert!(second.status.success(), "{}", said(&second));
    let unknown = folder.run(&[
        "invite",
        "cy@example.org",
        "--name",
        "Cy",
        "--role",
        "certifier",
        "--organisation",
        "GB-LAE-NONE",
    ]);
    assert!(said(&unknown).contains("GB-LAE-NONE"), "{}", said(&unknown));
    let role = folder.run(&["invite", "cy@example.org", "--name", "Cy", "--role", "king"]);
    assert_eq!(role.status.code(), Some(2));
}

#[test]
fn a_link_from_the_command_line_signs_in_and_the_program_ends_when_told() {
    let folder = Folder::new();
    let invited = folder.run(&[
        "invite",
        "ada@example.org",
        "--name",
        "Ada",
        "--role",
        "administrator",
        "--home-name",
        "Weirside",
        "--home-org-id",
        "GB-CHC-9900117",
    ]);
    let words = said(&invited);
    // what it says of the address follows on the other output
    let token = words
        .split("token=")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .expect(&words)
        .to_owned();
    let server = folder.serve();
    let client = support::client();
    assert_eq!(client.get(&server.at("/health/live")).status, 204);
    let signed_in = client.post_form(&server.at("/sign-in/session"), &[("token", &token)]);
    assert_eq!(signed_in.status, 303, "{}", signed_in.text);
    let ended = server.end();
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.took < Duration::from_secs(10), "{:?}", ended.took);
}

#[test]
fn a_sqlite_file_has_one_server_and_short_commands_beside_it() {
    let folder = Folder::new();
    let server = folder.serve();
    let refused = folder.run(&["serve"]);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("in use by process"),
        "{}",
        said(&refused)
    );
    for command in [&["worker"][..], &["migrate"], &["restore", "x"]] {
        let refused = folder.run(command);
        assert!(
            said(&refused).contains("in use by process"),
            "{}",
            said(&refused)
        );
    }
    for command in [
        &["check"][..],
        &["audit", "verify"],
        &["backup", "b.sqlite"],
    ] {
        let done = folder.run(command);
        assert!(done.status.success(), "{command:?}: {}", said(&done));
    }
    assert!(server.end().status.success());
    // the lock ends with the process, also when it was killed
    let killed = folder.serve();
    killed.kill();
    let again = folder.serve();
    assert!(again.end().status.success());
}

#[test]
fn the_log_is_json_when_asked_and_has_no_secrets() {
    let folder = Folder::new();
    folder.write("tributary.toml", "[log]\nformat = \"json\"\n");
    let server = folder.serve();
    let client = support::client();
    let page = client.get(&server.at("/sign-in/link?token=a-secret-that-must-not-show"));
    assert_eq!(page.status, 200);
    let ended = server.end();
    assert!(!ended.log.contains("a-secret-that"), "{}", ended.log);
    let mut answered = 0;
    for line in ended.log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect(line);
        if line["message"] == "answered" {
            answered += 1;
            assert!(!line["span"]["id"].as_str().unwrap().is_empty(), "{line}");
        }
    }
    assert!(answered >= 1, "{}", ended.log);
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let folder = Folder::new();
    assert!(folder.run(&["migrate"]).status.success());
    let again = folder.run(&["migrate"]);
    assert!(said(&again).contains("nothing to do"), "{}", said(&again));
    sql(
        &folder,
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_from_tomorrow', 0)",
    );
    for command in ["serve", "migrate", "check"] {
        let refused = folder.run(&[command]);
        assert!(!refused.status.success());
        assert!(
            said(&refused).contains("newer Tributary"),
            "{}",
            said(&refused)
        );
    }
}

#[test]
fn somebody_elses_database_is_left_alone() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.database().parent().unwrap()).unwrap();
    sql(&folder, "CREATE TABLE recipes (name text)");
    for command in ["serve", "migrate"] {
        let refused = folder.run(&[command]);
        assert!(!refused.status.success(), "{command}");
    }
}

/// Changes the database behind the program's back.
fn sql(folder: &Folder, statement: &str) {
    support::block_on(async {
        let address = format!("sqlite://{}?mode=rwc", folder.database().display());
        let conn = Database::connect(address).await.unwrap();
        conn.execute_unprepared(statement).await.unwrap();
        conn.close().await.unwrap();
    });
}

#[test]
fn a_backup_taken_under_load_restores_with_all_that_was_acknowledged_before() {
    let folder = Folder::new();
    assert!(folder.run(&["migrate"]).status.success());
    let acknowledged_before = support::block_on(async {
        let db = Db::open(Location::Sqlite(folder.database())).await.unwrap();
        // written to before, while and after the copy is made
        for n in 0..50 {
            add(&db, n).await;
        }
        let stop = std::sync::atomic::AtomicBool::new(false);
        let writing = async {
            let mut n = 50;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                add(&db, n).await;
                n += 1;
            }
            n
        };
        let backing_up = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let done = folder.run_async(&["backup", "copy.sqlite"]).await;
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            done
        };
        let (written, done) = tokio::join!(writing, backing_up);
        assert!(done.status.success(), "{}", said(&done));
        assert!(written > 50, "nothing was written meanwhile");
        db.close().await.unwrap();
        50
    });
    let twice = folder.run(&["backup", "copy.sqlite"]);
    assert!(said(&twice).contains("exists already"), "{}", said(&twice));

    let refused = folder.run(&["restore", "copy.sqlite"]);
    assert!(said(&refused).contains("--overwrite"), "{}", said(&refused));
    let restored = folder.run(&["restore", "copy.sqlite", "--overwrite"]);
    assert!(restored.status.success(), "{}", said(&restored));
    let clean = folder.run(&["check"]);
    assert!(clean.status.success(), "{}", said(&clean));
    let kept = support::block_on(async {
        let db = Db::open(Location::Sqlite(folder.database())).await.unwrap();
        let ctx = Ctx::system("test", Clock::system());
        let mut kept = 0;
        let mut after = None;
        loop {
            let page = organisations::view::list(&db, &ctx, after, 500)
                .await
                .unwrap();
            kept += page.len();
            after = page.last().map(|last| last.id);
            if after.is_none() {
                return kept;
            }
        }
    });
    assert!(kept >= acknowledged_before, "{kept}");
    let server = folder.serve();
    assert!(server.end().status.success());
}

async fn add(db: &Db, n: usize) {
    let ctx = Ctx::system("test", Clock::system());
    let new = NewOrganisation {
        org_id: format!("GB-CHC-{n}"),
        name: format!("Organisation {n}"),
        kind: OrganisationKind::Provider,
    };
    organisations::ops::create(db, &ctx, &new).await.unwrap();
}

#[test]
fn restoring_refuses_what_is_not_a_whole_backup_of_ours() {
    let folder = Folder::new();
    assert!(folder.run(&["migrate"]).status.success());
    assert!(folder.run(&["backup", "good.sqlite"]).status.success());
    let before = std::fs::read(folder.database()).unwrap();

    folder.write(
        "text.sqlite",
        "this is not a database at all, however long it is",
    );
    std::fs::copy(folder.path("good.sqlite"), folder.path("torn.sqlite")).unwrap();
    let torn = std::fs::File::options()
        .write(true)
        .open(folder.path("torn.sqlite"))
        .unwrap();
    torn.set_len(torn.metadata().unwrap().len() / 2).unwrap();
    std::fs::copy(folder.path("good.sqlite"), folder.path("newer.sqlite")).unwrap();
    support::block_on(async {
        let address = format!("sqlite://{}", folder.path("newer.sqlite").display());
        let conn = Database::connect(address).await.unwrap();
        conn.execute_unprepared(
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_from_tomorrow', 0)",
        )
        .await
        .unwrap();
        conn.close().await.unwrap();
    });
    std::fs::copy(folder.path("good.sqlite"), folder.path("in-use.sqlite")).unwrap();
    folder.write("in-use.sqlite-wal", "pages that were not yet moved");

    for (name, words) in [
        ("missing.sqlite", "no backup at"),
        ("text.sqlite", "not a backup"),
        ("torn.sqlite", ""),
        ("newer.sqlite", "newer Tributary"),
        ("in-use.sqlite", "in use"),
    ] {
        let refused = folder.run(&["restore", name, "--overwrite"]);
        assert!(!refused.status.success(), "{name}");
        assert!(said(&refused).contains(words), "{name}: {}", said(&refused));
        assert_eq!(
            std::fs::read(folder.database()).unwrap(),
            before,
            "{name}: the database is as it was"
        );
    }
    assert!(!folder.path("data/tributary.sqlite.restoring").exists());
    let done = folder.run(&["restore", "good.sqlite", "--overwrite"]);
    assert!(done.status.success(), "{}", said(&done));
}

#[test]
fn the_description_that_it_prints_is_the_committed_one() {
    let folder = Folder::new();
    let printed = folder.run(&["openapi"]);
    assert!(printed.status.success());
    assert_eq!(
        String::from_utf8(printed.stdout).unwrap(),
        openapi::written().unwrap()
    );
}

/// Whatever the shell's umask: what is kept is readable by its owner alone.
#[test]
fn what_is_kept_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let run = |arguments: &[&str]| {
        let status = std::process::Command::new(env!("CARGO_BIN_EXE_tributary"))
            .args(["--data-dir", data.to_str().expect("a path")])
            .args(arguments)
            .current_dir(folder.path())
            .stdout(std::process::Stdio::null())
            .status()
            .expect("the program runs");
        assert!(status.success(), "{arguments:?}");
    };
    run(&["migrate"]);
    run(&["backup", "copy.sqlite"]);
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("tributary.sqlite")), 0o600);
    assert_eq!(mode(&folder.path().join("copy.sqlite")), 0o600);
}
