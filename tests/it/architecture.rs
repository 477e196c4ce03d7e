//! The house rules that a compiler does not know, read from `cargo metadata` and the sources.
//!
//! A failure is a list of plain sentences: what broke, where, and what to do instead. The lists of
//! exceptions here may only shrink.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Which of our crates each may name. One that is not here has no place yet.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("entity", &[]),
    ("workbook", &[]),
    ("flow", &[]),
    ("pdftext", &[]),
    ("attribution", &["flow"]),
    ("typeset", &[]),
    ("migration", &["entity"]),
    (
        "domain",
        &["entity", "migration", "workbook", "attribution", "pdftext"],
    ),
    ("api", &["domain", "entity", "workbook", "typeset"]),
    ("worker", &["domain", "entity", "workbook"]),
    ("openapi", &["api"]),
    (
        "tributary",
        &[
            "api",
            "worker",
            "domain",
            "entity",
            "workbook",
            "pdftext",
            "attribution",
            "openapi",
        ],
    ),
];

/// Crates that stand outside the program and may name any of it.
const OUTSIDE: &[&str] = &["tests", "bench"];

/// Crates that know nothing of databases, whatever they do with one through `domain`.
const WITHOUT_DATABASE: &[&str] = &[
    "api",
    "worker",
    "workbook",
    "flow",
    "attribution",
    "pdftext",
    "typeset",
    "openapi",
];

const LONGEST_FILE: usize = 900;

/// Something that the sources may not say, outside the places that it is for.
struct Ban {
    words: &'static [&'static str],
    /// Files or folders, from the root of the repository.
    except: &'static [&'static str],
    instead: &'static str,
}

const EVERYWHERE: &[Ban] = &[
    Ban {
        words: &["env::var", "env::vars"],
        except: &["tributary/src/config"],
        instead: "settings are read in tributary/src/config and handed on as values",
    },
    Ban {
        words: &["Utc::now", "Local::now", "SystemTime::now"],
        except: &["domain/src/ctx.rs"],
        instead: "ask the clock of the Ctx, which tests can turn",
    },
    Ban {
        words: &[
            "allow(clippy::disallowed_methods",
            "allow(clippy::disallowed_types",
        ],
        except: &[],
        instead: "where a ban of clippy.toml must be broken, `expect` it, with the reason",
    },
];

/// A rule is values in, a decision out.
const IN_RULES: &[Ban] = &[
    Ban {
        words: &[
            "sea_orm",
            "sqlx",
            "crate::db",
            "DatabaseConnection",
            "DatabaseTransaction",
        ],
        except: &[],
        instead: "a rule gets what it judges as values; the query belongs in store.rs",
    },
    Ban {
        words: &[
            "Utc::now",
            "Local::now",
            "SystemTime",
            "Instant::now",
            "Clock",
        ],
        except: &[],
        instead: "a rule gets the date or instant as a value",
    },
    Ban {
        words: &[
            "std::fs",
            "fs::read",
            "fs::write",
            "File::open",
            "std::net",
            "std::process",
            "std::env",
            "env::var",
            "tokio::",
            "reqwest",
            "stdin()",
            "stdout()",
            "println!",
        ],
        except: &[],
        instead: "a rule touches nothing outside itself; ops.rs does, and hands it values",
    },
];

#[test]
fn each_crate_names_only_those_it_may() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut broken = Vec::new();
    for package in &packages {
        if OUTSIDE.contains(&package.name.as_str()) {
            continue;
        }
        let Some((_, may)) = MAY_NAME.iter().find(|(name, _)| *name == package.name) else {
            broken.push(format!(
                "The crate {} has no place in the house: give it one in MAY_NAME and in ARCHITECTURE.md.",
                package.name
            ));
            continue;
        };
        for named in package
            .names
            .iter()
            .filter(|named| ours.contains(named.as_str()))
        {
            if !may.contains(&named.as_str()) {
                broken.push(format!(
                    "{} depends on {named}, which it may not know; it may know {}.",
                    package.name,
                    listed(may)
                ));
            }
        }
    }
    report(&broken);
}

#[test]
fn what_has_no_database_names_none() {
    let mut broken = Vec::new();
    for package in packages() {
        if !WITHOUT_DATABASE.contains(&package.name.as_str()) {
            continue;
        }
        for named in &package.names {
            if named.starts_with("sea-orm") || named.starts_with("sqlx") {
                broken.push(format!(
                    "{} depends on {named}: only domain, entity and migration know the database.",
                    package.name
                ));
            }
        }
        // Another crate may hand the name on, as `domain::sea_orm`.
        for source in sources_in(&package.folder) {
            for (number, line) in source.lines(Part::All) {
                if says(&line, "sea_orm") || says(&line, "sqlx") {
                    broken.push(format!(
                        "{}:{number} names the database: make it an operation or a read model of domain.",
                        source.name
                    ));
                }
            }
        }
    }
    report(&broken);
}

#[test]
fn settings_and_time_come_from_one_place() {
    let mut broken = Vec::new();
    for package in packages() {
        if OUTSIDE.contains(&package.name.as_str()) {
            continue;
        }
        for source in sources_in(&package.folder) {
            broken.extend(breaches(&source, EVERYWHERE));
        }
    }
    report(&broken);
}

#[test]
fn what_handlers_stand_on_names_no_handler() {
    let above = [Ban {
        words: &["crate::pages", "crate::json"],
        except: &[],
        instead: "http is what pages and json stand on: it is handed what it needs of them in lib.rs",
    }];
    let mut broken = Vec::new();
    for source in sources_in(&root().join("api")) {
        if source.name.contains("/src/http/") {
            broken.extend(breaches(&source, &above));
        }
    }
    report(&broken);
}

#[test]
fn rules_are_pure() {
    let root = root();
    let rules: Vec<Source> = sources_in(&root.join("domain"))
        .into_iter()
        .filter(|source| source.name.ends_with("/rules.rs") || source.name.contains("/rules/"))
        .collect();
    assert!(
        rules.len() > 5,
        "the rules of domain were not found: has the layout changed?"
    );
    let broken: Vec<String> = rules
        .iter()
        .flat_map(|source| breaches(source, IN_RULES))
        .collect();
    report(&broken);
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut broken = Vec::new();
    for package in packages() {
        for source in sources_in(&package.folder) {
            let lines = source.text.lines().count();
            if lines > LONGEST_FILE {
                broken.push(format!(
                    "{} has {lines} lines, more than {LONGEST_FILE}: make it a folder with one file per verb.",
                    source.name
                ));
            }
        }
    }
    report(&broken);
}

/// The API's document knows a shape by its name alone: of two with one name, it keeps one, and says
/// something false of the other.
#[test]
fn no_two_shapes_of_the_api_have_one_name() {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut broken = Vec::new();
    for package in packages() {
        for source in sources_in(&package.folder) {
            for name in shapes(&source.text) {
                if let Some(other) = known.insert(name.clone(), source.name.clone()) {
                    broken.push(format!(
                        "{} and {other} both show the API a {name}: give one #[schema(as = …)].",
                        source.name
                    ));
                }
            }
        }
    }
    report(&broken);
}

/// The names by which the API's document knows what is derived here.
fn shapes(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut derived = false;
    let mut named = None;
    for line in text.lines().map(str::trim) {
        if line.contains("ToSchema") && !line.starts_with("impl") && !line.contains("use ") {
            derived = true;
        }
        if let Some((_, rest)) = line.split_once("schema(as = ") {
            let end = rest.find([',', ')', ' ']).unwrap_or(rest.len());
            named = Some(rest[..end].to_owned());
        }
        let public = line
            .strip_prefix("pub ")
            .or_else(|| line.strip_prefix("pub(crate) "));
        let item = public
            .unwrap_or(line)
            .strip_prefix("struct ")
            .or_else(|| public.unwrap_or(line).strip_prefix("enum "));
        if let Some(item) = item {
            let own = item.split([' ', '<', '(', '{', ';']).next().unwrap_or(item);
            let name = named.take().unwrap_or_else(|| own.to_owned());
            if std::mem::take(&mut derived) && !item.contains("ToSchema>") {
                names.push(name);
            }
        }
        if line.starts_with("fn ") || line.starts_with("pub fn ") || line.starts_with('}') {
            derived = false;
            named = None;
        }
    }
    names
}

fn report(broken: &[String]) {
    assert!(
        broken.is_empty(),
        "the house rules are broken:\n{}\n",
        broken.join("\n")
    );
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "none of ours".to_owned(),
        _ => names.join(", "),
    }
}

fn breaches(source: &Source, bans: &[Ban]) -> Vec<String> {
    let mut broken = Vec::new();
    for ban in bans {
        if ban
            .except
            .iter()
            .any(|place| source.name.starts_with(place))
        {
            continue;
        }
        for (number, line) in source.lines(Part::WithoutTests) {
            if let Some(word) = ban.words.iter().find(|word| says(&line, word)) {
                broken.push(format!(
                    "{}:{number} says `{word}`: {}.",
                    source.name, ban.instead
                ));
            }
        }
    }
    broken
}

/// Whether the line has the words, not as part of a longer name.
fn says(line: &str, words: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(words).any(|(at, _)| {
        let longer_before =
            words.starts_with(in_name) && line[..at].chars().next_back().is_some_and(in_name);
        let longer_after = words.ends_with(in_name)
            && line[at + words.len()..].chars().next().is_some_and(in_name);
        !longer_before && !longer_after
    })
}

struct Package {
    name: String,
    folder: PathBuf,
    names: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages: Vec<Package> = all["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| Package {
            name: package["name"].as_str().unwrap().to_owned(),
            folder: Path::new(package["manifest_path"].as_str().unwrap())
                .parent()
                .unwrap()
                .to_owned(),
            names: package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect(),
        })
        .collect();
    assert!(
        packages.len() > 5,
        "cargo metadata tells of {} crates",
        packages.len()
    );
    packages
}

struct Source {
    /// From the root of the repository.
    name: String,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    WithoutTests,
}

impl Source {
    /// The numbered lines without comments; without the module of tests, too, if so wanted.
    fn lines(&self, part: Part) -> Vec<(usize, String)> {
        // By our habit `testing.rs` is what the tests of a crate share, built for them only.
        let is_test = ["tests.rs", "/testing.rs"]
            .iter()
            .any(|end| self.name.ends_with(end))
            || self.name.contains("/tests/");
        if part == Part::WithoutTests && is_test {
            return Vec::new();
        }
        let mut kept = Vec::new();
        let mut after_marker = false;
        for (index, line) in self.text.lines().enumerate() {
            let code = without_comment(line);
            if part == Part::WithoutTests {
                // By our habit the tests are the last module of their file.
                if after_marker && code.trim_start().starts_with("mod ") && code.ends_with('{') {
                    break;
                }
                after_marker = code.trim() == "#[cfg(test)]"
                    || (after_marker && code.trim_start().starts_with("#["));
            }
            kept.push((index + 1, code.to_owned()));
        }
        kept
    }
}

/// The line up to `//`, unless that stands in a text such as an address.
fn without_comment(line: &str) -> &str {
    let mut in_text = false;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match c {
            '"' if before != '\\' && before != '\'' => in_text = !in_text,
            '/' if !in_text && line[at..].starts_with("//") => return line[..at].trim_end(),
            _ => {}
        }
        before = c;
    }
    line.trim_end()
}

fn sources_in(folder: &Path) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("target") && !path.ends_with("node_modules") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(Source {
                    name: path.strip_prefix(&root).unwrap().display().to_string(),
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

mod tests {
    use super::*;

    #[test]
    fn a_shape_is_known_by_the_name_that_it_gives_itself() {
        let text = "#[derive(\n    Clone, utoipa::ToSchema,\n)]\n#[schema(as = Near)]\npub enum Far {\n}\n\
            #[derive(Debug)]\nstruct Quiet;\n#[derive(ToSchema)]\nstruct Loud {\n}\n";
        assert_eq!(shapes(text), ["Near", "Loud"]);
    }

    fn source(text: &str) -> Source {
        Source {
            name: "domain/src/pools/rules.rs".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_breach_is_told_in_a_sentence() {
        let told = breaches(
            &source("fn a() {\n    let t = Utc::now();\n}\n"),
            EVERYWHERE,
        );
        assert_eq!(
            told,
            [
                "domain/src/pools/rules.rs:2 says `Utc::now`: ask the clock of the Ctx, which tests can turn."
            ]
        );
    }

    #[test]
    fn comments_tests_and_longer_names_break_nothing() {
        let text = "// sea_orm\nlet my_sea_orm = \"//\"; // sqlx\n\
                    #[cfg(test)]\n#[allow(x)]\nmod tests {\n  use sea_orm;\n}\n";
        assert!(breaches(&source(text), IN_RULES).is_empty());
        let text = "let a = \"http://\"; sea_orm::x();";
        assert_eq!(breaches(&source(text), IN_RULES).len(), 1);
    }
}
