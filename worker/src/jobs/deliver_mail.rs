//! Deliver mail: hands one mail to the mail server, and records what became of it.

use domain::Result;
use domain::access::invitations;
use domain::funder_links;
use domain::jobs::rules::Outcome;
use domain::mail::{self, Content, Delivery, Taken};
use entity::MailId;

use super::Work;
use crate::mail::{Handed, Letter, digest, funder_link, notice, sign_in};

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let (db, ctx) = (work.db(), &work.ctx);
    let inner = &work.worker.inner;
    let address = &inner.config.public_address;
    let (id, sender) = (MailId(work.row_id()?), inner.postman.sender());
    let taken = mail::take(db, ctx, id, sender, &|words| digest(words, address)).await?;
    let outgoing = match taken {
        Taken::Outgoing(outgoing) => *outgoing,
        Taken::Over => return Ok(Outcome::Recorded),
        Taken::NotBefore(nine) => return Ok(Outcome::Snooze(nine)),
    };
    let words = match outgoing.content.clone() {
        Content::Words(words) => words,
        Content::Notice { display_name, text } => {
            notice(&outgoing.subject, &display_name, &text, address)?
        }
        Content::Link {
            link_id,
            purpose,
            display_name,
        } => {
            let secret = invitations::issue_secret(db, ctx, link_id).await?;
            sign_in(&outgoing.subject, purpose, &display_name, &secret, address)?
        }
        Content::FunderLink {
            link_id,
            to_name,
            from,
            ends_on,
        } => {
            let secret = funder_links::ops::issue_secret(db, ctx, link_id).await?;
            let words = (to_name.as_str(), from.as_str());
            funder_link(&outgoing.subject, words, ends_on, &secret, address)?
        }
    };
    let letter = Letter {
        message_id: outgoing.message_id.clone(),
        to: outgoing.to_address.clone(),
        subject: words.subject,
        text: words.text,
        html: words.html,
        at: ctx.now(),
    };
    let handed = inner.postman.hand_over(&letter).await?;
    let (delivery, outcome) = match handed {
        Handed::Sent(reply) => (Delivery::Sent(reply), Outcome::Recorded),
        Handed::Refused(reply) => (Delivery::Refused(reply), Outcome::Recorded),
        Handed::Later(why) => (Delivery::Later(why.clone()), Outcome::Retry(why)),
        Handed::Unknown(why) => (Delivery::Unknown(why.clone()), Outcome::Retry(why)),
    };
    mail::record(db, ctx, &outgoing, &delivery).await?;
    Ok(outcome)
}
