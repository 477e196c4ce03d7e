//! Files as replies: always saved, never shown, so that nothing in them runs here.

use actix_web::HttpResponse;
use actix_web::http::header::{
    CONTENT_DISPOSITION, Charset, ContentDisposition, DispositionParam, DispositionType,
    ExtendedValue,
};
use domain::files::Stored;

/// The bytes of a workbook.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "read by utoipa")]
pub struct Bytes(Vec<u8>);

/// A workbook of a kind that was checked when it came.
#[must_use]
pub fn download(file: Stored) -> HttpResponse {
    let media_type = file.media_type.clone();
    saved(file, &media_type)
}

/// A file of any kind, as somebody gave it to us.
#[must_use]
pub fn download_anything(file: Stored) -> HttpResponse {
    saved(file, "application/octet-stream")
}

fn saved(file: Stored, media_type: &str) -> HttpResponse {
    let plain: String = file
        .name
        .chars()
        .map(|c| match c {
            '"' | '\\' => '\'',
            c if c.is_ascii() && !c.is_ascii_control() => c,
            _ => '_',
        })
        .collect();
    let mut parameters = vec![DispositionParam::Filename(plain)];
    if !file.name.is_ascii() {
        parameters.push(DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: file.name.into_bytes(),
        }));
    }
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters,
        })
        .body(file.bytes)
}

/// A file to download from a page, by a name in letters that every system takes.
#[must_use]
pub fn attachment(file: Stored) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(file.media_type)
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", plain(&file.name)),
        ))
        .body(file.bytes)
}

/// A file's name in letters that every system takes, in a header and in a folder alike: no slash, no accent.
#[must_use]
pub fn plain(name: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || " ._-,()".contains(letter);
    name.chars()
        .map(|letter| if fits(letter) { letter } else { '-' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_file_of_somebody_elses_name_stays_in_its_folder() {
        assert_eq!(plain("../../ReceiptÉ\u{202e}.pdf"), "..-..-Receipt--.pdf");
        assert_eq!(
            plain("PHG-1 Quarter, July (3).xlsx"),
            "PHG-1 Quarter, July (3).xlsx"
        );
    }
}
