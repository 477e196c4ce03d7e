//! How much of a form is found by reading it. What is measured here is stated in docs/forms.md.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use workbook::survey::{Why, survey};

use crate::forms::rules::{FormSpec, Named, Proposed, Vocabulary, propose};

const WORKBOOK: &[u8] =
    include_bytes!("../../../../tributary/demo/forms/recovery-grant-return.xlsx");
const FIELDS: &str =
    include_str!("../../../../tributary/demo/forms/recovery-grant-return.fields.json");
const STORY: &str = include_str!("../../../../tributary/demo/story.json");

/// The categories and fences of the demo: what an installation would know.
fn vocabulary() -> Vocabulary {
    let story: Value = serde_json::from_str(STORY).unwrap();
    let named = |value: &Value| Named {
        slug: value["slug"].as_str().unwrap().to_owned(),
        name: value["name"].as_str().unwrap().to_owned(),
    };
    let categories = story["categories"].as_array().unwrap().iter().map(named);
    let mut fences: BTreeMap<String, Named> = BTreeMap::new();
    for award in story["awards"].as_array().unwrap() {
        for fence in award["fences"].as_array().into_iter().flatten() {
            let fence = named(fence);
            fences.insert(fence.slug.clone(), fence);
        }
    }
    Vocabulary {
        categories: categories.collect(),
        fences: fences.into_values().collect(),
    }
}

fn places(spec: &FormSpec) -> HashMap<String, (String, String)> {
    let locators = spec.fields.iter().map(|field| field.at.clone()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime
        .block_on(crate::returns::workbook::resolve(
            WORKBOOK.to_vec(),
            locators,
        ))
        .unwrap()
        .into_iter()
        .map(|(at, place)| (at, place.unwrap()))
        .collect()
}

#[test]
fn the_sample_form_is_read_well() {
    let known: FormSpec = serde_json::from_str(FIELDS).unwrap();
    let places = places(&known);
    let proposal = propose(&survey(WORKBOOK, None).unwrap(), &vocabulary());
    let found: HashMap<(String, String), &Proposed> = proposal
        .fields
        .iter()
        .map(|field| ((field.sheet.clone(), field.cell.clone()), field))
        .collect();
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differ: Vec<String> = Vec::new();
    let mut count = |what: &'static str, yes: bool| {
        *told.entry(what).or_default() += usize::from(yes);
        yes
    };
    let (mut wrong_unmarked, mut wrong_marked) = (0, 0);
    for field in &known.fields {
        let place = &places[&field.at];
        let Some(read) = found.get(place) else {
            differ.push(format!("not found: {} {}", field.key, field.at));
            continue;
        };
        count("found", true);
        let mut say = |what: &'static str, same: bool, is: String, was: String| {
            if !count(what, same) {
                differ.push(format!("{what}: {} {is} not {was}", field.key));
            }
        };
        say(
            "kind",
            read.spec.kind == field.kind,
            format!("{:?}", read.spec.kind),
            format!("{:?}", field.kind),
        );
        say(
            "required",
            read.spec.required == field.required,
            read.spec.required.to_string(),
            field.required.to_string(),
        );
        say(
            "choices",
            read.spec.choices == field.choices,
            format!("{:?}", read.spec.choices),
            format!("{:?}", field.choices),
        );
        say(
            "word limit",
            read.spec.word_limit == field.word_limit,
            format!("{:?}", read.spec.word_limit),
            format!("{:?}", field.word_limit),
        );
        let same = read.spec.binding == field.binding;
        say(
            "binding",
            same,
            format!("{:?}", read.spec.binding),
            format!("{:?}", field.binding),
        );
        let asks = read
            .spec
            .binding
            .as_ref()
            .map(|binding| (binding.measure, binding.fact, binding.period));
        let asked = field
            .binding
            .as_ref()
            .map(|binding| (binding.measure, binding.fact, binding.period));
        say(
            "measure",
            asks == asked,
            format!("{asks:?}"),
            format!("{asked:?}"),
        );
        if !same {
            if read.attention.is_empty() {
                wrong_unmarked += 1;
            } else {
                wrong_marked += 1;
            }
        }
    }
    let known_places: HashSet<&(String, String)> = places.values().collect();
    let extra: Vec<String> = found
        .keys()
        .filter(|place| !known_places.contains(place))
        .map(|(sheet, cell)| format!("{sheet}!{cell}"))
        .collect();
    let attention = proposal
        .fields
        .iter()
        .filter(|field| !field.attention.is_empty())
        .count();
    println!(
        "sample form: {} known, {} proposed, {} too many {extra:?}; {told:?}; bindings that differ: {wrong_marked} marked, {wrong_unmarked} not; {attention} need a look",
        known.fields.len(),
        proposal.fields.len(),
        extra.len(),
    );
    for line in &differ {
        println!("  {line}");
    }
    let known_fields = known.fields.len();
    assert_eq!(told["found"], known_fields, "every known field is found");
    assert_eq!(told["kind"], known_fields, "with its kind");
    assert!(told["measure"] + 2 >= known_fields, "and what fills it");
    assert!(told["required"] * 100 >= known_fields * 95);
    // A suggestion that is wrong and does not say so is the one that does harm. Two rows of twelve
    // quarters are told by another filter that counts the same costs of this grant.
    assert!(
        wrong_unmarked <= 26,
        "{wrong_unmarked} bindings are wrong and look right"
    );
    assert!(extra.is_empty(), "nothing else is proposed: {extra:?}");
}

/// The form that a new house tries first: what is plain in it is proposed, and what is not is asked.
#[test]
fn the_small_statement_is_read_and_what_is_open_is_asked() {
    let known: FormSpec = serde_json::from_str(include_str!(
        "../../../../tributary/demo/forms/rough-sleeping-statement.fields.json"
    ))
    .unwrap();
    let workbook: &[u8] =
        include_bytes!("../../../../tributary/demo/forms/rough-sleeping-statement.xlsx");
    let proposal = propose(&survey(workbook, None).unwrap(), &vocabulary());
    let found: HashMap<String, &Proposed> = proposal
        .fields
        .iter()
        .map(|field| (format!("{}!{}", field.sheet, field.cell), field))
        .collect();
    let asks = |spec: &crate::forms::rules::FieldSpec| {
        let binding = spec.binding.as_ref();
        binding.map(|binding| (binding.measure, binding.fact, binding.period))
    };
    let mut wrong = Vec::new();
    for field in &known.fields {
        let read = found
            .get(&field.at.replace('\'', ""))
            .unwrap_or_else(|| panic!("{} is not found", field.at));
        if asks(&read.spec) != asks(field) {
            wrong.push((field.key.as_str(), read.attention.is_empty()));
        }
    }
    // Which part of the award a total is kept for, nobody can read off the form: it is asked.
    assert_eq!(wrong, [("money.ring-fence", false)]);
}

// Where the data lies is the tests' own business, no setting of the program.
#[expect(
    clippy::disallowed_methods,
    reason = "where real data lies is the tests' own business"
)]
fn real(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("TRIBUTARY_REAL_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join("returns").join(name);
    match fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(_absent) => {
            eprintln!(
                "SKIPPED: real data not found at {}; set TRIBUTARY_REAL_DATA",
                path.display()
            );
            None
        }
    }
}

/// Where answers stand in real forms nobody has listed for us, but two filled copies of one form
/// differ only where somebody answered. The Towns Fund's copy was filled with its protection taken
/// off, mostly in cells that the form keeps locked: only the copy shows those, so nothing is asked
/// of reading the form alone.
#[test]
fn answers_of_real_forms_are_found() {
    for (form, copy, at_least) in [
        (
            "mhclg/PF_Round_2_Success.xlsx",
            "mhclg/PF_Round_2_General_Validation_Failures.xlsx",
            95,
        ),
        (
            "mhclg/TF_Round_4_Success.xlsx",
            "mhclg/TF_Round_4_TD_Funding_Failure.xlsx",
            0,
        ),
    ] {
        let (Some(form_bytes), Some(copy_bytes)) = (real(form), real(copy)) else {
            continue;
        };
        let started = std::time::Instant::now();
        let read = survey(&form_bytes, Some(&copy_bytes)).unwrap();
        let differ: Vec<_> = read
            .inputs
            .iter()
            .filter(|input| input.why.contains(&Why::Differs))
            .collect();
        let found = differ.iter().filter(|input| input.why.len() > 1).count();
        println!(
            "{form}: {} inputs in {:?}; {found} of {} answers found without the copy; cut {:?}; beyond {}",
            read.inputs.len(),
            started.elapsed(),
            differ.len(),
            read.cut,
            read.beyond
        );
        for input in differ.iter().filter(|input| input.why.len() == 1).take(15) {
            println!(
                "  missed {}!{} {:?}",
                input.sheet, input.cell, input.example
            );
        }
        let proposal = propose(&read, &vocabulary());
        let bare = proposal
            .fields
            .iter()
            .filter(|field| field.spec.label.starts_with("Cell "))
            .count();
        let bound = proposal
            .fields
            .iter()
            .filter(|field| field.spec.binding.is_some())
            .count();
        let look = proposal
            .fields
            .iter()
            .filter(|field| !field.attention.is_empty())
            .count();
        println!(
            "  {} fields, {bare} without a label, {bound} bound, {look} need a look",
            proposal.fields.len()
        );
        assert!(
            differ.is_empty() || found * 100 >= differ.len() * at_least,
            "{form}: only {found} of {} answers are found",
            differ.len()
        );
    }
}

/// The inputs of a blank form that its authors left open are known exactly: its protection says so.
#[test]
fn blank_real_forms_are_read() {
    for name in [
        "us-fac/federal-awards-workbook.xlsx",
        "us-fac/notes-to-sefa-workbook.xlsx",
        "us-arpa/ARPA_Annual_Performance_Report_Workbook.xlsx",
        "us-arpa/expendituresGT50000BulkUpload.xlsx",
    ] {
        let Some(bytes) = real(name) else { continue };
        let started = std::time::Instant::now();
        let read = survey(&bytes, None).unwrap();
        let proposal = propose(&read, &vocabulary());
        let bare = proposal
            .fields
            .iter()
            .filter(|field| field.spec.label.starts_with("Cell "))
            .count();
        println!(
            "{name}: {} fields in {:?}, {bare} without a label, cut {:?}",
            proposal.fields.len(),
            started.elapsed(),
            read.cut
        );
        assert!(!proposal.fields.is_empty(), "{name}: nothing was found");
        assert!(
            bare * 20 <= proposal.fields.len(),
            "{name}: {bare} have no label"
        );
    }
}
