//! What each sort of mail says.

use domain::Result;
use domain::calendar::rules::date_without_weekday;
use domain::mail::Written;
use domain::reminders::rules::Digest;
use entity::LinkPurpose;

use super::layout::{MailItem, MailLink, Words};

/// The morning's reminders.
pub(crate) fn digest(digest: &Digest, public_address: &str) -> Result<Written> {
    let items = digest.items.iter().map(|item| MailItem {
        title: item.title.clone(),
        due: format!("{}. {}", item.award, item.due),
        href: format!("{public_address}{}", item.path),
        waiting: match &item.why_you {
            Some(why) => format!("{} {why}", item.ask),
            None => item.ask.clone(),
        },
        late: item.overdue,
    });
    written(Words {
        subject: digest.subject.clone(),
        greeting: digest.greeting.clone(),
        paragraphs: vec![digest.opening.clone()],
        items: items.collect(),
        button: Some(MailLink {
            text: "See what needs you today".to_owned(),
            href: format!("{public_address}/"),
        }),
        closing: vec![digest.closing.clone()],
        footer: vec![
            "You get one mail like this in a morning, because something waits for you; another only \
             when something turns up later that is due already."
                .to_owned(),
        ],
    })
}

/// A link that signs its reader in. What comes of this is never stored.
pub(crate) fn sign_in(
    subject: &str,
    purpose: LinkPurpose,
    display_name: &str,
    secret: &str,
    public_address: &str,
) -> Result<Written> {
    let (text, lasts) = match purpose {
        LinkPurpose::SignIn => (
            "You asked for a link to sign in.",
            "The link works once, and for ten minutes.",
        ),
        LinkPurpose::Invitation => (
            "You were given a part in Tributary, which coordinates grants and their returns.",
            "The link works once, and for seven days. After that, ask for a new one on the \
             sign-in page.",
        ),
    };
    written(Words {
        subject: subject.to_owned(),
        greeting: format!("Hello {},", one_line(display_name)),
        paragraphs: vec![text.to_owned()],
        items: Vec::new(),
        button: Some(MailLink {
            text: "Sign in".to_owned(),
            href: format!("{public_address}/sign-in/link?token={secret}"),
        }),
        closing: vec![lasts.to_owned()],
        footer: vec![
            "If you did not ask for this, you need not do anything: nobody can use it without \
             this mail."
                .to_owned(),
        ],
    })
}

/// A link that shows somebody what is their funder's. What comes of this is never stored.
pub(crate) fn funder_link(
    subject: &str,
    (to_name, from): (&str, &str),
    ends_on: chrono::NaiveDate,
    secret: &str,
    public_address: &str,
) -> Result<Written> {
    let until = date_without_weekday(ends_on);
    written(Words {
        subject: subject.to_owned(),
        greeting: format!("Hello {},", one_line(to_name)),
        paragraphs: vec![format!(
            "{} sends you this link. It shows where the money of your awards stands, the returns that you \
             were sent, and the documents that are shared with you. You need no password.",
            one_line(from)
        )],
        items: Vec::new(),
        button: Some(MailLink {
            text: "See where it stands".to_owned(),
            href: format!("{public_address}/funder-link?key={secret}"),
        }),
        closing: vec![format!(
            "The link works until {until}, as often as you open it. Whoever has it sees the same, so pass it \
             on to nobody who should not."
        )],
        footer: vec![
            "It can be taken back at any time. That it is opened is noted, with the time and nothing else."
                .to_owned(),
        ],
    })
}

/// Something that happened, in the paragraphs that are stored.
pub(crate) fn notice(
    subject: &str,
    display_name: &str,
    text: &str,
    public_address: &str,
) -> Result<Written> {
    written(Words {
        subject: subject.to_owned(),
        greeting: format!("Hello {},", one_line(display_name)),
        paragraphs: text.split("\n\n").map(str::to_owned).collect(),
        items: Vec::new(),
        button: Some(MailLink {
            text: "Open Tributary".to_owned(),
            href: format!("{public_address}/"),
        }),
        closing: Vec::new(),
        footer: vec![
            "You get this mail because it is about what you may do, or look after, here."
                .to_owned(),
        ],
    })
}

/// A name as one line: a line break in it would begin a line of our own words.
fn one_line(name: &str) -> String {
    name.split(char::is_control)
        .filter(|part| !part.trim().is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn written(words: Words) -> Result<Written> {
    Ok(Written {
        text: words.text()?,
        html: words.html()?,
        subject: words.subject,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use domain::reminders::rules::DigestItem;

    fn one() -> Digest {
        Digest {
            subject: "1 return is due on Friday 30 October 2026".to_owned(),
            greeting: "Hello Ama,".to_owned(),
            opening: "This return needs something done.".to_owned(),
            items: vec![DigestItem {
                title: "Quarterly return: July to September 2026".to_owned(),
                award: "Drug & alcohol grant".to_owned(),
                due: "Due in 14 days, on Friday 30 October 2026.".to_owned(),
                overdue: false,
                ask: "It is drafted. Complete what is missing, then send it round.".to_owned(),
                why_you: None,
                path: "/returns/1".to_owned(),
            }],
            closing: "You will not be reminded again once it was sent.".to_owned(),
        }
    }

    #[test]
    fn both_forms_say_the_same_and_lead_to_the_page() {
        let mail = digest(&one(), "https://grants.example.org").unwrap();
        for form in [&mail.text, &mail.html] {
            for words in [
                "Hello Ama,",
                "Quarterly return: July to September 2026",
                "Due in 14 days, on Friday 30 October 2026.",
                "https://grants.example.org/returns/1",
                "You will not be reminded again once it was sent.",
            ] {
                assert!(form.contains(words), "“{words}” is not in\n{form}");
            }
        }
        // Text is text; what was typed is no markup in HTML.
        assert!(mail.text.contains("Drug & alcohol grant."), "{}", mail.text);
        assert!(!mail.html.contains("Drug & alcohol"), "{}", mail.html);
    }

    #[test]
    fn a_name_begins_no_line_of_its_own() {
        let name = "Ama,\r\n\r\nPay into another account.";
        for mail in [
            sign_in(
                "Sign in",
                LinkPurpose::SignIn,
                name,
                "s3cret",
                "https://a.example",
            )
            .unwrap(),
            notice("Told", name, "One thing.\n\nAnother.", "https://a.example").unwrap(),
        ] {
            let greeting = mail
                .text
                .lines()
                .find(|line| line.starts_with("Hello"))
                .unwrap();
            assert!(greeting.contains("Pay into"), "{greeting}");
        }
    }

    #[test]
    fn a_funders_link_is_carried_once_and_says_until_when() {
        let mail = funder_link(
            "See where your funding stands",
            ("Sam\r\nPay", "Weirside"),
            "2027-01-31".parse().unwrap(),
            "s3cret",
            "https://grants.example.org",
        )
        .unwrap();
        let link = "https://grants.example.org/funder-link?key=s3cret";
        assert_eq!(mail.text.matches(link).count(), 1, "{}", mail.text);
        assert!(mail.html.contains(link));
        assert!(mail.text.contains("Hello Sam Pay,"), "{}", mail.text);
        assert!(mail.text.contains("31 January 2027"), "{}", mail.text);
    }

    #[test]
    fn a_sign_in_mail_carries_its_link_once_in_text() {
        let mail = sign_in(
            "Your link to sign in to Tributary",
            LinkPurpose::SignIn,
            "Ama",
            "s3cret",
            "https://grants.example.org",
        )
        .unwrap();
        let link = "https://grants.example.org/sign-in/link?token=s3cret";
        assert_eq!(mail.text.matches(link).count(), 1, "{}", mail.text);
        assert!(mail.html.contains(link));
        assert!(!mail.subject.contains("s3cret"));
    }
}
