//! What operations did, in the past tense, as every history says it.

/// What an operation did, in the past tense. One that has no words yet is said plainly.
#[must_use]
pub fn sentence(operation: &str) -> &'static str {
    match operation {
        "sign-in.ask" => "Asked for a sign-in link",
        "sign-in.use" => "Signed in",
        "sign-out" => "Signed out",
        "second-factor.use" => "Set up or showed the second check",
        "tokens.create" => "Made an API token",
        "tokens.revoke" => "Took an API token back",
        "account.name" => "Changed the name by which they are shown",
        "calendar-feeds.create" => "Made a calendar address",
        "calendar-feeds.revoke" => "Took a calendar address back",
        "people.invite" => "Invited with a role",
        "second-factor.reset" => "Took the second check away",
        "memberships.revoke" => "Took the role away",
        "organisations.create" => "Added the organisation",
        "organisations.correct" => "Corrected the organisation",
        "contacts.keep" => "Changed whom to ask there",
        "categories.rename" => "Renamed the cost category",
        "categories.create" => "Added the cost category",
        "programmes.create" => "Recorded the programme",
        "programmes.change" => "Changed the programme",
        "applications.begin" => "Began the application",
        "applications.change" => "Changed what is asked for",
        "applications.plan" => "Changed who does what by when",
        "applications.estimate" => "Said how likely it is",
        "applications.answer" => "Wrote an answer",
        "applications.attach" => "Changed its documents",
        "applications.decide" => "Recorded the decision whether to apply",
        "applications.submit" => "Recorded a sending, or that the next stage is asked for",
        "applications.outcome" => "Recorded what came of it",
        "applications.accept" => "Accepted the offer: it is an award",
        "applications.lapse" => "Let the offer lapse",
        "awards.create" => "Recorded the award",
        "award-years.record" => "Recorded what was agreed of an award year",
        "awards.amend" => "Recorded an amendment",
        "amendments.apply" => "Let an amendment take effect",
        "award-conditions.keep" => {
            "Recorded a condition of the award, a change of it, or what happened to it"
        }
        "award-letters.keep" => {
            "Had a letter of the award read, recorded what it says, or accepted a term"
        }
        "category-maps.record" => "Recorded the funder’s budget lines of the award",
        "virements.keep" => {
            "Moved money between parts of the award, or recorded what the funder said of it"
        }
        "awards.suspend" => "Recorded that the award is suspended, or that it goes on",
        "pools.correct" => "Corrected the pool’s name or purpose",
        "awards.correct" => "Corrected the award’s name or reference",
        "awards.close" => "Closed the award, or opened it again",
        "award-payments.schedule" => "Changed the payment schedule",
        "award-money.record" => "Recorded money in or out",
        "fences.create" => "Set a part of the award apart",
        "pools.create" => "Set up the pool",
        "contributions.create" => "Put an award’s money behind the pool",
        "pool-balance.agree" => {
            "Recorded what becomes of what the pool overspends, and of what it leaves"
        }
        "pool-disclosures.record" => "Recorded how a funder is shown to the pool’s other funders",
        "charge-caps.agree" => "Recorded how much may be charged for management, from a day on",
        "contributions.state" => "Stated anew what an award puts into the pool, by year",
        "spend-pins.pin" => "Pinned part of the line to an award, or took that off",
        "pool-policies.agree" => "Recorded by which rule awards pay, from a day on",
        "commitments.keep" => {
            "Recorded the agreement, a change of it, or what the provider was told"
        }
        "record-documents.add" => "Put a document beside it, or took one out",
        "funder-links.make" => "Made a link for somebody at the funder",
        "funder-links.revoke" => "Took back a link for somebody at the funder",
        "funder-links.open" => "Opened a link that was made for somebody at the funder",
        "shared-documents.share" => {
            "Shared a document beside it with its funder, or took that back"
        }
        "record-comments.say" => "Commented, or took a comment back",
        "funder-questions.ask" => {
            "Asked about a figure, asked on, said that it is settled, or took the question back"
        }
        "funder-questions.answer" => "Answered what a funder asked",
        "papers.write" => "Wrote the paper",
        "votes.cast" => "Said what they think of it",
        "decisions.record" => "Recorded what a board decided",
        "quorums.set" => "Said how many members make a decision of a board",
        "forecasts.enter" => "Entered forecasts",
        "match.enter" => "Recorded match funding",
        "import-profiles.save" => "Saved how files are read",
        "imports.start" => "Brought the file",
        "imports.settle" => "Settled a faulty row",
        "gone-lines.decide" => "Decided about lines that the file does not have any more",
        "imports.accept" => "Accepted the file: from then on its spend counts",
        "imports.control-total" => "Corrected the file’s control total",
        "imports.abandon" => "Gave the file up",
        "grant-imports.start" => "Brought a file of published grants",
        "people.erase" => "Erased the person who left",
        "account.export" => "Took what is kept about themself",
        "people.export" => "Took what is kept about the person",
        "exports.everything" => "Exported everything",
        "coding-map.keep" => "Changed the coding map",
        "waiting-lines.code" => "Coded lines that waited",
        "apportionments.propose" => "Proposed the split of spend, withdrew it or ended it",
        "apportionments.approve" => "Approved the split of spend",
        "apportionments.apply" => "Split lines of spend, or took back what was made of them",
        "journals.prepare" => "Prepared the journal, changed it or gave it up",
        "journals.approve" => "Approved the journal, or sent it back",
        "ledger-totals.state" => "Stated what the finance system says",
        "ledger-periods.close" => "Closed a month of the ledger",
        "ledger-periods.reopen" => "Opened a month of the ledger again",
        "forms.create" => "Added the return form",
        "form-drafts.start" => "Read the funder’s workbook",
        "form-drafts.change" => "Settled fields of the form",
        "form-drafts.use" => "Took the form into use",
        "form-drafts.give-up" => "Gave the form up",
        "requirements.amend" => "Changed what is to be reported",
        "requirements.name-parts" => "Named who prepares, certifies and sends",
        "requirements.end" => "Recorded that it is no longer asked",
        "requirements.create" => "Stated what is to be reported",
        "returns.draft" => "Drafted the return from the facts",
        "returns.answer" => "Typed an answer",
        "returns.undo-answer" => "Took a typed answer back",
        "returns.build" => "Filled the workbook and had it checked",
        "returns.refresh" => "Brought the figures up to date",
        "returns.silence" => "Said why something that was found may stand",
        "returns.take-back-reason" => "Took back why something that was found may stand",
        "returns.review" => "Sent it round to be read",
        "returns.offer" => "Sent a version for agreement and certification",
        "returns.approve" => "Recorded a board’s agreement",
        "returns.request-changes" => "Asked for changes",
        "returns.certify" => "Certified it",
        "returns.certify-on-paper" => "Recorded a copy signed on paper",
        "returns.send" => "Recorded that it was sent",
        "returns.accept" => "Recorded that the funder accepted it",
        "returns.funder-changes" => "Recorded that the funder asked for changes",
        "returns.reopen" => "Opened it again",
        "returns.waive" => "Recorded that the funder does not want it",
        "jobs.retry" => "Let the job try again",
        "pool-runs.choose" => "Said which runs take effect by themselves",
        "attribution-runs.apply" => "Applied a run that waited, or set it aside",
        "attribution.run" => "Attributed spend",
        "reminders.send" => "Wrote the morning’s reminders",
        "setup" => "Set Tributary up",
        _ => "Changed it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::rules::Operation;

    #[test]
    fn every_audited_operation_has_words() {
        let without: Vec<&str> = Operation::ALL
            .iter()
            .filter(|operation| operation.audited())
            .map(|operation| operation.slug())
            .filter(|slug| sentence(slug) == "Changed it")
            .collect();
        assert!(without.is_empty(), "say what these did: {without:?}");
    }
}
