//! `attribute`: one pool by the optimal policy, so that anyone can check the mathematics with their
//! own tools. Needs no database.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

/// What `attribute` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
    tributary attribute --awards AWARDS.json --lines LINES.csv --out ATTRIBUTIONS.csv \\
        --summary SUMMARY.json

AWARDS.json  {\"as_of\": \"2026-09-30\",
              \"awards\": [{\"id\": \"phg\", \"from\": \"2026-04-01\", \"to\": \"2027-03-31\",
                          \"amount_pence\": 900000000, \"lost_if_unspent\": true, \"rank\": 1,
                          \"categories\": [\"a1\", \"a2\"], \"places\": null, \"groups\": null,
                          \"fences\": [{\"id\": \"…\", \"reserved_pence\": 0, \"limit_pence\": null,
                                      \"categories\": [\"a1\"], \"places\": null, \"groups\": null,
                                      \"fences\": []}]}],
              \"pins\":     [{\"line\": \"…\", \"award\": \"…\", \"amount_pence\": 1}],
              \"locks\":    [{\"line\": \"…\", \"award\": \"…\", \"fence\": null, \"amount_pence\": 1}],
              \"previous\": [{\"line\": \"…\", \"award\": \"…\", \"fence\": null, \"amount_pence\": 1}]}
             Rank 1 is the most restricted. null allows any. A fence narrows the one around it.
             amount_pence is the award's contribution to this pool; where its fences are those of a
             larger award, it is the award's amount, and \"contribution_pence\" says how much of it
             pays here.
LINES.csv        id,date,amount_pence,category,place,group[,reverses][,only]
                 (only: the awards that may pay, separated by ;)
ATTRIBUTIONS.csv line,award,fence,amount_pence
SUMMARY.json     totals, each award, what each aim came to, the limits that were not optimised

What each aim means in numbers: docs/attribution.md.

Exit status: 0 written, and its certificate verified; 1 the facts contradict each other; 2 a file \
cannot be read or written. Unless it is 0, nothing was written.")]
pub struct Arguments {
    /// Awards, pins, locks and what was shown before, as JSON
    #[arg(long)]
    awards: PathBuf,
    /// The spend lines, as CSV
    #[arg(long)]
    lines: PathBuf,
    /// Where the attributions go, as CSV
    #[arg(long)]
    out: PathBuf,
    /// Where the summary goes, as JSON
    #[arg(long)]
    summary: PathBuf,
}

/// Reads, solves, checks, writes.
pub fn run(arguments: Arguments) -> ExitCode {
    ExitCode::from(attribution::command::run(
        &attribution::command::Arguments {
            awards: arguments.awards,
            lines: arguments.lines,
            out: arguments.out,
            summary: arguments.summary,
        },
    ))
}
