//! What is held to of the tables whose rows are written for good.

use std::collections::BTreeSet;

use super::awards::{
    OF_AMENDMENTS, OF_AWARD_YEARS, OF_CATEGORY_MAPS, OF_CONDITIONS, OF_LETTERS, OF_PAYMENTS,
    OF_VIREMENTS,
};
use super::funders::{OF_FUNDER_LINKS, OF_QUESTIONS, OF_SHARED_DOCUMENTS};
use super::grants::OF_GRANTS;
use super::pools::{
    OF_APPORTIONMENTS, OF_BALANCE_RULES, OF_CHARGE_CAPS, OF_CONTRIBUTIONS, OF_DISCLOSURES, OF_PINS,
    OF_POLICY_PURPOSES, OF_POOL_POLICIES, OF_PROPOSALS,
};
use super::*;

/// A column that is added to such a table is kept as well, or says here that it is not.
#[test]
fn every_column_of_these_tables_is_named() {
    let first = include_str!("../sql/0001_the_house.sql");
    let ledger = include_str!("../sql/0007_the_ledger_file.sql");
    // how a row of the map ends
    let free = BTreeSet::from(["valid_to", "ended_at", "ended_by", "version", "withdrawn"]);
    let applications = include_str!("../sql/0004_applications.sql");
    let years = include_str!("../sql/0010_award_years.sql");
    let commitments = include_str!("../sql/0022_commitments.sql");
    let decisions = include_str!("../sql/0020_decisions.sql");
    let all = [
        (years, OF_AWARD_YEARS),
        (include_str!("../sql/0014_payments.sql"), OF_PAYMENTS),
        (include_str!("../sql/0045_journals.sql"), OF_JOURNALS),
        (include_str!("../sql/0046_gone_lines.sql"), OF_GONE_LINES),
        (include_str!("../sql/0012_amendments.sql"), OF_AMENDMENTS),
        (include_str!("../sql/0040_conditions.sql"), OF_CONDITIONS),
        (include_str!("../sql/0042_virements.sql"), OF_VIREMENTS),
        (include_str!("../sql/0053_suspensions.sql"), OF_SUSPENSIONS),
        (include_str!("../sql/0054_closures.sql"), OF_CLOSURES),
        (
            include_str!("../sql/0057_pool_policies.sql"),
            OF_POOL_POLICIES,
        ),
        (include_str!("../sql/0062_award_letters.sql"), OF_LETTERS),
        (include_str!("../sql/0006_published_grants.sql"), OF_GRANTS),
        (
            include_str!("../sql/0058_contributions_by_year.sql"),
            OF_CONTRIBUTIONS,
        ),
        (
            include_str!("../sql/0059_balance_rules.sql"),
            OF_BALANCE_RULES,
        ),
        (include_str!("../sql/0068_charge_caps.sql"), OF_CHARGE_CAPS),
        (include_str!("../sql/0070_disclosures.sql"), OF_DISCLOSURES),
        (include_str!("../sql/0072_pins.sql"), OF_PINS),
        (
            include_str!("../sql/0075_funder_questions.sql"),
            OF_QUESTIONS,
        ),
        (
            include_str!("../sql/0077_shared_documents.sql"),
            OF_SHARED_DOCUMENTS,
        ),
        (include_str!("../sql/0082_proposals.sql"), OF_PROPOSALS),
        (
            include_str!("../sql/0083_category_maps.sql"),
            OF_CATEGORY_MAPS,
        ),
        (
            include_str!("../sql/0084_policy_purposes.sql"),
            OF_POLICY_PURPOSES,
        ),
        (
            include_str!("../sql/0081_funder_links.sql"),
            OF_FUNDER_LINKS,
        ),
        (
            include_str!("../sql/0060_apportionments.sql"),
            OF_APPORTIONMENTS,
        ),
        (decisions, OF_DECISIONS),
        (commitments, OF_COMMITMENTS),
        (include_str!("../sql/0051_beside_records.sql"), OF_DOCUMENTS),
        (first, KEPT),
        (ledger, OF_THE_LEDGER),
        (applications, KEPT_OF_APPLICATIONS),
    ];
    for (sql, kept) in all
        .iter()
        .flat_map(|(sql, all)| all.iter().map(|kept| (*sql, kept)))
    {
        let body = sql
            .split(&format!("CREATE TABLE {} (", kept.table))
            .nth(1)
            .and_then(|rest| rest.split("\n);").next())
            .unwrap_or_default();
        let columns: BTreeSet<&str> = body
            .lines()
            .filter_map(|line| line.trim().split(' ').next())
            .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter(|word| kept.table != "coding_map_row" || !free.contains(word))
            .filter(|word| kept.table != "apportionment" || *word != "version")
            .collect();
        let named: BTreeSet<&str> = kept.fixed.iter().chain(kept.set_once).copied().collect();
        assert_eq!(columns, named, "{}", kept.table);
    }
}
