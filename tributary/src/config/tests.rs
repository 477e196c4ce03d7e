//! What is wrong is refused by name; what is not given has the default that the table states.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what went wrong by failing"
)]

use std::path::PathBuf;

use super::*;

fn from_file(text: &str) -> Result<Config, Failure> {
    Config::from(&Sources {
        file: Some((PathBuf::from("tributary.toml"), flatten(text).unwrap())),
        ..Sources::default()
    })
}

fn refusal(text: &str) -> String {
    from_file(text).expect_err(text).to_string()
}

#[test]
fn nothing_given_is_a_whole_configuration() {
    let config = Config::from(&Sources::default()).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.public_url(None), "http://127.0.0.1:8080");
    assert_eq!(config.upload_limit, 50_000_000);
    assert_eq!(config.disk_reserve, 500_000_000);
    assert_eq!(config.smtp, None);
    assert_eq!(
        config.location().unwrap(),
        Location::Sqlite(PathBuf::from("./tributary-data/tributary.sqlite"))
    );
}

#[test]
fn every_wrong_value_is_refused_by_the_name_of_its_setting() {
    for (text, name) in [
        ("data_dir = ''", "data_dir"),
        ("database_url = 'mysql://somewhere'", "database_url"),
        ("listen = 'localhost'", "listen"),
        ("public_url = 'grants.example.org'", "public_url"),
        ("public_url = 'https://example.org/grants'", "public_url"),
        ("trusted_proxies = ['10.0.0.1', 'proxy']", "trusted_proxies"),
        ("upload_limit_mb = 0", "upload_limit_mb"),
        ("upload_limit_mb = 'much'", "upload_limit_mb"),
        ("disk_reserve_mb = -1", "disk_reserve_mb"),
        ("worker.jobs = 0", "worker.jobs"),
        ("[smtp]\nhost = 'a b'", "smtp.host"),
        ("[smtp]\nport = 70000", "smtp.port"),
        ("[smtp]\ntls = 'maybe'", "smtp.tls"),
        ("[smtp]\nhost = 'localhost'\nfrom = 'nobody'", "smtp.from"),
        ("[log]\nformat = 'xml'", "log.format"),
        ("[log]\nlevel = 'loud'", "log.level"),
    ] {
        let message = refusal(text);
        assert!(
            message.contains(&format!(
                "the setting `{name}` (in tributary.toml) is wrong"
            )),
            "{text}: {message}"
        );
    }
}

#[test]
fn what_one_setting_asks_of_another_is_refused_by_name() {
    for (text, name) in [
        ("listen = '0.0.0.0:8080'", "public_url"),
        ("smtp.user = 'somebody'", "smtp.host"),
        ("smtp.host = 'localhost'", "smtp.from"),
        (
            "[smtp]\nhost = 'localhost'\nfrom = 'a@example.org'\nuser = 'a'",
            "smtp.password_file",
        ),
        (
            "[smtp]\nhost = 'mail.example.org'\nfrom = 'a@example.org'\ntls = 'none'",
            "smtp.tls",
        ),
        (
            "[smtp]\nhost = 'localhost'\nfrom = 'a@example.org'\nuser = 'a'\npassword_file = '/nowhere'",
            "smtp.password_file",
        ),
        (
            "database_url = 'sqlite:a'\ndatabase_url_file = 'b'",
            "database_url_file",
        ),
    ] {
        let message = refusal(text);
        assert!(message.contains(&format!("`{name}`")), "{text}: {message}");
    }
}

#[test]
fn several_mistakes_are_told_at_once() {
    let message = refusal("listen = 'x'\nworker.jobs = 'many'");
    assert!(message.contains("`listen`") && message.contains("`worker.jobs`"));
}

#[test]
fn an_unknown_name_is_refused_and_the_nearest_one_named() {
    let message = refusal("[smtp]\nhosts = 'mail.example.org'");
    assert!(
        message.contains("no setting `smtp.hosts`") && message.contains("did you mean smtp.host?"),
        "{message}"
    );
    let environment = [("TRIBUTARY_LISTN".to_owned(), "x".to_owned())].into();
    let message = Config::from(&Sources {
        environment,
        ..Sources::default()
    })
    .expect_err("a misspelt variable")
    .to_string();
    assert!(
        message.contains("TRIBUTARY_LISTN") && message.contains("TRIBUTARY_LISTEN"),
        "{message}"
    );
}

#[test]
fn what_the_tests_are_told_by_is_no_misspelt_setting() {
    for name in [
        "TRIBUTARY_REAL_DATA",
        "TRIBUTARY_CACHE",
        "TRIBUTARY_TEST_POSTGRES",
    ] {
        let sources = Sources {
            environment: [(name.to_owned(), "/somewhere".to_owned())].into(),
            ..Sources::default()
        };
        Config::from(&sources).expect(name);
    }
}

#[test]
fn the_environment_is_stronger_than_the_file_and_the_command_line_than_both() {
    let mut sources = Sources {
        file: Some((
            PathBuf::from("tributary.toml"),
            flatten("listen = '127.0.0.1:1'").unwrap(),
        )),
        ..Sources::default()
    };
    assert_eq!(Config::from(&sources).unwrap().listen.port(), 1);
    sources
        .environment
        .insert("TRIBUTARY_LISTEN".to_owned(), "127.0.0.1:2".to_owned());
    assert_eq!(Config::from(&sources).unwrap().listen.port(), 2);
    sources.flags.insert("listen", "127.0.0.1:3".to_owned());
    assert_eq!(Config::from(&sources).unwrap().listen.port(), 3);
}

#[test]
fn a_password_is_read_from_its_file_and_never_shown() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hunter2-but-longer\n").unwrap();
    let config = from_file(&format!(
        "[smtp]\nhost = 'mail.example.org'\nfrom = 'a@example.org'\nuser = 'a'\npassword_file = '{}'",
        file.path().display()
    ))
    .unwrap();
    let smtp = config.smtp.as_ref().unwrap();
    assert_eq!(
        smtp.password.as_ref().unwrap().reveal(),
        "hunter2-but-longer"
    );
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_database_address_with_a_password_is_not_repeated_in_a_message() {
    let message = refusal("database_url = 'mysql://me:hunter2@somewhere'");
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn the_database_address_may_stand_in_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "postgres://me:secret@db/tributary\n").unwrap();
    let config = from_file(&format!("database_url_file = '{}'", file.path().display())).unwrap();
    assert_eq!(
        config.location().unwrap(),
        Location::Postgres("postgres://me:secret@db/tributary".to_owned())
    );
}
