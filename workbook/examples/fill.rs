//! Fills a form in this very process: `fill FORM ANSWERS OUT [no-compute] [anyway]`.
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let form = std::fs::read(&args[1]).expect("form");
    let answers: workbook::fill::Answers =
        serde_json::from_slice(&std::fs::read(&args[2]).expect("answers")).expect("json");
    let options = workbook::fill::Options {
        no_compute: args.iter().any(|a| a == "no-compute"),
        write_anyway: args.iter().any(|a| a == "anyway"),
    };
    let t = std::time::Instant::now();
    match workbook::fill::fill(&form, &answers.answers, &options) {
        Ok(filled) => {
            let mut codes: std::collections::BTreeMap<String, usize> = Default::default();
            for f in &filled.findings {
                *codes
                    .entry(format!("{:?} {}", f.severity, f.code))
                    .or_default() += 1;
            }
            eprintln!(
                "answered {} dependents {} computed {} dropped {} {codes:?} in {:?}",
                filled.answered.len(),
                filled.dependents,
                filled.computed,
                filled.dropped,
                t.elapsed()
            );
            if args.iter().any(|a| a == "-v") {
                for f in &filled.findings {
                    eprintln!("{} {}!{} {}", f.code, f.sheet, f.cell, f.message);
                }
            }
            if let Some(bytes) = filled.bytes {
                std::fs::write(&args[3], bytes).expect("out");
            }
        }
        Err(e) => eprintln!("{e}"),
    }
}
