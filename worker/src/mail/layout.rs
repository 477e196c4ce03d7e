//! The frame of every mail, as HTML and as plain text: the same words.

use askama::Template;
use domain::{Error, Result};

/// What a mail says.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) greeting: String,
    pub(super) paragraphs: Vec<String>,
    pub(super) items: Vec<MailItem>,
    pub(super) button: Option<MailLink>,
    pub(super) closing: Vec<String>,
    pub(super) footer: Vec<String>,
}

/// A duty in a list.
#[derive(Clone, Debug)]
pub(super) struct MailItem {
    pub(super) title: String,
    pub(super) due: String,
    pub(super) href: String,
    pub(super) waiting: String,
    pub(super) late: bool,
}

/// The one thing to do.
#[derive(Clone, Debug)]
pub(super) struct MailLink {
    pub(super) text: String,
    pub(super) href: String,
}

#[derive(Template)]
#[template(path = "mail_layout.html")]
struct Html<'a> {
    subject: &'a str,
    greeting: &'a str,
    paragraphs: &'a [String],
    items: &'a [MailItem],
    button: Option<&'a MailLink>,
    closing: &'a [String],
    footer: &'a [String],
}

#[derive(Template)]
#[template(path = "mail_layout.txt")]
struct Text<'a> {
    greeting: &'a str,
    paragraphs: &'a [String],
    items: &'a [MailItem],
    button: Option<&'a MailLink>,
    closing: &'a [String],
    footer: &'a [String],
}

impl Words {
    pub(super) fn html(&self) -> Result<String> {
        Html {
            subject: &self.subject,
            greeting: &self.greeting,
            paragraphs: &self.paragraphs,
            items: &self.items,
            button: self.button.as_ref(),
            closing: &self.closing,
            footer: &self.footer,
        }
        .render()
        .map_err(|error| Error::Internal(Box::new(error)))
    }

    pub(super) fn text(&self) -> Result<String> {
        Text {
            greeting: &self.greeting,
            paragraphs: &self.paragraphs,
            items: &self.items,
            button: self.button.as_ref(),
            closing: &self.closing,
            footer: &self.footer,
        }
        .render()
        .map_err(|error| Error::Internal(Box::new(error)))
    }
}
