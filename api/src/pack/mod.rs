//! The pack of a certified return as an archive: the filled form, a PDF of it to read, the evidence as a workbook, who
//! agreed and signed, and a hash of each, which `sha256sum --check SHA256SUMS` compares.

use domain::files::{Stored, sha256};
use domain::returns::view::{self, Pack};
use domain::{Error, exports};
use entity::GrantReturnId;
use serde_json::json;

use crate::http::download::plain;
use crate::http::{Fault, House};

mod evidence;
mod reading;

/// The pack of a return, to download.
pub async fn archive(house: &House, id: GrantReturnId) -> Result<Stored, Fault> {
    let pack = view::pack(&house.db, &house.ctx, id).await?;
    let made = tokio::task::spawn_blocking(move || packed(pack)).await;
    made.map_err(|error| Error::internal(format!("a pack was not finished: {error}")))?
}

fn packed(pack: Pack) -> Result<Stored, Fault> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Fault::from(Error::internal(format!("a pack’s {what}: {error}")))
    };
    let pdf = typeset::pdf(&reading::document(&pack)).map_err(|error| failed("PDF", &error))?;
    let evidence = evidence::of(&pack.figures).map_err(|error| failed("evidence", &error))?;
    let record =
        serde_json::to_vec_pretty(&record(&pack)).map_err(|error| failed("record", &error))?;
    let mut files = vec![
        ("README.txt".to_owned(), read_me(&pack).into_bytes()),
        ("return.pdf".to_owned(), pdf),
        ("record.json".to_owned(), record),
    ];
    files.extend(evidence);
    files.push((
        format!("form/{}", plain(&pack.workbook.name)),
        pack.workbook.bytes,
    ));
    let numbered = (1..).zip(pack.papers);
    files.extend(
        numbered.map(|(n, paper)| (format!("signed/{n} {}", plain(&paper.name)), paper.bytes)),
    );
    let numbered = (1..).zip(pack.receipts);
    files.extend(numbered.map(|(n, receipt)| {
        (
            format!("receipts/{n} {}", plain(&receipt.name)),
            receipt.bytes,
        )
    }));
    let hashes: Vec<String> = files
        .iter()
        .map(|(path, bytes)| format!("{}  {path}\n", sha256(bytes)))
        .collect();
    files.push(("SHA256SUMS".to_owned(), hashes.concat().into_bytes()));
    let bytes = exports::archive(&files).map_err(|error| failed("archive", &error))?;
    Ok(Stored {
        name: pack.name,
        media_type: "application/zip".to_owned(),
        sha256: sha256(&bytes),
        bytes,
    })
}

fn read_me(pack: &Pack) -> String {
    let summary = &pack.shown.summary;
    let mut text = format!(
        "{title}\n{award}\n\n\
         form/        The funder’s own form, filled in, as it was certified.\n\
         return.pdf   The same to read: every answer, who agreed, who signed.\n\
         evidence     What each figure was come to by, and the lines that it is made of, with the file and the row\n\
         \u{20}            that each came in. Amounts are in pounds.\n\
         record.json  Agreement, signatures and sendings, for programs. audit_head is the newest link of the record’s\n\
         \u{20}            chain when this was packed: “tributary audit verify --head” compares it.\n\
         signed/      Papers that were signed by hand, where there are any.\n\
         receipts/    What the funder sent back, where it did.\n\
         SHA256SUMS   A hash of every file here: “sha256sum --check SHA256SUMS” compares them.\n",
        title = summary.title,
        award = summary.award,
    );
    if pack.not_named > 0 {
        text.push_str(
            "\nSuppliers who are people, or may be, are numbers here, the same wherever they are paid; what the ledger \
             says of\ntheir lines, and of lines without a supplier, is left out. The ledger’s own reference finds them \
             again.\n",
        );
    }
    text
}

/// Agreement, signatures and sendings, for programs. Of people it says who signed and who recorded that it was sent.
fn record(pack: &Pack) -> serde_json::Value {
    let shown = &pack.shown;
    let summary = &shown.summary;
    let boards: Vec<serde_json::Value> = shown
        .boards
        .iter()
        .map(|board| json!({"board": board.board, "agreed": board.agreed, "agreed_on": board.agreed_on}))
        .collect();
    let signatures: Vec<serde_json::Value> = shown
        .certifications
        .iter()
        .map(|one| {
            json!({
                "office": one.office, "statement": one.statement, "revision": one.revision,
                "signed_by": one.signed_by.as_ref().or(one.certified_by.as_ref()), "signed_on": one.signed_on,
                "certified_at": one.certified_at, "content_hash": one.content_hash, "file_sha256": one.file_sha256,
                "paper_sha256": one.paper_sha256,
            })
        })
        .collect();
    json!({
        "return_id": summary.id, "title": summary.title, "award_id": summary.award_id, "award": summary.award,
        "funder": summary.funder, "period_from": summary.period_from, "period_to": summary.period_to,
        "state": summary.state, "form": shown.form, "revision": shown.revision,
        "content_hash": shown.content_hash, "workbook_sha256": pack.workbook.sha256, "rests_on": shown.rests_on,
        "boards": boards, "signatures": signatures, "sendings": shown.sendings,
        "audit_head": pack.head,
    })
}
