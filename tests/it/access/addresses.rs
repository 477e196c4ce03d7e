//! The addresses that the code of `api` registers, and which row of the matrix each fits.

/// Every address of a page that the code of `api` registers, with `{…}` for its parts.
pub(super) fn registered() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../api/src"
    ))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the code of api") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a file of code");
            for rest in text.split("web::resource(").skip(1) {
                if let Some(quoted) = rest.trim_start().strip_prefix('"') {
                    found.extend(quoted.split('"').next().map(str::to_owned));
                }
            }
        }
    }
    found
}

/// What stands for a part of an address in this table.
const STAND_INS: &[&str] = &[
    "{none}",
    "award",
    "not-found",
    "none.css",
    "3",
    "k",
    "0",
    "2020-01-01",
    "outline",
    "decision",
];

/// Whether an address of this table is one that is registered.
pub(super) fn fits(row: &str, registered: &str) -> bool {
    let (row, template): (Vec<&str>, Vec<&str>) =
        (row.split('/').collect(), registered.split('/').collect());
    row.len() == template.len()
        && row.iter().zip(&template).all(|(part, expected)| {
            part == expected || (expected.starts_with('{') && STAND_INS.contains(part))
        })
}
